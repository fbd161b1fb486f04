//! What `doctor` says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One check of `doctor`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// `ok`, `warning`, `missing`.
    pub state: String,
    /// What was found.
    pub detail: String,
    /// What mends it.
    pub mend: Option<String>,
}

/// `doctor`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Doctor {
    /// `kaizen.doctor/1`
    pub schema: String,
    /// Whether everything needed is there.
    pub fit: bool,
    /// The checks.
    pub checks: Vec<Check>,
}

/// `doctor --apparmor`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppArmor {
    /// `kaizen.apparmor/1`
    pub schema: String,
    /// Whether AppArmor keeps this user's programs from making user namespaces.
    pub restricted: bool,
    /// The profile.
    pub profile: String,
    /// What to do with it, line by line.
    pub steps: Vec<String>,
}
