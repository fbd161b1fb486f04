//! Benchmarks by name, as `bench:parse/*` selects them, and what they are together.

use super::Direction;
use crate::trial::adapter::quantity::of_benchmark;
use std::collections::BTreeMap;
use std::fmt;

/// A name, in which `*` stands for any characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenchName(String);

/// Why the selected benchmarks have no value together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoValue {
    /// None has such a name.
    Missing,
    /// This one is zero, and no mean of ratios can be taken.
    Zero(String),
}

impl BenchName {
    /// Every benchmark.
    pub fn all() -> Self {
        Self("*".to_owned())
    }

    /// Reads a name; `None` where it is empty.
    pub fn parse(text: &str) -> Option<Self> {
        (!text.trim().is_empty()).then(|| Self(text.to_owned()))
    }

    /// Whether it names exactly this benchmark, and no others.
    pub fn is(&self, name: &str) -> bool {
        self.0 == name
    }

    /// Whether it covers this benchmark.
    pub fn covers(&self, name: &str) -> bool {
        self.is(name) || (self.0.contains('*') && covers(&self.0, name))
    }

    /// The value among the metrics of a run: as it was reported where one is named, else the geometric mean of all that are covered, of
    /// whose rates or costs the inverse is taken where they point the other way than `direction`.
    pub fn value(&self, metrics: &BTreeMap<String, f64>, direction: Direction) -> Result<f64, NoValue> {
        let named = metrics.iter().find(|(metric, _)| of_benchmark(metric).map_or(metric.as_str(), |(name, _)| name) == self.0);
        if let Some((_, value)) = named {
            return Ok(*value);
        }
        let covered = metrics.iter().filter_map(|(metric, value)| Some((of_benchmark(metric)?, *value)));
        let (mut sum, mut count) = (0.0, 0_u32);
        for ((name, way), value) in covered.filter(|((name, _), _)| self.covers(name)) {
            if value <= 0.0 {
                return Err(NoValue::Zero(name.to_owned()));
            }
            sum += if way == direction { value.ln() } else { -value.ln() };
            count += 1;
        }
        if count == 0 { Err(NoValue::Missing) } else { Ok((sum / f64::from(count)).exp()) }
    }
}

/// Whether the parts of the pattern between its stars follow one another in the name.
fn covers(pattern: &str, name: &str) -> bool {
    let Some((first, others)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let Some((middle, last)) = others.rsplit_once('*') else { return rest.ends_with(others) };
    for part in middle.split('*') {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

impl fmt::Display for BenchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &str, direction: Direction) -> Result<f64, NoValue> {
        let metrics = [
            ("bench:a/1", 2.0),
            ("bench:a/2", 8.0),
            ("bench:b[*]", 5.0),
            ("bench:none", 0.0),
            ("rate:r", 0.25),
            ("a/1 B/op", 64.0),
            ("seconds", 9.0),
        ];
        let metrics = metrics.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        BenchName::parse(name).unwrap().value(&metrics, direction)
    }

    fn near(seen: Result<f64, NoValue>, expected: f64) {
        assert!((seen.clone().unwrap() - expected).abs() < 1e-12, "{seen:?}");
    }

    #[test]
    fn one_benchmark_is_what_was_reported_and_many_are_their_geometric_mean() {
        near(value("a/1", Direction::Lower), 2.0);
        near(value("r", Direction::Higher), 0.25);
        near(value("b[*]", Direction::Lower), 5.0);
        near(value("a/1 B/op", Direction::Lower), 64.0);
        near(value("a/*", Direction::Lower), 4.0);
        near(value("*/1", Direction::Lower), 2.0);
        near(value("*r", Direction::Lower), 4.0);
        near(value("a*", Direction::Higher), 0.25);
    }

    #[test]
    fn what_names_nothing_or_a_zero_among_several_has_no_value() {
        assert_eq!(value("c*", Direction::Lower), Err(NoValue::Missing));
        assert_eq!(value("seconds*", Direction::Lower), Err(NoValue::Missing), "only benchmarks are covered");
        assert_eq!(value("*", Direction::Lower), Err(NoValue::Zero("none".into())));
        near(value("none", Direction::Lower), 0.0);
        assert_eq!(BenchName::parse(" "), None);
    }

    #[test]
    fn stars_stand_for_any_characters_wherever_they_are() {
        let covers = |pattern: &str, name: &str| BenchName(pattern.to_owned()).covers(name);
        assert!(covers("*", "x") && covers("a*c", "abc") && covers("*b*", "abc") && covers("a**c", "ac") && covers("a*b*c", "a-b-b-c"));
        assert!(!covers("a*c", "ab") && !covers("a*bc", "abcd") && !covers("ab*ba", "aba") && !covers("a", "ab") && !covers("*x*", "abc"));
    }
}
