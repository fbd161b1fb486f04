//! State: one schema and one SQL text on SQLite and PostgreSQL.
//!
//! Every row carries its project, but for what belongs to the whole store. A transition writes its state, its event and the
//! event's place in the project's audit chain in one transaction, compares the state it expects with the one it finds, and asks the
//! domain whether the move is legal. Times are passed in as milliseconds since 1970-01-01 UTC. The store never reads the clock, never
//! runs a process, and keeps no secret.

mod backup;
mod blob;
mod canary;
mod case_run;
mod contact;
mod content;
mod daemon_run;
mod db;
mod dead_letter;
mod error;
mod event;
mod export;
mod feedback;
mod forget;
mod hypothesis;
mod job;
mod key;
mod lease;
mod ledger;
mod location;
mod metric_sample;
mod operation;
mod page;
mod permission;
mod project;
mod purge;
mod purse;
mod repair;
mod response_cache;
mod saga;
mod schema;
mod statistics;
mod stored;
mod table;
mod tally;
mod tier;
mod trajectory;
mod trial;
mod tried;
mod trust;
mod version;
mod weakness;
mod workshop;
mod writing;

pub use backup::{Part, Proven, Still};
pub use case_run::{CaseRun, FlakyCase};
pub use contact::Contact;
pub use daemon_run::{DaemonRun, RunCalls, RunId};
pub use dead_letter::DeadLetter;
pub use error::StoreError;
pub use event::StoredEvent;
pub use export::{ExportedRow, Taker};
pub use forget::{Forget, Forgotten};
pub use job::{AfterFailure, Job, JobState};
pub use key::{GatewayKey, KeyRules};
pub use lease::{Holder, Lease};
pub use ledger::LedgerLine;
pub use location::Location;
pub use operation::Recorded;
pub use page::{Cursor, Filter, Page};
pub use permission::{OpenPlea, Permission, PermissionId, Plea};
pub use project::Project;
pub use purge::Purged;
pub use purse::{Block, BlockId, Spent, Wish};
pub use repair::OperatorResult;
pub use response_cache::{CacheStats, CachedAnswer, Keep};
pub use saga::Saga;
pub use statistics::{Bench, CalibrationPair};
pub use tier::TierLine;
pub use trial::Alpha;
pub use workshop::Visit;

use db::Db;

/// An open store. Cloning it is cheap and shares its connections.
#[derive(Clone)]
pub struct Store {
    db: Db,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("dialect", &self.db.dialect()).finish_non_exhaustive()
    }
}

/// The newest schema version this build knows.
pub fn schema_version() -> i64 {
    schema::known()
}

impl Store {
    /// Opens the store at `location`, creating what is missing (directory 0700, file 0600) and migrating an older schema.
    ///
    /// Errors: [`StoreError::TooNew`] for a newer schema, [`StoreError::ReadOnly`] and [`StoreError::Path`] where the
    /// place cannot be written or reached, [`StoreError::Full`], [`StoreError::Database`] otherwise.
    pub async fn open(location: &Location) -> Result<Self, StoreError> {
        schema::open(location).await.map(|db| Self { db })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let _: Option<(i64,)> = self.db.first("SELECT CAST(1 AS BIGINT)", &[]).await?;
        Ok(())
    }

    /// Closes every connection; on SQLite the write-ahead log is folded into the file.
    pub async fn close(&self) {
        self.db.close().await;
    }
}
