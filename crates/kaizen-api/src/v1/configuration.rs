//! What is configured, and where each value comes from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value of a configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    /// `benchmark.timeout`
    pub key: String,
    /// As it stands in TOML or JSON; secrets are never shown.
    pub value: String,
    /// `kaizen.toml:7`, the path of `config.toml` with a line, `KAIZEN_BUDGET_MONTHLY`, `detected` or `default`.
    pub origin: String,
}

/// `config show`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Configuration {
    /// `kaizen.configuration/1`
    pub schema: String,
    /// Every value in force of the project; empty outside of one.
    pub values: Vec<Setting>,
    /// Every value in force of the user's settings.
    pub user: Vec<Setting>,
}
