//! What the gate says of a trial, with reasons a person can read and the numbers behind them.
//!
//! Each reason is stored as data and worded in [`wording`](self) for people; every number in it is finite.

mod wording;

use crate::scorecard::CaseId;
use crate::trial::{Arm, Stage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The three outcomes of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Proven better; may be promoted.
    Accepted,
    /// Not better, or something was lost.
    Rejected,
    /// Not enough evidence; resumable under the same ticket.
    Undecided,
}

/// One reason of a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Reason {
    /// Cases that fail on the baseline every time and pass on the candidate every time.
    Gained {
        /// Which.
        cases: Vec<CaseId>,
    },
    /// No case was gained.
    NothingGained,
    /// Cases that pass on the baseline every time and do not pass on the candidate.
    Lost {
        /// Which.
        cases: Vec<CaseId>,
    },
    /// Cases that are missing from, or new in, a candidate's run.
    CaseSetChanged {
        /// In the baseline, not in the candidate.
        missing: Vec<CaseId>,
        /// In the candidate, not in the baseline.
        extra: Vec<CaseId>,
    },
    /// Cases that did not repeat themselves and therefore cannot decide alone.
    Flaky {
        /// Which.
        cases: Vec<CaseId>,
    },
    /// A run of the candidate gave no scorecard.
    CandidateFault {
        /// The fault, for people.
        detail: String,
    },
    /// A run of the baseline gave no scorecard: the pair proves nothing.
    BaselineFault {
        /// The fault, for people.
        detail: String,
    },
    /// Hold-out cases that pass on the baseline and not on the candidate.
    HoldoutLost {
        /// Which.
        cases: Vec<CaseId>,
        /// In how many candidate runs the first of them did not pass.
        failed: u64,
        /// Out of how many runs of each arm.
        runs: u64,
    },
    /// Hold-out cases that lost nothing.
    HoldoutKept {
        /// How many pass on both sides.
        passing: usize,
        /// How many there are.
        total: usize,
    },
    /// How often a flaky case passed on each side, over all pairs.
    Passes {
        /// Which.
        case: CaseId,
        /// The share of the baseline's runs in which it passed.
        before: f64,
        /// The share of the candidate's.
        after: f64,
        /// Over how many pairs.
        pairs: u32,
    },
    /// Flaky cases that pass less often on the candidate, beyond doubt.
    Flakier {
        /// Which.
        cases: Vec<CaseId>,
    },
    /// The proof inequality holds.
    Proven {
        /// m a^a b^b / (a+b)^(a+b).
        bound: f64,
        /// The level it had to reach.
        alpha: f64,
    },
    /// The proof inequality does not hold yet.
    NotProven {
        /// m a^a b^b / (a+b)^(a+b).
        bound: f64,
        /// The level it has to reach.
        alpha: f64,
    },
    /// A declared check passed before and not after.
    CheckFailed {
        /// The command.
        command: String,
    },
    /// Pairs of both stages brought the evidence that the level asks for.
    EvidenceReached {
        /// Pairs of the dev stage.
        dev_pairs: u32,
        /// Their evidence (an e-value).
        dev: f64,
        /// Pairs of the hold-out stage.
        holdout_pairs: u32,
        /// Their evidence.
        holdout: f64,
        /// What had to be reached: together, or in strict mode by the hold-out alone.
        needed: f64,
        /// True where the project has no hold-out and fresh pairs of the same workload stood in for it.
        same_workload: bool,
    },
    /// The evidence is too small after so many pairs for more of them to be worth it.
    Futile {
        /// In which stage.
        stage: Stage,
        /// After how many pairs.
        pairs: u32,
        /// The evidence (an e-value).
        evidence: f64,
        /// What it should have been by then.
        floor: f64,
    },
    /// The most pairs a stage may have were not enough. Resumable.
    CapReached {
        /// In which stage.
        stage: Stage,
        /// How many pairs.
        pairs: u32,
        /// The evidence (an e-value).
        evidence: f64,
        /// What it has to reach.
        needed: f64,
        /// About how many pairs more would do, where the pairs so far point to any number.
        further: Option<u32>,
    },
    /// Better beyond doubt, by less than is asked for.
    EffectTooSmall {
        /// The plain mean over the hold-out pairs, as a share.
        effect: f64,
        /// What is asked for, as a share.
        min_gain: f64,
        /// Over how many pairs.
        pairs: u32,
    },
    /// The harm is proven to be less than the margin.
    GuardrailPassed(Guarded),
    /// The harm is neither proven to be less than the margin nor to be more.
    GuardrailNotProven(Guarded),
    /// The harm is proven to be more than the margin.
    GuardrailBroken(Guarded),
    /// The noise of this machine is too large for the margin: no number of pairs within the cap would prove it.
    GuardrailUnprovable {
        /// Of which guardrail.
        name: String,
        /// The margin.
        margin: f64,
        /// The noise of one pair; the margin must be at least half of it.
        scale: f64,
        /// What both are measured in.
        unit: HarmUnit,
    },
    /// The candidate stalls (runs far beyond the usual) more often than the baseline.
    Stalls {
        /// In how many runs of the candidate.
        candidate: u32,
        /// In how many runs of the baseline.
        baseline: u32,
        /// Over how many pairs.
        pairs: u32,
    },
    /// A run did not give a metric that is needed.
    MetricMissing {
        /// Which.
        metric: String,
        /// In which stage.
        stage: Stage,
        /// In which pair.
        pair: u32,
        /// On which side.
        arm: Arm,
    },
    /// A metric that is compared as a ratio was zero or negative.
    MetricNotPositive {
        /// Which.
        metric: String,
        /// In which stage.
        stage: Stage,
        /// In which pair.
        pair: u32,
        /// On which side.
        arm: Arm,
        /// The value.
        value: f64,
    },
    /// A metric had exactly the same value in every run.
    MetricConstant {
        /// Over how many pairs.
        pairs: u32,
    },
    /// The two sides differ by a power of a thousand: rather another unit than another speed.
    UnitChanged {
        /// Which metric.
        metric: String,
        /// Candidate over baseline.
        factor: f64,
    },
    /// Too many pairs were lost to faults of the judge's machinery or of the baseline.
    HarnessFaults {
        /// How many pairs.
        pairs: u32,
        /// The last of them, for people.
        detail: String,
    },
    /// Too many pairs were disturbed.
    Disturbed {
        /// How many pairs.
        pairs: u32,
        /// The last of them, for people.
        detail: String,
    },
    /// A pair was not run as its coin said.
    CoinContradicted {
        /// In which stage.
        stage: Stage,
        /// In which pair.
        pair: u32,
        /// How, for people.
        detail: String,
    },
    /// Fewer cases were run than the policy asks for.
    TooFewTasks {
        /// How many were run.
        tasks: u64,
        /// How many are asked for.
        required: u64,
    },
    /// The ticket has no level: the night's error budget is spent.
    NoLevel,
    /// The plan cannot be worked with.
    PlanUnusable {
        /// Why, for people.
        detail: String,
    },
}

/// What a guardrail's numbers are measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HarmUnit {
    /// A share of the baseline's value: 0.05 is 5 %.
    Relative,
    /// The metric's own unit.
    Absolute,
    /// A difference of two shares: 0.01 is one percentage point.
    Share,
}

/// How one guardrail stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guarded {
    /// Which.
    pub name: String,
    /// The plain mean harm; negative where it became better.
    pub harm: f64,
    /// The harm that is tolerated.
    pub margin: f64,
    /// What both are measured in.
    pub unit: HarmUnit,
    /// The evidence (an e-value) for what is said.
    pub evidence: f64,
    /// Over how many pairs.
    pub pairs: u32,
}

/// A gate's answer. A pure function of policy, samples and coins: it can be recomputed for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The answer.
    pub outcome: Outcome,
    /// Why, the deciding reason first.
    pub reasons: Vec<Reason>,
    /// The numbers behind it, by name.
    pub metrics: BTreeMap<String, f64>,
}

impl Decision {
    /// The reasons in one line.
    pub fn explain(&self) -> String {
        self.reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}
