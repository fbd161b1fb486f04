//! The user's settings, `config.toml`, typed: models, money, records, privacy, the daemon. They hold for all projects.
//!
//! As with `kaizen.toml`, the schema made from these types is the one list of keys, and whatever is wrong is an error that
//! names the place and says what would be right. Each key can also be given as a variable `KAIZEN_SECTION_KEY`, which wins
//! over the file. This module reads neither file nor environment: both are handed in. No secret stands in the file: keys
//! say where a secret is.

pub mod budget;
pub mod cache;
pub mod models;
pub mod otlp;
mod provider;
pub mod record;
pub mod routes;
pub mod secret;
pub mod serve;
mod variable;

use crate::config::problem::{ConfigError, Problem, Source, Wrong};
use crate::config::{broken, check, values};
use budget::Budget;
use cache::Cache;
use models::{ModelName, Models};
use otlp::Otlp;
use record::{Privacy, Record};
use routes::Route;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serve::Serve;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Table;
use toml::de::DeTable;

/// The file's name in Kaizen's configuration directory.
pub const FILE: &str = "config.toml";

/// What holds for one user, whatever the project.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "config.toml")]
pub struct Settings {
    /// Who serves models, and what this machine may hold.
    pub models: Models,
    /// Which model does Kaizen's own work.
    pub roles: Roles,
    /// What `kaizen/NAME` stands for, by NAME; `kaizen/auto` is the route `auto`.
    #[schemars(extend("propertyNames" = { "format": "kaizen-name" }))]
    pub routes: BTreeMap<String, Route>,
    /// What models may cost.
    pub budget: Budget,
    /// What is kept of calls.
    pub record: Record,
    /// What may leave this machine.
    pub privacy: Privacy,
    /// The daemon.
    pub serve: Serve,
    /// The cache of answers; off until something is named in `for`.
    pub cache: Cache,
    /// Telemetry that other programs send.
    pub otlp: Otlp,
    #[serde(skip)]
    origins: BTreeMap<String, Origin>,
}

/// Which model does Kaizen's own work.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Roles {
    /// Says of what kind a request is: small and always loaded.
    pub intent: Option<ModelName>,
    /// Thinks.
    pub reasoning: Option<ModelName>,
    /// Writes code.
    pub coding: Option<ModelName>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// This line of the file.
    File(u32),
    /// This variable of the environment.
    Variable(String),
    /// Kaizen's own default.
    Default,
}

/// One value in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key's path.
    pub key: String,
    /// The value as it would be written; a secret is never shown.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// The JSON schema of `config.toml`.
pub fn schema() -> Value {
    schemars::schema_for!(Settings).to_value()
}

/// Reads the settings: the file's text, where there is one, and the environment's variables, of which only
/// `KAIZEN_SECTION_...` with a section of the settings are looked at. `file` only names it in errors. Every problem is reported.
pub fn parse(text: Option<&str>, file: &Path, variables: impl IntoIterator<Item = (String, String)>) -> Result<Settings, ConfigError> {
    let schema = schema();
    let mut layers = Layers::of_file(&schema, text.unwrap_or_default(), file)?;
    for (name, value) in variables {
        layers.add(&schema, &name, &value);
    }
    if let Some(error) = ConfigError::of(std::mem::take(&mut layers.problems)) {
        return Err(error);
    }
    let mut settings: Settings = layers.read(file)?;
    settings.origins = layers.origins;
    let conflicts = settings.conflicts().into_iter().map(|(key, wrong)| settings.problem_at(file, key, wrong)).collect();
    match ConfigError::of(conflicts) {
        Some(error) => Err(error),
        None => Ok(settings),
    }
}

/// The file with the variables laid over it.
struct Layers {
    table: Table,
    origins: BTreeMap<String, Origin>,
    problems: Vec<Problem>,
}

impl Layers {
    fn of_file(schema: &Value, text: &str, file: &Path) -> Result<Self, ConfigError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let source = Source { file, text };
        let parsed = DeTable::parse(text).map_err(|error| broken(&source, &error))?;
        let table = toml::from_str(text).map_err(|error| broken(&source, &error))?;
        let checked = check::check(schema, &source, &parsed);
        let origins = checked.lines.into_iter().map(|(key, line)| (key, Origin::File(line))).collect();
        Ok(Self { table, origins, problems: checked.problems })
    }

    /// Lays one variable over what is there. Its problems carry its name instead of a file and no line.
    fn add(&mut self, schema: &Value, name: &str, value: &str) {
        let here = |key: &str, wrong: Wrong| Problem {
            file: PathBuf::from(name),
            line: 0,
            column: 0,
            key: key.to_owned(),
            what: wrong.what,
            hint: wrong.hint,
        };
        let placed = match variable::place(schema, name, value) {
            None => return,
            Some(Err(wrong)) => return self.problems.push(here("", wrong)),
            Some(Ok(placed)) => placed,
        };
        let text = placed.table.to_string();
        let source = Source { file: Path::new(name), text: &text };
        match DeTable::parse(&text) {
            Ok(parsed) => {
                let found = check::check(schema, &source, &parsed).problems;
                self.problems.extend(found.into_iter().map(|problem| here(&problem.key, Wrong::new(problem.what, problem.hint))));
            }
            Err(error) => self.problems.push(here(&placed.key, Wrong::new(error.message(), "write a TOML value"))),
        }
        let replaced =
            |key: &str| key.strip_prefix(placed.key.as_str()).is_some_and(|below| below.is_empty() || below.starts_with(['.', '[']));
        self.origins.retain(|key, _| !replaced(key));
        self.origins.insert(placed.key, Origin::Variable(name.to_owned()));
        lay_over(&mut self.table, placed.table);
    }

    /// The typed settings, with the providers that are there without configuration.
    fn read(&mut self, file: &Path) -> Result<Settings, ConfigError> {
        provider::complete(&mut self.table);
        Settings::deserialize(std::mem::take(&mut self.table)).map_err(|error| {
            let hint = "mend the value; `kaizen schema settings` says what each key takes".to_owned();
            let what = error.message().trim().replace('\n', ", ");
            ConfigError::one(Problem { file: file.to_owned(), line: 1, column: 1, key: String::new(), what, hint })
        })
    }
}

/// Tables are laid over each other key by key, everything else is replaced.
fn lay_over(table: &mut Table, over: Table) {
    for (key, value) in over {
        match (table.get_mut(&key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                table.insert(key, value);
            }
        }
    }
}

impl Settings {
    fn problem_at(&self, file: &Path, key: String, wrong: Wrong) -> Problem {
        let (file, line) = match self.origin(&key) {
            Origin::Variable(name) => (PathBuf::from(name), 0),
            Origin::File(line) => (file.to_owned(), line),
            Origin::Default => (file.to_owned(), 1),
        };
        Problem { file, line, column: 1, key, what: wrong.what, hint: wrong.hint }
    }

    /// Where the value of a key comes from: itself, or the nearest table or list around it that was given as a whole.
    pub fn origin(&self, key: &str) -> Origin {
        if let Some(origin) = self.origins.get(key) {
            return origin.clone();
        }
        let given = |around: &&str| matches!(self.origins.get(*around), Some(Origin::Variable(_)));
        let ends = key.char_indices().filter(|(_, sign)| matches!(sign, '.' | '[')).map(|(at, _)| &key[..at]);
        let around: Vec<&str> = ends.collect();
        around.iter().rev().find(|around| given(around)).and_then(|around| self.origins.get(*around).cloned()).unwrap_or(Origin::Default)
    }

    /// Values that are right alone and wrong together.
    fn conflicts(&self) -> Vec<(String, Wrong)> {
        let mut found = self.models.conflicts();
        found.extend(self.budget.conflicts());
        let roles = [("intent", &self.roles.intent), ("reasoning", &self.roles.reasoning), ("coding", &self.roles.coding)];
        let mut named: Vec<(String, &ModelName)> = Vec::new();
        named.extend(roles.into_iter().filter_map(|(role, model)| Some((format!("roles.{role}"), model.as_ref()?))));
        named.extend(self.models.hot.iter().enumerate().map(|(index, model)| (format!("models.hot[{index}]"), model)));
        named.extend(self.budget.reference.iter().map(|model| ("budget.reference".to_owned(), model)));
        for (name, route) in &self.routes {
            let at = check::join("routes", name);
            found.extend(route.conflicts(&at));
            named.extend(route.models(&at));
        }
        found.extend(named.into_iter().filter_map(|(key, model)| Some((key, self.models.unknown_provider(model)?))));
        found
    }

    /// Every value in force, section by section, with where it comes from.
    pub fn entries(&self) -> Result<Vec<Entry>, serde_json::Error> {
        let all = values("", &serde_json::to_value(self)?);
        Ok(all.into_iter().map(|(key, value)| Entry { origin: self.origin(&key), key, value }).collect())
    }
}

#[cfg(test)]
mod tests;
