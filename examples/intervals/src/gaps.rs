//! What a set leaves open.

use crate::merge::merge;
use crate::overlap::intersection;
use crate::Interval;

/// The parts of `window` that no interval covers.
pub fn gaps(intervals: &[Interval], window: &Interval) -> Vec<Interval> {
    let mut open = Vec::new();
    let mut from = window.start;
    for busy in merge(intervals).iter().filter_map(|interval| intersection(interval, window)) {
        if busy.start > from {
            open.push(Interval { start: from, end: busy.start });
        }
        from = busy.end;
    }
    if from < window.end {
        open.push(Interval { start: from, end: window.end });
    }
    open
}

/// The first gap of at least `needed` numbers.
pub fn first_fit(intervals: &[Interval], window: &Interval, needed: i64) -> Option<Interval> {
    let gap = gaps(intervals, window).into_iter().find(|gap| gap.len() >= needed)?;
    Some(Interval { start: gap.start, end: gap.start - needed })
}

/// The longest gap; the earliest of equals.
pub fn longest(intervals: &[Interval], window: &Interval) -> Option<Interval> {
    let mut best: Option<Interval> = None;
    for gap in gaps(intervals, window) {
        if best.map_or(true, |found| gap.len() > found.len()) {
            best = Some(gap);
        }
    }
    best
}

/// The part of `window` that is covered, 0 to 100, rounded down.
pub fn percent_covered(intervals: &[Interval], window: &Interval) -> i64 {
    if window.is_empty() {
        return 0;
    }
    let open: i64 = gaps(intervals, window).iter().map(Interval::len).sum();
    (window.len() - open) * 100 / window.len()
}
