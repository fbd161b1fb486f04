//! A write to one project: one transaction at a time per project, and the only way to the audit chain.
//!
//! Beginning raises the project's counter, which locks its row on PostgreSQL (SQLite has one writer anyway): what
//! follows sees everything earlier writers committed. Dropped without a commit it changes nothing.

use crate::Store;
use crate::db::{Tx, values};
use crate::error::StoreError;
use crate::stored::to_hash;
use kaizen_domain::audit;
use kaizen_domain::event::Event;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::id::ProjectId;

pub(crate) struct Writing {
    pub(crate) tx: Tx,
    pub(crate) project: ProjectId,
    sequence: i64,
    head: ContentHash,
    recorded: bool,
}

impl Store {
    /// Begins a write to a project.
    pub(crate) async fn write(&self, project: ProjectId) -> Result<Writing, StoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE project SET writes = writes + 1 WHERE id = $1 RETURNING audit_sequence, audit_head";
        let row: Option<(i64, String)> = tx.first(sql, values![project]).await?;
        let (sequence, head) = row.ok_or_else(|| StoreError::missing(format!("project {project}")))?;
        Ok(Writing { tx, project, sequence, head: to_hash("the audit head", &head)?, recorded: false })
    }
}

impl Writing {
    /// Appends an event to the project's audit chain; returns its sequence.
    pub(crate) async fn record(&mut self, at: i64, event: &Event) -> Result<i64, StoreError> {
        let body = audit::body(event).map_err(|error| StoreError::corrupt(event.name(), error))?;
        let record = audit::link(self.sequence + 1, at, body, self.head);
        let sql = "INSERT INTO event (project_id, sequence, at, name, body, previous, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let bound = values![self.project, record.sequence, record.at, event.name(), &record.body, record.previous, record.hash];
        self.tx.execute(sql, bound).await?;
        (self.sequence, self.head, self.recorded) = (record.sequence, record.hash, true);
        Ok(record.sequence)
    }

    /// Makes everything since the beginning durable at once.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        if self.recorded {
            let sql = "UPDATE project SET audit_sequence = $2, audit_head = $3 WHERE id = $1";
            self.tx.execute(sql, values![self.project, self.sequence, self.head]).await?;
        }
        self.tx.commit().await
    }
}
