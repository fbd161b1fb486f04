//! Leases: one process at a time, known by host, process id and the process' start time.
//!
//! Time decides only where it must: a lease past its end may be taken. A holder proven dead is replaced at once.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use crate::stored::to_u32;
use crate::writing::Writing;
use kaizen_domain::id::ProjectId;

/// Who holds a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The machine's name.
    pub host: String,
    /// The process id there.
    pub pid: u32,
    /// When that process started, in any unit its host keeps stable: tells a reused process id apart.
    pub started: i64,
}

/// A lease as it stands, held still or run out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The project it is about.
    pub project: ProjectId,
    /// The project's name.
    pub project_name: String,
    /// What is held: `loop`, `serve`.
    pub name: String,
    /// Who holds it.
    pub holder: Holder,
    /// Until when, in ms since 1970.
    pub until: i64,
}

#[derive(sqlx::FromRow)]
struct NamedRow {
    project_id: i64,
    project_name: String,
    name: String,
    #[sqlx(flatten)]
    lease: LeaseRow,
}

#[derive(sqlx::FromRow)]
struct LeaseRow {
    #[sqlx(flatten)]
    holder: HolderRow,
    lease_until: i64,
}

/// The columns that name a holder, in every table that has one.
#[derive(sqlx::FromRow)]
pub(crate) struct HolderRow {
    host: String,
    pid: i64,
    started: i64,
}

impl HolderRow {
    pub(crate) fn holder(self) -> Result<Holder, StoreError> {
        Ok(Holder { host: self.host, pid: to_u32("a holder's process id", self.pid)?, started: self.started })
    }
}

impl Store {
    /// Takes a lease for `ttl_ms` from `at`, or renews one's own.
    ///
    /// Errors: [`StoreError::Held`] while someone else's has not ended.
    pub async fn acquire_lease(&self, project: ProjectId, name: &str, holder: &Holder, at: i64, ttl_ms: i64) -> Result<(), StoreError> {
        let mut writing = self.write(project).await?;
        match writing.lease(name).await? {
            Some((other, until)) if other != *holder && until > at => Err(StoreError::Held { holder: other }),
            _ => writing.put_lease(name, holder, at.saturating_add(ttl_ms)).await,
        }
    }

    /// Takes the lease of a holder the caller has proven dead, whatever time is left on it.
    ///
    /// Errors: [`StoreError::Held`] where it is someone else's by now.
    pub async fn take_over(
        &self,
        project: ProjectId,
        name: &str,
        dead: &Holder,
        holder: &Holder,
        at: i64,
        ttl_ms: i64,
    ) -> Result<(), StoreError> {
        let mut writing = self.write(project).await?;
        match writing.lease(name).await? {
            Some((other, until)) if other != *dead && other != *holder && until > at => Err(StoreError::Held { holder: other }),
            _ => writing.put_lease(name, holder, at.saturating_add(ttl_ms)).await,
        }
    }

    /// Every lease of every project, by project and name.
    pub async fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        let sql = "SELECT l.project_id, p.name AS project_name, l.name, l.host, l.pid, l.started, l.lease_until \
            FROM lease l JOIN project p ON p.id = l.project_id ORDER BY l.project_id, l.name";
        let rows: Vec<NamedRow> = self.db.rows(sql, &[]).await?;
        rows.into_iter().map(NamedRow::read).collect()
    }

    /// Gives one's lease back. A lease that is someone else's by now is left alone.
    pub async fn release_lease(&self, project: ProjectId, name: &str, holder: &Holder) -> Result<(), StoreError> {
        let mut writing = self.write(project).await?;
        let sql = "DELETE FROM lease WHERE project_id = $1 AND name = $2 AND host = $3 AND pid = $4 AND started = $5";
        writing.tx.execute(sql, values![project, name, &holder.host, holder.pid, holder.started]).await?;
        writing.commit().await
    }
}

impl NamedRow {
    fn read(self) -> Result<Lease, StoreError> {
        let (holder, until) = self.lease.read()?;
        Ok(Lease { project: ProjectId(self.project_id), project_name: self.project_name, name: self.name, holder, until })
    }
}

impl LeaseRow {
    fn read(self) -> Result<(Holder, i64), StoreError> {
        Ok((self.holder.holder()?, self.lease_until))
    }
}

impl Writing {
    async fn lease(&mut self, name: &str) -> Result<Option<(Holder, i64)>, StoreError> {
        let sql = "SELECT host, pid, started, lease_until FROM lease WHERE project_id = $1 AND name = $2";
        let row: Option<LeaseRow> = self.tx.first(sql, values![self.project, name]).await?;
        row.map(LeaseRow::read).transpose()
    }

    async fn put_lease(mut self, name: &str, holder: &Holder, until: i64) -> Result<(), StoreError> {
        let sql = "INSERT INTO lease (project_id, name, host, pid, started, lease_until) VALUES ($1, $2, $3, $4, $5, $6) \
            ON CONFLICT (project_id, name) DO UPDATE SET host = excluded.host, pid = excluded.pid, started = excluded.started, \
            lease_until = excluded.lease_until";
        let bound = values![self.project, name, &holder.host, holder.pid, holder.started, until];
        self.tx.execute(sql, bound).await?;
        self.commit().await
    }
}
