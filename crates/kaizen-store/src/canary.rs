//! What the judge said of canaries.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use crate::stored::{storable, to_word};
use kaizen_domain::benchmark::BenchmarkId;
use kaizen_domain::canary::{Canary, CanaryCount};
use kaizen_domain::event::Event;
use kaizen_domain::id::ProjectId;

impl Store {
    /// Records what the judge of `benchmark` said of a canary at `at` (milliseconds since 1970-01-01 UTC). One it
    /// believed is an event too.
    pub async fn record_canary(
        &self,
        project: ProjectId,
        at: i64,
        benchmark: BenchmarkId,
        canary: Canary,
        accepted: bool,
        said: &str,
    ) -> Result<(), StoreError> {
        let mut writing = self.write(project).await?;
        let sql = "INSERT INTO canary (project_id, at, benchmark, kind, accepted, said) VALUES ($1, $2, $3, $4, $5, $6)";
        let kind = to_word(&canary)?;
        writing.tx.execute(sql, values![project, at, benchmark.0, &kind, i64::from(accepted), storable(said)]).await?;
        if accepted {
            writing.record(at, &Event::CanaryAccepted { canary: canary.name().to_owned(), said: said.to_owned() }).await?;
        }
        writing.commit().await
    }

    /// How many canaries were offered to a project's judges and believed; with a benchmark, to that one only.
    pub async fn canaries(&self, project: ProjectId, benchmark: Option<BenchmarkId>) -> Result<CanaryCount, StoreError> {
        const COUNT: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(accepted), 0) AS BIGINT) FROM canary WHERE project_id = $1";
        let row: Option<(i64, i64)> = match benchmark {
            Some(benchmark) => self.db.first(format!("{COUNT} AND benchmark = $2"), values![project, benchmark.0]).await?,
            None => self.db.first(COUNT, values![project]).await?,
        };
        let (offered, accepted) = row.unwrap_or_default();
        Ok(CanaryCount { offered: offered.unsigned_abs(), accepted: accepted.unsigned_abs() })
    }
}
