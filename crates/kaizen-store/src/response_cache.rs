//! Answers that are given again: by tenant and by the hash of the whole request, for a time, up to a number.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::money::Usd;

/// An answer that is given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedAnswer {
    /// It.
    pub answer: Vec<u8>,
    /// What it cost when it was asked for first; absent where the price is not known.
    pub cost: Option<Usd>,
}

/// What the cache holds and saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheStats {
    /// Answers.
    pub entries: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// How often the answers it holds were given again.
    pub hits: u64,
    /// What those would have cost.
    pub saved: Usd,
}

/// How long an answer is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Milliseconds from now.
    pub lifetime_ms: i64,
    /// How many answers there may be; the oldest make room.
    pub entries: u32,
}

#[derive(sqlx::FromRow)]
struct AnswerRow {
    answer: Vec<u8>,
    cost: Option<i64>,
}

impl Store {
    /// The answer to a request, unless it is too old. Counts nothing: see [`Store::count_hit`].
    pub async fn cached_answer(&self, tenant: &str, request: ContentHash, now: i64) -> Result<Option<CachedAnswer>, StoreError> {
        let sql = "SELECT answer, cost FROM cached_answer WHERE tenant = $1 AND request = $2 AND expires_at > $3";
        let row: Option<AnswerRow> = self.db.first(sql, values![tenant, request, now]).await?;
        Ok(row.map(|row| CachedAnswer { answer: row.answer, cost: row.cost.map(Usd::from_nanos) }))
    }

    /// Counts that an answer was given again. It may be gone by now.
    pub async fn count_hit(&self, tenant: &str, request: ContentHash) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE cached_answer SET hits = hits + 1 WHERE tenant = $1 AND request = $2";
        tx.execute(sql, values![tenant, request]).await?;
        tx.commit().await
    }

    /// Keeps an answer, in place of an older one, and lets the oldest go that are too many or too old.
    pub async fn cache_answer(
        &self,
        tenant: &str,
        request: ContentHash,
        answer: &CachedAnswer,
        keep: Keep,
        now: i64,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "INSERT INTO cached_answer (tenant, request, put_at, expires_at, cost, hits, answer) VALUES ($1, $2, $3, $4, $5, 0, $6) \
            ON CONFLICT (tenant, request) DO UPDATE SET put_at = excluded.put_at, expires_at = excluded.expires_at, \
            cost = excluded.cost, answer = excluded.answer";
        let (until, cost) = (now.saturating_add(keep.lifetime_ms), answer.cost.map(Usd::nanos));
        tx.execute(sql, values![tenant, request, now, until, cost, answer.answer.as_slice()]).await?;
        tx.execute("DELETE FROM cached_answer WHERE expires_at <= $1", values![now]).await?;
        let count: Option<(i64,)> = tx.first("SELECT COUNT(*) FROM cached_answer", &[]).await?;
        let surplus = count.map_or(0, |(count,)| count - i64::from(keep.entries));
        if surplus > 0 {
            let sql = "DELETE FROM cached_answer WHERE (tenant, request) IN \
                (SELECT tenant, request FROM cached_answer ORDER BY put_at, tenant, request LIMIT $1)";
            tx.execute(sql, values![surplus]).await?;
        }
        tx.commit().await
    }

    /// What the cache holds and saved.
    pub async fn cache_stats(&self) -> Result<CacheStats, StoreError> {
        let sql = "SELECT COUNT(*), CAST(COALESCE(SUM(LENGTH(answer)), 0) AS BIGINT), CAST(COALESCE(SUM(hits), 0) AS BIGINT), \
            CAST(COALESCE(SUM(hits * cost), 0) AS BIGINT) FROM cached_answer";
        let row: Option<(i64, i64, i64, i64)> = self.db.first(sql, &[]).await?;
        let (entries, bytes, hits, saved) = row.unwrap_or_default();
        let (entries, bytes, hits) = (entries.unsigned_abs(), bytes.unsigned_abs(), hits.unsigned_abs());
        Ok(CacheStats { entries, bytes, hits, saved: Usd::from_nanos(saved) })
    }

    /// Drops every answer; how many there were.
    pub async fn clear_cache(&self) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        let gone = tx.execute("DELETE FROM cached_answer", &[]).await?;
        tx.commit().await?;
        Ok(gone)
    }
}
