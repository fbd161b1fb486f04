//! Events, which are the records of the project's audit chain: one row each, so that the two cannot disagree.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use crate::stored::{from_json, to_hash};
use kaizen_domain::audit::{self, AuditRecord, BrokenChain};
use kaizen_domain::event::Event;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::id::ProjectId;

/// How many records are checked at a time: bounds the memory a long chain takes.
const PAGE: u32 = 1_000;

/// An event as it was stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// Its place in the project's chain, from 1, without gaps.
    pub sequence: i64,
    /// Milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// What happened.
    pub event: Event,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    sequence: i64,
    at: i64,
    body: String,
    previous: String,
    hash: String,
}

impl EventRow {
    fn event(self) -> Result<StoredEvent, StoreError> {
        let event = from_json(&format!("event {}", self.sequence), &self.body)?;
        Ok(StoredEvent { sequence: self.sequence, at: self.at, event })
    }

    fn record(self) -> Result<AuditRecord, StoreError> {
        let what = format!("audit record {}", self.sequence);
        let (previous, hash) = (to_hash(&what, &self.previous)?, to_hash(&what, &self.hash)?);
        Ok(AuditRecord { sequence: self.sequence, at: self.at, body: self.body, previous, hash })
    }
}

/// The end of a chain: how many records, and the last one's hash.
type Head = (i64, ContentHash);

impl Store {
    /// Appends an event and its place in the audit chain; returns its sequence.
    pub async fn append_event(&self, project: ProjectId, at: i64, event: &Event) -> Result<i64, StoreError> {
        let mut writing = self.write(project).await?;
        let sequence = writing.record(at, event).await?;
        writing.commit().await?;
        Ok(sequence)
    }

    /// At most `limit` events after a sequence, in order.
    pub async fn events(&self, project: ProjectId, after: i64, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        self.event_rows(project, after, limit).await?.into_iter().map(EventRow::event).collect()
    }

    /// At most `limit` audit records after a sequence, in order.
    pub async fn audit(&self, project: ProjectId, after: i64, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        self.event_rows(project, after, limit).await?.into_iter().map(EventRow::record).collect()
    }

    async fn event_rows(&self, project: ProjectId, after: i64, limit: u32) -> Result<Vec<EventRow>, StoreError> {
        let sql = "SELECT sequence, at, body, previous, hash FROM event WHERE project_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
        self.db.rows(sql, values![project, after, limit]).await
    }

    /// The hash of the last audit record; the hash of nothing before the first.
    pub async fn audit_head(&self, project: ProjectId) -> Result<ContentHash, StoreError> {
        self.head(project).await.map(|(_, hash)| hash)
    }

    async fn head(&self, project: ProjectId) -> Result<Head, StoreError> {
        let sql = "SELECT audit_sequence, audit_head FROM project WHERE id = $1";
        let row: Option<(i64, String)> = self.db.first(sql, values![project]).await?;
        let (sequence, hash) = row.ok_or_else(|| StoreError::missing(format!("project {project}")))?;
        Ok((sequence, to_hash("the audit head", &hash)?))
    }

    /// Recomputes the whole chain; returns how many records hold and the last one's hash, or where it breaks.
    ///
    /// Others may append meanwhile: the heads read before and after bound what the records must show.
    pub async fn verify_audit(&self, project: ProjectId) -> Result<Result<(i64, ContentHash), BrokenChain>, StoreError> {
        let before = self.head(project).await?;
        let (mut reached, mut passed) = ((0, audit::genesis()), before.0 == 0 && before.1 == audit::genesis());
        loop {
            let page = self.event_rows(project, reached.0, PAGE).await?;
            if page.is_empty() {
                break;
            }
            for row in page {
                match follows(reached, row) {
                    Ok(head) => reached = head,
                    Err(broken) => return Ok(Err(broken)),
                }
                passed |= reached == before;
            }
        }
        let after = self.head(project).await?;
        let broken = |why| Ok(Err(BrokenChain { sequence: reached.0, why }));
        match (passed, reached.0 <= after.0) {
            (true, true) => Ok(Ok(reached)),
            (true, false) => broken("it was written past the recorded head"),
            (false, _) if reached.0 < before.0 => broken("the records after it are missing"),
            (false, _) => broken("the chain does not pass through the recorded head"),
        }
    }
}

/// Checks one record against the end of the chain before it; returns the new end.
fn follows(head: Head, row: EventRow) -> Result<Head, BrokenChain> {
    let sequence = row.sequence;
    let broken = |why| BrokenChain { sequence, why };
    let record = row.record().map_err(|_| broken("its hashes cannot be read"))?;
    if sequence != head.0 + 1 {
        return Err(broken("a record is missing before it"));
    }
    if record.previous != head.1 {
        return Err(broken("it does not follow the record before it"));
    }
    let stored = record.hash;
    match audit::link(sequence, record.at, record.body, record.previous).hash == stored {
        true => Ok((sequence, stored)),
        false => Err(broken("its content was altered")),
    }
}
