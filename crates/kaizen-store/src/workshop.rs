//! What programs said while they worked on a hypothesis.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::id::{HypothesisId, ProjectId};

/// One run of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// When it ended, in milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// How it ended, what it was granted and what it reached; without a NUL.
    pub said: String,
    /// The blob with its output.
    pub output: ContentHash,
}

impl Store {
    /// Records a run of a program; its output is a blob already.
    pub async fn record_visit(&self, project: ProjectId, hypothesis: HypothesisId, visit: &Visit) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "INSERT INTO workshop (project_id, hypothesis_id, at, said, output) VALUES ($1, $2, $3, $4, $5)";
        tx.execute(sql, values![project, hypothesis, visit.at, &visit.said, visit.output]).await?;
        tx.commit().await
    }

    /// The runs of programs for a hypothesis, the oldest first.
    pub async fn visits(&self, project: ProjectId, hypothesis: HypothesisId) -> Result<Vec<Visit>, StoreError> {
        let sql = "SELECT at, said, output FROM workshop WHERE project_id = $1 AND hypothesis_id = $2 ORDER BY at";
        let rows: Vec<(i64, String, String)> = self.db.rows(sql, values![project, hypothesis]).await?;
        let visit = |(at, said, output): (i64, String, String)| {
            let output = output.parse().map_err(|_| StoreError::corrupt(format!("the output of {hypothesis}"), "it has no address"))?;
            Ok(Visit { at, said, output })
        };
        rows.into_iter().map(visit).collect()
    }
}
