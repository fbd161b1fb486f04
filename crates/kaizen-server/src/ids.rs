//! Ids of operations that nobody named: unique among all daemons that share a store, without asking any of them.

use kaizen_domain::operation::{NotAName, OperationId};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes ids.
#[derive(Debug)]
pub struct Ids {
    prefix: String,
    next: AtomicU64,
}

impl Ids {
    /// Of one run of the daemon: `holder` names its machine and process, `started` is when it began.
    pub fn new(holder: &str, started: i64) -> Self {
        let hash = Sha256::digest(format!("{holder}\0{started}"));
        Self { prefix: hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect(), next: AtomicU64::new(1) }
    }

    /// The next one.
    pub fn next(&self) -> Result<OperationId, NotAName> {
        format!("op-{}-{:x}", self.prefix, self.next.fetch_add(1, Ordering::Relaxed)).try_into()
    }
}
