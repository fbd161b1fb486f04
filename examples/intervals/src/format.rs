//! Intervals as text.

use crate::Interval;

/// `1-5, 8-12`
pub fn plain(intervals: &[Interval]) -> String {
    join(intervals, |bound| bound.to_string())
}

/// `9:00-17:30`, for minutes since midnight.
pub fn clock(intervals: &[Interval]) -> String {
    join(intervals, |bound| format!("{}:{:02}", bound / 60, bound % 60))
}

fn join(intervals: &[Interval], bound: impl Fn(i64) -> String) -> String {
    let parts: Vec<String> = intervals.iter().map(|i| format!("{}-{}", bound(i.start), bound(i.end))).collect();
    parts.join(", ")
}

/// A line of `width` characters for `window`: `#` where a number is covered, `.` where none is.
pub fn bar(intervals: &[Interval], window: &Interval, width: usize) -> String {
    let cell = |column: usize| window.start + window.len() * column as i64 / width as i64;
    let covered = |point: i64| intervals.iter().any(|interval| interval.contains(point));
    (0..width).map(|column| if covered(cell(column)) { '#' } else { '.' }).collect()
}

/// A length in minutes for people: `1 h 30 min`.
pub fn duration(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, rest) => format!("{rest} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, rest) => format!("{hours} h {rest} min"),
    }
}
