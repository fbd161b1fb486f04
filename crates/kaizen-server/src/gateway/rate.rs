//! How many calls a key may make in a minute: the generic cell rate algorithm, one number per key.
//!
//! A key that rested may use its whole minute at once; from then on one call per share of a minute.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

/// When each key's allowance would be whole again.
#[derive(Debug, Default)]
pub struct Rates {
    whole_at: Mutex<HashMap<String, Instant>>,
}

impl Rates {
    /// Takes one call of `per_minute` for `key`; else says how long to wait for the next.
    pub fn take(&self, key: &str, per_minute: u32, now: Instant) -> Result<(), Duration> {
        let share = MINUTE / per_minute.max(1);
        let mut whole_at = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = whole_at.get(key).copied().unwrap_or(now).max(now) + share;
        let over = whole.saturating_duration_since(now).saturating_sub(MINUTE);
        if per_minute == 0 || !over.is_zero() {
            return Err(if per_minute == 0 { MINUTE } else { over });
        }
        whole_at.insert(key.to_owned(), whole);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_holds_so_many_calls_and_no_more() {
        let (rates, start) = (Rates::default(), Instant::now());
        assert_eq!((0..100).filter(|_| rates.take("a", 60, start).is_ok()).count(), 60);
        assert_eq!(rates.take("a", 60, start), Err(Duration::from_secs(1)));
        assert!(rates.take("b", 60, start).is_ok(), "keys do not share");
        assert!(rates.take("a", 60, start + Duration::from_secs(1)).is_ok());
        assert!(rates.take("a", 60, start + Duration::from_secs(1)).is_err());
    }

    #[test]
    fn nothing_is_allowed_where_nothing_is_allowed() {
        assert!(Rates::default().take("a", 0, Instant::now()).is_err());
    }
}
