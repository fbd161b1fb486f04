//! A daemon's parts as tests want them, without a port.

use crate::app::App;
use crate::daemon::{self, Start};
use crate::desk::Secrets;
use kaizen_engine::grant::secret;
use kaizen_engine::observe::redact::Redactor;
use kaizen_engine::settings::Settings;
use kaizen_llm::secret::Secret;
use kaizen_store::{Holder, Store};
use std::sync::Arc;

/// Over this store, by these settings, with the token `of-the-settings`.
pub async fn app(store: &Store, settings: Settings) -> Arc<App> {
    let redactor = Redactor::new(&settings.record, secret::Secrets::default()).unwrap();
    let secrets = Secrets { tokens: Secret::new("of-the-settings").into_iter().collect(), ..Secrets::default() };
    let holder = Holder { host: "here".into(), pid: 1, started: 1 };
    let (runs, store) = (tempfile::tempdir().unwrap(), store.clone());
    let start =
        Start { store, settings, holder, runs: runs.path().into(), secrets, redactor, clock: || 1_795_000_000_000, complain: |_| {} };
    let (app, ..) = daemon::app(start).await.unwrap();
    Arc::new(app)
}
