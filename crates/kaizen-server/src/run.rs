//! This run of the daemon, as its successor will find it: begun, so many calls begun and written, ended.
//!
//! What a run before it left is looked into when a daemon starts: how many calls have no record is said, and money that provably was
//! not sent is free again.

use crate::ids::Ids;
use kaizen_api::v1::EndedDaemon;
use kaizen_domain::id::ProjectId;
use kaizen_domain::money::Usd;
use kaizen_domain::operation::Operation;
use kaizen_engine::daemon_run::{self, Counter, Stranded};
use kaizen_engine::error::EngineError;
use kaizen_store::{Recorded, RunId, Store, StoreError};
use std::path::Path;
use std::sync::Arc;

/// Writes the records of this run.
#[derive(Debug, Clone)]
pub struct Run {
    store: Store,
    id: RunId,
    ids: Arc<Ids>,
    clock: fn() -> i64,
}

impl Run {
    /// Begins one.
    pub async fn begin(store: Store, holder: &kaizen_store::Holder, ids: Arc<Ids>, clock: fn() -> i64) -> Result<Self, StoreError> {
        let id = store.begin_run(ids.mark(), holder, clock()).await?;
        Ok(Self { store, id, ids, clock })
    }

    /// Writes records of calls, and how many calls were begun so far.
    pub async fn record(&self, project: ProjectId, operations: &[Operation]) -> Result<Recorded, StoreError> {
        self.store.record_calls(self.id, self.ids.begun(), (self.clock)(), project, operations).await
    }

    /// It ended with everything written.
    pub async fn end(self) -> Result<(), StoreError> {
        self.store.end_run(self.id, (self.clock)()).await?;
        self.ids.forget();
        Ok(())
    }
}

/// Looks into runs that were cut off: each is told once.
pub async fn look_back(store: &Store, host: &str, directory: &Path, now: i64) -> Result<Vec<EndedDaemon>, EngineError> {
    let blocks = daemon_run::stranded(store, host, directory).await?;
    let mut told = Vec::new();
    for (run, missing) in daemon_run::cut_off(store, host, directory).await? {
        let (given_back, held) = reconcile(store, blocks.iter().filter(|one| one.block.holder == run.holder)).await?;
        if store.find_run(run.id, now).await? {
            told.push(EndedDaemon {
                process: run.holder.pid,
                began_at: run.began_at,
                last_write_at: run.last_at,
                calls_without_record: missing.calls,
                exact: missing.exact,
                given_back_usd: given_back.dollars(),
                held_usd: held.dollars(),
            });
        }
        if held == Usd::ZERO {
            Counter::clear(directory, &run.mark);
        }
    }
    Ok(told)
}

/// Ends the blocks whose rest provably was not sent; what became free, and what goes on counting as spent.
async fn reconcile(store: &Store, blocks: impl Iterator<Item = &Stranded>) -> Result<(Usd, Usd), EngineError> {
    let (mut given_back, mut held) = (Usd::ZERO, Usd::ZERO);
    for stranded in blocks {
        if stranded.doubt.is_some() {
            held += stranded.block.amount;
        } else if daemon_run::settle(store, stranded, stranded.recorded).await? {
            given_back += stranded.free();
        }
    }
    Ok((given_back, held))
}
