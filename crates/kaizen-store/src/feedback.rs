//! Feedback: what somebody thought of a result, now or days later.
//!
//! Only what is about something known is kept. A reward becomes that of the trajectory it is about; one about a whole session
//! that of its trajectories without a reward of their own.

use crate::Store;
use crate::db::{Tx, values};
use crate::error::StoreError;
use crate::operation::knows;
use crate::stored::storable;
use kaizen_domain::id::ProjectId;
use kaizen_domain::trajectory::{About, Feedback};

#[derive(sqlx::FromRow)]
struct FeedbackRow {
    at: i64,
    reward: Option<f64>,
    said: Option<String>,
    said_by: Option<String>,
}

fn place(about: &About) -> (&'static str, &'static str, &str) {
    match about {
        About::Operation(id) => ("operation", "id", id.as_str()),
        About::Session(session) => ("session", "session", session.as_str()),
    }
}

impl Store {
    /// Records feedback in one transaction; says of each, in order, whether it is about something the project knows. What is
    /// not is not kept.
    pub async fn record_feedback(&self, project: ProjectId, feedback: &[Feedback]) -> Result<Vec<bool>, StoreError> {
        let mut tx = self.db.begin().await?;
        let mut known = Vec::with_capacity(feedback.len());
        for one in feedback {
            let (_, column, name) = place(&one.about);
            let about_known = knows(&mut tx, project, column, name).await?;
            if about_known {
                put(&mut tx, project, one).await?;
            }
            known.push(about_known);
        }
        tx.commit().await?;
        Ok(known)
    }

    /// Everything said about an operation, a trajectory or a session, oldest first.
    pub async fn feedback(&self, project: ProjectId, about: &About) -> Result<Vec<Feedback>, StoreError> {
        let (word, _, name) = place(about);
        let sql = "SELECT at, reward, said, said_by FROM feedback WHERE project_id = $1 AND about = $2 AND name = $3 ORDER BY id";
        let rows: Vec<FeedbackRow> = self.db.rows(sql, values![project, word, name]).await?;
        let read = |row: FeedbackRow| Feedback { about: about.clone(), reward: row.reward, text: row.said, by: row.said_by, at: row.at };
        Ok(rows.into_iter().map(read).collect())
    }
}

async fn put(tx: &mut Tx, project: ProjectId, one: &Feedback) -> Result<(), StoreError> {
    let (word, _, name) = place(&one.about);
    let id = tx.next_ids("feedback", 1).await?;
    let sql = "INSERT INTO feedback (project_id, id, about, name, at, reward, said, said_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    tx.execute(
        sql,
        values![project, id, word, name, one.at, one.reward, one.text.as_deref().map(storable), one.by.as_deref().map(storable)],
    )
    .await?;
    let Some(reward) = one.reward else { return Ok(()) };
    let sql = match &one.about {
        About::Operation(_) => "UPDATE trajectory SET reward = $3 WHERE project_id = $1 AND id = $2",
        About::Session(_) => "UPDATE trajectory SET reward = $3 WHERE project_id = $1 AND session = $2 AND reward IS NULL",
    };
    tx.execute(sql, values![project, name, reward]).await?;
    Ok(())
}
