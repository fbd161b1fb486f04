//! When to send a request again, and after how long: exponential back-off with full jitter, and what the provider says.
//!
//! Pure but for [`Coins`], a counter that is stirred into numbers. A wait never reaches beyond the deadline: where it would,
//! the answer at hand is the answer.

use http::{HeaderMap, StatusCode};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often and how patiently a request is sent again to the same provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often it is sent at most, the first time included.
    pub attempts: u32,
    /// The longest first wait; doubled for each further one.
    pub base: Duration,
    /// The longest wait of our own choosing.
    pub cap: Duration,
    /// The longest wait a provider may ask for; where it asks for more, its refusal is passed on.
    pub patience: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 3, base: Duration::from_millis(250), cap: Duration::from_secs(8), patience: Duration::from_secs(20) }
    }
}

impl RetryPolicy {
    /// How long to wait before sending again after the `made`th attempt failed; `None`: do not.
    ///
    /// `coin` is uniform in [0, 1): full jitter, so that clients that failed together do not come back together. What the
    /// provider asks for is a lower bound, to which the jitter is added.
    pub fn wait(&self, made: u32, said: Option<Duration>, left: Duration, coin: f64) -> Option<Duration> {
        if made >= self.attempts || said.is_some_and(|said| said > self.patience) {
            return None;
        }
        let longest = self.base.saturating_mul(1 << made.saturating_sub(1).min(20)).min(self.cap);
        let wait = said.unwrap_or_default() + longest.mul_f64(coin);
        (wait < left).then_some(wait)
    }
}

/// May the same request succeed with this provider a moment later?
pub fn worth_another(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 409 | 425 | 429 | 500 | 502 | 503 | 504 | 520..=524 | 529)
}

/// What the provider says about trying again (`x-should-retry`), where it does.
pub fn advice(headers: &HeaderMap) -> Option<bool> {
    match headers.get("x-should-retry")?.to_str().ok()? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// How long the provider asks to wait: `retry-after-ms`, else `retry-after` in seconds or as a date.
///
/// `now` is in seconds since 1970-01-01 UTC. What cannot be read counts as not said.
pub fn retry_after(headers: &HeaderMap, now: i64) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    if let Some(milliseconds) = number("retry-after-ms") {
        return Duration::try_from_secs_f64(milliseconds / 1e3).ok();
    }
    if let Some(seconds) = number("retry-after") {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let at = jiff::fmt::rfc2822::parse(headers.get("retry-after")?.to_str().ok()?).ok()?.timestamp().as_second();
    Some(Duration::from_secs(u64::try_from(at - now).unwrap_or(0)))
}

/// Where the numbers for jitter come from: SplitMix64 over a counter, so that the same seed gives the same waits.
#[derive(Debug)]
pub struct Coins(AtomicU64);

impl Coins {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next number, uniform in [0, 1).
    pub fn toss(&self) -> f64 {
        let mut mixed = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed).wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LONG: Duration = Duration::from_secs(600);

    fn said(name: &'static str, value: &str) -> Option<Duration> {
        let headers = HeaderMap::from_iter([(http::HeaderName::from_static(name), value.parse().unwrap())]);
        retry_after(&headers, 1_795_000_000)
    }

    #[test]
    fn what_the_provider_asks_for_is_read_in_all_its_forms() {
        assert_eq!(said("retry-after", "2"), Some(Duration::from_secs(2)));
        assert_eq!(said("retry-after", "0.5"), Some(Duration::from_millis(500)));
        assert_eq!(said("retry-after-ms", "120"), Some(Duration::from_millis(120)));
        assert_eq!(said("retry-after", "Wed, 18 Nov 2026 11:33:25 GMT"), Some(Duration::from_secs(1_795_001_605 - 1_795_000_000)));
        assert_eq!(said("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO), "a date that has passed");
        for nonsense in ["soon", "-1", "NaN", "1e400"] {
            assert_eq!(said("retry-after", nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn the_last_attempt_is_the_last() {
        let policy = RetryPolicy::default();
        assert!(policy.wait(2, None, LONG, 0.5).is_some());
        assert_eq!(policy.wait(3, None, LONG, 0.5), None);
    }

    #[test]
    fn a_provider_that_asks_for_too_much_is_not_waited_for() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.wait(1, Some(Duration::from_secs(21)), LONG, 0.0), None);
        assert_eq!(policy.wait(1, Some(Duration::from_secs(20)), LONG, 0.0), Some(Duration::from_secs(20)));
    }

    #[test]
    fn nobody_waits_beyond_the_deadline() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.wait(1, Some(Duration::from_secs(2)), Duration::from_secs(2), 0.0), None);
    }

    #[test]
    fn only_what_may_pass_is_sent_again() {
        let again: Vec<u16> = (400..600).filter(|s| worth_another(StatusCode::from_u16(*s).unwrap())).collect();
        assert_eq!(again, [408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529]);
    }

    #[test]
    fn the_numbers_for_jitter_fill_the_unit_interval() {
        let coins = Coins::new(7);
        let tossed: Vec<f64> = (0..10_000).map(|_| coins.toss()).collect();
        let mean = tossed.iter().sum::<f64>() / 1e4;
        assert!(tossed.iter().all(|n| (0.0..1.0).contains(n)) && (mean - 0.5).abs() < 0.02, "{mean}");
        assert_eq!(Coins::new(7).toss(), tossed[0]);
    }

    proptest! {
        #[test]
        fn waits_stay_between_what_was_asked_for_and_the_cap(made in 1u32..60, asked in prop::option::of(0u64..20), coin in 0.0..1.0f64) {
            let policy = RetryPolicy { attempts: 100, ..RetryPolicy::default() };
            let asked = asked.map(Duration::from_secs);
            let wait = policy.wait(made, asked, LONG, coin).unwrap();
            prop_assert!(wait >= asked.unwrap_or_default() && wait <= asked.unwrap_or_default() + policy.cap);
        }
    }
}
