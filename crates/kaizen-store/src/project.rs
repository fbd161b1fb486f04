//! Projects: found by their root directory, named by people.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use kaizen_domain::audit;
use kaizen_domain::id::ProjectId;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// A project this store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its short id.
    pub id: ProjectId,
    /// Its root directory, any bytes the file system allows.
    pub root: PathBuf,
    /// Its name.
    pub name: String,
}

#[derive(sqlx::FromRow)]
struct ProjectRow {
    id: i64,
    root: Vec<u8>,
    name: String,
}

impl From<ProjectRow> for Project {
    fn from(row: ProjectRow) -> Self {
        Self { id: ProjectId(row.id), root: OsString::from_vec(row.root).into(), name: row.name }
    }
}

const BY_ROOT: &str = "SELECT id, root, name FROM project WHERE root = $1";

impl Store {
    /// Finds the project with this root or creates it; a new name replaces the old one. `at` in ms since 1970.
    pub async fn project(&self, root: &Path, name: &str, at: i64) -> Result<ProjectId, StoreError> {
        let bytes = root.as_os_str().as_bytes();
        let known: Option<ProjectRow> = self.db.first(BY_ROOT, values![bytes]).await?;
        match known {
            Some(row) if row.name == name => Ok(ProjectId(row.id)),
            _ => self.put_project(bytes, name, at).await,
        }
    }

    async fn put_project(&self, root: &[u8], name: &str, at: i64) -> Result<ProjectId, StoreError> {
        let mut tx = self.db.begin().await?;
        // Taking no id yet locks out another creator of the same root.
        tx.next_ids("project", 0).await?;
        if let Some(ProjectRow { id, .. }) = tx.first(BY_ROOT, values![root]).await? {
            tx.execute("UPDATE project SET name = $2 WHERE id = $1", values![id, name]).await?;
            tx.commit().await?;
            return Ok(ProjectId(id));
        }
        let fresh = tx.next_ids("project", 1).await?;
        let sql = "INSERT INTO project (id, root, name, created_at, writes, audit_sequence, audit_head) VALUES ($1, $2, $3, $4, 0, 0, $5)";
        tx.execute(sql, values![fresh, root, name, at, audit::genesis()]).await?;
        tx.commit().await?;
        Ok(ProjectId(fresh))
    }

    /// The store's own project, for what the gateway does for nobody's project: its root is the empty path. `at` in ms since 1970.
    pub async fn gateway_project(&self, at: i64) -> Result<ProjectId, StoreError> {
        self.project(Path::new(""), "gateway", at).await
    }

    /// Every project, in the order they were created.
    pub async fn projects(&self) -> Result<Vec<Project>, StoreError> {
        let rows: Vec<ProjectRow> = self.db.rows("SELECT id, root, name FROM project ORDER BY id", &[]).await?;
        Ok(rows.into_iter().map(Project::from).collect())
    }
}
