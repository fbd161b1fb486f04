//! What a space refuses, and what it makes of a file's values.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_tune::error::TuneError;
use kaizen_tune::space::expression::Expression;
use kaizen_tune::space::kind::{Kind, Scale};
use kaizen_tune::space::value::Value;
use kaizen_tune::space::{Parameter, Space};

fn space(parameters: &[(&str, Kind)], constraints: &[&str]) -> Result<Space, TuneError> {
    let parameters = parameters.iter().map(|(name, kind)| Parameter::new(*name, kind.clone())).collect();
    Space::new(parameters, constraints.iter().map(|text| text.parse().unwrap()).collect())
}

fn values(values: &[(&str, Value)]) -> Vec<(String, Value)> {
    values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn message(result: Result<Space, TuneError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn a_space_of_nothing_or_of_one_point_says_that_there_is_nothing_to_tune() {
    assert_eq!(message(space(&[], &[])), "there is nothing to tune: the space has no parameter");
    let one = [("a", Kind::int(3, 3)), ("b", Kind::choice(["x"]))];
    assert_eq!(message(space(&one, &[])), "there is nothing to tune: the space has a single point (a = 3, b = x)");
    let squeezed = space(&[("a", Kind::int(1, 3))], &["a >= 3"]);
    assert_eq!(message(squeezed), "there is nothing to tune: the space has a single point (a = 3)");
}

#[test]
fn constraints_that_nothing_satisfies_are_refused_whether_the_space_can_be_listed_or_not() {
    let expected = "no configuration satisfies the constraints (a > 3; a < 2); widen a range or drop a constraint";
    assert_eq!(message(space(&[("a", Kind::int(0, 9))], &["a > 3", "a < 2"])), expected);
    assert_eq!(message(space(&[("a", Kind::float(0.0, 9.0))], &["a > 3", "a < 2"])), expected);
}

#[test]
fn ranges_that_hold_nothing_are_refused_by_name() {
    let cases = [
        (Kind::int(5, 3), "a: min 5 is more than max 3"),
        (Kind::int(0, 3).log(), "a: a log scale needs min of at least 1, not 0"),
        (Kind::float(0.0, 3.0).log(), "a: a log scale needs a min above 0, not 0.0"),
        (Kind::Int { min: 0, max: 9, step: 0, scale: Scale::Linear }, "a: step 0 has to be at least 1"),
        (Kind::Float { min: 0.0, max: 9.0, step: Some(-1.0), scale: Scale::Linear }, "a: step -1.0 has to be above 0"),
        (Kind::float(0.0, f64::INFINITY), "a: min and max have to be finite"),
        (Kind::choice(Vec::<&str>::new()), "a: there is nothing to choose from"),
        (Kind::choice(["x", "y", "x"]), "a: the text \"x\" is there twice"),
        (Kind::choice([Value::Int(1), Value::Float(1.0)]), "a: the number 1.0 is there twice"),
        (Kind::choice([Value::Int(1), "1".into()]), "a: the text \"1\" is there twice"),
        (fine(0.0, 1e300, 1e-300), "a: a step of 1e-300 is lost in numbers from 0.0 to 1e300"),
        (fine(1e9, 1e9 + 1.0, 1e-3), "a: a step of 0.001 is lost in numbers from 1000000000.0 to 1000000001.0"),
    ];
    for (kind, expected) in cases {
        assert_eq!(message(space(&[("a", kind)], &[])), expected);
    }
    assert_eq!(message(space(&[("a", Kind::Bool), ("a", Kind::Bool)], &[])), "a: there are two parameters of this name");
}

fn fine(min: f64, max: f64, step: f64) -> Kind {
    Kind::Float { min, max, step: Some(step), scale: Scale::Linear }
}

#[test]
fn a_choice_of_numbers_is_found_however_the_file_writes_it() {
    let space = space(&[("a", Kind::choice([0.5, 1.0, 2.0]))], &[]).unwrap();
    assert_eq!(space.adopt(&values(&[("a", 1.into())])).unwrap().to_string(), "a = 1.0");
}

#[test]
fn a_constraint_that_cannot_be_computed_does_not_hold() {
    let space = space(&[("a", Kind::int(0, 9)), ("b", Kind::int(0, 9))], &["a / b <= 5"]).unwrap();
    let adopted = |a: i64, b: i64| space.adopt(&values(&[("a", a.into()), ("b", b.into())]));
    assert!(adopted(5, 1).is_ok());
    assert_eq!(adopted(5, 0).unwrap_err().to_string(), "the configuration violates \"a / b <= 5\"");
}

#[test]
fn numbers_beyond_what_floats_hold_are_told_apart() {
    let (low, high) = (i64::MAX - 3, i64::MAX);
    let both = [("a", Kind::int(low, high)), ("b", Kind::int(low, high).log())];
    let wide = space(&both, &["a < b"]).unwrap();
    let given = |a: i64, b: i64| wide.adopt(&values(&[("a", a.into()), ("b", b.into())])).is_ok();
    assert!(given(low, low + 1) && !given(low + 1, low) && !given(high, high));
    assert!(space(&both, &["a > 9223372036854775806", "b > 9223372036854775806"]).unwrap_err().to_string().contains("single point"));
}

#[test]
fn a_condition_of_endless_length_is_refused_and_not_a_crash() {
    let long = vec!["a"; 100_000].join(" or ");
    assert!(long.parse::<Expression>().unwrap_err().to_string().contains("goes on after 1000 words"));
}

#[test]
fn conditions_may_lean_on_each_other_but_not_in_a_circle() {
    let on = |name: &str, other: &str| Parameter::new(name, Kind::Bool).when(other.parse().unwrap());
    let chain = vec![on("c", "b"), on("b", "a"), Parameter::new("a", Kind::Bool)];
    let space = Space::new(chain, vec![]).unwrap();
    let given = values(&[("a", true.into()), ("b", false.into()), ("c", true.into())]);
    assert_eq!(space.adopt(&given).unwrap().to_string(), "a = true, b = false");
    let circle = Space::new(vec![on("a", "b"), on("b", "a")], vec![]);
    assert_eq!(circle.unwrap_err().to_string(), "a: whether it has an effect depends on itself");
}

#[test]
fn a_value_outside_its_range_is_refused_with_what_it_may_be() {
    let space = space(&[("size", Kind::int(16, 64)), ("kind", Kind::choice(["a", "b"]))], &[]).unwrap();
    let refused = |size: Value, kind: &str| space.adopt(&values(&[("size", size), ("kind", kind.into())])).unwrap_err().to_string();
    assert_eq!(refused(128.into(), "a"), "size is 128, which is outside what it may be: a whole number from 16 to 64");
    assert_eq!(refused(20.5.into(), "a"), "size is 20.5, which is outside what it may be: a whole number from 16 to 64");
    assert_eq!(refused("many".into(), "a"), "size is many, which is outside what it may be: a whole number from 16 to 64");
    assert_eq!(refused(20.into(), "c"), "kind is c, which is outside what it may be: one of a, b");
    assert_eq!(space.adopt(&values(&[("kind", "a".into())])).unwrap_err().to_string(), "size: has no value");
}

#[test]
fn values_of_files_without_types_are_brought_to_their_parameters_type() {
    let kinds = [("n", Kind::int(1, 9)), ("x", Kind::float(0.0, 9.0)), ("on", Kind::Bool), ("c", Kind::choice([1_i64, 2]))];
    let given = values(&[("n", "3".into()), ("x", 4.into()), ("on", "yes".into()), ("c", "2".into())]);
    assert_eq!(space(&kinds, &[]).unwrap().adopt(&given).unwrap().to_string(), "c = 2, n = 3, on = true, x = 4.0");
}

#[test]
fn a_present_configuration_that_violates_a_constraint_is_refused_with_the_constraint() {
    let space = space(&[("a", Kind::int(0, 9)), ("b", Kind::int(0, 9))], &["a + b <= 9"]).unwrap();
    let refused = space.adopt(&values(&[("a", 5.into()), ("b", 6.into())])).unwrap_err();
    assert_eq!(refused.to_string(), "the configuration violates \"a + b <= 9\"");
}

#[test]
fn a_stored_space_is_checked_again_when_it_is_read() {
    let stored = serde_json::to_string(&space(&[("a", Kind::int(0, 9))], &["a < 5"]).unwrap()).unwrap();
    assert!(serde_json::from_str::<Space>(&stored).is_ok());
    let broken = stored.replace("\"max\":9", "\"max\":-9");
    assert!(serde_json::from_str::<Space>(&broken).unwrap_err().to_string().contains("min 0 is more than max -9"));
}
