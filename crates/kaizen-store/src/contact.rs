//! Whom Kaizen talked to, or would not, added up by host and purpose: what `kaizen log --network` shows.

use crate::Store;
use crate::db::{row, values};
use crate::error::StoreError;
use crate::stored::to_i64;
use kaizen_domain::id::ProjectId;

const ROWS: usize = 100;
const COLUMNS: usize = 9;

/// A host and what went to and came from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// What for: `calls`, `models`, `telemetry`.
    pub part: String,
    /// `host:port`.
    pub host: String,
    /// How many connections were opened.
    pub connections: u64,
    /// How often a connection was refused because Kaizen is kept to its machine.
    pub refused: u64,
    /// Bytes sent, with headers and encryption.
    pub sent: u64,
    /// Bytes received, with headers and encryption.
    pub received: u64,
    /// When it was first seen, milliseconds since 1970-01-01 UTC.
    pub first_at: i64,
    /// When it was last seen.
    pub last_at: i64,
}

#[derive(sqlx::FromRow)]
struct ContactRow {
    part: String,
    host: String,
    connections: i64,
    refused: i64,
    sent: i64,
    received: i64,
    first_at: i64,
    last_at: i64,
}

impl ContactRow {
    fn contact(self) -> Contact {
        Contact {
            part: self.part,
            host: self.host,
            connections: self.connections.unsigned_abs(),
            refused: self.refused.unsigned_abs(),
            sent: self.sent.unsigned_abs(),
            received: self.received.unsigned_abs(),
            first_at: self.first_at,
            last_at: self.last_at,
        }
    }
}

impl Store {
    /// Adds what went to and came from hosts to what is known of them, all of it or nothing.
    pub async fn add_contacts(&self, project: ProjectId, contacts: &[Contact]) -> Result<(), StoreError> {
        let count = |number| to_i64("a count of the network", number);
        let mut tx = self.db.begin().await?;
        for rows in contacts.chunks(ROWS) {
            let mut bound = Vec::with_capacity(rows.len() * COLUMNS);
            for one in rows {
                let (connections, refused) = (count(one.connections)?, count(one.refused)?);
                let (sent, received) = (count(one.sent)?, count(one.received)?);
                let (part, host) = (one.part.as_str(), one.host.as_str());
                bound.extend(row![project, part, host, connections, refused, sent, received, one.first_at, one.last_at]);
            }
            let sql = format!(
                "INSERT INTO network_contact (project_id, part, host, connections, refused, sent, received, first_at, last_at) VALUES {} \
                 ON CONFLICT (project_id, part, host) DO UPDATE SET connections = network_contact.connections + excluded.connections, \
                 refused = network_contact.refused + excluded.refused, sent = network_contact.sent + excluded.sent, \
                 received = network_contact.received + excluded.received, last_at = excluded.last_at",
                tx.rows_of(rows.len(), COLUMNS)
            );
            tx.execute(sql, &bound).await?;
        }
        tx.commit().await
    }

    /// Every host, by purpose and name.
    pub async fn contacts(&self, project: ProjectId) -> Result<Vec<Contact>, StoreError> {
        let sql = "SELECT part, host, connections, refused, sent, received, first_at, last_at FROM network_contact \
            WHERE project_id = $1 ORDER BY part, host";
        let rows: Vec<ContactRow> = self.db.rows(sql, values![project]).await?;
        Ok(rows.into_iter().map(ContactRow::contact).collect())
    }
}
