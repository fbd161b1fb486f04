//! Ids of operations that nobody named: unique among all daemons that share a store, without asking any of them.

use kaizen_domain::operation::{NotAName, OperationId};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes ids.
#[derive(Debug)]
pub struct Ids {
    run: String,
    next: AtomicU64,
}

impl Ids {
    /// Of one run of the daemon: `holder` names its machine and process, `started` is when it began.
    pub fn new(holder: &str, started: i64) -> Self {
        let hash = Sha256::digest(format!("{holder}\0{started}"));
        Self { run: hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect(), next: AtomicU64::new(1) }
    }

    /// The next one; `now` in milliseconds since 1970-01-01 UTC. The time stands first: ids that rise are cheap to keep an index of.
    pub fn next(&self, now: i64) -> Result<OperationId, NotAName> {
        format!("op-{now:011x}-{}-{:x}", self.run, self.next.fetch_add(1, Ordering::Relaxed)).try_into()
    }
}
