//! What no proposer sees: the same promises on other inputs.

use intervals::format::plain;
use intervals::gaps::{first_fit, gaps};
use intervals::merge::{covered, merge};
use intervals::overlap::common;
use intervals::parse::parse;
use intervals::Interval;

#[test]
fn touching_intervals_below_zero_become_one() {
    assert_eq!(plain(&merge(&parse("-8--4, -4-0, 2-3").unwrap())), "-8-0, 2-3");
}

#[test]
fn a_hole_of_one_number_stays() {
    assert_eq!(merge(&[Interval::new(0, 2), Interval::new(3, 4)]).len(), 2);
}

#[test]
fn the_same_interval_twice_is_one() {
    assert_eq!(merge(&[Interval::new(4, 7), Interval::new(4, 7)]), [Interval::new(4, 7)]);
}

#[test]
fn a_meeting_fits_exactly_into_the_only_gap() {
    let busy = parse("9:00-10:30, 11:00-17:00").unwrap();
    assert_eq!(first_fit(&busy, &Interval::new(540, 1020), 30), Some(Interval::new(630, 660)));
}

#[test]
fn a_short_meeting_starts_where_the_gap_starts() {
    assert_eq!(first_fit(&[Interval::new(0, 5)], &Interval::new(0, 50), 10), Some(Interval::new(5, 15)));
}

#[test]
fn nothing_fits_into_a_full_window() {
    assert_eq!(first_fit(&[Interval::new(0, 50)], &Interval::new(0, 50), 1), None);
}

#[test]
fn gaps_and_intervals_fill_the_window() {
    let window = Interval::new(0, 60);
    let busy = parse("5-20, 15-30, 45-50").unwrap();
    assert_eq!(covered(&busy) + covered(&gaps(&busy, &window)), 60);
}

#[test]
fn a_set_has_itself_in_common_with_itself() {
    let set = parse("1-4, 6-9").unwrap();
    assert_eq!(common(&set, &set), set);
}
