//! What every request is given: the store, the models, the money, the records.

use crate::desk::Desk;
use crate::gateway::flight::Flights;
use crate::gateway::intent::Queue;
use crate::gateway::money::{Recent, Shares};
use crate::gateway::purse::Purses;
use crate::gateway::rate::Rates;
use crate::gauge::Gauges;
use crate::ids::Ids;
use crate::ingest::forward::Forward;
use crate::keys::Keys;
use crate::recorder::Recorder;
use bytes::Bytes;
use kaizen_api::v1::EndedDaemon;
use kaizen_domain::budget::Policy;
use kaizen_domain::id::ProjectId;
use kaizen_domain::money::Usd;
use kaizen_engine::observe::redact::Redactor;
use kaizen_engine::settings::Settings;
use kaizen_engine::settings::record::KeepContent;
use kaizen_llm::secret::Secret;
use kaizen_store::Store;
use std::sync::{Arc, Mutex};

/// An answer that can be given again.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its bytes, in the shape it was asked in.
    pub body: Bytes,
    /// What it cost the first time.
    pub cost: Option<Usd>,
}

/// The daemon's parts.
pub struct App {
    /// The state.
    pub store: Store,
    /// Where calls of no project are recorded.
    pub project: ProjectId,
    /// The user's settings.
    pub settings: Settings,
    /// Providers, names, prices, routes.
    pub desk: Desk,
    /// Keys people gave out.
    pub keys: Keys,
    /// Money put aside.
    pub purses: Purses,
    /// The queue of records.
    pub recorder: Recorder,
    /// What is counted.
    pub gauges: Gauges,
    /// Calls by minute.
    pub rates: Rates,
    /// Identical calls under way.
    pub flights: Flights<[u8; 32], Kept>,
    /// Calls nobody knows the kind of.
    pub intents: Queue,
    /// What must not be written down.
    pub redactor: Redactor,
    /// Where telemetry goes on to.
    pub forward: Option<Forward>,
    /// The budget's rules.
    pub policy: Policy,
    /// What was spent, a moment ago.
    pub recent: Recent,
    /// How many routed calls stayed on this machine today.
    pub shares: Shares,
    /// What was spent when it was last looked at for alerts.
    pub alerted: Mutex<Usd>,
    /// Who may write, beside the keys.
    pub tokens: Vec<Secret>,
    /// Whose turn it is to write operations that telemetry told.
    pub telling: tokio::sync::Mutex<()>,
    /// Ids of operations.
    pub ids: Arc<Ids>,
    /// Daemons before this one that were cut off.
    pub cut_off: Vec<EndedDaemon>,
    /// Milliseconds since 1970-01-01 UTC.
    pub clock: fn() -> i64,
    /// Tells the person who runs the daemon what went wrong beside the calls.
    pub complain: fn(String),
}

impl App {
    /// Says what went wrong beside a call, where something did.
    pub fn complained<E: std::fmt::Display>(&self, result: Result<(), E>, what: &str) {
        if let Err(error) = result {
            (self.complain)(format!("{what}: {error}"));
        }
    }

    /// The largest body, in bytes.
    pub fn body_limit(&self) -> usize {
        usize::try_from(self.settings.serve.body_limit.0).unwrap_or(usize::MAX)
    }

    /// A text without secrets.
    pub fn redact(&self, text: &str) -> String {
        self.redactor.text(text).into_owned()
    }

    /// Whether what goes in and comes out is kept at all. What is kept is redacted before it is written.
    pub fn keeps_content(&self) -> bool {
        self.settings.record.content != KeepContent::None
    }
}
