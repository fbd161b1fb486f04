//! Ids of operations that nobody named: unique among all daemons that share a store, without asking any of them.
//!
//! Each id is a call that begins: they are counted where the count outlives the process, before anything of the call is sent.

use kaizen_domain::operation::{NotAName, OperationId};
use kaizen_engine::daemon_run::Counter;
use sha2::{Digest, Sha256};
use std::io;
use std::path::Path;

/// Makes ids.
#[derive(Debug)]
pub struct Ids {
    mark: String,
    begun: Counter,
}

impl Ids {
    /// Of one run of the daemon: `holder` names its machine and process, `started` is when it began, `directory` where it counts.
    pub fn new(holder: &str, started: i64, directory: &Path) -> io::Result<Self> {
        let hash = Sha256::digest(format!("{holder}\0{started}"));
        let mark: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { begun: Counter::create(directory, &mark)?, mark })
    }

    /// What stands in all of them.
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// How many there are.
    pub fn begun(&self) -> u64 {
        self.begun.count()
    }

    /// The run ended well: nobody will ask for the count.
    pub fn forget(&self) {
        self.begun.remove();
    }

    /// The next one; `now` in milliseconds since 1970-01-01 UTC. The time stands first: ids that rise are cheap to keep an index of.
    pub fn next(&self, now: i64) -> Result<OperationId, NotAName> {
        format!("op-{now:011x}-{}-{:x}", self.mark, self.begun.raise()).try_into()
    }
}
