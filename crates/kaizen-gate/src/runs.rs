//! The runs of a trial by stage and arm, and what their faults say, for both lanes.

use kaizen_domain::decision::{Outcome, Reason};
use kaizen_domain::scorecard::{RunFault, Scorecard};
use kaizen_domain::trial::{Arm, Sample, Stage};

/// An answer that ends a trial early.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ruling {
    pub(crate) outcome: Outcome,
    pub(crate) reason: Reason,
}

impl Ruling {
    pub(crate) fn rejected(reason: Reason) -> Self {
        Self { outcome: Outcome::Rejected, reason }
    }

    pub(crate) fn undecided(reason: Reason) -> Self {
        Self { outcome: Outcome::Undecided, reason }
    }
}

/// The samples of a trial by stage and arm.
pub(crate) struct Seen<'a> {
    pub(crate) samples: &'a [Sample],
}

impl<'a> Seen<'a> {
    pub(crate) fn cards(&self, stage: Stage, arm: Arm) -> Vec<&'a Scorecard> {
        let of = |sample: &&Sample| sample.stage == stage && sample.arm == arm;
        self.samples.iter().filter(of).filter_map(|sample| sample.measured.as_ref().ok()).collect()
    }

    pub(crate) fn runs(&self, stage: Stage, arm: Arm) -> u32 {
        self.cards(stage, arm).len() as u32
    }

    /// The run (its number and arm) that comes next in an alternating stage: the order flips from pair to pair.
    pub(crate) fn alternate(&self, stage: Stage, repetitions: u32) -> Option<(u32, Arm)> {
        let (baseline, candidate) = (self.runs(stage, Arm::Baseline), self.runs(stage, Arm::Candidate));
        if baseline >= repetitions && candidate >= repetitions {
            return None;
        }
        let pair = baseline.min(candidate);
        let first = if pair.is_multiple_of(2) { Arm::Baseline } else { Arm::Candidate };
        let arm = match baseline.cmp(&candidate) {
            std::cmp::Ordering::Equal => first,
            std::cmp::Ordering::Less => Arm::Baseline,
            std::cmp::Ordering::Greater => Arm::Candidate,
        };
        Some((pair, arm))
    }
}

/// What a fault among these runs decides: those of neither side first, then the candidate's, then the baseline's.
pub(crate) fn fault_ruling<'a>(samples: impl Iterator<Item = &'a Sample> + Clone) -> Option<Ruling> {
    let of = |arm: Arm| samples.clone().filter(move |sample| sample.arm == arm).find_map(|sample| sample.measured.as_ref().err());
    let machine = || samples.clone().filter_map(|sample| sample.measured.as_ref().err()).find_map(of_neither_side);
    let candidate = || of(Arm::Candidate).map(|fault| Ruling::rejected(Reason::CandidateFault { detail: fault.to_string() }));
    let baseline = || of(Arm::Baseline).map(|fault| Ruling::undecided(Reason::BaselineFault { detail: fault.to_string() }));
    machine().or_else(candidate).or_else(baseline)
}

fn of_neither_side(fault: &RunFault) -> Option<Ruling> {
    let detail = fault.to_string();
    match fault {
        RunFault::Harness { .. } => Some(Ruling::undecided(Reason::HarnessFaults { pairs: 1, detail })),
        RunFault::Disturbed { .. } => Some(Ruling::undecided(Reason::Disturbed { pairs: 1, detail })),
        _ => None,
    }
}
