//! The verdict on a change that somebody else made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `check`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckResult {
    /// `kaizen.check/1`
    pub schema: String,
    /// `result`
    pub r#type: String,
    /// `better`, `not_worse`, `worse`, `cannot_tell`.
    pub verdict: String,
    /// The commit the change branched off from.
    pub base: String,
    /// The commit with the change.
    pub head: String,
    /// Whether uncommitted changes are part of it.
    pub dirty: bool,
    /// Files that differ.
    pub files: Vec<String>,
    /// Files of the judge that the change edits.
    pub judge: Vec<String>,
    /// Whether each side had to be judged by its own tests; only cases that both know are compared then.
    pub judged_apart: bool,
    /// Cases that pass with the change.
    pub passing: u64,
    /// Cases that ran with the change.
    pub executed: u64,
    /// Cases the change mends.
    pub gained: Vec<String>,
    /// Cases the change breaks.
    pub lost: Vec<String>,
    /// Cases that passed before and are gone.
    pub removed: Vec<String>,
    /// The measured quantity, where there is one.
    pub quantity: Option<CheckedQuantity>,
    /// What else decided, in words.
    pub reasons: Vec<String>,
    /// The sandbox tier.
    pub tier: String,
    /// How long it took.
    pub seconds: f64,
    /// The exit code that follows.
    pub exit_code: u8,
}

/// A measured quantity of a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckedQuantity {
    /// Which.
    pub metric: String,
    /// The answer for it alone.
    pub verdict: String,
    /// Pairs compared.
    pub pairs: u32,
    /// Pairs that were measured again because the machine was not quiet.
    #[serde(default)]
    pub measured_again: u32,
    /// The lower end of the changes that are not excluded, as a share of the metric; `None` where nothing is excluded.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// What "not worse" allows, as a share.
    pub margin: f64,
    /// The noise of one pair, as a share.
    pub noise: f64,
    /// The smallest effect this benchmark proves in the most pairs a check may have, as a share.
    pub provable: Option<f64>,
    /// E-value that it is better.
    pub better: f64,
    /// E-value that it is not worse by more than the margin.
    pub not_worse: f64,
    /// E-value that it is worse.
    pub worse: f64,
    /// About how many pairs more would give an answer, where they point to one.
    pub further_pairs: Option<u32>,
    /// Their time in minutes.
    pub further_minutes: Option<f64>,
    /// The difference of each pair, positive is better.
    #[serde(default)]
    pub differences: Vec<f64>,
    /// How the evidence grew with them.
    #[serde(default)]
    pub log_evidence: LogEvidence,
}

/// The natural logarithm of the evidence after each pair, by answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct LogEvidence {
    /// That it is better.
    pub better: Vec<f64>,
    /// That it is not worse by more than the margin.
    pub not_worse: Vec<f64>,
    /// That it is worse.
    pub worse: Vec<f64>,
    /// What an answer has to reach.
    pub needed: f64,
}
