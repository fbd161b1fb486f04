//! What others send, and are shown: operations, trajectories and feedback as one JSON object each.
//!
//! Names and units are for people: dollars, milliseconds, times as RFC 3339 or milliseconds. Unknown fields are refused, because a
//! misspelt one would be lost; `attributes` takes anything.

mod shown;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A time: RFC 3339 text, or milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Moment {
    /// Milliseconds since 1970-01-01 UTC.
    Milliseconds(i64),
    /// `2026-11-20T12:00:00Z`
    Text(String),
}

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperationRecord {
    /// Unique within the project; the same id again changes nothing. Without one it is made from the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What sort of work it was: `chat`, `deploy`.
    pub kind: String,
    /// When it began; else now, less its duration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Moment>,
    /// How long it took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<f64>,
    /// How long, in microseconds, instead of milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_us: Option<u64>,
    /// How long until the first piece of the answer, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<f64>,
    /// `ok`, `failed`, `cancelled` or `refused`; else `failed` with an error and `ok` without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Why it failed: a text, or `{"kind": ..., "message": ...}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorRecord>,
    /// What it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The id of the operation it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// For whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The model: its name, or `{"asked": ..., "served": ..., "provider": ...}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelRecord>,
    /// Its tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<UsageRecord>,
    /// What it cost, in US dollars; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// Whether it stayed on this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offline: Option<bool>,
    /// What the response cache did: `hit`, `miss`, `joined` or `off`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<String>,
    /// How the model was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<RouteRecord>,
    /// How good it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<QualityRecord>,
    /// How it reached the daemon that shows it: `gateway`, `api`, `record`, `otlp` or `own`. Whoever takes it in says so anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What went in and came out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<ContentRecord>,
    /// Anything else, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Value>,
}

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ErrorRecord {
    /// What was said.
    Text(String),
    /// With a word to group by.
    Full {
        /// `timeout`, `http_500`, `ValueError`.
        kind: String,
        /// What was said.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        message: String,
    },
}

/// Which model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ModelRecord {
    /// Its name.
    Name(String),
    /// Asked for and answering.
    Full {
        /// The name that was asked for.
        asked: String,
        /// The one that answered.
        #[serde(skip_serializing_if = "Option::is_none")]
        served: Option<String>,
        /// Who served it.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
    },
}

/// Tokens of a call. `input` and `output` are whole; the others say how many of them.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UsageRecord {
    /// Of the request.
    pub input: u64,
    /// Of the answer.
    pub output: u64,
    /// Of `input`, read from the provider's cache.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_read: u64,
    /// Of `input`, written to the provider's cache.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_write: u64,
    /// Of `output`, reasoning.
    #[serde(skip_serializing_if = "is_zero")]
    pub reasoning: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// How a choice was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteRecord {
    /// Who chose.
    pub by: String,
    /// From what.
    pub candidates: Vec<String>,
    /// The place of the chosen one, from 0.
    pub chosen: usize,
    /// The probability with which it was chosen, above 0 and at most 1.
    pub propensity: f64,
}

/// How good a result was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QualityRecord {
    /// 0 to 1.
    pub score: f64,
    /// Who judged.
    pub evaluator: String,
}

/// What went in and what came out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContentRecord {
    /// In.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// Out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

/// One task from its beginning to its reward.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrajectoryRecord {
    /// Unique within the project; the same id again changes nothing. Without one it is made from the content.
    pub id: Option<String>,
    /// What sort of task.
    pub kind: String,
    /// When it began; else now, less its duration.
    pub started_at: Option<Moment>,
    /// What it belongs to.
    pub session: Option<String>,
    /// The task in words.
    pub input: Option<String>,
    /// Numbers known before the choice was made.
    #[serde(default)]
    pub features: BTreeMap<String, f64>,
    /// What there was to choose from.
    #[serde(default)]
    pub candidates: Vec<CandidateRecord>,
    /// What was chosen.
    pub choice: Option<ChoiceRecord>,
    /// The ids of its operations, in order.
    #[serde(default)]
    pub operations: Vec<String>,
    /// How well it went, 0 to 1; it may come later, as feedback.
    pub reward: Option<f64>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<f64>,
    /// What it cost, in US dollars.
    pub cost_usd: Option<f64>,
    /// `live`, `benchmark` or `imported`; else `imported`. What a benchmark made is never learned from.
    pub provenance: Option<String>,
}

/// One thing that could have been chosen: a model's name, or `{"kind": "tool", "name": ...}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CandidateRecord {
    /// A model.
    Model(String),
    /// Anything.
    Full {
        /// `model`, `tool`, `memory` or `skill`.
        kind: String,
        /// Its name.
        name: String,
    },
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceRecord {
    /// The place in the candidates, from 0.
    pub index: usize,
    /// With which probability, above 0 and at most 1.
    pub propensity: Option<f64>,
}

/// What somebody thought of a result.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedbackRecord {
    /// Of which operation or trajectory. Either this or `session`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Of which session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// 0 (useless) to 1 (perfect).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reward: Option<f64>,
    /// `up` or `down`, instead of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbs: Option<String>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Who says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When; else now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
}
