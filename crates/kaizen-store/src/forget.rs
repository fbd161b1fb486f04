//! Forgetting: what is asked for is deleted with all that was said about it, in one transaction.
//!
//! On SQLite freed pages are overwritten and the log is folded into the file, so that the words are not on the disk either.

use crate::Store;
use crate::db::{Tx, Value, values};
use crate::error::StoreError;
use kaizen_domain::id::ProjectId;
use kaizen_domain::operation::{OperationId, SessionId};

/// What is to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forget {
    /// One operation, and the trajectories it is a part of.
    Operation(OperationId),
    /// All of a session.
    Session(SessionId),
    /// All of a tenant, its sessions and its cached answers.
    Tenant(String),
    /// All that began before, milliseconds since 1970-01-01 UTC.
    Before(i64),
}

/// How much was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Operations.
    pub operations: u64,
    /// Trajectories.
    pub trajectories: u64,
    /// Feedback.
    pub feedback: u64,
    /// Records nobody could read.
    pub dead_letters: u64,
    /// Cached answers.
    pub answers: u64,
    /// Samples of metrics.
    pub samples: u64,
}

impl Forgotten {
    /// All of it.
    pub fn total(&self) -> u64 {
        self.operations + self.trajectories + self.feedback + self.dead_letters + self.answers + self.samples
    }
}

/// Which rows go: conditions after `project_id = $1`, on `$2`. What is said about an operation may be about a trajectory.
struct Rows {
    operation: &'static str,
    trajectory: &'static str,
    feedback: &'static str,
}

const OF_OPERATION: Rows = Rows { operation: "id = $2", trajectory: "id = $2", feedback: "about = 'operation' AND name = $2" };
const OF_SESSION: Rows = Rows {
    operation: "session = $2",
    trajectory: "session = $2",
    feedback: "((about = 'session' AND name = $2) OR (about = 'operation' AND name IN ( \
        SELECT id FROM operation WHERE project_id = $1 AND session = $2 UNION ALL \
        SELECT id FROM trajectory WHERE project_id = $1 AND session = $2)))",
};
const OF_TENANT: Rows = Rows {
    operation: "tenant = $2",
    trajectory: "(id IN (SELECT id FROM operation WHERE project_id = $1 AND tenant = $2) \
        OR session IN (SELECT session FROM operation WHERE project_id = $1 AND tenant = $2))",
    feedback: "((about = 'session' AND name IN (SELECT session FROM operation WHERE project_id = $1 AND tenant = $2)) \
        OR (about = 'operation' AND name IN (SELECT id FROM operation WHERE project_id = $1 AND tenant = $2 UNION ALL \
        SELECT id FROM trajectory WHERE project_id = $1 AND session IN ( \
        SELECT session FROM operation WHERE project_id = $1 AND tenant = $2))))",
};
const BEFORE: Rows = Rows {
    operation: "started_at < $2",
    trajectory: "started_at < $2",
    feedback: "(at < $2 OR (about = 'operation' AND name IN ( \
        SELECT id FROM operation WHERE project_id = $1 AND started_at < $2 UNION ALL \
        SELECT id FROM trajectory WHERE project_id = $1 AND started_at < $2)))",
};

impl Store {
    /// Deletes what is asked for, in one project.
    pub async fn forget(&self, project: ProjectId, what: &Forget) -> Result<Forgotten, StoreError> {
        let mut tx = self.db.begin().await?;
        let gone = delete(&mut tx, project, what).await?;
        tx.commit().await?;
        self.db.fold_log().await?;
        Ok(gone)
    }

    /// How much [`Store::forget`] would delete; nothing is.
    pub async fn would_forget(&self, project: ProjectId, what: &Forget) -> Result<Forgotten, StoreError> {
        let mut tx = self.db.begin().await?;
        delete(&mut tx, project, what).await
    }
}

async fn delete(tx: &mut Tx, project: ProjectId, what: &Forget) -> Result<Forgotten, StoreError> {
    let mut gone = match what {
        Forget::Operation(id) => rows(tx, project, &OF_OPERATION, || id.as_str().into()).await?,
        Forget::Session(session) => rows(tx, project, &OF_SESSION, || session.as_str().into()).await?,
        Forget::Tenant(tenant) => rows(tx, project, &OF_TENANT, || tenant.into()).await?,
        Forget::Before(at) => rows(tx, project, &BEFORE, || (*at).into()).await?,
    };
    match what {
        Forget::Operation(id) => {
            let naming = naming(id);
            let sql = "DELETE FROM feedback WHERE project_id = $1 AND about = 'operation' AND name IN ( \
                SELECT id FROM trajectory WHERE project_id = $1 AND rest LIKE $2 ESCAPE '!')";
            gone.feedback += tx.execute(sql, values![project, &naming]).await?;
            let sql = "DELETE FROM trajectory WHERE project_id = $1 AND rest LIKE $2 ESCAPE '!'";
            gone.trajectories += tx.execute(sql, values![project, &naming]).await?;
        }
        Forget::Session(_) => {}
        Forget::Tenant(tenant) => {
            gone.answers = tx.execute("DELETE FROM cached_answer WHERE tenant = $1", values![tenant]).await?;
        }
        Forget::Before(at) => {
            gone.answers = tx.execute("DELETE FROM cached_answer WHERE put_at < $1", values![*at]).await?;
            gone.samples = tx.execute("DELETE FROM metric_sample WHERE project_id = $1 AND at < $2", values![project, *at]).await?;
            gone.dead_letters = tx.execute("DELETE FROM dead_letter WHERE project_id = $1 AND at < $2", values![project, *at]).await?;
        }
    }
    Ok(gone)
}

/// The pattern of JSON that names an operation.
fn naming(id: &OperationId) -> String {
    let quoted = serde_json::Value::from(id.as_str()).to_string();
    format!("%{}%", quoted.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}

/// Feedback and trajectories are found by their operations, so these go last.
async fn rows<'a>(tx: &mut Tx, project: ProjectId, which: &Rows, named: impl Fn() -> Value<'a>) -> Result<Forgotten, StoreError> {
    let mut gone = Forgotten::default();
    let parts = [
        ("feedback", which.feedback, &mut gone.feedback),
        ("trajectory", which.trajectory, &mut gone.trajectories),
        ("operation", which.operation, &mut gone.operations),
    ];
    for (table, condition, count) in parts {
        *count = tx.execute(format!("DELETE FROM {table} WHERE project_id = $1 AND {condition}"), &[project.into(), named()]).await?;
    }
    Ok(gone)
}
