//! Trials of failing cases: what the exact lane is asked.

use crate::session::Session;
use kaizen_domain::scorecard::CaseId;
use kaizen_domain::trial::{Arm, Sample, Stage};
use kaizen_gate::exact::{Plan, REPETITIONS};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Suites up to this long run whole in the proof stage; longer ones run the gained cases only, in both arms.
const WHOLE_PROOF: Duration = Duration::from_secs(5);

/// Proof runs after which a trial is undecided.
const MAX_PROOF_RUNS: u32 = 64;

/// What a trial of this baseline has to show. The level is set when the ticket is drawn.
pub fn plan(session: &Session<'_>, recorded: &BTreeMap<CaseId, (u64, u64)>) -> Plan {
    let whole_suite_proof = session.wall <= WHOLE_PROOF || !session.can_select();
    let steady = recorded.iter().filter(|(_, (passes, _))| *passes == 0);
    let recorded_failures =
        if whole_suite_proof { steady.map(|(case, (_, fails))| (case.clone(), *fails)).collect() } else { BTreeMap::new() };
    Plan {
        gate_version: kaizen_gate::GATE_VERSION,
        alpha: 0.0,
        failing: session.card.failing().count() as u64,
        recorded_failures,
        flaky: session.flaky_cases(),
        whole_suite_proof,
        holdout: session.context.config.benchmark.holdout.is_some(),
        checks: !session.context.config.benchmark.checks.is_empty(),
        max_proof_runs: MAX_PROOF_RUNS,
    }
}

/// The cases a run of the proof stage is restricted to: those that gained in screening.
pub fn selection(plan: &Plan, stage: Stage, samples: &[Sample], failing: &[CaseId]) -> Option<Vec<CaseId>> {
    if stage != Stage::Proof || plan.whole_suite_proof {
        return None;
    }
    let passed = |case: &&CaseId| {
        let candidate = samples.iter().filter(|sample| sample.stage == Stage::Screening && sample.arm == Arm::Candidate);
        candidate
            .filter_map(|sample| sample.measured.as_ref().ok())
            .all(|card| card.cases.get(case).is_some_and(|result| !result.outcome.is_failing()))
    };
    let gained: BTreeSet<CaseId> = failing.iter().filter(passed).cloned().collect();
    Some(gained.into_iter().collect())
}

/// How far the proof is: 0 at no evidence, 1 at the level, on the logarithmic scale of the bound.
pub fn progress(plan: &Plan, samples: &[Sample]) -> f64 {
    let count = |arm| samples.iter().filter(|sample| sample.stage == Stage::Proof && sample.arm == arm).count() as u64;
    let screening = if plan.whole_suite_proof { u64::from(REPETITIONS) } else { 0 };
    let recorded = plan.recorded_failures.values().max().copied().unwrap_or(0);
    let failures = count(Arm::Baseline) + screening + recorded;
    let bound = kaizen_gate::proof::bound(plan.failing, failures, count(Arm::Candidate));
    if plan.alpha <= 0.0 { 0.0 } else { (bound.ln() / plan.alpha.ln()).clamp(0.0, 1.0) }
}
