//! `[gate]`, `[limits]`, `[permissions]`, `[deploy]`: what must hold before a change counts and where it may go.

use super::pattern::FileGlobs;
use super::quantity::{ByteSize, Timespan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What the gate asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Gate {
    /// Of the promotions on noisy measurements, the share that may be wrong in expectation.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 0.2))]
    pub fdr: f64,
    /// The weakest sandbox a trial may run in.
    pub min_tier: MinTier,
    /// How often, per screened candidate, a no-op or a known cheat is offered to the judge, to measure what it believes.
    #[schemars(range(min = 0, max = 1))]
    pub canary_rate: f64,
}

impl Default for Gate {
    fn default() -> Self {
        Self { fdr: 0.05, min_tier: MinTier::Landlock, canary_rate: 0.05 }
    }
}

/// The weakest sandbox a trial may run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MinTier {
    /// Own namespaces: nothing weaker.
    Namespaces,
    /// Namespaces made by the `bwrap` program are enough.
    Bubblewrap,
    /// Landlock is enough.
    Landlock,
}

/// What Kaizen may use and how often it may act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// How many trials run at the same time.
    #[schemars(range(min = 1, max = 1024))]
    pub concurrent_trials: u32,
    /// How many changes may go live in a day; commits on the `kaizen/...` branch are free.
    #[schemars(range(min = 0, max = 1000))]
    pub deployments_per_day: u32,
    /// The time a file rests after a change to it went live.
    pub cooldown: Timespan,
    /// The memory one trial may hold.
    pub trial_memory: ByteSize,
    /// The processes one trial may have at the same time.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub trial_processes: u32,
    /// What one trial may write.
    pub trial_disk: ByteSize,
    /// How many candidates one search may try.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_candidates: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrent_trials: 1,
            deployments_per_day: 5,
            cooldown: Timespan(Duration::from_secs(24 * 3600)),
            trial_memory: ByteSize(2 << 30),
            trial_processes: 256,
            trial_disk: ByteSize(4 << 30),
            max_candidates: 2000,
        }
    }
}

/// Which files need whose word. `never` wins over `ask`, `ask` over `auto`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Permissions {
    /// Changes that need nobody.
    pub auto: FileGlobs,
    /// Changes a person must approve.
    pub ask: FileGlobs,
    /// Changes that are refused.
    pub never: FileGlobs,
}

/// Where promoted changes go.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Deploy {
    /// A branch beside the user's, or the checked-out branch itself.
    pub mode: DeployMode,
}

/// Where promoted changes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeployMode {
    /// Commits on `kaizen/<project>`; the working tree is not touched.
    #[default]
    Branch,
    /// Commits on the checked-out branch, and its files in the working tree.
    InPlace,
}
