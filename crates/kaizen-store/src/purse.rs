//! Purses: money of a month, set aside in blocks before it is spent and settled after.
//!
//! Taking a block compares and adds in one transaction that locks the purse's month, so that what is settled and what is open
//! never exceed the limit together, however many processes take at once. An open block counts as spent, whole, until somebody
//! settles it: a process that died with one has spent it until its records say less.

use crate::Store;
use crate::db::{Tx, values};
use crate::error::StoreError;
use crate::lease::{Holder, HolderRow};
use kaizen_domain::budget::{Day, Month};
use kaizen_domain::money::Usd;

/// An open block's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(pub i64);

/// Money that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its number.
    pub id: BlockId,
    /// From which purse.
    pub purse: String,
    /// Of which month.
    pub month: Month,
    /// How much.
    pub amount: Usd,
    /// Which process holds it.
    pub holder: Holder,
    /// When it was taken, milliseconds since 1970-01-01 UTC.
    pub taken_at: i64,
}

/// How much is wanted, and the least that is of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Less than this is nothing.
    pub least: Usd,
    /// No more than this.
    pub most: Usd,
}

/// What is gone of a purse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// Settled, in the month.
    pub settled: Usd,
    /// In open blocks of the month.
    pub open: Usd,
    /// Settled today.
    pub today: Usd,
}

#[derive(sqlx::FromRow)]
struct BlockRow {
    id: i64,
    purse: String,
    month: String,
    amount: i64,
    #[sqlx(flatten)]
    holder: HolderRow,
    taken_at: i64,
}

impl BlockRow {
    fn block(self) -> Result<Block, StoreError> {
        let holder = self.holder.holder()?;
        let month = month(&self.month)?;
        let (id, amount) = (BlockId(self.id), Usd::from_nanos(self.amount));
        Ok(Block { id, purse: self.purse, month, amount, holder, taken_at: self.taken_at })
    }
}

fn month(text: &str) -> Result<Month, StoreError> {
    text.parse().map_err(|error| StoreError::corrupt("a block's month", error))
}

const BLOCK: &str = "SELECT id, purse, month, amount, host, pid, started, taken_at FROM block WHERE settled_at IS NULL";

impl Store {
    /// Sets money of the month in which `at` lies aside: as much of the wish as the limit leaves, `None` where that is less
    /// than its least. Without a limit the whole wish.
    pub async fn take_block(
        &self,
        purse: &str,
        wish: Wish,
        limit: Option<Usd>,
        holder: &Holder,
        at: i64,
    ) -> Result<Option<Block>, StoreError> {
        let month = Day::of(at).month();
        let mut tx = self.db.begin().await?;
        let (settled, open) = tx.lock_purse(purse, month).await?;
        let left = limit.map_or(wish.most, |limit| limit - settled - open);
        let amount = wish.most.min(left);
        if amount < wish.least || amount <= Usd::ZERO {
            return Ok(None);
        }
        let sql = "UPDATE purse SET open_amount = open_amount + $3 WHERE name = $1 AND month = $2";
        tx.execute(sql, values![purse, month.to_string(), amount.nanos()]).await?;
        let id = tx.next_ids("block", 1).await?;
        let sql = "INSERT INTO block (id, purse, month, amount, host, pid, started, taken_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let bound = values![id, purse, month.to_string(), amount.nanos(), &holder.host, holder.pid, holder.started, at];
        tx.execute(sql, bound).await?;
        tx.commit().await?;
        Ok(Some(Block { id: BlockId(id), purse: purse.to_owned(), month, amount, holder: holder.clone(), taken_at: at }))
    }

    /// Ends a block: `spent` of it is gone, the rest is free again. What was spent beyond the block is counted too. `false`
    /// where somebody settled it before; then nothing changes.
    pub async fn settle_block(&self, id: BlockId, spent: Usd, at: i64) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        // The purse is locked before its block, as in taking: two orders could wait for each other.
        let sql = "SELECT purse, month FROM block WHERE id = $1";
        let found: Option<(String, String)> = tx.first(sql, values![id.0]).await?;
        let (purse, of_month) = found.ok_or_else(|| StoreError::missing(format!("block {}", id.0)))?;
        tx.lock_purse(&purse, month(&of_month)?).await?;
        let sql = "UPDATE block SET spent = $2, settled_at = $3 WHERE id = $1 AND settled_at IS NULL RETURNING amount";
        let ended: Option<(i64,)> = tx.first(sql, values![id.0, spent.nanos(), at]).await?;
        let Some((amount,)) = ended else { return Ok(false) };
        let sql = "UPDATE purse SET open_amount = open_amount - $3, settled = settled + $4 WHERE name = $1 AND month = $2";
        tx.execute(sql, values![&purse, &of_month, amount, spent.nanos()]).await?;
        let sql = "INSERT INTO purse_day (name, day, settled) VALUES ($1, $2, $3) \
            ON CONFLICT (name, day) DO UPDATE SET settled = purse_day.settled + excluded.settled";
        tx.execute(sql, values![&purse, Day::of(at).to_string(), spent.nanos()]).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// What is gone of a purse in the month and on the day in which `at` lies.
    pub async fn spent(&self, purse: &str, at: i64) -> Result<Spent, StoreError> {
        let today = Day::of(at);
        let sql = "SELECT settled, open_amount FROM purse WHERE name = $1 AND month = $2";
        let row: Option<(i64, i64)> = self.db.first(sql, values![purse, today.month().to_string()]).await?;
        let (settled, open) = row.unwrap_or_default();
        let sql = "SELECT settled FROM purse_day WHERE name = $1 AND day = $2";
        let row: Option<(i64,)> = self.db.first(sql, values![purse, today.to_string()]).await?;
        let today = row.map_or(0, |(settled,)| settled);
        Ok(Spent { settled: Usd::from_nanos(settled), open: Usd::from_nanos(open), today: Usd::from_nanos(today) })
    }

    /// Every block that nobody settled, of any purse and month, oldest first.
    pub async fn open_blocks(&self) -> Result<Vec<Block>, StoreError> {
        let rows: Vec<BlockRow> = self.db.rows(format!("{BLOCK} ORDER BY id"), &[]).await?;
        rows.into_iter().map(BlockRow::block).collect()
    }

    /// What one process settled of a purse, in all months.
    pub async fn settled_of(&self, holder: &Holder, purse: &str) -> Result<Usd, StoreError> {
        let sql = "SELECT CAST(COALESCE(SUM(spent), 0) AS BIGINT) FROM block \
            WHERE purse = $1 AND host = $2 AND pid = $3 AND started = $4 AND settled_at IS NOT NULL";
        let row: Option<(i64,)> = self.db.first(sql, values![purse, &holder.host, holder.pid, holder.started]).await?;
        Ok(Usd::from_nanos(row.map_or(0, |(spent,)| spent)))
    }
}

impl Tx {
    /// Settled and open nano-dollars of a purse's month, which nobody else changes until this transaction ends.
    async fn lock_purse(&mut self, purse: &str, month: Month) -> Result<(Usd, Usd), StoreError> {
        let month = month.to_string();
        let sql = "INSERT INTO purse (name, month, settled, open_amount) VALUES ($1, $2, 0, 0) ON CONFLICT (name, month) DO NOTHING";
        self.execute(sql, values![purse, &month]).await?;
        let sql = "UPDATE purse SET settled = settled WHERE name = $1 AND month = $2 RETURNING settled, open_amount";
        let row: Option<(i64, i64)> = self.first(sql, values![purse, &month]).await?;
        let (settled, open) = row.ok_or_else(|| StoreError::missing(format!("purse {purse}")))?;
        Ok((Usd::from_nanos(settled), Usd::from_nanos(open)))
    }
}
