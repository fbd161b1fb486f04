//! Evidence that accumulates for free: how often each case passed and failed under a key.

use crate::Store;
use crate::db::{Value, row, values};
use crate::error::StoreError;
use crate::stored::{storable, to_i64};
use kaizen_domain::hash::ContentHash;
use kaizen_domain::id::ProjectId;
use kaizen_domain::scorecard::CaseId;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Rows per statement.
const ROWS: usize = 50;

#[derive(sqlx::FromRow)]
struct TallyRow {
    case_name: String,
    passes: i64,
    fails: i64,
}

impl Store {
    /// Adds passes and fails of cases to what is known under `key` (a baseline, or a baseline with its conditions).
    pub async fn tally(&self, project: ProjectId, key: ContentHash, counts: &[(CaseId, u64, u64)]) -> Result<(), StoreError> {
        // One statement may not touch a row twice: a case named twice is added up first.
        let mut sums: BTreeMap<Cow<'_, str>, (u64, u64)> = BTreeMap::new();
        for (case, passes, fails) in counts {
            let sum = sums.entry(storable(&case.0)).or_default();
            *sum = (sum.0 + passes, sum.1 + fails);
        }
        let sums: Vec<_> = sums.into_iter().collect();
        let mut writing = self.write(project).await?;
        for rows in sums.chunks(ROWS) {
            let mut bound: Vec<Value<'_>> = Vec::with_capacity(rows.len() * 5);
            for (case, (passes, fails)) in rows {
                bound.extend(row![project, key, case.as_ref(), to_i64("a tally", *passes)?, to_i64("a tally", *fails)?]);
            }
            let sql = format!(
                "INSERT INTO tally (project_id, evidence, case_name, passes, fails) VALUES {} \
                 ON CONFLICT (project_id, evidence, case_name) \
                 DO UPDATE SET passes = tally.passes + excluded.passes, fails = tally.fails + excluded.fails",
                writing.tx.rows_of(rows.len(), 5)
            );
            writing.tx.execute(sql, &bound).await?;
        }
        writing.commit().await
    }

    /// Passes and fails by case under a key.
    pub async fn tallies(&self, project: ProjectId, key: ContentHash) -> Result<BTreeMap<CaseId, (u64, u64)>, StoreError> {
        let sql = "SELECT case_name, passes, fails FROM tally WHERE project_id = $1 AND evidence = $2";
        let rows: Vec<TallyRow> = self.db.rows(sql, values![project, key]).await?;
        let tally = |row: TallyRow| (CaseId(row.case_name), (row.passes.unsigned_abs(), row.fails.unsigned_abs()));
        Ok(rows.into_iter().map(tally).collect())
    }
}
