//! The journal of promotions: what was begun and not ended, so that the next command can finish or undo it.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use kaizen_domain::id::ProjectId;

/// A saga that was begun and not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saga {
    /// Its number in the store.
    pub id: i64,
    /// What is being done: `promote`, `roll_back`.
    pub kind: String,
    /// What its steps need, as JSON of their own.
    pub data: String,
}

#[derive(sqlx::FromRow)]
struct SagaRow {
    id: i64,
    kind: String,
    data: String,
}

impl Store {
    /// Begins a saga; returns its number.
    pub async fn saga_begin(&self, project: ProjectId, kind: &str, data_json: &str, at: i64) -> Result<i64, StoreError> {
        let mut writing = self.write(project).await?;
        let id = writing.tx.next_ids("saga", 1).await?;
        let sql = "INSERT INTO saga (project_id, id, kind, data, begun_at) VALUES ($1, $2, $3, $4, $5)";
        writing.tx.execute(sql, values![project, id, kind, data_json, at]).await?;
        writing.commit().await?;
        Ok(id)
    }

    /// Ends a saga with its outcome in words. A saga that has ended keeps its first outcome.
    ///
    /// Errors: [`StoreError::NotFound`] where there is none.
    pub async fn saga_end(&self, project: ProjectId, id: i64, outcome: &str, at: i64) -> Result<(), StoreError> {
        let sql = "UPDATE saga SET outcome = COALESCE(outcome, $3), ended_at = COALESCE(ended_at, $4) WHERE project_id = $1 AND id = $2";
        let mut writing = self.write(project).await?;
        if writing.tx.execute(sql, values![project, id, outcome, at]).await? == 0 {
            return Err(StoreError::missing(format!("saga {id}")));
        }
        writing.commit().await
    }

    /// The sagas that were begun and not ended, oldest first.
    pub async fn open_sagas(&self, project: ProjectId) -> Result<Vec<Saga>, StoreError> {
        let sql = "SELECT id, kind, data FROM saga WHERE project_id = $1 AND ended_at IS NULL ORDER BY id";
        let rows: Vec<SagaRow> = self.db.rows(sql, values![project]).await?;
        Ok(rows.into_iter().map(|SagaRow { id, kind, data }| Saga { id, kind, data }).collect())
    }
}
