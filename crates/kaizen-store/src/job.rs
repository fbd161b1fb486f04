//! The queue: jobs are claimed under a lease, by one worker at a time, most urgent first.
//!
//! A worker that dies loses its lease and the job is claimed again; whoever still believes to hold it is refused.

use crate::Store;
use crate::db::{Tx, Value, list, values};
use crate::error::StoreError;
use crate::stored::{from_word, to_u32, to_word};
use kaizen_domain::id::{JobId, ProjectId};
use serde::{Deserialize, Serialize};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for a worker.
    Queued,
    /// A worker holds it.
    Running,
    /// It ended well.
    Done,
    /// It failed for good.
    Failed,
}

/// A claimed job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its short id.
    pub id: JobId,
    /// Whose work it is.
    pub project: ProjectId,
    /// What to do.
    pub kind: String,
    /// With what, as JSON of the kind's own.
    pub payload: String,
    /// How often it has been claimed, this time included.
    pub attempt: u32,
}

/// What becomes of a job that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// It is due again at `due` (ms since 1970), unless it has been claimed `max_attempts` times.
    Retry {
        /// When, milliseconds since 1970-01-01 UTC.
        due: i64,
        /// The claims after which it fails for good.
        max_attempts: u32,
    },
    /// It fails for good.
    GiveUp,
}

#[derive(sqlx::FromRow)]
struct JobRow {
    id: i64,
    project_id: i64,
    kind: String,
    payload: String,
    attempt: i64,
}

impl JobRow {
    fn claimed(self) -> Result<Job, StoreError> {
        let attempt = to_u32("a job's attempts", self.attempt + 1)?;
        Ok(Job { id: JobId(self.id), project: ProjectId(self.project_id), kind: self.kind, payload: self.payload, attempt })
    }
}

impl Store {
    /// Queues a job, due at once; higher `priority` first. While a job with the same `dedupe` key is queued or
    /// running in the project, that one is returned instead.
    pub async fn enqueue(
        &self,
        project: ProjectId,
        kind: &str,
        payload_json: &str,
        priority: i64,
        dedupe: Option<&str>,
        at: i64,
    ) -> Result<JobId, StoreError> {
        let mut writing = self.write(project).await?;
        let sql = "SELECT id FROM job WHERE project_id = $1 AND dedupe = $2 AND state IN ('queued', 'running')";
        if let Some((id,)) = writing.tx.first::<(i64,)>(sql, values![project, dedupe]).await? {
            return Ok(JobId(id));
        }
        let id = JobId(writing.tx.next_ids("job", 1).await?);
        let sql = "INSERT INTO job (id, project_id, kind, payload, priority, dedupe, state, attempt, due_at, queued_at) \
            VALUES ($1, $2, $3, $4, $5, $6, 'queued', 0, $7, $7)";
        writing.tx.execute(sql, values![id, project, kind, payload_json, priority, dedupe, at]).await?;
        writing.commit().await?;
        Ok(id)
    }

    /// Claims the most urgent due job of these kinds, of any project, until `at + lease_ms`.
    pub async fn claim(&self, kinds: &[&str], worker: &str, at: i64, lease_ms: i64) -> Result<Option<Job>, StoreError> {
        if kinds.is_empty() {
            return Ok(None);
        }
        let mut tx = self.db.begin().await?;
        let sql = format!(
            "SELECT id, project_id, kind, payload, attempt FROM job \
             WHERE ((state = 'queued' AND due_at <= $1) OR (state = 'running' AND lease_until <= $1)) AND kind IN ({}) \
             ORDER BY priority DESC, id LIMIT 1{}",
            list(2, kinds.len()),
            tx.skip_locked()
        );
        let mut bound = vec![Value::from(at)];
        bound.extend(kinds.iter().map(|kind| Value::from(*kind)));
        let Some(row) = tx.first::<JobRow>(sql, &bound).await? else { return Ok(None) };
        let sql = "UPDATE job SET state = 'running', attempt = attempt + 1, worker = $2, lease_until = $3 WHERE id = $1";
        tx.execute(sql, values![row.id, worker, at.saturating_add(lease_ms)]).await?;
        tx.commit().await?;
        row.claimed().map(Some)
    }

    /// Extends the lease of one's job until `at + lease_ms`.
    ///
    /// Errors: [`StoreError::Moved`] where it is no longer this worker's.
    pub async fn heartbeat(&self, job: JobId, worker: &str, at: i64, lease_ms: i64) -> Result<(), StoreError> {
        let sql = "UPDATE job SET lease_until = $3 WHERE id = $1 AND worker = $2 AND state = 'running'";
        self.touch(job, worker, sql, values![job, worker, at.saturating_add(lease_ms)]).await
    }

    /// Ends one's job well.
    ///
    /// Errors: [`StoreError::Moved`] where it is no longer this worker's.
    pub async fn finish(&self, job: JobId, worker: &str, at: i64) -> Result<(), StoreError> {
        let sql = "UPDATE job SET state = 'done', finished_at = $3, lease_until = NULL WHERE id = $1 AND worker = $2 AND state = 'running'";
        self.touch(job, worker, sql, values![job, worker, at]).await
    }

    /// Says that one's job failed, and what becomes of it; returns where it stands then.
    ///
    /// Errors: [`StoreError::Moved`] where it is no longer this worker's.
    pub async fn fail(&self, job: JobId, worker: &str, why: &str, after: AfterFailure, at: i64) -> Result<JobState, StoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE job SET why = $3, lease_until = NULL WHERE id = $1 AND worker = $2 AND state = 'running' RETURNING attempt";
        let attempt: Option<(i64,)> = tx.first(sql, values![job, worker, why]).await?;
        let Some((attempt,)) = attempt else { return Err(not_held(tx, job, worker).await?) };
        let next = match after {
            AfterFailure::Retry { due, max_attempts } if attempt < i64::from(max_attempts) => {
                tx.execute("UPDATE job SET state = 'queued', worker = NULL, due_at = $2 WHERE id = $1", values![job, due]).await?;
                JobState::Queued
            }
            _ => {
                tx.execute("UPDATE job SET state = 'failed', finished_at = $2 WHERE id = $1", values![job, at]).await?;
                JobState::Failed
            }
        };
        tx.commit().await?;
        Ok(next)
    }

    async fn touch(&self, job: JobId, worker: &str, sql: &'static str, bound: &[Value<'_>]) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        match tx.execute(sql, bound).await? {
            0 => Err(not_held(tx, job, worker).await?),
            _ => tx.commit().await,
        }
    }
}

/// The error for a job that is not the worker's: who has it, or that there is none.
async fn not_held(mut tx: Tx, job: JobId, worker: &str) -> Result<StoreError, StoreError> {
    let row: Option<(String, Option<String>)> = tx.first("SELECT state, worker FROM job WHERE id = $1", values![job]).await?;
    let Some((state, holder)) = row else { return Ok(StoreError::missing(format!("job {job}"))) };
    let state: JobState = from_word("a job", state)?;
    let found = format!("{} by {}", to_word(&state)?, holder.as_deref().unwrap_or("nobody"));
    Ok(StoreError::moved(job, format!("running by {worker}"), found))
}
