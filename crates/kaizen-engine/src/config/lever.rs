//! `[levers.config."file"]`: settings that may vary, each with its range, and the constraints between them.
//!
//! The settings of all files form one space, since they are tuned together; a name can therefore stand in one file only. Present values
//! are not known here: whether they lie in their range is checked when the files are read.

use super::check::join;
use super::problem::Wrong;
use kaizen_domain::path::RepoPath;
use kaizen_tune::error::TuneError;
use kaizen_tune::setting::Format;
use kaizen_tune::setting::key;
use kaizen_tune::space::expression::Expression;
use kaizen_tune::space::kind::{Kind, Scale};
use kaizen_tune::space::value::Value;
use kaizen_tune::space::{Parameter, Space};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Settings of one file that may vary. The format follows from the file's name: TOML, YAML, JSON, INI (also `.conf`) or env; `args`
/// and `env` stand for the arguments of the benchmark's command and the assignments in front of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ConfigLever {
    /// Conditions that every configuration satisfies; names of settings, numbers, texts in quotes, `and or not == != < <= > >= + - * /`.
    #[serde(default)]
    #[schemars(extend("examples" = [["pool.kind != 'process' or cache.entries <= 4096"]]))]
    pub constraints: Vec<Condition>,
    /// The settings by their key in the file: `"cache.entries"`, `"servers[0].port"`, `"--threads"`.
    #[serde(flatten)]
    pub settings: BTreeMap<String, Setting>,
}

/// What one setting may be: a range of numbers, a choice, or true and false.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// The least number.
    #[schemars(extend("examples" = [16]))]
    pub min: Option<Bound>,
    /// The largest number.
    #[schemars(extend("examples" = [65536]))]
    pub max: Option<Bound>,
    /// The distance between neighbours, from `min`. Without it every whole number, or any number.
    pub step: Option<Bound>,
    /// Whether equal differences or equal ratios count the same.
    #[serde(default)]
    pub scale: SettingScale,
    /// What it is, where that does not follow: a range is of whole numbers when both its ends are written as such.
    #[serde(rename = "type")]
    pub kind: Option<SettingType>,
    /// The values to choose from.
    #[schemars(extend("examples" = [["thread", "process"]], "minItems" = 1))]
    pub choices: Option<Vec<Choice>>,
    /// When it has an effect at all; otherwise it is left as it is.
    #[schemars(extend("examples" = ["pool.kind == 'process'"]))]
    pub when: Option<Condition>,
}

/// How steps along a range are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SettingScale {
    /// Equal differences count the same.
    #[default]
    Linear,
    /// Equal ratios count the same; the range lies above 0.
    Log,
}

/// What a setting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SettingType {
    /// A whole number.
    Int,
    /// Any number.
    Float,
    /// True or false.
    Bool,
}

/// An end of a range; whole where it is written so.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Bound {
    /// A whole number.
    Whole(i64),
    /// Any number.
    Real(f64),
}

impl Bound {
    fn real(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Real(number) => number,
        }
    }

    fn whole(self) -> Option<i64> {
        match self {
            Self::Whole(number) => Some(number),
            Self::Real(_) => None,
        }
    }
}

/// One value to choose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Choice(pub Value);

/// Declares the JSON schema of a type that is written as one of several plain values.
macro_rules! plain_schema {
    ($type:ty, $kinds:tt) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": $kinds })
            }
        }
    };
}
plain_schema!(Bound, "number");
plain_schema!(Choice, ["string", "boolean", "number"]);

/// A condition, as text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Condition(pub Expression);

impl TryFrom<String> for Condition {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let hint = "compare settings and values: \"pool.kind != 'process' or cache.entries <= 4096\"";
        text.parse().map(Self).map_err(|error: TuneError| Wrong::new(error.to_string(), hint))
    }
}

impl From<Condition> for String {
    fn from(condition: Condition) -> Self {
        condition.0.into()
    }
}

super::problem::text_schema!(Condition, "kaizen-condition", "pool.kind != 'process' or cache.entries <= 4096");

/// Where a parameter of the space stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The parameter's name, which is its key in the file.
    pub name: String,
    /// The file, from the project's root; `args` or `env` for the benchmark's command.
    pub file: String,
    /// How the file is written.
    pub format: Format,
}

/// What is tuned: one space, and where each of its parameters stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Tunable {
    /// Parameters and constraints of all files.
    pub space: Space,
    /// One place for each parameter, in the space's order.
    pub places: Vec<Place>,
}

/// Everything under `[levers.config]` together; nothing where there is none. `Err` names the key that is wrong.
pub fn tunable(levers: &BTreeMap<String, ConfigLever>) -> Result<Option<Tunable>, (String, Wrong)> {
    let (mut parameters, mut places, mut constraints) = (Vec::new(), Vec::<Place>::new(), Vec::new());
    for (file, lever) in levers {
        let at = join("levers.config", file);
        let format = format(file).map_err(|wrong| (at.clone(), wrong))?;
        for (name, setting) in &lever.settings {
            let key = join(&at, name);
            if let Some(other) = places.iter().find(|place| place.name == *name) {
                let what = format!("{name} is also a setting of {}", other.file);
                return Err((key, Wrong::new(what, "the settings of all files are tuned together: keep one of the two")));
            }
            parameters.push(setting.parameter(format, name).map_err(|wrong| (key, wrong))?);
            places.push(Place { name: name.clone(), file: file.clone(), format });
        }
        constraints.extend(lever.constraints.iter().map(|condition| condition.0.clone()));
    }
    if parameters.is_empty() && constraints.is_empty() {
        return Ok(None);
    }
    let space = Space::new(parameters, constraints).map_err(|error| space_wrong(levers, &error))?;
    Ok(Some(Tunable { space, places }))
}

fn format(file: &str) -> Result<Format, Wrong> {
    let hint = "name a file by its path in the project (.toml, .yaml, .json, .ini, .conf, .env), or \"args\" or \"env\"";
    let format = Format::of_name(file).ok_or_else(|| Wrong::new(format!("the format of {file:?} does not follow from its name"), hint))?;
    let inside = format.is_command_line() || file.parse::<RepoPath>().is_ok();
    if inside { Ok(format) } else { Err(Wrong::new(format!("{file:?} is not a path inside the project"), hint)) }
}

/// The key of what a space refuses: a parameter's, else that of the constraints.
fn space_wrong(levers: &BTreeMap<String, ConfigLever>, error: &TuneError) -> (String, Wrong) {
    let name = if let TuneError::Parameter { name, .. } = error { name.as_str() } else { "" };
    let owner = levers.iter().find(|(_, lever)| lever.settings.contains_key(name));
    let constrained = || levers.iter().find(|(_, lever)| lever.constraints.iter().any(|one| name.is_empty() || one.0.to_string() == name));
    let key = match (owner, constrained()) {
        (Some((file, _)), _) => join(&join("levers.config", file), name),
        (None, Some((file, _))) => join(&join("levers.config", file), "constraints"),
        (None, None) => "levers.config".to_owned(),
    };
    (key, Wrong::new(error.to_string(), "widen a range, mend the condition, or take the lever out"))
}

impl Setting {
    fn parameter(&self, format: Format, name: &str) -> Result<Parameter, Wrong> {
        if !format.is_command_line() {
            key::parse(name).map_err(|error| Wrong::new(error.to_string(), "write the key's path in the file: \"cache.entries\""))?;
        }
        let parameter = Parameter::new(name, self.values()?);
        Ok(match &self.when {
            Some(condition) => parameter.when(condition.0.clone()),
            None => parameter,
        })
    }

    fn values(&self) -> Result<Kind, Wrong> {
        let hint = "write { min = 1, max = 64 }, { choices = [\"a\", \"b\"] } or { type = \"bool\" }";
        let ranged = self.min.is_some() || self.max.is_some() || self.step.is_some() || self.scale == SettingScale::Log;
        match (&self.choices, self.kind) {
            (Some(_), _) if ranged => Err(Wrong::new("choices and a range at once", hint)),
            (Some(_), Some(_)) => Err(Wrong::new("choices have the type they are written with", "drop type")),
            (Some(choices), None) => Ok(Kind::choice(choices.iter().map(|choice| choice.0.clone()))),
            (None, Some(SettingType::Bool)) if ranged => Err(Wrong::new("true and false have no range", hint)),
            (None, Some(SettingType::Bool)) => Ok(Kind::Bool),
            (None, _) => match (self.min, self.max) {
                (Some(min), Some(max)) => self.range(min, max),
                _ => Err(Wrong::new("what it may be is missing", hint)),
            },
        }
    }

    fn range(&self, min: Bound, max: Bound) -> Result<Kind, Wrong> {
        let scale = match self.scale {
            SettingScale::Linear => Scale::Linear,
            SettingScale::Log => Scale::Log,
        };
        let step = self.step.map_or(Some(1), Bound::whole);
        match (self.kind, min.whole(), max.whole(), step) {
            (None | Some(SettingType::Int), Some(min), Some(max), Some(step)) => Ok(Kind::Int { min, max, step, scale }),
            (Some(SettingType::Int), ..) => {
                Err(Wrong::new("a range of whole numbers has ends or a step that are not", "write whole numbers"))
            }
            _ => Ok(Kind::Float { min: min.real(), max: max.real(), step: self.step.map(Bound::real), scale }),
        }
    }
}

#[cfg(test)]
mod tests;
