//! What passed in a search and why its leader leads; what the operators came to.
//!
//! Counts belong to a project and are read over all projects of the store: a slip is a slip wherever it is made.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use kaizen_domain::id::{HypothesisId, ProjectId};

/// What candidates of one operator came to, in one language, for one kind of failure.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OperatorResult {
    /// The operator's name.
    pub operator: String,
    /// The language's name.
    pub language: String,
    /// The kind of failure: `assertion`, `exception`.
    pub failure: String,
    /// Candidates screened.
    pub tries: i64,
    /// Of these, those that passed.
    pub passes: i64,
    /// Of these, those that were promoted.
    pub promotions: i64,
}

impl Store {
    /// Records why a search's leader leads, as the engine writes it; a later word replaces an earlier one.
    pub async fn record_choice(&self, project: ProjectId, hypothesis: HypothesisId, at: i64, told: &str) -> Result<(), StoreError> {
        let mut writing = self.write(project).await?;
        let sql = "INSERT INTO choice (project_id, hypothesis_id, at, told) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (project_id, hypothesis_id) DO UPDATE SET at = excluded.at, told = excluded.told";
        writing.tx.execute(sql, values![project, hypothesis, at, told]).await?;
        writing.commit().await
    }

    /// Why a search's leader leads; `None` where nothing was chosen from.
    pub async fn choice(&self, project: ProjectId, hypothesis: HypothesisId) -> Result<Option<String>, StoreError> {
        let sql = "SELECT told FROM choice WHERE project_id = $1 AND hypothesis_id = $2";
        let row: Option<(String,)> = self.db.first(sql, values![project, hypothesis]).await?;
        Ok(row.map(|(told,)| told))
    }

    /// Adds to what operators came to in a project.
    pub async fn add_operator_results(&self, project: ProjectId, results: &[OperatorResult]) -> Result<(), StoreError> {
        let mut writing = self.write(project).await?;
        let sql = "INSERT INTO operator_result (project_id, operator, language, failure, tries, passes, promotions) \
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (project_id, operator, language, failure) DO UPDATE SET \
            tries = operator_result.tries + excluded.tries, passes = operator_result.passes + excluded.passes, \
            promotions = operator_result.promotions + excluded.promotions";
        for one in results {
            let bound = values![project, &one.operator, &one.language, &one.failure, one.tries, one.passes, one.promotions];
            writing.tx.execute(sql, bound).await?;
        }
        writing.commit().await
    }

    /// What operators came to for a kind of failure, in all projects of this store.
    pub async fn operator_results(&self, failure: &str) -> Result<Vec<OperatorResult>, StoreError> {
        let sql = "SELECT operator, language, failure, CAST(SUM(tries) AS BIGINT) AS tries, CAST(SUM(passes) AS BIGINT) AS passes, \
            CAST(SUM(promotions) AS BIGINT) AS promotions FROM operator_result WHERE failure = $1 \
            GROUP BY operator, language, failure ORDER BY operator, language";
        self.db.rows(sql, values![failure]).await
    }
}
