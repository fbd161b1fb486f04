//! What a person said may be run: the hash of a configuration's commands, per project.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::id::ProjectId;

impl Store {
    /// Records that a person trusts what `hash` stands for. The first time stays.
    pub async fn trust(&self, project: ProjectId, hash: ContentHash, at: i64) -> Result<(), StoreError> {
        let mut writing = self.write(project).await?;
        let sql = "INSERT INTO trust (project_id, hash, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        writing.tx.execute(sql, values![project, hash, at]).await?;
        writing.commit().await
    }

    /// Whether a person trusts exactly this.
    pub async fn is_trusted(&self, project: ProjectId, hash: ContentHash) -> Result<bool, StoreError> {
        let sql = "SELECT at FROM trust WHERE project_id = $1 AND hash = $2";
        let row: Option<(i64,)> = self.db.first(sql, values![project, hash]).await?;
        Ok(row.is_some())
    }
}
