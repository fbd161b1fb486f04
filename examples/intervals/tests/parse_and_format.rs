//! Text in, text out.

use intervals::format::{bar, clock, duration, plain};
use intervals::parse::{parse, ParseError};
use intervals::Interval;

#[test]
fn a_list_is_read_in_order() {
    assert_eq!(parse("1-5, 8-12"), Ok(vec![Interval::new(1, 5), Interval::new(8, 12)]));
}

#[test]
fn blank_parts_are_skipped() {
    assert_eq!(parse(" , 1-2,,"), Ok(vec![Interval::new(1, 2)]));
}

#[test]
fn bounds_come_in_either_order() {
    assert_eq!(parse("9-3"), Ok(vec![Interval::new(3, 9)]));
}

#[test]
fn a_bound_may_be_negative() {
    assert_eq!(parse("-5-3"), Ok(vec![Interval::new(-5, 3)]));
}

#[test]
fn times_of_day_become_minutes() {
    assert_eq!(parse("9:00-17:30"), Ok(vec![Interval::new(540, 1050)]));
}

#[test]
fn a_time_beyond_the_clock_is_refused() {
    assert_eq!(parse("9:60-10:00"), Err(ParseError::NotATime("9:60".to_string())));
}

#[test]
fn a_single_number_is_no_range() {
    assert_eq!(parse("7"), Err(ParseError::NoRange("7".to_string())));
}

#[test]
fn what_was_read_can_be_written() {
    assert_eq!(plain(&parse("1-5,8-12").unwrap()), "1-5, 8-12");
}

#[test]
fn minutes_are_written_as_times() {
    assert_eq!(clock(&[Interval::new(545, 1050)]), "9:05-17:30");
}

#[test]
fn a_bar_shows_what_is_covered() {
    assert_eq!(bar(&[Interval::new(2, 4)], &Interval::new(0, 8), 8), "..##....");
}

#[test]
fn durations_are_for_people() {
    assert_eq!([duration(45), duration(60), duration(90)], ["45 min", "1 h", "1 h 30 min"]);
}
