//! `[[metric]]`: measured quantities beside or instead of points.

pub mod bench;
pub mod json_path;
pub mod text;

use super::benchmark::Format;
use super::problem::Wrong;
use super::quantity::Percent;
use bench::BenchName;
use json_path::JsonPath;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use text::TextPattern;

/// A named quantity each run of the benchmark gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Its name.
    #[schemars(extend("format" = "kaizen-name", "examples" = ["seconds"]))]
    pub name: String,
    /// Where it comes from: `json:.path` in the benchmark's JSON, `bench:NAME` of a tool that reports benchmarks (`*` stands for any
    /// characters; of several benchmarks it is the geometric mean), `regex:PATTERN` in the text the benchmark prints, with a group
    /// named `value`, `time` (seconds), `max-rss` (bytes) or `instructions` (in user space, of every process of the run; only on
    /// machines that show their hardware counters).
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
    /// What a tool reports of the benchmarks of these names.
    Bench(BenchName),
    /// A number in the text the benchmark prints.
    Regex(TextPattern),
    /// How long the run took, in seconds.
    Time,
    /// The most memory a process of the run held, in bytes.
    MaxRss,
    /// Instructions in user space of every process of the run, by the processor's own counters.
    Instructions,
}

impl MetricSource {
    /// Whether the benchmark itself reports the number.
    pub fn is_reported(&self) -> bool {
        matches!(self, Self::Json(_) | Self::Bench(_) | Self::Regex(_))
    }
}

impl TryFrom<String> for MetricSource {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let found = match (text.as_str(), text.split_once(':')) {
            ("time", _) => Some(Self::Time),
            ("max-rss", _) => Some(Self::MaxRss),
            ("instructions", _) => Some(Self::Instructions),
            (_, Some(("json", path))) => JsonPath::parse(path).map(Self::Json),
            (_, Some(("bench", name))) => BenchName::parse(name).map(Self::Bench),
            (_, Some(("regex", pattern))) => return TextPattern::parse(pattern).map(Self::Regex),
            _ => None,
        };
        found.ok_or_else(|| {
            Wrong::new(
                format!("{text:?} is not a source of a metric"),
                r#"write "time", "max-rss", "instructions", a path in the benchmark's JSON: "json:.seconds", a benchmark: "bench:parse", or a pattern: "regex:took (?<value>[0-9.]+) s""#,
            )
        })
    }
}

impl From<MetricSource> for String {
    fn from(source: MetricSource) -> Self {
        match source {
            MetricSource::Json(path) => format!("json:{path}"),
            MetricSource::Bench(name) => format!("bench:{name}"),
            MetricSource::Regex(pattern) => format!("regex:{pattern}"),
            MetricSource::Time => "time".to_owned(),
            MetricSource::MaxRss => "max-rss".to_owned(),
            MetricSource::Instructions => "instructions".to_owned(),
        }
    }
}

super::problem::text_schema!(MetricSource, "kaizen-metric-source", "json:.seconds");

/// Metrics that cannot be measured, or not together, by key.
pub(super) fn conflicts(metrics: &[Metric], format: Format) -> Vec<(String, Wrong)> {
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    for (index, metric) in metrics.iter().enumerate() {
        let at = format!("metric[{index}]");
        if !names.insert(&metric.name) {
            let what = format!("there are two metrics named {:?}", metric.name);
            found.push((format!("{at}.name"), Wrong::new(what, "give each its own name")));
        }
        let first = objective(metrics).is_some_and(|first| first.name == metric.name);
        if metric.role == Some(Role::Objective) && !first {
            let hint = "keep one objective and make the others guardrails";
            found.push((format!("{at}.role"), Wrong::new("there are two objectives", hint)));
        }
        found.extend(unfit(metric, format).map(|wrong| (format!("{at}.source"), wrong)));
    }
    let finds = metrics.iter().any(|metric| matches!(metric.source, MetricSource::Regex(_)));
    if format == Format::Regex && !finds {
        let hint = r#"declare one: [[metric]] with name = "seconds", source = 'regex:took (?<value>[0-9.]+) s' and direction = "lower""#;
        found.push(("benchmark.format".to_owned(), Wrong::new("no [[metric]] finds a number in the text", hint)));
    }
    found
}

/// Why a metric cannot come from where it says, with a benchmark of this format.
fn unfit(metric: &Metric, format: Format) -> Option<Wrong> {
    let (gives, other) = match metric.source {
        MetricSource::Json(_) => (format == Format::Json, "no JSON"),
        MetricSource::Bench(_) => (format.has_benchmarks(), "no benchmarks"),
        MetricSource::Regex(_) | MetricSource::Time | MetricSource::MaxRss | MetricSource::Instructions => (true, ""),
    };
    let right = match metric.source {
        MetricSource::Json(_) => r#"or benchmark.format = "json""#,
        _ => r#"or a format that has some: "hyperfine", "criterion", "pytest-benchmark", "google-benchmark", "go-bench", "bench-json""#,
    };
    let hint = || format!(r#"use "time", "max-rss" or "instructions", {right}"#);
    (!gives).then(|| Wrong::new(format!("the benchmark's format is {:?} and gives {other}", format.name()), hint()))
}

/// The objective of a benchmark that reports many, where the file names none: the geometric mean of all of them.
pub const BENCHMARKS: &str = "benchmarks";

/// What is measured although no `[[metric]]` says so.
pub(super) fn implied(format: Format, declared: &[Metric]) -> Option<Metric> {
    (format.has_benchmarks() && objective(declared).is_none()).then(|| Metric {
        name: BENCHMARKS.to_owned(),
        source: MetricSource::Bench(BenchName::all()),
        direction: Direction::Lower,
        role: Some(Role::Objective),
        min_gain: None,
        max_regression: None,
        target: None,
    })
}
