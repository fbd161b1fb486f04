//! Sets of half-open intervals of whole numbers.

pub mod format;
pub mod gaps;
pub mod merge;
pub mod overlap;
pub mod parse;

/// The whole numbers from `start` up to, but not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    pub start: i64,
    pub end: i64,
}

impl Interval {
    /// An interval; the bounds may come in either order.
    pub fn new(a: i64, b: i64) -> Self {
        Interval { start: a.min(b), end: a.max(b) }
    }

    /// How many numbers it holds.
    pub fn len(&self) -> i64 {
        self.end - self.start
    }

    /// True where it holds no number.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// True where `point` belongs to it.
    pub fn contains(&self, point: i64) -> bool {
        self.start <= point && point < self.end
    }

    /// The interval moved by `distance`.
    pub fn shifted(&self, distance: i64) -> Self {
        Interval { start: self.start + distance, end: self.end + distance }
    }
}
