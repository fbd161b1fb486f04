//! What `init` found, proved and wrote.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One way of measuring that `init` looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InitCandidate {
    /// The benchmark's command.
    pub command: String,
    /// How its result is read.
    pub format: String,
    /// Where it was found.
    pub source: String,
    /// Whether it gave a scorecard in the sandbox; `None` where an earlier one did.
    pub works: Option<bool>,
    /// Why it did not.
    pub why: Option<String>,
}

/// The run of `init` outside the sandbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InitOutside {
    /// Cases that passed.
    pub passing: u64,
    /// Cases that ran.
    pub executed: u64,
    /// Wall time in seconds, building included.
    pub seconds: f64,
    /// Cases that ended differently in two runs outside. The second is made where the first ends otherwise than the sandbox.
    #[serde(default)]
    pub unsteady: Vec<String>,
    /// Why there is no result.
    pub fault: Option<String>,
}

/// A case that ends differently in the sandbox and outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InitDifference {
    /// The case.
    pub case: String,
    /// How it ended in the sandbox; `None` where it did not run or was not compared.
    pub inside: Option<String>,
    /// How it ended outside.
    pub outside: Option<String>,
    /// Why, as far as the failure tells.
    pub why: String,
    /// The line that mends it.
    pub mend: Option<String>,
}

/// Whether broken code shows in the score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InitSensitivity {
    /// Whether the score moved; `None` where nothing could be broken.
    pub moved: Option<bool>,
    /// The file that was broken.
    pub file: Option<String>,
    /// Points with the broken file; `None` where the benchmark gave no result any more.
    pub points: Option<f64>,
}

/// Cases set aside, or that could be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InitHoldout {
    /// `found`, `added`, `suggested`.
    pub state: String,
    /// The command that runs them.
    pub command: String,
    /// Patterns of their files.
    pub files: Vec<String>,
}

/// The last line of `init`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InitResult {
    /// `kaizen.init/1`
    pub schema: String,
    /// `result`
    pub r#type: String,
    /// The file that was written.
    pub file: String,
    /// The project's name.
    pub project: String,
    /// The benchmark's command.
    pub command: String,
    /// How its result is read.
    pub format: String,
    /// Where it was found.
    pub source: String,
    /// Patterns of the files that may change.
    pub levers: Vec<String>,
    /// Everything that was found, in the order it was tried.
    pub candidates: Vec<InitCandidate>,
    /// Cases that passed in the sandbox.
    pub passing: u64,
    /// Cases that ran in the sandbox.
    pub executed: u64,
    /// Points earned.
    pub points: f64,
    /// Points that can be earned.
    pub max: f64,
    /// Wall time of the run in seconds.
    pub seconds: f64,
    /// The limit on one run that was written.
    pub timeout: String,
    /// The sandbox tier.
    pub tier: String,
    /// The run outside; `None` where nobody said yes to it.
    pub outside: Option<InitOutside>,
    /// Cases that differ.
    pub differences: Vec<InitDifference>,
    /// Entries of `benchmark.ignore` that were written.
    pub ignored: Vec<String>,
    /// Whether broken code shows.
    pub sensitivity: InitSensitivity,
    /// The hold-out.
    pub holdout: Option<InitHoldout>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// The next sensible command.
    pub next: String,
}
