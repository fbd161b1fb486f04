//! Money put aside before a call and settled after it, so that parallel calls cannot overspend together.
//!
//! A purse takes durable *blocks* from the store: one transaction for many calls, in which the limit is kept by the database,
//! whoever else spends at the same time. Calls take from the block in memory. What is open when the process dies counts as spent
//! until somebody reconciles it: never over the limit, at most a block under it. A block that is being taken is noted even where the
//! call it is for goes away meanwhile: nobody else would know of it.

use crate::uncut::uncut;
use kaizen_domain::budget::Month;
use kaizen_domain::money::Usd;
use kaizen_store::{BlockId, Holder, Store, StoreError, Wish};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Mutex as Turn;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// The purse of everything.
pub const ALL: &str = "all";
/// A block is this part of its limit, so that a killed process strands little.
const PART: f64 = 0.01;

/// Where a call's money comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// `all`, or a key's.
    pub purse: String,
    /// What it may spend in the month.
    pub limit: Usd,
}

/// Why money could not be put aside.
#[derive(Debug, thiserror::Error)]
pub enum Short {
    /// The limit of a purse would be passed.
    #[error("{wanted} are not left in this month's {limit} of {purse}")]
    Limit {
        /// Whose.
        purse: String,
        /// What the call may cost.
        wanted: Usd,
        /// The limit.
        limit: Usd,
    },
    /// The store failed: without it nothing can be promised.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Debug)]
struct Block {
    id: BlockId,
    amount: Usd,
}

/// What one process holds of one purse in one month.
#[derive(Debug, Default)]
struct Held {
    /// Not promised to any call.
    free: Usd,
    /// Promised to calls that have not ended.
    promised: Usd,
    /// Spent of the blocks that are not settled.
    spent: Usd,
    blocks: VecDeque<Block>,
}

type Name = (String, Month);

/// All purses of this process. Cloning them is cheap.
#[derive(Debug, Clone)]
pub struct Purses {
    store: Store,
    holder: Holder,
    /// The largest block.
    block: Usd,
    clock: fn() -> i64,
    held: Arc<Mutex<HashMap<Name, Held>>>,
    /// Who takes a block makes the others wait: they will find money in it.
    turn: Arc<Turn<()>>,
    settled: UnboundedSender<(BlockId, Usd)>,
}

/// Money of one call. It must be settled; dropped otherwise it counts as spent, as after a crash. Before the call has it, it is free
/// again when it is dropped.
#[derive(Debug)]
pub struct Reservation {
    held: Arc<Mutex<HashMap<Name, Held>>>,
    settled: UnboundedSender<(BlockId, Usd)>,
    names: Vec<Name>,
    amount: Usd,
    handed_over: bool,
    done: bool,
}

/// Writes what is settled; ends when the purses are gone.
#[derive(Debug)]
pub struct Settler(tokio::task::JoinHandle<()>);

impl Settler {
    /// Waits until everything is settled in the store.
    pub async fn finish(self) {
        drop(self.0.await);
    }
}

/// Opens the purses of the process `holder`, with blocks of at most `block`. `complain` hears of blocks that could not be settled.
pub fn open(store: Store, holder: Holder, block: Usd, clock: fn() -> i64, complain: fn(String)) -> (Purses, Settler) {
    let (settled, mut to_settle) = unbounded_channel::<(BlockId, Usd)>();
    let writing = store.clone();
    let settler = tokio::spawn(async move {
        while let Some((block, spent)) = to_settle.recv().await {
            if let Err(error) = writing.settle_block(block, spent, clock()).await {
                complain(format!("block {} of the budget could not be settled and counts as spent: {error}", block.0));
            }
        }
    });
    (Purses { store, holder, block, clock, held: Arc::default(), turn: Arc::default(), settled }, Settler(settler))
}

impl Purses {
    /// Puts `amount` aside in every source, or in none.
    ///
    /// Between taking a block and promising it others may take from it: then there is another block to be had, until the store says
    /// that there is none.
    pub async fn reserve(&self, sources: &[Source], month: Month, amount: Usd) -> Result<Reservation, Short> {
        if self.promise(sources, month, amount) {
            return Ok(self.reservation(sources, month, amount).hand_over());
        }
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let (purses, sources) = (self.clone(), sources.to_vec());
        let reserved = uncut(async move {
            let _turn = turn;
            purses.filled(&sources, month, amount).await
        });
        reserved.await.map(Reservation::hand_over)
    }

    async fn filled(&self, sources: &[Source], month: Month, amount: Usd) -> Result<Reservation, Short> {
        while !self.promise(sources, month, amount) {
            for source in sources {
                self.fill(source, month, amount).await?;
            }
        }
        Ok(self.reservation(sources, month, amount))
    }

    /// Puts `amount` aside beyond what the limits leave: a person allowed just this. What the call does not need of it others may use,
    /// so that no more is spent than the limit and what was allowed.
    pub async fn reserve_allowed(&self, sources: &[Source], month: Month, amount: Usd) -> Result<Reservation, Short> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let (purses, sources) = (self.clone(), sources.to_vec());
        let reserved = uncut(async move {
            let _turn = turn;
            // Where one of them fails, the others are free again.
            let mut reservation = purses.reservation(&[], month, amount);
            for source in &sources {
                let wish = Wish { least: amount, most: amount };
                purses.take(source, month, wish, None, |held, taken| held.promised += taken).await?;
                reservation.names.push((source.purse.clone(), month));
            }
            Ok(reservation)
        });
        reserved.await.map(Reservation::hand_over)
    }

    /// Who holds the blocks.
    pub fn holder(&self) -> &Holder {
        &self.holder
    }

    fn reservation(&self, sources: &[Source], month: Month, amount: Usd) -> Reservation {
        let names = sources.iter().map(|source| (source.purse.clone(), month)).collect();
        Reservation { held: Arc::clone(&self.held), settled: self.settled.clone(), names, amount, handed_over: false, done: false }
    }

    /// Promises from what is held, where all sources hold enough.
    fn promise(&self, sources: &[Source], month: Month, amount: Usd) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let enough = |source: &Source| held.get(&(source.purse.clone(), month)).is_some_and(|held| held.free >= amount);
        if !sources.iter().all(enough) {
            return false;
        }
        for source in sources {
            if let Some(held) = held.get_mut(&(source.purse.clone(), month)) {
                (held.free, held.promised) = (held.free - amount, held.promised + amount);
            }
        }
        true
    }

    /// Takes a block: a whole one where there is room, else what is left and is needed.
    async fn fill(&self, source: &Source, month: Month, amount: Usd) -> Result<(), Short> {
        let name = (source.purse.clone(), month);
        let free = self.with(&name, |held| held.free);
        if free >= amount {
            return Ok(());
        }
        let needed = amount - free;
        let whole = source.limit.share(PART).min(self.block).max(needed);
        self.take(source, month, Wish { least: needed, most: whole }, Some(source.limit), |held, taken| held.free += taken).await
    }

    /// Takes a block within `limit`, and notes what it is for.
    async fn take(&self, source: &Source, month: Month, wish: Wish, limit: Option<Usd>, note: fn(&mut Held, Usd)) -> Result<(), Short> {
        let taken = self.store.take_block(&source.purse, wish, limit, &self.holder, (self.clock)()).await?;
        let short = || Short::Limit { purse: source.purse.clone(), wanted: wish.least, limit: source.limit };
        let block = taken.ok_or_else(short)?;
        self.with(&(source.purse.clone(), month), |held| {
            note(held, block.amount);
            held.blocks.push_back(Block { id: block.id, amount: block.amount });
        });
        Ok(())
    }

    fn with<T>(&self, name: &Name, act: impl FnOnce(&mut Held) -> T) -> T {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        act(held.entry(name.clone()).or_default())
    }

    /// What this process holds of a purse and has neither spent nor promised (it counts as open in the store), and what it spent
    /// or promised and has not settled.
    pub fn own(&self, purse: &str, month: Month) -> (Usd, Usd) {
        self.with(&(purse.to_owned(), month), |held| (held.free, held.spent + held.promised))
    }

    /// Gives back what no call needs, when nothing happened for a while. With calls under way nothing is given back.
    pub fn give_back(&self) {
        let mut all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        for held in all.values_mut().filter(|held| held.promised == Usd::ZERO) {
            for (block, spent) in held.close() {
                tell(&self.settled, block, spent);
            }
        }
        all.retain(|_, held| held.promised > Usd::ZERO || !held.blocks.is_empty());
    }

    /// At the end: gives back what no call needs, once every block that is being taken is noted.
    pub async fn close(&self) {
        let _turn = self.turn.lock().await;
        self.give_back();
    }
}

/// The settler outlives whoever sends to it; were it gone, the block would count as spent.
fn tell(settler: &UnboundedSender<(BlockId, Usd)>, block: BlockId, spent: Usd) {
    let gone = settler.send((block, spent)).is_err();
    debug_assert!(!gone, "the settler ended before the purses");
}

impl Held {
    /// The blocks that are used up.
    fn full(&mut self) -> Vec<(BlockId, Usd)> {
        let mut full = Vec::new();
        while let Some(block) = self.blocks.pop_front_if(|block| self.spent >= block.amount) {
            self.spent = self.spent - block.amount;
            full.push((block.id, block.amount));
        }
        full
    }

    /// Every block with what was spent of it; the last one bears what the blocks did not cover.
    fn close(&mut self) -> Vec<(BlockId, Usd)> {
        let mut closed = self.full();
        if let Some(first) = self.blocks.pop_front() {
            closed.push((first.id, std::mem::take(&mut self.spent)));
        }
        closed.extend(self.blocks.drain(..).map(|block| (block.id, Usd::ZERO)));
        self.free = Usd::ZERO;
        closed
    }
}

impl Reservation {
    /// How much was put aside.
    pub fn amount(&self) -> Usd {
        self.amount
    }

    fn hand_over(mut self) -> Self {
        self.handed_over = true;
        self
    }

    /// The call cost this much. More than was put aside is possible only where an upstream went beyond its limit; it is counted.
    pub fn settle(mut self, cost: Usd) {
        self.conclude(cost);
    }

    /// What the call cost is not known: all that was put aside counts as spent.
    pub fn keep(mut self) {
        let amount = self.amount;
        self.conclude(amount);
    }

    fn conclude(&mut self, cost: Usd) {
        self.done = true;
        let mut all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        for name in &self.names {
            let Some(held) = all.get_mut(name) else { continue };
            held.promised = held.promised - self.amount;
            held.free += self.amount - cost;
            held.spent += cost;
            for (block, spent) in held.full() {
                tell(&self.settled, block, spent);
            }
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.done {
            self.conclude(if self.handed_over { self.amount } else { Usd::ZERO });
        }
    }
}

#[cfg(test)]
mod tests;
