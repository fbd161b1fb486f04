//! Money that a daemon had put aside when it was cut off.
//!
//! What its calls drew is the sum of their recorded costs less what it had settled. That is exact where every call has a record and
//! every record a cost; then the rest was not sent. In all other cases the whole block goes on counting as spent.

use super::{Counter, Missing, missing};
use crate::budget::PURSE;
use crate::error::EngineError;
use crate::lease::has_ended;
use kaizen_domain::money::Usd;
use kaizen_store::{Block, DaemonRun, Holder, Store};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Why what a block's calls cost cannot be proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The process wrote nothing about its calls.
    NoRun,
    /// So many calls, at least, have no record.
    Unrecorded(u64),
    /// The machine was restarted, or the count is gone: calls after the last write are not known.
    Uncounted,
    /// Records were forgotten since.
    Forgotten,
    /// So many records have no cost.
    Unpriced(u64),
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRun => write!(f, "its daemon wrote nothing about its calls"),
            Self::Unrecorded(1) => write!(f, "a call was begun that has no record"),
            Self::Unrecorded(calls) => write!(f, "{calls} calls were begun that have no record"),
            Self::Uncounted => write!(f, "calls after the last write are not known"),
            Self::Forgotten => write!(f, "records of its calls are gone"),
            Self::Unpriced(calls) => write!(f, "{calls} of its calls have no known cost"),
        }
    }
}

/// An open block of a process that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranded {
    /// It.
    pub block: Block,
    /// What recorded calls drew from it.
    pub recorded: Usd,
    /// Why the rest may have been sent all the same; absent where it provably was not.
    pub doubt: Option<Doubt>,
    /// When its daemon last wrote; where that is not known, when it was taken.
    pub last_at: i64,
}

impl Stranded {
    /// What provably was not sent.
    pub fn free(&self) -> Usd {
        if self.doubt.is_some() { Usd::ZERO } else { (self.block.amount - self.recorded).or_zero() }
    }
}

/// Every open block of a process of this host that ended. `directory` is where daemons count.
pub async fn stranded(store: &Store, host: &str, directory: &Path) -> Result<Vec<Stranded>, EngineError> {
    let open = store.open_blocks().await?.into_iter().filter(|block| has_ended(&block.holder, host));
    let mut groups: BTreeMap<(String, u32, i64, String, String), Vec<Block>> = BTreeMap::new();
    for block in open {
        let Holder { host, pid, started } = block.holder.clone();
        groups.entry((host, pid, started, block.purse.clone(), block.month.to_string())).or_default().push(block);
    }
    let mut found = Vec::new();
    for blocks in groups.into_values() {
        found.extend(group(store, blocks, directory).await?);
    }
    Ok(found)
}

/// The open blocks of one process, one purse and one month. Where its blocks are of several months, what its calls drew is counted in
/// each: rather twice than not at all.
async fn group(store: &Store, blocks: Vec<Block>, directory: &Path) -> Result<Vec<Stranded>, EngineError> {
    let Some(first) = blocks.first() else { return Ok(Vec::new()) };
    let Some(run) = store.run_of(&first.holder).await? else {
        let unknown = |block: Block| Stranded { last_at: block.taken_at, recorded: Usd::ZERO, doubt: Some(Doubt::NoRun), block };
        return Ok(blocks.into_iter().map(unknown).collect());
    };
    let all = store.calls_of(&run, None).await?;
    let drew = match first.purse.strip_prefix("key:") {
        Some(tenant) => store.calls_of(&run, Some(tenant)).await?,
        None => all,
    };
    let known = first.purse == PURSE || first.purse.starts_with("key:");
    let doubt = if known { doubt(&run, missing(&run, directory), all.count, drew.unpriced) } else { Some(Doubt::NoRun) };
    let settled = store.settled_of(&first.holder, &first.purse).await?;
    let mut left = (drew.cost - settled).or_zero();
    let last = blocks.len() - 1;
    let share = |(place, block): (usize, Block)| {
        let recorded = if place == last { left } else { left.min(block.amount) };
        left = left - recorded;
        Stranded { block, recorded, doubt, last_at: run.last_at }
    };
    Ok(blocks.into_iter().enumerate().map(share).collect())
}

fn doubt(run: &DaemonRun, missing: Missing, found: u64, unpriced: u64) -> Option<Doubt> {
    match (missing, found == run.written, unpriced) {
        (Missing { calls: 1.., .. }, ..) => Some(Doubt::Unrecorded(missing.calls)),
        (Missing { exact: false, .. }, ..) => Some(Doubt::Uncounted),
        (_, false, _) => Some(Doubt::Forgotten),
        (_, _, 1..) => Some(Doubt::Unpriced(unpriced)),
        _ => None,
    }
}

/// Removes the counts of daemons of which nothing is left to be looked into; `before` is what was open.
pub async fn clear_settled(store: &Store, host: &str, directory: &Path, before: &[Stranded]) -> Result<(), EngineError> {
    let open = stranded(store, host, directory).await?;
    let holds = |holder: &Holder| open.iter().any(|still| still.block.holder == *holder);
    for gone in before.iter().filter(|one| !holds(&one.block.holder)) {
        if let Some(run) = store.run_of(&gone.block.holder).await? {
            Counter::clear(directory, &run.mark);
        }
    }
    Ok(())
}

/// Ends a block: `spent` of it is gone, the rest is free again. `false` where somebody else ended it.
pub async fn settle(store: &Store, stranded: &Stranded, spent: Usd) -> Result<bool, EngineError> {
    Ok(store.settle_block(stranded.block.id, spent, stranded.last_at).await?)
}
