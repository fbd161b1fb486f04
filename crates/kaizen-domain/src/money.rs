//! Money as whole nano-dollars, and what a model's tokens cost.
//!
//! One call may cost less than a millionth of a dollar, and a month is the sum of a million calls: amounts are integers, so
//! that sums do not depend on their order. A cost that is not known is absent; it is never zero.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

/// An amount in US dollars, kept in nano-dollars (10^-9). Sums saturate at about 9.2 billion dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Usd(i64);

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From nano-dollars.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// In nano-dollars.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// From dollars, to the nearest nano-dollar; `None` for what is not finite or out of range.
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        let nanos = (dollars * 1e9).round();
        (nanos.is_finite() && nanos.abs() < 9.2e18).then_some(Self(nanos as i64))
    }

    /// In dollars, for people and for other programs.
    pub fn dollars(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// This share of it (0.2 = 20 %), to the nearest nano-dollar.
    pub fn share(self, share: f64) -> Self {
        Self((self.0 as f64 * share).round() as i64)
    }

    /// Never below zero.
    pub fn or_zero(self) -> Self {
        Self(self.0.max(0))
    }
}

impl Add for Usd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Usd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// `2.31 USD`; below a cent as many digits as are needed to see it.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollars = self.dollars();
        match dollars.abs() {
            0.0 => write!(f, "0.00 USD"),
            small if small < 0.0001 => write!(f, "{dollars:.7} USD"),
            small if small < 0.01 => write!(f, "{dollars:.4} USD"),
            _ => write!(f, "{dollars:.2} USD"),
        }
    }
}

/// The tokens of one call, as the provider counted them.
///
/// `input` holds all tokens of the request, the cached ones included, and `output` all of the answer, the reasoning included:
/// the sub-buckets say how many of them, and are never added on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the request.
    pub input: u64,
    /// Tokens of the answer.
    pub output: u64,
    /// How many of `input` were read from the provider's prompt cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cache_read: u64,
    /// How many of `input` were written to the provider's prompt cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cache_write: u64,
    /// How many of `output` were reasoning that the client may never see.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reasoning: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Usage {
    /// Tokens in and out.
    pub fn total(self) -> u64 {
        self.input.saturating_add(self.output)
    }
}

/// What a model asks for, in dollars for a million tokens, as price lists give it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// For a million tokens of requests.
    pub input: f64,
    /// For a million tokens of answers.
    pub output: f64,
    /// For a million tokens of requests read from the provider's prompt cache; absent: as `input`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<f64>,
    /// For a million tokens of requests written to the provider's prompt cache; absent: as `input`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<f64>,
}

impl Price {
    /// What local models ask for.
    pub const FREE: Self = Self { input: 0.0, output: 0.0, cache_read: None, cache_write: None };

    /// The cost of one call, rounded up to the next nano-dollar.
    pub fn cost(&self, usage: Usage) -> Usd {
        let cached = usage.cache_read.saturating_add(usage.cache_write).min(usage.input);
        let dollars_per_million = (usage.input - cached) as f64 * self.input
            + usage.cache_read as f64 * self.cache_read.unwrap_or(self.input)
            + usage.cache_write as f64 * self.cache_write.unwrap_or(self.input)
            + usage.output as f64 * self.output;
        // A millionth of a dollar is a thousand nano-dollars; what is lost to floating point is less than one of them.
        Usd((dollars_per_million * 1e3 - 1e-6).ceil().max(0.0) as i64)
    }

    /// The most that `input` and `output` tokens can cost, whatever the cache does: what is reserved before a call.
    pub fn worst(&self, input: u64, output: u64) -> Usd {
        let dearest = self.input.max(self.cache_read.unwrap_or(0.0)).max(self.cache_write.unwrap_or(0.0));
        Self { input: dearest, cache_read: None, cache_write: None, ..*self }.cost(Usage { input, output, ..Usage::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINI: Price = Price { input: 0.15, output: 0.6, cache_read: Some(0.075), cache_write: None };

    #[test]
    fn a_call_costs_its_tokens_by_the_list() {
        let usage = Usage { input: 1_000_000, output: 1_000_000, ..Usage::default() };
        assert_eq!(MINI.cost(usage), Usd::from_nanos(750_000_000));
        assert_eq!(MINI.cost(Usage { input: 1, ..Usage::default() }), Usd::from_nanos(150));
        assert_eq!(Price::FREE.cost(usage), Usd::ZERO);
    }

    #[test]
    fn cached_tokens_are_counted_once() {
        let usage = Usage { input: 1000, cache_read: 400, output: 0, reasoning: 0, cache_write: 0 };
        assert_eq!(MINI.cost(usage), Usd::from_nanos(600 * 150 + 400 * 75));
        let odd = Usage { input: 10, cache_read: 400, ..Usage::default() };
        assert_eq!(MINI.cost(odd), Usd::from_nanos(400 * 75), "a provider that counts apart what is a part is believed for the larger");
    }

    #[test]
    fn a_reservation_covers_every_course() {
        let dear_writes = Price { cache_write: Some(0.3), ..MINI };
        assert_eq!(dear_writes.worst(100, 10), Usd::from_nanos(100 * 300 + 10 * 600));
        assert!(MINI.worst(100, 10) >= MINI.cost(Usage { input: 100, output: 10, cache_read: 50, ..Usage::default() }));
    }

    #[test]
    fn a_fraction_of_a_nano_dollar_is_rounded_up() {
        let odd = Price { input: 0.0375, output: 0.0, cache_read: None, cache_write: None };
        assert_eq!(odd.cost(Usage { input: 1, ..Usage::default() }), Usd::from_nanos(38));
        assert_eq!(odd.cost(Usage { input: 2, ..Usage::default() }), Usd::from_nanos(75));
    }

    #[test]
    fn people_see_the_digits_that_matter() {
        let shown = |nanos| Usd::from_nanos(nanos).to_string();
        assert_eq!(shown(2_310_000_000), "2.31 USD");
        assert_eq!(shown(1_200_000), "0.0012 USD");
        assert_eq!(shown(300), "0.0000003 USD");
        assert_eq!(shown(0), "0.00 USD");
    }

    #[test]
    fn amounts_that_are_no_amounts_are_refused() {
        assert_eq!(Usd::from_dollars(f64::NAN), None);
        assert_eq!(Usd::from_dollars(1e12), None);
        assert_eq!(Usd::from_dollars(0.05), Some(Usd::from_nanos(50_000_000)));
    }
}
