//! Union and intersection.

use intervals::merge::{covered, merge, merge_near};
use intervals::overlap::{common, deepest, intersection, overlaps};
use intervals::Interval;

fn set(bounds: &[(i64, i64)]) -> Vec<Interval> {
    bounds.iter().map(|(start, end)| Interval::new(*start, *end)).collect()
}

#[test]
fn intervals_that_overlap_become_one() {
    assert_eq!(merge(&set(&[(1, 5), (3, 8)])), set(&[(1, 8)]));
}

#[test]
fn intervals_that_touch_become_one() {
    assert_eq!(merge(&set(&[(1, 5), (5, 8)])), set(&[(1, 8)]));
}

#[test]
fn a_chain_in_any_order_becomes_one() {
    assert_eq!(merge(&set(&[(6, 9), (1, 3), (3, 6)])), set(&[(1, 9)]));
}

#[test]
fn intervals_apart_stay_apart() {
    assert_eq!(merge(&set(&[(6, 9), (1, 3)])), set(&[(1, 3), (6, 9)]));
}

#[test]
fn an_interval_inside_another_disappears() {
    assert_eq!(merge(&set(&[(1, 9), (3, 4)])), set(&[(1, 9)]));
}

#[test]
fn empty_intervals_disappear() {
    assert_eq!(merge(&set(&[(2, 2)])), set(&[]));
}

#[test]
fn small_holes_can_be_closed() {
    assert_eq!(merge_near(&set(&[(1, 3), (5, 6), (9, 10)]), 2), set(&[(1, 6), (9, 10)]));
}

#[test]
fn numbers_are_counted_once() {
    assert_eq!(covered(&set(&[(0, 10), (5, 15)])), 15);
}

#[test]
fn neighbours_share_nothing() {
    assert_eq!(intersection(&Interval::new(1, 5), &Interval::new(5, 8)), None);
    assert!(!overlaps(&Interval::new(1, 5), &Interval::new(5, 8)));
}

#[test]
fn what_two_sets_have_in_common() {
    assert_eq!(common(&set(&[(0, 5), (10, 20)]), &set(&[(3, 12), (18, 30)])), set(&[(3, 5), (10, 12), (18, 20)]));
}

#[test]
fn the_busiest_moment_is_found() {
    assert_eq!(deepest(&set(&[(0, 5), (3, 8), (4, 6), (8, 9)])), 3);
}
