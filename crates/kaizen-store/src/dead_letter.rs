//! Records that could not be read, each with the reason, so that their sender's mistake can be found.

use crate::Store;
use crate::db::{row, values};
use crate::error::StoreError;
use crate::stored::{storable, to_i64};
use kaizen_domain::id::ProjectId;
use std::borrow::Cow;

/// The longest record that is kept, in bytes; the rest is cut off.
const RAW_LIMIT: usize = 16 * 1024;
const ROWS: usize = 100;

/// A record nobody could read.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DeadLetter {
    /// Its number, rising.
    pub id: i64,
    /// When it came, milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// How it reached us.
    pub source: String,
    /// What is wrong with it.
    pub reason: String,
    /// It, already redacted; cut off after 16 KiB.
    pub raw: String,
}

impl Store {
    /// Keeps records that could not be read: pairs of the reason and the record, already redacted.
    pub async fn bury(&self, project: ProjectId, at: i64, source: &str, letters: &[(String, String)]) -> Result<(), StoreError> {
        let count = to_i64("a batch of dead letters", letters.len() as u64)?;
        if count == 0 {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        let first = tx.next_ids("dead_letter", count).await?;
        let numbered: Vec<(i64, &(String, String))> = (first..).zip(letters).collect();
        for rows in numbered.chunks(ROWS) {
            let sql = format!("INSERT INTO dead_letter (project_id, id, at, source, reason, raw) VALUES {}", tx.rows_of(rows.len(), 6));
            let mut bound = Vec::with_capacity(rows.len() * 6);
            rows.iter().for_each(|(id, (reason, raw))| bound.extend(row![project, *id, at, source, plain(reason), plain(raw)]));
            tx.execute(sql, &bound).await?;
        }
        tx.commit().await
    }

    /// The newest dead letters, at most `limit`, newest first; those with a number below `before`, where one is given.
    pub async fn dead_letters(&self, project: ProjectId, before: Option<i64>, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        let sql = "SELECT id, at, source, reason, raw FROM dead_letter WHERE project_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
        self.db.rows(sql, values![project, before.unwrap_or(i64::MAX), limit]).await
    }
}

/// Cut to what is kept.
fn plain(text: &str) -> Cow<'_, str> {
    storable(&text[..text.floor_char_boundary(RAW_LIMIT)])
}
