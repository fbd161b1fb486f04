//! What the steps of ladders came to: how often each model was tried in a month, how often its answer stood, what that cost and saved.

use crate::Store;
use crate::db::{row, values};
use crate::error::StoreError;
use crate::stored::to_i64;
use kaizen_domain::budget::Month;
use kaizen_domain::id::ProjectId;
use kaizen_domain::money::Usd;

const COLUMNS: usize = 11;

/// One model on ladders, in one month.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TierLine {
    /// `provider/model`.
    pub model: String,
    /// Tries.
    pub tries: u64,
    /// Answers that stood.
    pub verified: u64,
    /// Answers that did not.
    pub wrong: u64,
    /// Tries without an answer.
    pub failed: u64,
    /// How often there was no money for it.
    pub refused: u64,
    /// Tries that cost an amount nobody knows: it is none of `spent`.
    pub unpriced: u64,
    /// What its tries cost.
    pub spent: Usd,
    /// What the ways up that ended with its answer saved against the reference model, where that is counted.
    pub saved: Usd,
}

#[derive(sqlx::FromRow)]
struct TierRow {
    model: String,
    tries: i64,
    verified: i64,
    wrong: i64,
    failed: i64,
    refused: i64,
    unpriced: i64,
    spent: i64,
    saved: i64,
}

impl TierRow {
    fn line(self) -> TierLine {
        TierLine {
            model: self.model,
            tries: self.tries.unsigned_abs(),
            verified: self.verified.unsigned_abs(),
            wrong: self.wrong.unsigned_abs(),
            failed: self.failed.unsigned_abs(),
            refused: self.refused.unsigned_abs(),
            unpriced: self.unpriced.unsigned_abs(),
            spent: Usd::from_nanos(self.spent),
            saved: Usd::from_nanos(self.saved),
        }
    }
}

impl Store {
    /// Adds what a way up came to, a line for each of its models; no model twice.
    pub async fn add_tiers(&self, project: ProjectId, month: Month, lines: &[TierLine]) -> Result<(), StoreError> {
        if lines.is_empty() {
            return Ok(());
        }
        let count = |number| to_i64("a tally of a ladder", number);
        let (mut tx, month) = (self.db.begin().await?, month.to_string());
        let mut bound = Vec::with_capacity(lines.len() * COLUMNS);
        for line in lines {
            let (tries, verified, wrong) = (count(line.tries)?, count(line.verified)?, count(line.wrong)?);
            let (failed, refused, unpriced) = (count(line.failed)?, count(line.refused)?, count(line.unpriced)?);
            let (spent, saved) = (line.spent.nanos(), line.saved.nanos());
            bound.extend(row![
                project,
                month.as_str(),
                line.model.as_str(),
                tries,
                verified,
                wrong,
                failed,
                refused,
                unpriced,
                spent,
                saved
            ]);
        }
        let sql = format!(
            "INSERT INTO tier_tally (project_id, month, model, tries, verified, wrong, failed, refused, unpriced, spent, saved) VALUES {} \
             ON CONFLICT (project_id, month, model) DO UPDATE SET tries = tier_tally.tries + excluded.tries, \
             verified = tier_tally.verified + excluded.verified, wrong = tier_tally.wrong + excluded.wrong, \
             failed = tier_tally.failed + excluded.failed, refused = tier_tally.refused + excluded.refused, \
             unpriced = tier_tally.unpriced + excluded.unpriced, spent = tier_tally.spent + excluded.spent, \
             saved = tier_tally.saved + excluded.saved",
            tx.rows_of(lines.len(), COLUMNS)
        );
        tx.execute(sql, &bound).await?;
        tx.commit().await
    }

    /// Every model that was on a ladder in a month, of all projects, by name.
    pub async fn tiers(&self, month: Month) -> Result<Vec<TierLine>, StoreError> {
        let sums = ["tries", "verified", "wrong", "failed", "refused", "unpriced", "spent", "saved"]
            .map(|column| format!("CAST(SUM({column}) AS BIGINT) AS {column}"));
        let sql = format!("SELECT model, {} FROM tier_tally WHERE month = $1 GROUP BY model ORDER BY model", sums.join(", "));
        let month = month.to_string();
        let rows: Vec<TierRow> = self.db.rows(sql, values![month.as_str()]).await?;
        Ok(rows.into_iter().map(TierRow::line).collect())
    }
}
