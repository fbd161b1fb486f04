//! What was said in an operation, where that is told apart from the operation itself.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use crate::stored::{from_json, to_json};
use kaizen_domain::id::ProjectId;
use kaizen_domain::operation::{Content, OperationId};
use serde_json::Value;

impl Store {
    /// Adds content to an operation that is known; what it has already stays. `false` where it is not known.
    pub async fn add_content(&self, project: ProjectId, id: &OperationId, content: &Content) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        // The update locks the row, so that two that add take turns.
        let sql = "UPDATE operation SET kind = kind WHERE project_id = $1 AND id = $2 RETURNING rest";
        let row: Option<(String,)> = tx.first(sql, values![project, id.as_str()]).await?;
        let Some((rest,)) = row else { return Ok(false) };
        let mut rest: Value = from_json("an operation", &rest)?;
        let had: Content = match rest.get("content") {
            Some(had) => serde_json::from_value(had.clone()).map_err(|error| StoreError::corrupt("an operation's content", error))?,
            None => Content::default(),
        };
        let both = Content { input: had.input.or_else(|| content.input.clone()), output: had.output.or_else(|| content.output.clone()) };
        rest["content"] = serde_json::to_value(both).map_err(|error| StoreError::corrupt("an operation's content", error))?;
        let sql = "UPDATE operation SET rest = $3 WHERE project_id = $1 AND id = $2";
        tx.execute(sql, values![project, id.as_str(), to_json("an operation", &rest)?]).await?;
        tx.commit().await?;
        Ok(true)
    }
}
