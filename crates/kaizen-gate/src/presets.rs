//! Promotion policies as data: the named ones of earlier systems, and the ranges of one's own.
//!
//! A policy sets effect sizes and margins. None switches the evidence off: what earlier systems promoted after one run each is
//! promoted here when a trial proves it.

use crate::guardrail::Limit;
use crate::statistical::plan::MAX_PAIRS;
use serde::{Deserialize, Serialize};

/// What a promotion asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// The gain that is asked for, as a share: 0 (any proven gain) to 10.
    pub min_gain: f64,
    /// By how much the share of failing cases may rise, above 0 and below 1.
    pub error_rate: Option<f64>,
    /// By how much latency may rise (an absolute limit is in seconds).
    pub latency: Option<Limit>,
    /// By how much memory may rise (an absolute limit is in bytes).
    pub memory: Option<Limit>,
    /// Cases the candidate must have run over the trial; 0 asks nothing.
    pub required_tasks: u64,
    /// Whether a candidate that stalls more often is rejected.
    pub stall_guard: bool,
    /// Whether the hold-out alone must bring the whole evidence.
    pub strict: bool,
    /// Pairs each stage may have, 5 to 1000.
    pub max_pairs: u32,
}

/// A named policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// Its name in `kaizen.toml`.
    pub name: &'static str,
    /// What it stands for, for people.
    pub about: &'static str,
    /// What it asks for.
    pub policy: Policy,
}

/// The policy where nothing is said: 1 % proven gain, one percentage point of errors, 5 % of latency and memory.
pub const DEFAULT: Policy = Policy {
    min_gain: 0.01,
    error_rate: Some(0.01),
    latency: Some(Limit::Relative(0.05)),
    memory: Some(Limit::Relative(0.05)),
    required_tasks: 0,
    stall_guard: true,
    strict: false,
    max_pairs: MAX_PAIRS,
};

/// Every named policy.
pub static PRESETS: [Preset; 6] = [
    Preset { name: "default", about: "1 % proven gain, 1 point of errors, 5 % of latency and memory", policy: DEFAULT },
    Preset { name: "sophia", about: "10 % proven gain", policy: Policy { min_gain: 0.10, ..DEFAULT } },
    Preset {
        name: "pc-agent",
        about: "20 % proven gain; its confidence of 0.8 is less than the evidence every trial needs",
        policy: Policy { min_gain: 0.20, ..DEFAULT },
    },
    Preset { name: "ryx", about: "any proven gain", policy: Policy { min_gain: 0.0, ..DEFAULT } },
    Preset {
        name: "memabra",
        about: "5 % proven gain over at least 5 tasks, 5 points of errors, 100 ms of latency",
        policy: Policy { min_gain: 0.05, error_rate: Some(0.05), latency: Some(Limit::Absolute(0.1)), required_tasks: 5, ..DEFAULT },
    },
    Preset {
        name: "strict",
        about: "the default, with the whole evidence from the hold-out alone",
        policy: Policy { strict: true, ..DEFAULT },
    },
];

/// A named policy.
pub fn preset(name: &str) -> Option<&'static Policy> {
    PRESETS.iter().find(|preset| preset.name == name).map(|preset| &preset.policy)
}

/// A field of a policy out of its range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{field} is {value}: {range}")]
pub struct OutOfRange {
    /// Which field.
    pub field: &'static str,
    /// What it is.
    pub value: f64,
    /// What it may be, for people.
    pub range: &'static str,
}

impl Policy {
    /// Every field that is out of its range.
    pub fn problems(&self) -> Vec<OutOfRange> {
        let limits = [("latency", self.latency), ("memory", self.memory)];
        let limits = limits.into_iter().filter_map(|(field, limit)| limit_problem(field, limit?));
        let gain = (!(0.0..=10.0).contains(&self.min_gain)).then_some(OutOfRange {
            field: "min_gain",
            value: self.min_gain,
            range: "0 to 10 (0.01 is 1 %)",
        });
        let pairs = f64::from(self.max_pairs);
        let pairs = (!(5..=1000).contains(&self.max_pairs)).then_some(OutOfRange { field: "max_pairs", value: pairs, range: "5 to 1000" });
        let errors = self.error_rate.and_then(|rise| limit_problem("error_rate", Limit::Share(rise)));
        gain.into_iter().chain(errors).chain(limits).chain(pairs).collect()
    }
}

fn limit_problem(field: &'static str, limit: Limit) -> Option<OutOfRange> {
    let value = limit.margin();
    let (fits, range) = match limit {
        Limit::Absolute(margin) => (margin > 0.0 && margin.is_finite(), "above 0"),
        // Times and memory can become several times as large.
        Limit::Relative(margin) => (margin > 0.0 && margin <= 100.0, "above 0% and at most 10000%"),
        Limit::Share(margin) => (margin > 0.0 && margin < 1.0, "above 0% and below 100%"),
    };
    (!fits).then_some(OutOfRange { field, value, range })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_within_its_own_ranges_and_found_by_name() {
        for preset in &PRESETS {
            assert_eq!(preset.policy.problems(), [], "{}", preset.name);
            assert_eq!(super::preset(preset.name), Some(&preset.policy));
        }
        assert_eq!(preset("optimist"), None);
    }

    #[test]
    fn none_of_the_presets_drops_the_error_guardrail_or_the_stall_guard() {
        assert!(PRESETS.iter().all(|preset| preset.policy.error_rate.is_some() && preset.policy.stall_guard));
    }

    #[test]
    fn each_field_out_of_range_is_named() {
        let wrong = Policy {
            min_gain: -0.1,
            error_rate: Some(1.0),
            latency: Some(Limit::Relative(0.0)),
            memory: Some(Limit::Absolute(f64::NAN)),
            max_pairs: 4,
            ..DEFAULT
        };
        let fields: Vec<&str> = wrong.problems().iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["min_gain", "error_rate", "latency", "memory", "max_pairs"]);
        assert_eq!(wrong.problems()[0].to_string(), "min_gain is -0.1: 0 to 10 (0.01 is 1 %)");
    }
}
