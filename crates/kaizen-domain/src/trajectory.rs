//! Trajectories: the operations of one task with what there was to choose from, what was chosen, and the reward at the end.

use crate::money::Usd;
use crate::operation::{Kind, OperationId, SessionId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a trajectory comes from. What a benchmark made is never learned from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// Real work.
    Live,
    /// Made while something was evaluated.
    Benchmark,
    /// Brought in from elsewhere.
    Imported,
}

/// What a choice can be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CandidateKind {
    /// A model.
    Model,
    /// A tool.
    Tool,
    /// A memory that was recalled.
    Memory,
    /// A skill.
    Skill,
}

/// One thing that could have been chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// What it is.
    pub kind: CandidateKind,
    /// Its name.
    pub name: String,
}

/// The choice that was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The place in the candidates.
    pub index: usize,
    /// With which probability it was chosen, above 0 and at most 1; absent where nobody kept it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propensity: Option<f64>,
}

/// One task from its beginning to its reward.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trajectory {
    /// Unique within the project.
    pub id: OperationId,
    /// What sort of task.
    pub kind: Kind,
    /// When it began, in milliseconds since 1970-01-01 UTC.
    pub started_at: i64,
    /// What it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// The task in words, already redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// Numbers known before the choice was made.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub features: BTreeMap<String, f64>,
    /// What there was to choose from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// What was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
    /// Its operations, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<OperationId>,
    /// How well it went, 0 to 1; absent until somebody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<f64>,
    /// How long it took, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_us: Option<u64>,
    /// What it cost; absent where the price is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Usd>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Whom feedback is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// One operation or trajectory.
    Operation(OperationId),
    /// All of a session.
    Session(SessionId),
}

/// What somebody thought of a result, now or days later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Feedback {
    /// Of what.
    pub about: About,
    /// 0 (useless) to 1 (perfect); thumbs are 0 and 1; absent where only words were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<f64>,
    /// In words, already redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub at: i64,
}
