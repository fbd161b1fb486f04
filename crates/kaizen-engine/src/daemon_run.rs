//! Daemons that ended without a word: how many of their calls have no record, and what of the money they had put aside was provably
//! not sent.
//!
//! A daemon counts the calls it begins in a file, each before anything of it is sent. The file outlives the process and not the
//! machine: after a kill the count is exact, after a power cut it is not used and only what the last write told is known. Money is
//! free again by itself only where every call that was begun has a record with its cost; of everything else only a person who looked
//! into the provider's account can say what it cost.

mod counter;
mod stranded;

pub use counter::Counter;
pub use stranded::{Doubt, Stranded, clear_settled, settle, stranded};

use crate::error::EngineError;
use crate::lease::has_ended;
use kaizen_store::{DaemonRun, Store};
use std::path::Path;

/// How many calls of a run have no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// So many at least.
    pub calls: u64,
    /// Whether it is all of them.
    pub exact: bool,
}

/// Runs of this host that were cut off and that nobody has looked into, with what is missing of each. `directory` is where daemons count.
pub async fn cut_off(store: &Store, host: &str, directory: &Path) -> Result<Vec<(DaemonRun, Missing)>, EngineError> {
    let runs = store.unended_runs().await?.into_iter().filter(|run| has_ended(&run.holder, host));
    Ok(runs.map(|run| (missing(&run, directory), run)).map(|(missing, run)| (run, missing)).collect())
}

/// What is missing of a run that ended.
pub fn missing(run: &DaemonRun, directory: &Path) -> Missing {
    let counted = Counter::read(directory, &run.mark).filter(|begun| *begun >= run.begun);
    let begun = counted.unwrap_or(run.begun);
    Missing { calls: begun.saturating_sub(run.written), exact: counted.is_some() }
}

#[cfg(test)]
mod tests;
