//! Intersection: what intervals have in common.

use crate::merge::merge;
use crate::Interval;

/// What two intervals share, if anything.
pub fn intersection(a: &Interval, b: &Interval) -> Option<Interval> {
    let start = a.start.max(b.start);
    let end = a.end.min(b.end);
    (start < end).then_some(Interval { start, end })
}

/// True where two intervals share a number.
pub fn overlaps(a: &Interval, b: &Interval) -> bool {
    intersection(a, b).is_some()
}

/// The numbers that belong to both sets.
pub fn common(left: &[Interval], right: &[Interval]) -> Vec<Interval> {
    let (left, right) = (merge(left), merge(right));
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::new();
    while i < left.len() && j < right.len() {
        found.extend(intersection(&left[i], &right[j]));
        if left[i].end < right[j].end {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

/// The largest number of intervals that hold one and the same number.
pub fn deepest(intervals: &[Interval]) -> usize {
    let mut bounds: Vec<(i64, i32)> = Vec::new();
    for interval in intervals.iter().filter(|interval| !interval.is_empty()) {
        bounds.push((interval.start, 1));
        bounds.push((interval.end, -1));
    }
    bounds.sort();
    let (mut open, mut most) = (0, 0);
    for (_, step) in bounds {
        open += step;
        most = most.max(open);
    }
    most as usize
}
