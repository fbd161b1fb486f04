//! `[levers]` and `[propose]`: what may change, and who looks for changes.

use super::benchmark::CommandLine;
use super::grant::WorkshopGrants;
use super::lever::ConfigLever;
use super::pattern::FileGlobs;
use super::problem::Wrong;
use super::quantity::Timespan;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// What may change.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Levers {
    /// Source code. Without it the language's usual places are used.
    pub code: Option<CodeLever>,
    /// Settings, by the file they stand in.
    #[serde(default)]
    pub config: BTreeMap<String, ConfigLever>,
}

/// Source files that may be edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeLever {
    /// Which. Protected files stay protected.
    #[schemars(extend("examples" = [["src/**/*.py"]], "minItems" = 1))]
    pub files: FileGlobs,
}

/// Who looks for changes and how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Propose {
    /// Which proposers, in this order. Without it, all that apply.
    #[serde(rename = "use")]
    #[schemars(extend("examples" = [["mutate", "command"]], "minItems" = 1))]
    pub proposers: Option<Vec<ProposerKind>>,
    /// How many attempts each approach gets.
    #[serde(default = "three")]
    #[schemars(range(min = 1, max = 20))]
    pub attempts: u32,
    /// How many approaches a weakness gets before it asks to be taught.
    #[serde(default = "three")]
    #[schemars(range(min = 1, max = 20))]
    pub approaches: u32,
    /// Programs that edit a copy of the project; each one's edits are a proposed change.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "format": "kaizen-name" }))]
    pub command: BTreeMap<String, CommandProposer>,
}

/// What makes hypotheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProposerKind {
    /// Kaizen's own one-line edits.
    Mutate,
    /// Settings under `[levers.config]`, searched for the best combination.
    Tune,
    /// Programs declared under `[propose.command]`.
    Command,
}

/// A program that edits a copy of the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandProposer {
    /// Its command. The weakness arrives as JSON on its standard input.
    #[schemars(extend("examples" = ["ruff check --fix ."]))]
    pub run: CommandLine,
    /// The longest it may take.
    #[serde(default = "ten_minutes")]
    #[schemars(extend("format" = "kaizen-time-limit"))]
    pub timeout: Timespan,
    /// What it may reach while it works. Trials of its edits may not.
    #[serde(default)]
    pub grants: WorkshopGrants,
}

fn three() -> u32 {
    3
}

fn ten_minutes() -> Timespan {
    Timespan(Duration::from_secs(600))
}

impl Default for Propose {
    fn default() -> Self {
        Self { proposers: None, attempts: three(), approaches: three(), command: BTreeMap::new() }
    }
}

impl Propose {
    /// Proposers that are named and have nothing to work with, by key.
    pub(super) fn conflicts(&self, levers: &Levers) -> Vec<(String, Wrong)> {
        let names = |kind| self.proposers.as_ref().is_some_and(|named| named.contains(&kind));
        let mut found = Vec::new();
        if names(ProposerKind::Command) && self.command.is_empty() {
            let hint = "declare one: [propose.command.ruff] with run = \"ruff check --fix .\"";
            found.push(("propose.use".to_owned(), Wrong::new("\"command\" is used and none is declared", hint)));
        }
        if names(ProposerKind::Tune) && levers.config.is_empty() {
            let hint = "declare one: [levers.config.\"settings.yaml\"]";
            found.push(("propose.use".to_owned(), Wrong::new("\"tune\" is used and no setting may vary", hint)));
        }
        found
    }

    /// The proposers to use: those named, or all that apply.
    pub fn applying(&self, levers: &Levers) -> Vec<ProposerKind> {
        let settings = (!levers.config.is_empty()).then_some(ProposerKind::Tune);
        let declared = (!self.command.is_empty()).then_some(ProposerKind::Command);
        let all = || [Some(ProposerKind::Mutate), settings, declared].into_iter().flatten().collect();
        self.proposers.clone().unwrap_or_else(all)
    }
}
