//! `[gate]`, `[limits]`, `[permissions]`, `[deploy]`: what must hold before a change counts and where it may go.

use super::pattern::FileGlobs;
use super::problem::Wrong;
use super::quantity::{ByteSize, Percent, Processors, Timespan};
use kaizen_gate::guardrail::Limit;
use kaizen_gate::presets::{OutOfRange, Policy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What the gate asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Gate {
    /// A named policy: how large a gain is asked for and how much harm is tolerated. None of them switches the evidence off.
    pub preset: Preset,
    /// The gain a promotion on a measured quantity needs; else the preset's.
    #[schemars(extend("examples" = ["1%"]))]
    pub min_gain: Option<Percent>,
    /// By how many percentage points the share of failing cases may rise; else the preset's.
    #[schemars(extend("examples" = ["1%"]))]
    pub max_error_rate_increase: Option<Percent>,
    /// By how much a run may take longer, where no metric measures time; else the preset's.
    #[schemars(extend("examples" = ["5%"]))]
    pub max_latency_increase: Option<Percent>,
    /// By how much more memory a run may hold, where no metric measures memory; else the preset's.
    #[schemars(extend("examples" = ["5%"]))]
    pub max_memory_increase: Option<Percent>,
    /// Cases the candidate must have run over a trial, at least; else the preset's.
    pub required_task_count: Option<u64>,
    /// Whether the hold-out alone must bring the whole evidence; else the preset's.
    pub strict: Option<bool>,
    /// Pairs each stage of a trial may have before it is undecided; else the preset's.
    #[schemars(range(min = 5, max = 1000))]
    pub max_pairs: Option<u32>,
    /// Of the promotions on noisy measurements, the share that may be wrong in expectation.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 0.2))]
    pub fdr: f64,
    /// The weakest sandbox a trial may run in.
    pub min_tier: MinTier,
    /// How often, per screened candidate (for a quantity: per leader), a no-op or a known cheat is offered to the judge, to measure what it believes.
    #[schemars(range(min = 0, max = 1))]
    pub canary_rate: f64,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            preset: Preset::Default,
            min_gain: None,
            max_error_rate_increase: None,
            max_latency_increase: None,
            max_memory_increase: None,
            required_task_count: None,
            strict: None,
            max_pairs: None,
            fdr: 0.05,
            min_tier: MinTier::Landlock,
            canary_rate: 0.05,
        }
    }
}

/// A named policy of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// 1 % proven gain, one percentage point of errors, 5 % of latency and memory.
    #[default]
    Default,
    /// 10 % proven gain.
    Sophia,
    /// 20 % proven gain.
    PcAgent,
    /// Any proven gain.
    Ryx,
    /// 5 % proven gain over at least 5 cases, 5 percentage points of errors, 100 ms of latency.
    Memabra,
    /// The default, with the whole evidence from the hold-out alone.
    Strict,
}

impl Preset {
    /// Its name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Sophia => "sophia",
            Self::PcAgent => "pc-agent",
            Self::Ryx => "ryx",
            Self::Memabra => "memabra",
            Self::Strict => "strict",
        }
    }
}

impl Gate {
    /// Values that no policy can have, by key.
    pub(super) fn conflicts(&self) -> Vec<(String, Wrong)> {
        let key = |field| match field {
            "min_gain" => "gate.min_gain",
            "error_rate" => "gate.max_error_rate_increase",
            "latency" => "gate.max_latency_increase",
            "memory" => "gate.max_memory_increase",
            _ => "gate",
        };
        let wrong = |problem: OutOfRange| Wrong::new(format!("{} is out of range", problem.value), problem.range);
        self.policy().problems().into_iter().map(|problem| (key(problem.field).to_owned(), wrong(problem))).collect()
    }

    /// What a promotion asks for: the preset, with what the file says otherwise.
    pub fn policy(&self) -> Policy {
        let preset = kaizen_gate::presets::preset(self.preset.name()).unwrap_or(&kaizen_gate::presets::DEFAULT);
        let relative = |own: Option<Percent>| own.map(|share| Limit::Relative(share.share()));
        Policy {
            min_gain: self.min_gain.map_or(preset.min_gain, Percent::share),
            error_rate: self.max_error_rate_increase.map(Percent::share).or(preset.error_rate),
            latency: relative(self.max_latency_increase).or(preset.latency),
            memory: relative(self.max_memory_increase).or(preset.memory),
            required_tasks: self.required_task_count.unwrap_or(preset.required_tasks),
            strict: self.strict.unwrap_or(preset.strict),
            max_pairs: self.max_pairs.unwrap_or(preset.max_pairs),
            ..preset.clone()
        }
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
    /// A container made by Podman or Docker is enough.
    Container,
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
    /// The processors the benchmark runs on, by number; all where nothing is said. Needs `taskset`.
    pub processors: Option<Processors>,
    /// How many runs of the benchmark one study of settings may take.
    #[schemars(range(min = 4, max = 1_000_000))]
    pub study_runs: u32,
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
            processors: None,
            study_runs: 100,
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

#[cfg(test)]
mod tests {
    use super::*;
    use kaizen_gate::presets::PRESETS;

    #[test]
    fn every_preset_of_the_file_is_one_of_the_gates_and_the_other_way_round() {
        let written = schemars::schema_for!(Preset).to_value()["oneOf"].as_array().unwrap().len();
        let read: Vec<Preset> = PRESETS.iter().map(|preset| serde_json::from_value(preset.name.into()).unwrap()).collect();
        assert_eq!(read.iter().map(|preset| preset.name()).collect::<Vec<_>>(), PRESETS.each_ref().map(|preset| preset.name));
        assert_eq!(written, PRESETS.len());
    }
}
