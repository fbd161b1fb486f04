//! What became of records that were sent, and of those that were forgotten.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of records that were sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecordResult {
    /// `kaizen.record/1`
    pub schema: String,
    /// Operations, trajectories and feedback that are new.
    pub new: u64,
    /// Those whose id was known: nothing changed.
    pub known: u64,
    /// Those that could not be read, each with its reason. They are kept apart, so that the mistake can be found.
    pub refused: Vec<Refused>,
    /// What was changed while reading, such as a clock that is ahead.
    pub notes: Vec<Refused>,
}

/// Something about one record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Refused {
    /// Its place: the line of the input, or the place in the list, from 1.
    pub line: u64,
    /// The reason.
    pub reason: String,
}

/// `record --rejected`: records that could not be read, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RejectedList {
    /// `kaizen.rejected/1`
    pub schema: String,
    /// They.
    pub rejected: Vec<Rejected>,
    /// Give it as `cursor` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rejected {
    /// Its number, rising.
    pub id: i64,
    /// When it came, milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// How it came: `operations`, `trajectories`, `record`, `otlp traces`.
    pub source: String,
    /// What is wrong with it.
    pub reason: String,
    /// It, without secrets; cut off after 16 KiB.
    pub raw: String,
}

/// `forget`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForgetResult {
    /// `kaizen.forget/1`
    pub schema: String,
    /// Whether it was done, or only counted.
    pub done: bool,
    /// Operations.
    pub operations: u64,
    /// Trajectories.
    pub trajectories: u64,
    /// Feedback.
    pub feedback: u64,
    /// Records that could not be read.
    pub dead_letters: u64,
    /// Samples of metrics.
    #[serde(default)]
    pub samples: u64,
    /// Cached answers.
    pub answers: u64,
}
