//! Permissions: what a call may cost, and a person who is asked whether it may.
//!
//! A question is answered once: by a person, or by the one who asked and does not wait any more. Whoever died waiting left its
//! question open; its holder tells.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use crate::lease::{Holder, HolderRow};
use crate::stored::{from_word, to_word};
use kaizen_domain::money::Usd;
use serde::{Deserialize, Serialize};

/// A question's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermissionId(pub i64);

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// A person allowed it.
    Allowed,
    /// A person refused it.
    Refused,
    /// Nobody waits for the answer any more.
    Withdrawn,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plea {
    /// The call's record, once it has one.
    pub operation: String,
    /// What sort of work it is.
    pub kind: String,
    /// For whom: the name of a gateway key.
    pub tenant: Option<String>,
    /// The model, as `provider/model`.
    pub model: String,
    /// The most it can cost.
    pub worst: Usd,
    /// Why somebody has to be asked.
    pub reason: String,
    /// Which process waits.
    pub holder: Holder,
}

/// A question that nobody answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPlea {
    /// Its number.
    pub id: PermissionId,
    /// When it was asked, milliseconds since 1970-01-01 UTC.
    pub asked_at: i64,
    /// It.
    pub plea: Plea,
}

#[derive(sqlx::FromRow)]
struct PleaRow {
    id: i64,
    asked_at: i64,
    operation: String,
    kind: String,
    tenant: Option<String>,
    model: String,
    worst: i64,
    reason: String,
    #[sqlx(flatten)]
    holder: HolderRow,
}

impl PleaRow {
    fn plea(self) -> Result<OpenPlea, StoreError> {
        let Self { operation, kind, tenant, model, reason, .. } = self;
        let holder = self.holder.holder()?;
        let plea = Plea { operation, kind, tenant, model, worst: Usd::from_nanos(self.worst), reason, holder };
        Ok(OpenPlea { id: PermissionId(self.id), asked_at: self.asked_at, plea })
    }
}

impl Store {
    /// Asks.
    pub async fn ask_permission(&self, plea: &Plea, at: i64) -> Result<PermissionId, StoreError> {
        let mut tx = self.db.begin().await?;
        let id = tx.next_ids("permission", 1).await?;
        let sql = "INSERT INTO permission (id, asked_at, operation, kind, tenant, model, worst, reason, host, pid, started) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let Plea { operation, kind, tenant, model, worst, reason, holder } = plea;
        let (tenant, worst) = (tenant.as_deref(), worst.nanos());
        let bound = values![id, at, operation, kind, tenant, model, worst, reason, &holder.host, holder.pid, holder.started];
        tx.execute(sql, bound).await?;
        tx.commit().await?;
        Ok(PermissionId(id))
    }

    /// Answers. `false`: there is no such question, or it was answered before; then nothing changes.
    pub async fn answer_permission(&self, id: PermissionId, answer: Permission, at: i64) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE permission SET answer = $2, answered_at = $3 WHERE id = $1 AND answer IS NULL";
        let answered = tx.execute(sql, values![id.0, to_word(&answer)?, at]).await?;
        tx.commit().await?;
        Ok(answered > 0)
    }

    /// What became of a question; `None` while it is open.
    pub async fn permission(&self, id: PermissionId) -> Result<Option<Permission>, StoreError> {
        let row: Option<(Option<String>,)> = self.db.first("SELECT answer FROM permission WHERE id = $1", values![id.0]).await?;
        let (answer,) = row.ok_or_else(|| StoreError::missing(format!("question {}", id.0)))?;
        answer.map(|word| from_word("an answer", word)).transpose()
    }

    /// Every open question, oldest first.
    pub async fn open_permissions(&self) -> Result<Vec<OpenPlea>, StoreError> {
        let sql = "SELECT id, asked_at, operation, kind, tenant, model, worst, reason, host, pid, started FROM permission \
            WHERE answer IS NULL ORDER BY id";
        let rows: Vec<PleaRow> = self.db.rows(sql, &[]).await?;
        rows.into_iter().map(PleaRow::plea).collect()
    }
}
