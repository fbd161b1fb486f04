//! What searches tried: no change is tried twice against the same baseline.

use crate::Store;
use crate::db::{Value, list, row, values};
use crate::error::StoreError;
use crate::stored::{storable, to_hash};
use kaizen_domain::hash::ContentHash;
use kaizen_domain::id::{HypothesisId, ProjectId};
use std::collections::HashSet;

/// Rows per statement: past fifty, more gain little.
const ROWS: usize = 50;

impl Store {
    /// Remembers changes tried against a baseline: identity ([`kaizen_domain::change::Change::hash`]), outcome and a
    /// line for people. The first outcome of a change stays.
    pub async fn remember_tried(
        &self,
        project: ProjectId,
        at: i64,
        baseline: ContentHash,
        hypothesis: HypothesisId,
        changes: &[(ContentHash, String, String)],
    ) -> Result<(), StoreError> {
        let mut writing = self.write(project).await?;
        for rows in changes.chunks(ROWS) {
            let sql = format!(
                "INSERT INTO tried (project_id, baseline, change, hypothesis_id, outcome, summary, at) VALUES {} ON CONFLICT DO NOTHING",
                writing.tx.rows_of(rows.len(), 7)
            );
            let mut bound: Vec<Value<'_>> = Vec::with_capacity(rows.len() * 7);
            for (change, outcome, summary) in rows {
                bound.extend(row![project, baseline, *change, hypothesis, outcome, storable(summary), at]);
            }
            writing.tx.execute(sql, &bound).await?;
        }
        writing.commit().await
    }

    /// Which of these changes were tried against a baseline.
    pub async fn tried(
        &self,
        project: ProjectId,
        baseline: ContentHash,
        changes: &[ContentHash],
    ) -> Result<HashSet<ContentHash>, StoreError> {
        let mut found = HashSet::new();
        for asked in changes.chunks(500) {
            let sql = format!("SELECT change FROM tried WHERE project_id = $1 AND baseline = $2 AND change IN ({})", list(3, asked.len()));
            let mut bound: Vec<Value<'_>> = vec![project.into(), baseline.into()];
            bound.extend(asked.iter().map(|change| Value::from(*change)));
            let rows: Vec<(String,)> = self.db.rows(sql, &bound).await?;
            for (change,) in rows {
                found.insert(to_hash("a tried change", &change)?);
            }
        }
        Ok(found)
    }

    /// The newest changes a hypothesis' search was the first to try, at most `limit`: line for people and outcome, in the order they
    /// were tried.
    pub async fn tried_by(&self, project: ProjectId, hypothesis: HypothesisId, limit: u32) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT summary, outcome FROM tried WHERE project_id = $1 AND hypothesis_id = $2 ORDER BY at DESC, change LIMIT $3";
        let mut rows: Vec<(String, String)> = self.db.rows(sql, values![project, hypothesis, i64::from(limit)]).await?;
        rows.reverse();
        Ok(rows)
    }

    /// How many changes a hypothesis' search was the first to try.
    pub async fn tried_count(&self, project: ProjectId, hypothesis: HypothesisId) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM tried WHERE project_id = $1 AND hypothesis_id = $2";
        let row: Option<(i64,)> = self.db.first(sql, values![project, hypothesis]).await?;
        Ok(row.map_or(0, |(count,)| count.unsigned_abs()))
    }
}
