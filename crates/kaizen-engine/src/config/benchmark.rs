//! `[benchmark]`: the judge and how to read it.

use super::pattern::{CaseGlob, FileGlob, FileGlobs};
use super::problem::{Wrong, text_schema, text_type};
use super::quantity::Timespan;
use kaizen_domain::points::Points;
use kaizen_domain::scorecard::CaseId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The judge: a command, run in the sandbox in the project's root, and how to read its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Benchmark {
    /// The command that runs every case.
    #[schemars(extend("examples" = ["python3 -m pytest -q"]))]
    pub command: CommandLine,
    /// How its result is read.
    #[schemars(extend("examples" = ["pytest"]))]
    pub format: Format,
    /// Where a report file appears when the result is not on standard output; it must be newer than the run.
    #[schemars(extend("examples" = ["build/results/*.xml"]))]
    pub report: Option<FileGlob>,
    /// The longest one run may take; then its whole process tree is ended.
    #[serde(default = "minute")]
    #[schemars(extend("format" = "kaizen-time-limit"))]
    pub timeout: Timespan,
    /// Files besides the format's own that the judge depends on: restored from the baseline and read-only.
    #[serde(default)]
    pub protect: FileGlobs,
    /// Guardrail commands: those that pass before a change must pass after it.
    #[serde(default)]
    #[schemars(extend("examples" = [["ruff check ."]]))]
    pub checks: Vec<CommandLine>,
    /// Cases that do not count.
    #[serde(default)]
    pub ignore: Vec<CaseGlob>,
    /// Run once per input, in the sandbox without network; what it leaves behind is a read-only layer.
    #[schemars(extend("examples" = ["python3 setup.py build_ext --inplace"]))]
    pub setup: Option<CommandLine>,
    /// The only files that `setup` sees and depends on. With them, what it left is used for every commit in which they are the same;
    /// without, it runs for each commit. No change may touch them.
    #[serde(default)]
    #[schemars(extend("examples" = [["requirements.txt", "package-lock.json"]]))]
    pub setup_inputs: FileGlobs,
    /// What cases are worth, by case id, pattern of ids or file; `default` for all others.
    #[serde(default)]
    pub points: Worth,
    /// Names for groups of cases: a pattern or a list of patterns each.
    #[serde(default)]
    pub categories: BTreeMap<String, Patterns>,
    /// Cases no proposer sees, run only against a change that passed everything else.
    pub holdout: Option<Holdout>,
}

/// Cases no proposer sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holdout {
    /// The command that runs them.
    #[schemars(extend("examples" = ["python3 -m pytest -q holdout"]))]
    pub command: CommandLine,
    /// Their files: absent wherever a proposer or the ordinary benchmark runs.
    #[schemars(extend("examples" = [["holdout/**"]], "minItems" = 1))]
    pub files: FileGlobs,
}

fn minute() -> Timespan {
    Timespan(Duration::from_secs(60))
}

/// How a benchmark's result is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Python's `unittest`.
    Unittest,
    /// Python's `pytest`.
    Pytest,
    /// Rust's `cargo test`.
    CargoTest,
    /// Rust's `cargo nextest run`.
    Nextest,
    /// Go's `go test`.
    GoTest,
    /// JavaScript's `jest`.
    Jest,
    /// JavaScript's `vitest`.
    Vitest,
    /// JavaScript's `mocha`.
    Mocha,
    /// Node.js's own runner, `node --test`.
    NodeTest,
    /// CMake's `ctest`.
    Ctest,
    /// JUnit XML files.
    Junit,
    /// The Test Anything Protocol.
    Tap,
    /// Files in the Common Test Report Format.
    Ctrf,
    /// JSON or JSON lines.
    Json,
    /// One case: the command ends with 0 or it does not.
    ExitCode,
    /// One case and its time and memory.
    Time,
    /// How long commands take, by hyperfine.
    Hyperfine,
    /// Rust's benchmarks with Criterion.
    Criterion,
    /// Python's benchmarks with pytest-benchmark.
    PytestBenchmark,
    /// C++ benchmarks with Google Benchmark.
    GoogleBenchmark,
    /// Go's benchmarks, `go test -bench`.
    GoBench,
    /// A list of `{"name", "unit", "value"}`.
    BenchJson,
    /// Text in which each `[[metric]]` finds its number.
    Regex,
}

impl Format {
    /// The name in `kaizen.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unittest => "unittest",
            Self::Pytest => "pytest",
            Self::CargoTest => "cargo-test",
            Self::Nextest => "nextest",
            Self::GoTest => "go-test",
            Self::Jest => "jest",
            Self::Vitest => "vitest",
            Self::Mocha => "mocha",
            Self::NodeTest => "node-test",
            Self::Ctest => "ctest",
            Self::Junit => "junit",
            Self::Tap => "tap",
            Self::Ctrf => "ctrf",
            Self::Json => "json",
            Self::ExitCode => "exit-code",
            Self::Time => "time",
            Self::Hyperfine => "hyperfine",
            Self::Criterion => "criterion",
            Self::PytestBenchmark => "pytest-benchmark",
            Self::GoogleBenchmark => "google-benchmark",
            Self::GoBench => "go-bench",
            Self::BenchJson => "bench-json",
            Self::Regex => "regex",
        }
    }

    /// Whether it reports benchmarks, each with a quantity of its own.
    pub fn has_benchmarks(self) -> bool {
        matches!(self, Self::Hyperfine | Self::Criterion | Self::PytestBenchmark | Self::GoogleBenchmark | Self::GoBench | Self::BenchJson)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A command for the shell: not empty, its quotes closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommandLine(String);

text_type!(CommandLine);
text_schema!(CommandLine, "kaizen-command", "python3 -m pytest -q");

impl TryFrom<String> for CommandLine {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let refused = |why: &str| Wrong::new(format!("{text:?} {why}"), r#"write a command as in a shell: "python3 -m pytest -q""#);
        match shell_words::split(&text) {
            Ok(words) if words.is_empty() => Err(refused("is no command")),
            Ok(_) if text.contains('\0') => Err(refused("holds a zero byte")),
            Ok(_) => Ok(Self(text)),
            Err(_) => Err(refused("has a quote that is not closed")),
        }
    }
}

/// What cases are worth. Where several patterns cover a case, the longest decides.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Points>", into = "BTreeMap<String, Points>")]
pub struct Worth {
    default: Option<Points>,
    by_pattern: Vec<(CaseGlob, Points)>,
}

impl Worth {
    /// What a case is worth: one point where nothing else is declared.
    pub fn of(&self, case: &CaseId) -> Points {
        let covering = self.by_pattern.iter().filter(|(pattern, _)| pattern.matches(case));
        let longest = covering.max_by_key(|(pattern, _)| pattern.as_str().len());
        longest.map_or(self.default.unwrap_or(Points::ONE), |(_, points)| *points)
    }
}

impl TryFrom<BTreeMap<String, Points>> for Worth {
    type Error = Wrong;
    fn try_from(mut table: BTreeMap<String, Points>) -> Result<Self, Wrong> {
        let default = table.remove("default");
        let by_pattern: Result<_, Wrong> = table.into_iter().map(|(pattern, points)| Ok((CaseGlob::try_from(pattern)?, points))).collect();
        Ok(Self { default, by_pattern: by_pattern? })
    }
}

impl From<Worth> for BTreeMap<String, Points> {
    fn from(worth: Worth) -> Self {
        let default = worth.default.map(|points| ("default".to_owned(), points));
        worth.by_pattern.into_iter().map(|(pattern, points)| (pattern.into(), points)).chain(default).collect()
    }
}

impl JsonSchema for Worth {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Worth".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "propertyNames": { "format": "kaizen-case-pattern" },
            "additionalProperties": { "type": "number", "minimum": 0 },
        })
    }
}

/// One pattern of cases or a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Patterns {
    /// One.
    One(CaseGlob),
    /// Several.
    Many(Vec<CaseGlob>),
}

impl Patterns {
    /// True where one of them covers the case.
    pub fn matches(&self, case: &CaseId) -> bool {
        match self {
            Self::One(pattern) => pattern.matches(case),
            Self::Many(patterns) => patterns.iter().any(|pattern| pattern.matches(case)),
        }
    }
}

impl JsonSchema for Patterns {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Patterns".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let item = generator.subschema_for::<CaseGlob>();
        schemars::json_schema!({ "type": ["string", "array"], "format": "kaizen-case-pattern", "items": item })
    }
}

impl Benchmark {
    /// Values that are right alone and wrong together, by key.
    pub(super) fn conflicts(&self) -> Option<(String, Wrong)> {
        let alone = self.setup.is_none() && !self.setup_inputs.is_empty();
        let wrong = || Wrong::new("there is no setup that reads them", "add setup = \"COMMAND\", or leave setup_inputs out");
        alone.then(|| ("benchmark.setup_inputs".to_owned(), wrong()))
    }

    /// The category of a case: the first by name that covers it, else `all`.
    pub fn category(&self, case: &CaseId) -> &str {
        self.categories.iter().find(|(_, patterns)| patterns.matches(case)).map_or("all", |(name, _)| name)
    }

    /// True where the case does not count.
    pub fn ignores(&self, case: &CaseId) -> bool {
        self.ignore.iter().any(|pattern| pattern.matches(case))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_pattern_decides_what_a_case_is_worth() {
        let table: BTreeMap<String, Points> = [("default", 1), ("tests/*", 2), ("tests/test_core.py", 5)]
            .into_iter()
            .map(|(pattern, points)| (pattern.to_owned(), Points::from(points)))
            .collect();
        let worth = Worth::try_from(table).unwrap();
        let of = |id: &str| worth.of(&CaseId(id.into()));
        assert_eq!(of("tests/test_core.py::test_a"), 5.into());
        assert_eq!(of("tests/test_other.py::test_a"), 2.into());
        assert_eq!(of("bench/x.py::test_a"), 1.into());
        assert_eq!(Worth::default().of(&CaseId("x".into())), Points::ONE);
    }

    #[test]
    fn commands_are_refused_when_empty_or_with_an_open_quote() {
        for bad in ["", "   ", "sh -c 'x", "a\0b"] {
            assert!(CommandLine::try_from(bad.to_owned()).is_err(), "{bad:?} was accepted");
        }
        assert!(CommandLine::try_from("A=1 make test && echo 'ok'".to_owned()).is_ok());
    }
}
