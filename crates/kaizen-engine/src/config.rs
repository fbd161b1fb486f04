//! The project's `kaizen.toml`, typed. Only keys that something reads exist; any other is an error that names
//! file, line and key and says what would be right.
//!
//! The JSON schema generated from these types is what editors use and what [`parse`] enforces, so there is one
//! list of keys. This module reads no file and knows no user settings: the text is handed in.

pub mod benchmark;
pub(crate) mod check;
pub mod grant;
pub mod lever;
pub mod limits;
pub mod metric;
pub mod pattern;
pub mod problem;
pub mod propose;
pub mod protected;
pub mod quantity;
pub mod render;
pub(crate) mod suggest;

use benchmark::Benchmark;
use grant::Grants;
use kaizen_domain::hash::ContentHash;
use limits::{Deploy, Gate, Limits, Permissions};
use metric::Metric;
use problem::{ConfigError, Problem, Source, Wrong};
use propose::{Levers, Propose};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use toml::de::DeTable;

/// The file's name in the project's root.
pub const FILE: &str = "kaizen.toml";

/// What is measured, what may change and what is allowed in one project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "kaizen.toml")]
pub struct Config {
    /// Which project this is.
    pub project: Project,
    /// The judge.
    pub benchmark: Benchmark,
    /// Measured quantities beside or instead of points.
    #[serde(default)]
    pub metric: Vec<Metric>,
    /// What may change.
    #[serde(default)]
    pub levers: Levers,
    /// Who looks for changes and how long.
    #[serde(default)]
    pub propose: Propose,
    /// What trials may reach beyond their own copy.
    #[serde(default)]
    pub grants: Grants,
    /// What the gate asks for.
    #[serde(default)]
    pub gate: Gate,
    /// What Kaizen may use and how often it may act.
    #[serde(default)]
    pub limits: Limits,
    /// Which files need whose word.
    #[serde(default)]
    pub permissions: Permissions,
    /// Where promoted changes go.
    #[serde(default)]
    pub deploy: Deploy,
    #[serde(skip)]
    lines: BTreeMap<String, u32>,
}

/// Which project this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Its name, also the name of its branch `kaizen/<name>`.
    #[schemars(extend("examples" = ["wordfreq"]))]
    pub name: ProjectName,
}

/// A project's name: letters, digits, `-`, `_` and `.`, fit for the end of a git branch's name; at most 64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProjectName(String);

problem::text_type!(ProjectName);
problem::text_schema!(ProjectName, "kaizen-project-name", "wordfreq");

impl ProjectName {
    /// The nearest name to any text: other characters become `-`; `project` where nothing is left.
    pub fn near(text: &str) -> Self {
        let plain: String = text.chars().map(|c| if is_name_character(c) { c } else { '-' }).take(64).collect();
        let trimmed = plain.trim_matches(['-', '.']).replace("..", "-");
        Self::try_from(trimmed).unwrap_or_else(|_| Self("project".to_owned()))
    }
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

impl TryFrom<String> for ProjectName {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let plain = !text.is_empty() && text.len() <= 64 && text.chars().all(is_name_character);
        let branch = !text.starts_with(['-', '.']) && !text.ends_with('.') && !text.ends_with(".lock") && !text.contains("..");
        let hint = r#"write letters, digits, '-', '_' and '.', at most 64: "wordfreq""#;
        if plain && branch { Ok(Self(text)) } else { Err(Wrong::new(format!("{text:?} cannot name a project and its branch"), hint)) }
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This line of the file.
    File(u32),
    /// Kaizen's own default.
    Default,
}

/// One value of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key's path.
    pub key: String,
    /// The value as it would be written.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// One command of the file that would run on the host, and therefore needs the user's trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostLine {
    /// The line of the file.
    pub line: u32,
    /// The key's path.
    pub key: String,
    /// The command.
    pub text: String,
}

/// The JSON schema of `kaizen.toml`.
pub fn schema() -> Value {
    schemars::schema_for!(Config).to_value()
}

/// Reads a `kaizen.toml`; `file` only names it in errors. Every problem is reported, not just the first.
pub fn parse(text: &str, file: &Path) -> Result<Config, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let source = Source { file, text };
    let table = DeTable::parse(text).map_err(|error| broken(&source, &error))?;
    let schema = schema();
    let checked = check::check(&schema, &source, &table);
    if let Some(error) = ConfigError::of(checked.problems) {
        return Err(error);
    }
    let mut config: Config = toml::from_str(text).map_err(|error| broken(&source, &error))?;
    config.lines = checked.lines;
    config.metric.extend(metric::implied(config.benchmark.format, &config.metric));
    let conflicts = config.conflicts().into_iter().map(|(key, wrong)| config.problem_at(file, key, wrong)).collect();
    match ConfigError::of(conflicts) {
        Some(error) => Err(error),
        None => Ok(config),
    }
}

/// A file that is no TOML, or a value whose type refused what the schema allowed.
pub(crate) fn broken(source: &Source<'_>, error: &toml::de::Error) -> ConfigError {
    let (line, column) = source.place(error.span().map_or(0, |span| span.start));
    let what = error.message().trim().replace('\n', ", ");
    let hint = "mend the line; the file is TOML: key = \"text\", key = 5, key = [\"a\", \"b\"], [section]".to_owned();
    ConfigError::one(Problem { file: source.file.to_owned(), line, column, key: String::new(), what, hint })
}

/// The plain values below a key, each with its own; a list of plain values is one.
pub(crate) fn values(at: &str, value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Null => Vec::new(),
        Value::Object(table) => table.iter().flat_map(|(key, value)| values(&check::join(at, key), value)).collect(),
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.iter().enumerate().flat_map(|(index, value)| values(&format!("{at}[{index}]"), value)).collect()
        }
        plain => vec![(at.to_owned(), plain.to_string())],
    }
}

impl Config {
    /// Values that are right alone and wrong together, each section's own.
    fn conflicts(&self) -> Vec<(String, Wrong)> {
        let mut found = self.propose.conflicts(&self.levers);
        found.extend(self.gate.conflicts());
        found.extend(lever::tunable(&self.levers.config).err());
        found.extend(self.benchmark.conflicts());
        found.extend(self.grants.conflicts());
        found.extend(metric::conflicts(&self.metric, self.benchmark.format));
        found
    }

    fn problem_at(&self, file: &Path, key: String, wrong: Wrong) -> Problem {
        let line = self.lines.get(&key).copied().unwrap_or(1);
        Problem { file: file.to_owned(), line, column: 1, key, what: wrong.what, hint: wrong.hint }
    }

    /// Every value in force, in the order of the sections, with where it comes from.
    pub fn entries(&self) -> Result<Vec<Entry>, serde_json::Error> {
        let mut whole = serde_json::to_value(self)?;
        if let Some(used) = whole.pointer_mut("/propose/use") {
            *used = serde_json::to_value(self.propose.applying(&self.levers))?;
        }
        let origin = |key: &str| self.lines.get(key).map_or(Origin::Default, |line| Origin::File(*line));
        Ok(values("", &whole).into_iter().map(|(key, value)| Entry { origin: origin(&key), key, value }).collect())
    }

    /// The programs of its own that the file names and the grants it gives, by key: what trust is asked for and bound to. Benchmark,
    /// checks and setup run in the sandbox and are not among them, what they may reach is.
    pub fn host_lines(&self) -> Vec<HostLine> {
        let run = |(name, proposer): (&String, &propose::CommandProposer)| {
            (format!("{}.run", check::join("propose.command", name)), proposer.run.to_string())
        };
        let given = self.propose.command.iter().map(run).chain(self.granted());
        given.map(|(key, text)| HostLine { line: self.lines.get(&key).copied().unwrap_or(1), text, key }).collect()
    }

    /// What is granted, by key; empty where nothing is.
    pub fn granted(&self) -> Vec<(String, String)> {
        let workshop = |(name, proposer): (&String, &propose::CommandProposer)| {
            (format!("{}.grants", check::join("propose.command", name)), proposer.grants.to_string())
        };
        let all = self.propose.command.iter().map(workshop).chain([("grants".to_owned(), self.grants.to_string())]);
        all.filter(|(_, text)| !text.is_empty()).collect()
    }

    /// What trust is bound to: the file's place and exactly the commands of [`Config::host_lines`], not their line
    /// numbers. Another place or another command asks again.
    pub fn trust_hash(&self, path: &Path) -> ContentHash {
        let lines = self.host_lines();
        let texts = lines.iter().flat_map(|line| [line.key.as_bytes(), line.text.as_bytes()]);
        ContentHash::of_parts(std::iter::once(path.as_os_str().as_bytes()).chain(texts))
    }
}

#[cfg(test)]
mod tests;
