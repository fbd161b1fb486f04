//! `[cache]`: answers that are given again. Off until something is named.

use crate::config::quantity::Timespan;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The cache of answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cache {
    /// How many answers are kept; the oldest make room.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub entries: u32,
    /// How long an answer is given again.
    #[schemars(extend("format" = "kaizen-time-limit"))]
    pub lifetime: Timespan,
    /// Whose calls: names of tasks (`kaizen/NAME`), kinds of work, or gateway keys; `*` for all. Empty: none.
    #[serde(rename = "for")]
    #[schemars(extend("examples" = [["summarise"]]))]
    pub used_for: Vec<String>,
    /// Answers that were drawn at random (a temperature above 0) too.
    pub sampled: bool,
}

impl Default for Cache {
    fn default() -> Self {
        Self { entries: 1_000, lifetime: Timespan(Duration::from_secs(3_600)), used_for: Vec::new(), sampled: false }
    }
}

impl Cache {
    /// Whether calls with any of these names use it.
    pub fn serves(&self, names: &[&str]) -> bool {
        self.used_for.iter().any(|wanted| wanted == "*" || names.contains(&wanted.as_str()))
    }
}
