//! `kaizen serve`

use super::budget::usd;
use super::projects::DAEMON;
use super::time;
use crate::args::Serve;
use crate::machine::{Surroundings, now};
use crate::output::{Output, Style, chain};
use crate::render::plural;
use crate::secrets::of_daemon;
use crate::signals::Ending;
use crate::wire::{redactor, settings};
use kaizen_api::v1::{EndedDaemon, Listening};
use kaizen_engine::error::EngineError;
use kaizen_engine::lease;
use kaizen_server::daemon::{Daemon, NoStart, Start};
use kaizen_store::Store;
use std::net::SocketAddr;

/// Runs the daemon until Ctrl-C or SIGTERM.
pub async fn run(here: &Surroundings, output: &Output, wanted: &Serve) -> Result<u8, EngineError> {
    let mut settings = settings(here)?;
    settings.privacy.offline |= wanted.offline;
    let address = address(&settings.serve.address.to_string(), wanted)?;
    more_files();
    let store = Store::open(&here.store).await?;
    let holder = lease::this_process(&here.machine.host);
    let (secrets, missing) = of_daemon(&settings)?;
    let redactor = redactor(&settings)?;
    let runs = here.runs.clone();
    let start = Start { store: store.clone(), settings, holder: holder.clone(), runs, secrets, redactor, clock: now, complain };
    // From the daemon's mark in the store on: what ends it without a word would be told as a crash by the next.
    let mut end = Ending::listen().map_err(deaf)?;
    let daemon = Daemon::start(start, address).await.map_err(not_started)?;
    let (project, name) = (store.gateway_project(now()).await?, format!("{DAEMON}{}", daemon.address));
    lease::of_address(&store, project, &name, &holder, now()).await?;
    tell(output, &daemon)?;
    missing.iter().for_each(|line| output.note(format!("  {line}")));
    daemon.run(end.heard()).await;
    store.release_lease(project, &name, &holder).await?;
    output.note("every record is written; bye");
    store.close().await;
    Ok(0)
}

fn address(configured: &str, wanted: &Serve) -> Result<SocketAddr, EngineError> {
    let text = wanted.address.as_deref().unwrap_or(configured);
    let named = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    named.as_deref().unwrap_or(text).parse().map_err(|_| {
        EngineError::usage(format!("'{text}' is no address to listen on"), "write an address and a port: --address 127.0.0.1:8400")
    })
}

fn tell(output: &Output, daemon: &Daemon) -> Result<(), EngineError> {
    let base = format!("http://{}", daemon.address);
    let providers: Vec<String> = daemon.desk().summary();
    let listening = Listening {
        schema: "kaizen.listening/1".into(),
        address: base.clone(),
        providers: providers.clone(),
        cut_off: daemon.cut_off().to_vec(),
    };
    output.either(&listening, || format!("Kaizen listens on {base}"))?;
    if output.json || output.quiet {
        return Ok(());
    }
    let dim = |text: &str| output.style(Style::Dim, text);
    output.note(format!("  {}  OPENAI_BASE_URL={base}/v1", dim("OpenAI clients   ")));
    output.note(format!("  {}  ANTHROPIC_BASE_URL={base}", dim("Anthropic clients")));
    output.note(format!("  {}  OLLAMA_HOST={base}", dim("Ollama clients   ")));
    output.note(format!("  {}  OTEL_EXPORTER_OTLP_ENDPOINT={base}", dim("telemetry        ")));
    providers.iter().for_each(|line| output.note(format!("  {line}")));
    daemon.cut_off().iter().for_each(|ended| output.note(cut_off(ended)));
    Ok(())
}

/// What a daemon before this one left.
fn cut_off(ended: &EndedDaemon) -> String {
    let who = format!("the daemon of {} (process {}) was cut off", time::rfc3339(ended.began_at), ended.process);
    let count = ended.calls_without_record;
    let calls = plural(usize::try_from(count).unwrap_or(usize::MAX), "call");
    let records = match (ended.exact, count) {
        (true, 0) => "; every call it began has its record".to_owned(),
        (true, _) => format!("; {count} {calls} of its have no record"),
        (false, _) => {
            let since = time::rfc3339(ended.last_write_at);
            format!("; at least {count} {calls} of its have no record, and nobody knows of those begun after its last write, {since}")
        }
    };
    let free = (ended.given_back_usd > 0.0).then(|| format!("; {} it had put aside are free again", usd(ended.given_back_usd)));
    let held =
        (ended.held_usd > 0.0).then(|| format!("; {} it had put aside count as spent: kaizen budget reconcile", usd(ended.held_usd)));
    format!("  {who}{records}{}{}", free.unwrap_or_default(), held.unwrap_or_default())
}

fn not_started(error: NoStart) -> EngineError {
    let hint = match &error {
        NoStart::Open { .. } => "kaizen key add NAME makes one; or listen on 127.0.0.1",
        NoStart::Listen { .. } => "another program may have the port: --address 127.0.0.1:0 takes a free one",
        _ => "kaizen config show tells where each setting comes from",
    };
    EngineError::environment(chain(&error), hint)
}

fn deaf(error: std::io::Error) -> EngineError {
    EngineError::environment(format!("Ctrl-C and SIGTERM would not be heard: {error}"), "look at the limits of this process: ulimit -a")
}

/// Every connection is a file: as many as this process may have.
fn more_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        complain(format!("the number of open files stays as it is: {error}"));
    }
}

fn complain(message: String) {
    eprintln!("kaizen serve: {message}");
}
