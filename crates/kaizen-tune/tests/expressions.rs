//! Conditions and constraints, through the spaces that use them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_tune::error::TuneError;
use kaizen_tune::space::expression::Expression;
use kaizen_tune::space::kind::Kind;
use kaizen_tune::space::value::{Configuration, Value};
use kaizen_tune::space::{Parameter, Space};
use proptest::prelude::*;

fn configuration(values: &[(&str, Value)]) -> Configuration {
    values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn holds(text: &str) -> Option<bool> {
    let known = [
        ("pool.kind", "process".into()),
        ("cache.entries", 5000.into()),
        ("ratio", 0.5.into()),
        ("fast", true.into()),
        ("list[0].x", 3.into()),
    ];
    text.parse::<Expression>().unwrap().holds(&configuration(&known))
}

#[test]
fn a_constraint_of_the_documentation_holds_or_not() {
    assert_eq!(holds("pool.kind != 'process' or cache.entries <= 4096"), Some(false));
    assert_eq!(holds("pool.kind == \"process\" and cache.entries > 4096"), Some(true));
}

#[test]
fn arithmetic_binds_tighter_than_comparisons_and_these_than_not_and_and_or() {
    assert_eq!(holds("1 + 2 * 3 == 7 and not 2 > 3 or false"), Some(true));
    assert_eq!(holds("(1 + 2) * 3 == 9"), Some(true));
    assert_eq!(holds("10 - 4 - 3 == 3"), Some(true));
    assert_eq!(holds("16 / 4 / 2 == 2"), Some(true));
    assert_eq!(holds("-ratio * 2 == -1"), Some(true));
    assert_eq!(holds("not not fast"), Some(true));
    assert_eq!(holds("1_000 == 1e3"), Some(true));
    assert_eq!(holds("`list[0].x` == list[0].x"), Some(true));
}

#[test]
fn what_names_a_parameter_without_effect_is_unknown_unless_the_other_side_decides() {
    assert_eq!(holds("absent > 3"), None);
    assert_eq!(holds("absent > 3 or fast"), Some(true));
    assert_eq!(holds("absent > 3 and not fast"), Some(false));
    assert_eq!(holds("absent > 3 and fast"), None);
    assert_eq!(holds("not absent > 3"), None);
    assert_eq!(holds("1 / 0 > 3"), None);
}

#[test]
fn a_broken_text_is_refused_with_its_position() {
    let cases = [
        ("", 1),
        ("a <", 4),
        ("a = 3", 3),
        ("a < 3 < 4", 7),
        ("(a < 3", 7),
        ("a < 3)", 6),
        ("'open", 1),
        ("a # 3", 3),
        ("a and", 6),
        ("ä < 3 ?", 7),
        ("1.2.3 < 3", 1),
        ("a b", 3),
    ];
    for (text, position) in cases {
        match text.parse::<Expression>() {
            Err(TuneError::Expression { at, .. }) => assert_eq!(at, position, "{text:?}"),
            other => panic!("{text:?} gave {other:?}"),
        }
    }
}

#[test]
fn nesting_without_end_is_refused_and_not_followed() {
    for text in ["(".repeat(5000), "not ".repeat(5000), "-".repeat(5000)] {
        assert!(matches!(text.parse::<Expression>(), Err(TuneError::Expression { .. })), "{}", &text[..8]);
    }
}

fn space_of(constraint: &str) -> Result<Space, TuneError> {
    let parameters = vec![
        Parameter::new("kind", Kind::choice(["thread", "process"])),
        Parameter::new("entries", Kind::int(1, 100)),
        Parameter::new("fast", Kind::Bool),
    ];
    Space::new(parameters, vec![constraint.parse().unwrap()])
}

#[test]
fn unknown_names_and_types_that_cannot_meet_are_refused_with_a_reason() {
    let cases = [
        ("kinds == 'thread'", "there is no parameter kinds; known: kind, entries, fast"),
        ("kind == 3", "compares a text with a number"),
        ("entries", "is a number, not a condition"),
        ("entries and fast", "\"and\" or \"or\" needs true or false, not a number"),
        ("kind + 1 > 3", "arithmetic needs a number, not a text"),
        ("kind == 'proces'", "kind is never 'proces'; it is one of thread, process"),
    ];
    for (text, reason) in cases {
        match space_of(text) {
            Err(TuneError::Parameter { name, what }) => assert_eq!((name.as_str(), what.as_str()), (text, reason)),
            other => panic!("{text:?} gave {other:?}"),
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "[a-c0-9 .<>=!()'+*/-]{0,40}|(and|or|not|a|1|<|\\(|\\)| ){0,30}") {
        if let Ok(expression) = text.parse::<Expression>() {
            prop_assert_eq!(expression.to_string(), text);
        }
    }
}
