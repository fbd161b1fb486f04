//! Measured quantities of observed systems: one number at one time, and what it means.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// What it was at that time.
    Level,
    /// What was added since the sample before.
    Added,
    /// What was added since [`Sample::since`].
    Total,
}

/// One number at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// What is measured.
    pub name: String,
    /// In which unit (UCUM), empty where nobody says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// The number; of a histogram the sum of its values.
    pub value: f64,
    /// What it means.
    pub measure: Measure,
    /// How many values a histogram holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// Since when it was added up, in the same unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// Of what.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Value>,
}
