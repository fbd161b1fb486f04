//! The ledger: what each kind of work cost and earned. Sums only; what was saved depends on a price and is counted elsewhere.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use kaizen_domain::id::ProjectId;
use kaizen_domain::money::Usd;
use std::collections::BTreeMap;

/// One kind of work since some time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerLine {
    /// The kind.
    pub kind: String,
    /// Operations that used a model.
    pub calls: u64,
    /// Those of them whose cost is not known: it is none of `cost`.
    pub unpriced: u64,
    /// Those of them that the response cache answered.
    pub cached: u64,
    /// Those of them that looked into the response cache.
    pub looked_up: u64,
    /// Tokens in, of calls that ended well.
    pub input_tokens: u64,
    /// Tokens out, of calls that ended well.
    pub output_tokens: u64,
    /// What it cost, failed calls included.
    pub cost: Usd,
    /// What it earned, as the user says.
    pub earned: Usd,
}

#[derive(sqlx::FromRow)]
struct LineRow {
    kind: String,
    calls: i64,
    unpriced: i64,
    cached: i64,
    looked_up: i64,
    input: i64,
    output: i64,
    cost: i64,
}

impl Store {
    /// The ledger of one project, or of all, since a time in milliseconds since 1970-01-01 UTC, by kind.
    pub async fn ledger(&self, project: Option<ProjectId>, since: i64) -> Result<Vec<LedgerLine>, StoreError> {
        let whose = project.map_or(-1, |project| project.0);
        let sql = "SELECT kind, COUNT(*) AS calls, \
            CAST(SUM(CASE WHEN cost IS NULL AND outcome <> 'refused' THEN 1 ELSE 0 END) AS BIGINT) AS unpriced, \
            CAST(SUM(CASE WHEN cache IN ('hit', 'joined') THEN 1 ELSE 0 END) AS BIGINT) AS cached, \
            CAST(SUM(CASE WHEN cache IN ('hit', 'joined', 'miss') THEN 1 ELSE 0 END) AS BIGINT) AS looked_up, \
            CAST(COALESCE(SUM(CASE WHEN outcome = 'ok' THEN input_tokens END), 0) AS BIGINT) AS input, \
            CAST(COALESCE(SUM(CASE WHEN outcome = 'ok' THEN output_tokens END), 0) AS BIGINT) AS output, \
            CAST(COALESCE(SUM(cost), 0) AS BIGINT) AS cost \
            FROM operation WHERE (project_id = $1 OR $1 = -1) AND started_at >= $2 AND model IS NOT NULL GROUP BY kind";
        let rows: Vec<LineRow> = self.db.rows(sql, values![whose, since]).await?;
        let sql = "SELECT kind, CAST(SUM(amount) AS BIGINT) FROM earned WHERE (project_id = $1 OR $1 = -1) AND at >= $2 GROUP BY kind";
        let earned: Vec<(String, i64)> = self.db.rows(sql, values![whose, since]).await?;
        let mut lines: BTreeMap<String, LedgerLine> = rows.into_iter().map(|row| (row.kind.clone(), row.line())).collect();
        for (kind, amount) in earned {
            let line = lines.entry(kind.clone()).or_insert_with(|| LedgerLine { kind, ..LedgerLine::default() });
            line.earned = Usd::from_nanos(amount);
        }
        Ok(lines.into_values().collect())
    }

    /// The models that were asked, the most asked first, at most a hundred.
    pub async fn asked_models(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT model FROM operation WHERE model IS NOT NULL GROUP BY model ORDER BY COUNT(*) DESC, model LIMIT 100";
        let rows: Vec<(String,)> = self.db.rows(sql, &[]).await?;
        Ok(rows.into_iter().map(|(model,)| model).collect())
    }

    /// Notes what a kind of work earned; a negative amount takes something back.
    pub async fn earn(&self, project: ProjectId, kind: &str, amount: Usd, at: i64) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let id = tx.next_ids("earned", 1).await?;
        let sql = "INSERT INTO earned (project_id, id, at, kind, amount) VALUES ($1, $2, $3, $4, $5)";
        tx.execute(sql, values![project, id, at, kind, amount.nanos()]).await?;
        tx.commit().await
    }
}

impl LineRow {
    fn line(self) -> LedgerLine {
        LedgerLine {
            kind: self.kind,
            calls: self.calls.unsigned_abs(),
            unpriced: self.unpriced.unsigned_abs(),
            cached: self.cached.unsigned_abs(),
            looked_up: self.looked_up.unsigned_abs(),
            input_tokens: self.input.unsigned_abs(),
            output_tokens: self.output.unsigned_abs(),
            cost: Usd::from_nanos(self.cost),
            earned: Usd::ZERO,
        }
    }
}
