//! `[routes.NAME]`: which models may take a call to `kaizen/NAME`, in which order, and for whom.

use super::models::ModelName;
use crate::config::problem::Wrong;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `kaizen/NAME` stands for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Route {
    /// Models in the order of preference, local ones first. The first that answers is taken; when money is short, the first local one.
    #[schemars(extend("examples" = [["ollama/llama3.1:8b", "openai/gpt-4o-mini"]]))]
    pub candidates: Vec<ModelName>,
    /// The ladder of an escalation: each step is tried until a result is verified, then the next.
    pub tiers: Vec<Tier>,
    /// Other candidates for some calls; the first rule that fits holds.
    pub rules: Vec<Rule>,
}

/// A step of an escalation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The model.
    pub model: ModelName,
    /// How often it may try.
    #[serde(default = "once")]
    #[schemars(range(min = 1, max = 20))]
    pub attempts: u32,
}

fn once() -> u32 {
    1
}

/// Other candidates, for calls that fit all that is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Calls with this gateway key.
    pub tenant: Option<String>,
    /// Calls of this kind of work.
    pub kind: Option<String>,
    /// Calls with at least so many tokens.
    pub min_tokens: Option<u64>,
    /// Calls with at most so many tokens.
    pub max_tokens: Option<u64>,
    /// Their candidates.
    #[schemars(extend("minItems" = 1))]
    pub candidates: Vec<ModelName>,
}

impl Route {
    pub(super) fn conflicts(&self, at: &str) -> Option<(String, Wrong)> {
        let empty = self.candidates.is_empty() && self.tiers.is_empty();
        let hint = "add candidates = [\"ollama/llama3.1:8b\"]";
        empty.then(|| (at.to_owned(), Wrong::new("the route leads nowhere", hint)))
    }

    /// Every model named, with its key.
    pub(super) fn models(&self, at: &str) -> Vec<(String, &ModelName)> {
        let listed = |at: String, models: &'_ [ModelName]| {
            (0..models.len()).map(move |index| format!("{at}.candidates[{index}]")).collect::<Vec<_>>()
        };
        let mut found: Vec<(String, &ModelName)> = listed(at.to_owned(), &self.candidates).into_iter().zip(&self.candidates).collect();
        found.extend(self.tiers.iter().enumerate().map(|(index, tier)| (format!("{at}.tiers[{index}].model"), &tier.model)));
        for (index, rule) in self.rules.iter().enumerate() {
            found.extend(listed(format!("{at}.rules[{index}]"), &rule.candidates).into_iter().zip(&rule.candidates));
        }
        found
    }
}
