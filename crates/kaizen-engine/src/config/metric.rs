//! `[[metric]]`: measured quantities beside or instead of points.

use super::problem::Wrong;
use super::quantity::Percent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A named quantity each run of the benchmark gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Its name.
    #[schemars(extend("format" = "kaizen-name", "examples" = ["seconds"]))]
    pub name: String,
    /// Where it comes from: `json:.path` in the benchmark's JSON, `time` (seconds), `max-rss` (bytes) or
    /// `instructions` (in user space, of every process of the run; only on machines that show their hardware counters).
    pub source: MetricSource,
    /// Which way is better.
    #[schemars(extend("examples" = ["lower"]))]
    pub direction: Direction,
    /// Whether it is what should become better, or what may not become worse. At most one metric is the objective; where none
    /// says so, it is the first.
    pub role: Option<Role>,
    /// The gain a promotion needs, for an objective; else `gate.min_gain`.
    #[schemars(extend("examples" = ["1%"]))]
    pub min_gain: Option<Percent>,
    /// By how much it may become worse, for a guardrail; 5% where nothing is said.
    #[schemars(extend("examples" = ["5%"]))]
    pub max_regression: Option<Percent>,
    /// The value that is good enough: a weakness exists while it is not reached. An objective without one can always be better.
    pub target: Option<f64>,
}

/// What a metric is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It should become better.
    Objective,
    /// It may not become worse.
    Guardrail,
}

/// The metric that should become better, where there is one.
pub fn objective(metrics: &[Metric]) -> Option<&Metric> {
    let named = metrics.iter().find(|metric| metric.role == Some(Role::Objective));
    named.or_else(|| metrics.iter().find(|metric| metric.role.is_none()))
}

/// The metrics that were declared as guardrails by name.
pub fn declared_guardrails(metrics: &[Metric]) -> impl Iterator<Item = &Metric> {
    metrics.iter().filter(|metric| metric.role == Some(Role::Guardrail))
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
}

/// Where a metric comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MetricSource {
    /// A number in the JSON the benchmark prints.
    Json(JsonPath),
    /// How long the run took, in seconds.
    Time,
    /// The most memory a process of the run held, in bytes.
    MaxRss,
    /// Instructions in user space of every process of the run, by the processor's own counters.
    Instructions,
}

/// A path such as `.totals.runs[0].seconds`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl JsonPath {
    /// Reads a path; `None` where it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let dotted = text.strip_prefix('.')?;
        let mut steps = Vec::new();
        for part in dotted.split('.') {
            let (key, indices) = part.split_at(part.find('[').unwrap_or(part.len()));
            if key.is_empty() || !key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
                return None;
            }
            steps.push(Step::Key(key.to_owned()));
            for index in indices.split_inclusive(']') {
                steps.push(Step::Index(index.strip_prefix('[')?.strip_suffix(']')?.parse().ok()?));
            }
        }
        Some(Self(steps))
    }

    /// The key, of a path that is nothing else: how a metric among JSON lines is named.
    pub fn key(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Step::Key(key)] => Some(key),
            _ => None,
        }
    }

    /// What the path leads to, where it leads anywhere.
    pub fn find<'v>(&self, value: &'v serde_json::Value) -> Option<&'v serde_json::Value> {
        self.0.iter().try_fold(value, |at, step| match step {
            Step::Key(key) => at.get(key),
            Step::Index(index) => at.get(index),
        })
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| match step {
            Step::Key(key) => write!(f, ".{key}"),
            Step::Index(index) => write!(f, "[{index}]"),
        })
    }
}

impl TryFrom<String> for MetricSource {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let json = text.strip_prefix("json:").and_then(JsonPath::parse);
        match (text.as_str(), json) {
            ("time", _) => Ok(Self::Time),
            ("max-rss", _) => Ok(Self::MaxRss),
            ("instructions", _) => Ok(Self::Instructions),
            (_, Some(path)) => Ok(Self::Json(path)),
            _ => Err(Wrong::new(
                format!("{text:?} is not a source of a metric"),
                r#"write "time", "max-rss", "instructions" or a path in the benchmark's JSON: "json:.seconds""#,
            )),
        }
    }
}

impl From<MetricSource> for String {
    fn from(source: MetricSource) -> Self {
        match source {
            MetricSource::Json(path) => format!("json:{path}"),
            MetricSource::Time => "time".to_owned(),
            MetricSource::MaxRss => "max-rss".to_owned(),
            MetricSource::Instructions => "instructions".to_owned(),
        }
    }
}

super::problem::text_schema!(MetricSource, "kaizen-metric-source", "json:.seconds");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_path_finds_nested_values_and_prints_as_it_was_written() {
        let path = JsonPath::parse(".runs[1].seconds").unwrap();
        let value = serde_json::json!({ "runs": [{}, { "seconds": 0.5 }] });
        assert_eq!(path.find(&value), Some(&serde_json::json!(0.5)));
        assert_eq!(path.to_string(), ".runs[1].seconds");
        assert_eq!(path.find(&serde_json::json!({})), None);
    }

    #[test]
    fn what_is_not_a_path_is_refused() {
        for bad in ["", "seconds", ".", "..a", ".a[", ".a[x]", ".a[0]b", ".a b"] {
            assert_eq!(JsonPath::parse(bad), None, "{bad:?} was accepted");
        }
    }
}
