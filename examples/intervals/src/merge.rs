//! Union: the fewest intervals that hold the same numbers.

use crate::Interval;

/// The union of intervals in any order: sorted, apart from each other, none empty.
pub fn merge(intervals: &[Interval]) -> Vec<Interval> {
    let mut sorted: Vec<Interval> = intervals.iter().copied().filter(|interval| !interval.is_empty()).collect();
    sorted.sort();
    let mut merged: Vec<Interval> = Vec::new();
    for next in sorted {
        match merged.last_mut() {
            Some(last) if next.start < last.end => last.end = last.end.max(next.end),
            _ => merged.push(next),
        }
    }
    merged
}

/// The union with intervals joined across holes of at most `hole` numbers.
pub fn merge_near(intervals: &[Interval], hole: i64) -> Vec<Interval> {
    let mut joined: Vec<Interval> = Vec::new();
    for next in merge(intervals) {
        match joined.last_mut() {
            Some(last) if next.start - last.end <= hole => last.end = next.end,
            _ => joined.push(next),
        }
    }
    joined
}

/// How many numbers the union holds.
pub fn covered(intervals: &[Interval]) -> i64 {
    merge(intervals).iter().map(Interval::len).sum()
}
