//! From settings to a running daemon, and to its end.
//!
//! What must be true before the first call is checked here: an address beyond this machine needs keys. At the end what was accepted
//! is written and money that was put aside and not used is given back.

use crate::app::App;
use crate::desk::{Desk, NoDesk};
use crate::gateway::intent;
use crate::gateway::purse::{self, Settler};
use crate::gateway::rate::Rates;
use crate::gauge::Gauges;
use crate::guard::Names;
use crate::ids::Ids;
use crate::ingest::forward::{Forward, Next, Patience};
use crate::keys::Keys;
use crate::recorder::{self, Writer};
use crate::run::{self, Run};
use crate::serve;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use kaizen_api::v1::EndedDaemon;
use kaizen_engine::error::EngineError;
use kaizen_engine::observe::redact::Redactor;
use kaizen_engine::settings::Settings;
use kaizen_llm::address::Address;
use kaizen_store::{Holder, Store, StoreError};
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot::{self, Receiver};
use tokio::time::Interval;

/// How often unused money is given back and old records are aged out.
const UPKEEP: Duration = Duration::from_secs(30);
/// Old records are aged out every so many turns of upkeep: once an hour.
const AGEING: u64 = 120;
/// How long telemetry that still waits may take to be passed on at the end.
const FORWARDED: Duration = Duration::from_secs(3);

const UNTOLD: &str = "whom this process talked to could not be written down";

/// What the daemon is started with.
pub struct Start {
    /// The state.
    pub store: Store,
    /// The user's settings.
    pub settings: Settings,
    /// Who we are, for blocks of money.
    pub holder: Holder,
    /// Where daemons count the calls they begin: a directory that outlives this process.
    pub runs: PathBuf,
    /// Secrets, by where the settings say they are.
    pub secrets: crate::desk::Secrets,
    /// What takes secrets out of everything that is recorded.
    pub redactor: Redactor,
    /// Milliseconds since 1970-01-01 UTC.
    pub clock: fn() -> i64,
    /// Tells the person who runs the daemon what went wrong beside the calls.
    pub complain: fn(String),
}

/// Why the daemon does not start.
#[derive(Debug, thiserror::Error)]
pub enum NoStart {
    /// Anybody in the network could use it.
    #[error("{address} can be reached from other machines, and there is no key they would have to show")]
    Open {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be used.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The models cannot be reached as the settings say.
    #[error(transparent)]
    Desk(#[from] NoDesk),
    /// The state.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Patterns of the settings.
    #[error("{0}")]
    Settings(String),
    /// What a daemon before this one left.
    #[error(transparent)]
    Past(#[from] EngineError),
    /// Calls cannot be counted.
    #[error("calls cannot be counted in {directory}")]
    Count {
        /// Where.
        directory: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// A daemon that listens.
pub struct Daemon {
    /// Where.
    pub address: SocketAddr,
    listener: TcpListener,
    app: Arc<App>,
    names: Names,
    writer: Writer,
    settler: Settler,
    run: Run,
}

impl Daemon {
    /// Prepares everything and binds `address`.
    pub async fn start(start: Start, address: SocketAddr) -> Result<Self, NoStart> {
        let store = start.store.clone();
        let keys = store.keys().await?;
        if !address.ip().is_loopback() && keys.iter().all(|key| key.revoked_at.is_some()) {
            return Err(NoStart::Open { address });
        }
        let listen = |source| NoStart::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let names = Names::new(address.ip(), &start.settings.serve.names);
        let (app, writer, settler, run) = app(start).await?;
        Ok(Self { address, listener, app: Arc::new(app), names, writer, settler, run })
    }

    /// What is known of the models, for the first lines a person reads.
    pub fn desk(&self) -> &Desk {
        &self.app.desk
    }

    /// Daemons before this one that were cut off.
    pub fn cut_off(&self) -> &[EndedDaemon] {
        &self.app.cut_off
    }

    /// Serves until `ended` resolves; returns when everything is written down.
    pub async fn run(self, ended: impl Future<Output = ()>) {
        let (end, ending) = oneshot::channel();
        let upkeep = tokio::spawn(upkeep(Arc::clone(&self.app), ending));
        let intents = tokio::spawn(intent::work(Arc::clone(&self.app)));
        serve::serve(self.listener, Arc::clone(&self.app), self.names, ended).await;
        drop(end);
        drop(upkeep.await);
        intents.abort();
        drop(intents.await);
        self.app.purses.close().await;
        let app = match unshared(self.app).await {
            Ok(app) => app,
            Err(app) => return given_up(&app).await,
        };
        let App { recorder, purses, forward, desk, store, project, clock, complain, .. } = app;
        drop((recorder, purses));
        if let Some(forward) = forward {
            let dropped = forward.close(FORWARDED).await.dropped;
            if dropped > 0 {
                complain(format!("{dropped} requests of telemetry were not passed on"));
            }
        }
        if let Err(error) = desk.keep_contacts(&store, project, clock()).await {
            complain(format!("{UNTOLD}: {error}"));
        }
        self.writer.finish().await;
        self.settler.finish().await;
        if let Err(error) = self.run.end().await {
            complain(format!("the next start will take this end for a crash: {error}"));
        }
    }
}

/// The app alone, once every call let go of it; connections were cut off before, so this takes a moment at most.
async fn unshared(mut app: Arc<App>) -> Result<App, Arc<App>> {
    for _ in 0..200 {
        match Arc::try_unwrap(app) {
            Ok(app) => return Ok(app),
            Err(shared) => app = shared,
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err(app)
}

/// Somebody holds on to the daemon: what was accepted is waited for as long as can be, and the rest is said.
async fn given_up(app: &App) {
    app.recorder.settled().await;
    (app.complain)(format!(
        "a call did not let go in time: its record is missing, and {} more may be; money put aside counts as spent",
        app.recorder.waiting()
    ));
}

pub(crate) async fn app(start: Start) -> Result<(App, Writer, Settler, Run), NoStart> {
    let Start { store, settings, holder, runs, secrets, redactor, clock, complain } = start;
    let project = store.gateway_project(clock()).await?;
    let desk = Desk::new(&settings, &secrets)?;
    let tokens = secrets.tokens.clone();
    let forward = forward(&settings, &desk)?;
    let cut_off = run::look_back(&store, &holder.host, &runs, clock()).await?;
    let ids = Ids::new(&format!("{} {} {}", holder.host, holder.pid, holder.started), clock(), &runs);
    let ids = Arc::new(ids.map_err(|source| NoStart::Count { directory: runs, source })?);
    let run = Run::begin(store.clone(), &holder, Arc::clone(&ids), clock).await?;
    let (recorder, writer) = recorder::begin(run.clone(), redactor.clone(), complain);
    let (purses, settler) = purse::open(store.clone(), holder, settings.budget.block(), clock, complain);
    let app = App {
        keys: Keys::new(store.clone()),
        policy: settings.budget.policy(),
        recent: Default::default(),
        alerted: Default::default(),
        shares: Default::default(),
        gauges: Gauges::new(),
        rates: Rates::default(),
        flights: Default::default(),
        intents: Default::default(),
        telling: Default::default(),
        store,
        project,
        settings,
        desk,
        purses,
        recorder,
        redactor,
        forward,
        tokens,
        ids,
        cut_off,
        clock,
        complain,
    };
    Ok((app, writer, settler, run))
}

fn forward(settings: &Settings, desk: &Desk) -> Result<Option<Forward>, NoStart> {
    let Some(base) = &settings.otlp.forward else { return Ok(None) };
    let wrong = |why: String| NoStart::Settings(format!("[otlp] forward: {why}"));
    let base = Address::parse(base.as_str()).map_err(|error| wrong(error.to_string()))?;
    desk.telemetry().net().permit(base.host(), base.port()).map_err(|error| wrong(error.to_string()))?;
    let mut headers = HeaderMap::new();
    for (name, value) in &settings.otlp.headers {
        let wrong = || NoStart::Settings(format!("[otlp] headers.{name} is no header"));
        let name: HeaderName = name.parse().map_err(|_| wrong())?;
        headers.insert(name, HeaderValue::from_str(value.reveal()).map_err(|_| wrong())?);
    }
    Ok(Some(Forward::start(Arc::clone(desk.telemetry()), Next { base, headers }, Patience::default())))
}

/// What has to be done now and then. At the end nothing that is being written is cut off: it would be written once more.
async fn upkeep(app: Arc<App>, mut ending: Receiver<()>) {
    let mut every = tokio::time::interval(UPKEEP);
    for turn in 0_u64.. {
        tokio::select! {
            _ = &mut ending => return,
            () = look_around(&app, &mut every) => {}
        }
        if turn == 0 {
            app.desk.mistakes().into_iter().for_each(app.complain);
        }
        app.complained(app.desk.keep_contacts(&app.store, app.project, (app.clock)()).await, UNTOLD);
        app.alert().await;
        if turn % AGEING == 0 {
            age_out(&app).await;
        }
    }
}

async fn look_around(app: &App, every: &mut Interval) {
    every.tick().await;
    app.purses.give_back();
    app.desk.look().await;
}

async fn age_out(app: &App) {
    let kept = i64::try_from(app.settings.record.retention.0.as_millis()).unwrap_or(i64::MAX);
    if kept > 0 {
        let old = kaizen_store::Forget::Before((app.clock)().saturating_sub(kept));
        app.complained(app.store.forget(app.project, &old).await.map(drop), "old records could not be aged out");
    }
}
