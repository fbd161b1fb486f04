//! Content by its address: equal bytes are stored once, and what comes out is checked against its address.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use kaizen_domain::hash::ContentHash;

impl Store {
    /// Stores bytes; returns their address. Bytes that are there already are not written again.
    pub async fn put_blob(&self, content: &[u8]) -> Result<ContentHash, StoreError> {
        let hash = ContentHash::of(content);
        let known: Option<(i64,)> = self.db.first("SELECT CAST(1 AS BIGINT) FROM blob WHERE hash = $1", values![hash]).await?;
        if known.is_none() {
            let mut tx = self.db.begin().await?;
            tx.execute("INSERT INTO blob (hash, content) VALUES ($1, $2) ON CONFLICT DO NOTHING", values![hash, content]).await?;
            tx.commit().await?;
        }
        Ok(hash)
    }

    /// The bytes at an address.
    ///
    /// Errors: [`StoreError::Corrupt`] where what is stored there has another address.
    pub async fn blob(&self, hash: &ContentHash) -> Result<Option<Vec<u8>>, StoreError> {
        let row: Option<(Vec<u8>,)> = self.db.first("SELECT content FROM blob WHERE hash = $1", values![*hash]).await?;
        match row {
            Some((content,)) if ContentHash::of(&content) != *hash => {
                Err(StoreError::corrupt(format!("blob {}", hash.short()), "its content has another hash"))
            }
            found => Ok(found.map(|(content,)| content)),
        }
    }
}
