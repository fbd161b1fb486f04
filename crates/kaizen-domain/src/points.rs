//! Points: the score people see first. Finite and never negative.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;

/// An amount of points: finite, zero or more.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Points(f64);

/// A number that cannot be points: negative, infinite or not a number.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} cannot be points: they are finite and not negative")]
pub struct NotPoints(pub f64);

impl Points {
    /// No points.
    pub const ZERO: Self = Self(0.0);
    /// One point, what a case is worth where nothing else is declared.
    pub const ONE: Self = Self(1.0);

    /// Checks a number.
    pub fn new(value: f64) -> Result<Self, NotPoints> {
        if value.is_finite() && value >= 0.0 { Ok(Self(value)) } else { Err(NotPoints(value)) }
    }

    /// The plain number.
    pub fn value(self) -> f64 {
        self.0
    }

    /// `part` of `of` equal parts; all of it where there are none.
    pub fn part(self, part: u64, of: u64) -> Self {
        if of == 0 { self } else { Self(self.0 * part.min(of) as f64 / of as f64) }
    }

    /// The difference, zero where `other` is more.
    pub fn less(self, other: Self) -> Self {
        Self((self.0 - other.0).max(0.0))
    }
}

impl TryFrom<f64> for Points {
    type Error = NotPoints;
    fn try_from(value: f64) -> Result<Self, NotPoints> {
        Self::new(value)
    }
}

impl From<Points> for f64 {
    fn from(points: Points) -> Self {
        points.0
    }
}

impl From<u32> for Points {
    fn from(value: u32) -> Self {
        Self(f64::from(value))
    }
}

impl Sum for Points {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        // The sum of nothing is -0 otherwise, and printed so.
        Self(iter.fold(0.0, |sum, points| sum + points.0))
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.fract() == 0.0 { write!(f, "{:.0}", self.0) } else { write!(f, "{:.2}", self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_finite_amount_is_refused() {
        assert!(Points::new(f64::NAN).is_err());
        assert!(Points::new(f64::INFINITY).is_err());
        assert!(Points::new(-1.0).is_err());
    }

    #[test]
    fn whole_points_print_without_a_fraction() {
        assert_eq!(Points::from(188).to_string(), "188");
        assert_eq!(Points::new(2.5).unwrap().to_string(), "2.50");
    }
}
