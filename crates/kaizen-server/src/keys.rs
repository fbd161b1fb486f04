//! The keys people gave out, looked up by what they hash to.
//!
//! A found key is remembered for a few seconds, so that calls do not wait for the database; a revoked one is refused after that at
//! the latest. The key itself is in no store and in no memory of ours.

use kaizen_domain::hash::ContentHash;
use kaizen_store::{GatewayKey, Store, StoreError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What every key of ours begins with.
pub const PREFIX: &str = "kz_";
/// How long a look-up is remembered.
const REMEMBERED: Duration = Duration::from_secs(5);
/// How many are: more than anybody gives out, fewer than a guesser could make us keep.
const MOST: usize = 10_000;

/// The keys.
#[derive(Debug)]
pub struct Keys {
    store: Store,
    remembered: Mutex<HashMap<ContentHash, (Instant, Arc<GatewayKey>)>>,
}

impl Keys {
    /// Of a store.
    pub fn new(store: Store) -> Self {
        Self { store, remembered: Mutex::default() }
    }

    /// The key behind this text, where there is one that was not revoked.
    pub async fn find(&self, text: &str) -> Result<Option<Arc<GatewayKey>>, StoreError> {
        let hash = ContentHash::of(text.as_bytes());
        if let Some(key) = self.recall(hash) {
            return Ok(Some(key));
        }
        let found = self.store.key_by_hash(hash).await?.map(Arc::new);
        if let Some(key) = &found {
            self.remember(hash, Arc::clone(key));
        }
        Ok(found)
    }

    fn recall(&self, hash: ContentHash) -> Option<Arc<GatewayKey>> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.get(&hash).filter(|(at, _)| at.elapsed() < REMEMBERED).map(|(_, key)| Arc::clone(key))
    }

    fn remember(&self, hash: ContentHash, key: Arc<GatewayKey>) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MOST {
            remembered.clear();
        }
        remembered.insert(hash, (Instant::now(), key));
    }
}
