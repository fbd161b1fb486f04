//! Gaps and what fits into them.

use intervals::gaps::{first_fit, gaps, longest, percent_covered};
use intervals::Interval;

fn day() -> Interval {
    Interval::new(0, 100)
}

fn busy() -> Vec<Interval> {
    vec![Interval::new(10, 30), Interval::new(35, 80)]
}

#[test]
fn gaps_lie_between_before_and_after() {
    assert_eq!(gaps(&busy(), &day()), [Interval::new(0, 10), Interval::new(30, 35), Interval::new(80, 100)]);
}

#[test]
fn nothing_planned_leaves_the_whole_window() {
    assert_eq!(gaps(&[], &day()), [day()]);
}

#[test]
fn what_lies_outside_the_window_does_not_count() {
    assert_eq!(gaps(&[Interval::new(-20, 40), Interval::new(90, 300)], &day()), [Interval::new(40, 90)]);
}

#[test]
fn the_first_gap_that_is_long_enough_is_taken() {
    assert_eq!(first_fit(&busy(), &day(), 15), Some(Interval::new(80, 95)));
}

#[test]
fn nothing_fits_where_no_gap_is_long_enough() {
    assert_eq!(first_fit(&busy(), &day(), 21), None);
}

#[test]
fn the_longest_gap_is_found() {
    assert_eq!(longest(&busy(), &day()), Some(Interval::new(80, 100)));
}

#[test]
fn the_covered_part_in_percent() {
    assert_eq!(percent_covered(&busy(), &day()), 65);
}
