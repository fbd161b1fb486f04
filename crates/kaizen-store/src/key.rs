//! Gateway keys: who may ask for what. Only a key's hash is kept; whoever lost a key gets a new one.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use crate::stored::{from_json, to_hash, to_json};
use kaizen_domain::hash::ContentHash;
use kaizen_domain::money::Usd;
use serde::{Deserialize, Serialize};

/// What a key may do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KeyRules {
    /// What its calls may cost in a calendar month; absent: only the whole budget counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Usd>,
    /// How many calls it may make in a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// Patterns of the models it may ask for; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// What else it may do; empty: calls of models only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
}

/// A key of the gateway, which is also the name of its tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayKey {
    /// Its name.
    pub name: String,
    /// The hash of the key itself.
    pub hash: ContentHash,
    /// What it may do.
    pub rules: KeyRules,
    /// When it was made, milliseconds since 1970-01-01 UTC.
    pub created_at: i64,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    name: String,
    hash: String,
    rules: String,
    created_at: i64,
    revoked_at: Option<i64>,
}

impl KeyRow {
    fn key(self) -> Result<GatewayKey, StoreError> {
        let hash = to_hash("a key's hash", &self.hash)?;
        let rules = from_json("a key's rules", &self.rules)?;
        Ok(GatewayKey { name: self.name, hash, rules, created_at: self.created_at, revoked_at: self.revoked_at })
    }
}

impl Store {
    /// Adds a key; `false` where the name is taken, be it by a revoked one: records name their tenant by it.
    pub async fn add_key(&self, name: &str, hash: ContentHash, rules: &KeyRules, at: i64) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "INSERT INTO gateway_key (name, hash, rules, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING";
        let added = tx.execute(sql, values![name, hash, to_json("a key's rules", rules)?, at]).await?;
        tx.commit().await?;
        Ok(added == 1)
    }

    /// Every key, revoked ones too, by name.
    pub async fn keys(&self) -> Result<Vec<GatewayKey>, StoreError> {
        let sql = "SELECT name, hash, rules, created_at, revoked_at FROM gateway_key ORDER BY name";
        let rows: Vec<KeyRow> = self.db.rows(sql, &[]).await?;
        rows.into_iter().map(KeyRow::key).collect()
    }

    /// The key with this hash, unless it is revoked.
    pub async fn key_by_hash(&self, hash: ContentHash) -> Result<Option<GatewayKey>, StoreError> {
        let sql = "SELECT name, hash, rules, created_at, revoked_at FROM gateway_key WHERE hash = $1 AND revoked_at IS NULL";
        let row: Option<KeyRow> = self.db.first(sql, values![hash]).await?;
        row.map(KeyRow::key).transpose()
    }

    /// Revokes a key for good; `false` where there is none of this name that still holds.
    pub async fn revoke_key(&self, name: &str, at: i64) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE gateway_key SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL";
        let revoked = tx.execute(sql, values![name, at]).await?;
        tx.commit().await?;
        Ok(revoked == 1)
    }
}
