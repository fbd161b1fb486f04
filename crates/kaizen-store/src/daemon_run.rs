//! Runs of the daemon: a mark when one begins and ends, and with each group of records how many calls were begun and written.
//!
//! The marks are in the same transaction as the records they count, so that the two never tell different stories. What a run began
//! after its last write no store can know.

use crate::Store;
use crate::db::{Tx, values};
use crate::error::StoreError;
use crate::lease::{Holder, HolderRow};
use crate::operation::{self, Recorded};
use crate::stored::at_most;
use kaizen_domain::id::ProjectId;
use kaizen_domain::money::Usd;
use kaizen_domain::operation::Operation;

/// A run's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub i64);

/// One run of the daemon, as far as it was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaemonRun {
    /// Its number.
    pub id: RunId,
    /// What stands in the ids of its operations.
    pub mark: String,
    /// Which process it was.
    pub holder: Holder,
    /// When it began, milliseconds since 1970-01-01 UTC.
    pub began_at: i64,
    /// When it last wrote.
    pub last_at: i64,
    /// Calls it had begun by then.
    pub begun: u64,
    /// Calls whose records it had written.
    pub written: u64,
}

/// What a run recorded of its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RunCalls {
    /// Records that are there.
    pub count: u64,
    /// Those of them whose cost is not known, refusals apart.
    pub unpriced: u64,
    /// What they cost.
    pub cost: Usd,
}

#[derive(sqlx::FromRow)]
struct RunRow {
    id: i64,
    mark: String,
    #[sqlx(flatten)]
    holder: HolderRow,
    began_at: i64,
    last_at: i64,
    begun: i64,
    written: i64,
}

impl RunRow {
    fn run(self) -> Result<DaemonRun, StoreError> {
        let count = |number: i64| u64::try_from(number).map_err(|error| StoreError::corrupt("a count of calls", error));
        let holder = self.holder.holder()?;
        let (begun, written) = (count(self.begun)?, count(self.written)?);
        Ok(DaemonRun { id: RunId(self.id), mark: self.mark, holder, began_at: self.began_at, last_at: self.last_at, begun, written })
    }
}

const RUN: &str = "SELECT id, mark, host, pid, started, began_at, last_at, begun, written FROM daemon_run WHERE";

impl Store {
    /// Notes that a daemon begins. `mark` stands in the ids of its operations: digits and letters.
    pub async fn begin_run(&self, mark: &str, holder: &Holder, at: i64) -> Result<RunId, StoreError> {
        let mut tx = self.db.begin().await?;
        let id = tx.next_ids("daemon_run", 1).await?;
        let sql = "INSERT INTO daemon_run (id, mark, host, pid, started, began_at, last_at, begun, written) \
            VALUES ($1, $2, $3, $4, $5, $6, $6, 0, 0)";
        tx.execute(sql, values![id, mark, &holder.host, holder.pid, holder.started, at]).await?;
        tx.commit().await?;
        Ok(RunId(id))
    }

    /// Notes that it ended as it should.
    pub async fn end_run(&self, run: RunId, at: i64) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.execute("UPDATE daemon_run SET ended_at = $2, last_at = $2 WHERE id = $1", values![run.0, at]).await?;
        tx.commit().await
    }

    /// Records calls of a run, all of them or none, and how many it has begun so far.
    pub async fn record_calls(
        &self,
        run: RunId,
        begun: u64,
        at: i64,
        project: ProjectId,
        operations: &[Operation],
    ) -> Result<Recorded, StoreError> {
        let mut tx = self.db.begin().await?;
        let recorded = operation::record(&mut tx, project, operations).await?;
        count(&mut tx, run, begun, recorded.new, at).await?;
        tx.commit().await?;
        Ok(recorded)
    }

    /// Runs without an end that nobody has looked into. Some of them may go on.
    pub async fn unended_runs(&self) -> Result<Vec<DaemonRun>, StoreError> {
        let rows: Vec<RunRow> = self.db.rows(format!("{RUN} ended_at IS NULL AND found_at IS NULL ORDER BY id"), &[]).await?;
        rows.into_iter().map(RunRow::run).collect()
    }

    /// The newest run of a process.
    pub async fn run_of(&self, holder: &Holder) -> Result<Option<DaemonRun>, StoreError> {
        let sql = format!("{RUN} host = $1 AND pid = $2 AND started = $3 ORDER BY id DESC LIMIT 1");
        let row: Option<RunRow> = self.db.first(sql, values![&holder.host, holder.pid, holder.started]).await?;
        row.map(RunRow::run).transpose()
    }

    /// Notes that a run was found cut off; `false` where somebody else found it first.
    pub async fn find_run(&self, run: RunId, at: i64) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE daemon_run SET found_at = $2 WHERE id = $1 AND ended_at IS NULL AND found_at IS NULL";
        let found = tx.execute(sql, values![run.0, at]).await?;
        tx.commit().await?;
        Ok(found == 1)
    }

    /// What is there of the calls of a run, of all tenants or of one.
    pub async fn calls_of(&self, run: &DaemonRun, tenant: Option<&str>) -> Result<RunCalls, StoreError> {
        let sql = "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN cost IS NULL AND outcome <> 'refused' THEN 1 ELSE 0 END), 0) AS BIGINT), \
            CAST(COALESCE(SUM(cost), 0) AS BIGINT) FROM operation WHERE project_id IN (SELECT id FROM project) AND started_at >= $1 \
            AND source IN ('gateway', 'own') AND id LIKE $2 AND (tenant = $3 OR $3 IS NULL)";
        let like = format!("op-%-{}-%", run.mark);
        let row: Option<(i64, i64, i64)> = self.db.first(sql, values![run.began_at, like, tenant]).await?;
        let (calls, unpriced, cost) = row.unwrap_or_default();
        Ok(RunCalls { count: calls.unsigned_abs(), unpriced: unpriced.unsigned_abs(), cost: Usd::from_nanos(cost) })
    }
}

async fn count(tx: &mut Tx, run: RunId, begun: u64, written: u64, at: i64) -> Result<(), StoreError> {
    let sql = "UPDATE daemon_run SET begun = $2, written = written + $3, last_at = $4 WHERE id = $1";
    tx.execute(sql, values![run.0, at_most(begun), at_most(written), at]).await?;
    Ok(())
}
