//! Trajectories, written in bulk once under each id. Their reward may come later, with feedback.

use crate::Store;
use crate::db::{Value, row};
use crate::error::StoreError;
use crate::operation::Recorded;
use crate::page::{Cursor, Filter, Page, conditions, page};
use crate::stored::{from_json, to_checked_json, to_word};
use kaizen_domain::id::ProjectId;
use kaizen_domain::trajectory::Trajectory;

const ROWS: usize = 100;
const COLUMNS: usize = 8;

#[derive(sqlx::FromRow)]
struct TrajectoryRow {
    reward: Option<f64>,
    rest: String,
}

impl Store {
    /// Records trajectories, all of them or none. One whose id the project knows changes nothing.
    pub async fn record_trajectories(&self, project: ProjectId, trajectories: &[Trajectory]) -> Result<Recorded, StoreError> {
        let mut tx = self.db.begin().await?;
        let mut new = 0;
        for rows in trajectories.chunks(ROWS) {
            let mut bound: Vec<Value<'_>> = Vec::with_capacity(rows.len() * COLUMNS);
            for one in rows {
                let session = one.session.as_ref().map(|session| session.as_str());
                let (id, kind) = (one.id.as_str(), one.kind.as_str());
                let (provenance, rest) = (to_word(&one.provenance)?, to_checked_json("a trajectory", one)?);
                bound.extend(row![project, id, kind, one.started_at, session, provenance, one.reward, rest]);
            }
            let sql = format!(
                "INSERT INTO trajectory (project_id, id, kind, started_at, session, provenance, reward, rest) VALUES {} \
                 ON CONFLICT (project_id, id) DO NOTHING",
                tx.rows_of(rows.len(), COLUMNS)
            );
            new += tx.execute(sql, &bound).await?;
        }
        tx.commit().await?;
        Ok(Recorded { new, known: trajectories.len() as u64 - new })
    }

    /// One page of trajectories with the newest reward each, newest first; at most `limit`. The filter's tenant, model and
    /// outcome say nothing here.
    pub async fn trajectories(&self, project: ProjectId, filter: &Filter, limit: u32) -> Result<Page<Trajectory>, StoreError> {
        let (conditions, bound) = conditions(project, filter, &[]);
        let order = format!("ORDER BY started_at DESC, id DESC LIMIT {}", i64::from(limit) + 1);
        let sql = format!("SELECT reward, rest FROM trajectory WHERE project_id = $1{conditions} {order}");
        let rows: Vec<TrajectoryRow> = self.db.rows(sql, &bound).await?;
        let read = |row: TrajectoryRow| {
            from_json::<Trajectory>("a trajectory", &row.rest).map(|trajectory| Trajectory { reward: row.reward, ..trajectory })
        };
        let found: Result<Vec<Trajectory>, StoreError> = rows.into_iter().map(read).collect();
        Ok(page(found?, limit, |one| Cursor { started_at: one.started_at, id: one.id.clone() }))
    }
}
