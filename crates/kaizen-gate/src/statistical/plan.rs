//! What a trial of the statistical lane was asked to show; fixed when its ticket is drawn and recorded with it.

use crate::evidence::from_log;
use crate::guardrail::{ERROR_RATE, Guardrail, Limit, PASS, unprovable};
use crate::objective::Objective;
use crate::runs::Ruling;
use kaizen_domain::decision::Reason;
use kaizen_domain::scorecard::CaseId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Pairs a stage may have unless the plan says otherwise.
pub const MAX_PAIRS: u32 = 60;

/// What the second stage runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holdout {
    /// Cases or seeds that no proposer sees.
    Cases,
    /// Fresh pairs of the same workload, and called so: the project has no hold-out.
    SameWorkload,
}

impl Holdout {
    /// True where fresh pairs of the same workload stand in for cases nobody sees.
    pub fn is_same_workload(self) -> bool {
        self == Self::SameWorkload
    }
}

/// What a trial was asked to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The version of the rules that decide.
    pub gate_version: u32,
    /// The level of the ticket, in (0, 1).
    pub alpha: f64,
    /// What is compared.
    pub objective: Objective,
    /// s: the noise of one pair's difference, from A/A pairs (> 0). A wrong one costs power, never validity.
    pub scale: f64,
    /// The plain hold-out mean that is asked for, as a share (>= 0).
    pub min_gain: f64,
    /// What may not become worse.
    pub guardrails: Vec<Guardrail>,
    /// By how much the share of failing cases may rise (0.01 is one percentage point); `None` where nothing is asked.
    pub error_rate: Option<f64>,
    /// The noise of that share in A/A pairs ([`crate::calibration::noise`]); 0 where it never differs.
    #[serde(default)]
    pub error_scale: f64,
    /// Whether a candidate that stalls more often is rejected (objectives that are ratios only).
    pub stall_guard: bool,
    /// What the second stage runs on.
    pub holdout: Holdout,
    /// Whether there are declared checks.
    pub checks: bool,
    /// Cases that do not repeat themselves: one of them lost vetoes nothing.
    pub flaky: BTreeSet<CaseId>,
    /// Whether one of these that passes less often on the candidate beyond doubt rejects it.
    #[serde(default)]
    pub flaky_guard: bool,
    /// Pairs each stage may have.
    pub max_pairs: u32,
    /// Whether the hold-out alone must reach 1/alpha.
    pub strict: bool,
    /// Cases the candidate must have run over all pairs (a run without cases counts as one); 0 asks nothing.
    #[serde(default)]
    pub required_tasks: u64,
    /// How often the trial was taken up again after it ended undecided: each time allows as many pairs, faults and disturbed pairs again.
    #[serde(default)]
    pub resumptions: u32,
}

impl Plan {
    /// The plan that asks for nothing but the gain; the level comes with the ticket.
    pub fn bare(objective: Objective, scale: f64) -> Self {
        Self {
            gate_version: crate::GATE_VERSION,
            alpha: 0.0,
            objective,
            scale,
            min_gain: 0.0,
            guardrails: Vec::new(),
            error_rate: None,
            error_scale: 0.0,
            stall_guard: false,
            holdout: Holdout::SameWorkload,
            checks: false,
            flaky: BTreeSet::new(),
            flaky_guard: false,
            max_pairs: MAX_PAIRS,
            strict: false,
            required_tasks: 0,
            resumptions: 0,
        }
    }

    /// ln of the evidence the DEV stage has to reach: max(1/(20 alpha), 20).
    pub fn dev_log(&self) -> f64 {
        (self.level_log() - PASS).max(PASS)
    }

    /// ln of the evidence the HOLD-OUT stage has to reach, given ln of that of the DEV stage.
    pub fn holdout_log(&self, dev: f64) -> f64 {
        if self.strict { self.level_log().max(PASS) } else { (self.level_log() - dev).max(PASS) }
    }

    /// ln(1/alpha).
    pub fn level_log(&self) -> f64 {
        -libm::log(self.alpha)
    }

    /// Pairs each stage may have, resumptions included.
    pub fn cap(&self) -> u32 {
        self.allowed(self.max_pairs)
    }

    /// So many for the first time and for each resumption.
    pub(crate) fn allowed(&self, each: u32) -> u32 {
        each.saturating_mul(self.resumptions.saturating_add(1))
    }

    /// What is wrong with the plan, where something is: the first thing a person should mend.
    pub fn problem(&self) -> Option<String> {
        number("the level", self.alpha, self.alpha.is_finite() && self.alpha < 1.0 && self.alpha >= 0.0)
            .or_else(|| number("the noise of a pair", self.scale, self.scale > 0.0 && self.scale.is_finite()))
            .or_else(|| number("min_gain", self.min_gain, self.min_gain >= 0.0 && self.min_gain.is_finite()))
            .or_else(|| errors_problem(self.error_rate, self.error_scale))
            .or_else(|| number("the most pairs", f64::from(self.max_pairs), self.max_pairs > 0))
            .or_else(|| self.objective.problem())
            .or_else(|| self.guardrails.iter().find_map(Guardrail::problem))
    }

    /// Guardrails that this machine's noise makes unprovable: told when a project is measured, and again here.
    pub fn unprovable(&self) -> Vec<Reason> {
        let errors = self.error_rate.and_then(|rise| unprovable(ERROR_RATE, Limit::Share(rise), rise, self.error_scale));
        errors.into_iter().chain(self.guardrails.iter().filter_map(Guardrail::unprovable)).collect()
    }

    /// The answer that a plan nobody can work with gives before anything runs.
    pub(crate) fn ruling(&self) -> Option<Ruling> {
        let wrong = self.problem().map(|detail| Reason::PlanUnusable { detail });
        let spent = || (self.alpha == 0.0).then_some(Reason::NoLevel);
        let unprovable = || self.unprovable().into_iter().next();
        wrong.or_else(spent).or_else(unprovable).map(Ruling::undecided)
    }

    /// The numbers every decision carries.
    pub(crate) fn metrics(&self) -> BTreeMap<String, f64> {
        let finite = |value: f64| if value.is_finite() { value } else { 0.0 };
        let needed = if self.alpha > 0.0 { from_log(self.level_log()) } else { 0.0 };
        [("alpha", self.alpha), ("scale", self.scale), ("needed", needed)].map(|(name, value)| (name.to_owned(), finite(value))).into()
    }
}

/// What is wrong with a number that does not fit where it is asked for.
pub(crate) fn number(name: &str, value: f64, fits: bool) -> Option<String> {
    (!fits).then(|| format!("{name} is {value}"))
}

/// What is wrong with a limit on the share of failing cases, or with its noise.
pub(crate) fn errors_problem(rise: Option<f64>, noise: f64) -> Option<String> {
    let rise = rise.and_then(|rise| number("the rise in errors", rise, rise > 0.0 && rise < 1.0));
    rise.or_else(|| number("the noise of errors", noise, noise >= 0.0 && noise.is_finite()))
}
