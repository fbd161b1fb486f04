//! The exact lane as a trial sees it: worlds of cases in, a decision out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_domain::decision::{Decision, Outcome, Reason};
use kaizen_domain::scorecard::{CaseId, CaseOutcome, CaseResult, Measured, RunFault, Scorecard};
use kaizen_domain::trial::{Arm, Sample, Stage};
use kaizen_gate::exact::{Next, Plan, step};
use std::collections::{BTreeMap, BTreeSet};

const PASS: CaseOutcome = CaseOutcome::Pass;
const FAIL: CaseOutcome = CaseOutcome::Fail;
const SKIP: CaseOutcome = CaseOutcome::Skip;

fn plan() -> Plan {
    Plan {
        gate_version: kaizen_gate::GATE_VERSION,
        alpha: 5e-5,
        failing: 1,
        recorded_failures: BTreeMap::new(),
        flaky: BTreeSet::new(),
        whole_suite_proof: true,
        holdout: false,
        checks: false,
        max_proof_runs: 64,
    }
}

fn card(cases: &[(&str, CaseOutcome)]) -> Measured {
    let result = |outcome: CaseOutcome| CaseResult {
        outcome,
        points: u32::from(outcome == PASS).into(),
        worth: 1.into(),
        category: "all".into(),
        duration: None,
        message: None,
    };
    let cases = cases.iter().map(|(id, outcome)| (CaseId((*id).into()), result(*outcome))).collect();
    Ok(Scorecard { cases, metrics: BTreeMap::new() })
}

/// Runs a trial to its decision in a world that answers each requested run.
fn decide(plan: &Plan, mut world: impl FnMut(Stage, Arm, u32) -> Measured) -> (Decision, Vec<Sample>) {
    let mut samples = Vec::new();
    loop {
        match step(plan, &samples) {
            Next::Decide(decision) => return (decision, samples),
            Next::Run { stage, pair, arm } => samples.push(Sample { stage, pair, arm, measured: world(stage, arm, pair) }),
        }
    }
}

fn steady(baseline: &[(&str, CaseOutcome)], candidate: &[(&str, CaseOutcome)]) -> Decision {
    decide(&plan(), |_, arm, _| card(if arm == Arm::Baseline { baseline } else { candidate })).0
}

fn repaired(arm: Arm) -> Measured {
    card(&[("a", PASS), ("b", if arm == Arm::Baseline { FAIL } else { PASS })])
}

#[test]
fn a_repair_is_accepted_and_pays_for_its_proof_with_fresh_runs() {
    let (decision, samples) = decide(&plan(), |_, arm, _| repaired(arm));
    assert_eq!(decision.outcome, Outcome::Accepted);
    let fresh = samples.iter().filter(|sample| sample.stage == Stage::Proof).count();
    assert!((8..=14).contains(&fresh), "{fresh} proof runs");
    assert!(decision.metrics["proof_bound"] <= 5e-5);
}

#[test]
fn failures_recorded_over_the_night_make_the_proof_shorter() {
    let fresh = |recorded: u64| {
        let recorded_failures = BTreeMap::from([(CaseId("b".into()), recorded)]);
        let (decision, samples) = decide(&Plan { recorded_failures, ..plan() }, |_, arm, _| repaired(arm));
        assert_eq!(decision.outcome, Outcome::Accepted);
        samples.iter().filter(|sample| sample.stage == Stage::Proof).count()
    };
    assert!(fresh(30) < fresh(0));
}

#[test]
fn no_change_gains_nothing_and_a_lost_case_ends_at_its_first_run() {
    assert_eq!(steady(&[("a", PASS), ("b", FAIL)], &[("a", PASS), ("b", FAIL)]).reasons, [Reason::NothingGained]);
    let (decision, samples) = decide(&plan(), |_, arm, _| card(&[("a", if arm == Arm::Baseline { PASS } else { FAIL }), ("b", FAIL)]));
    assert_eq!((decision.outcome, samples.len()), (Outcome::Rejected, 2));
    assert_eq!(decision.reasons, [Reason::Lost { cases: vec![CaseId("a".into())] }]);
}

#[test]
fn skipping_a_passing_case_is_losing_it_and_skipping_a_failing_one_gains_nothing() {
    assert!(matches!(steady(&[("a", PASS), ("b", FAIL)], &[("a", SKIP), ("b", PASS)]).reasons[..], [Reason::Lost { .. }]));
    assert_eq!(steady(&[("a", PASS), ("b", FAIL)], &[("a", PASS), ("b", SKIP)]).reasons, [Reason::NothingGained]);
    assert!(matches!(steady(&[("a", SKIP), ("b", FAIL)], &[("a", FAIL), ("b", PASS)]).reasons[..], [Reason::Lost { .. }]));
}

#[test]
fn another_set_of_cases_is_never_a_success() {
    let fewer = steady(&[("a", FAIL), ("b", PASS)], &[("b", PASS)]);
    let renamed = steady(&[("a", FAIL), ("b", PASS)], &[("a2", PASS), ("b", PASS)]);
    for decision in [fewer, renamed] {
        assert_eq!(decision.outcome, Outcome::Rejected);
        assert!(matches!(decision.reasons[..], [Reason::CaseSetChanged { .. }]));
    }
}

#[test]
fn a_fault_of_the_candidate_rejects_and_one_of_the_baseline_proves_nothing() {
    let faulty =
        |side: Arm| decide(&plan(), move |_, arm, _| if arm == side { Err(RunFault::Crashed { signal: 11 }) } else { repaired(arm) }).0;
    assert_eq!(faulty(Arm::Candidate).outcome, Outcome::Rejected);
    assert_eq!(faulty(Arm::Baseline).outcome, Outcome::Undecided);
}

#[test]
fn a_case_known_as_flaky_cannot_decide_alone() {
    let known = Plan { flaky: BTreeSet::from([CaseId("b".into())]), ..plan() };
    let (decision, _) = decide(&known, |_, arm, _| repaired(arm));
    assert_eq!((decision.outcome, decision.reasons), (Outcome::Undecided, vec![Reason::Flaky { cases: vec![CaseId("b".into())] }]));
}

#[test]
fn the_holdout_betrays_what_the_visible_suite_does_not_see() {
    let world = |stage: Stage, arm: Arm, _: u32| match (stage, arm) {
        (Stage::Holdout, Arm::Candidate) => card(&[("h", FAIL)]),
        (Stage::Holdout, Arm::Baseline) => card(&[("h", PASS)]),
        (_, arm) => repaired(arm),
    };
    let (decision, _) = decide(&Plan { holdout: true, ..plan() }, world);
    assert_eq!(decision.outcome, Outcome::Rejected);
    assert_eq!(decision.reasons[0].to_string(), "hold-out h failed 3 of 3 (passes 3 of 3 on the baseline)");
}

#[test]
fn a_check_that_passed_before_must_pass_after_and_one_that_failed_before_does_not_count() {
    let world = |before: CaseOutcome| {
        move |stage: Stage, arm: Arm, _: u32| match (stage, arm) {
            (Stage::Checks, Arm::Candidate) => card(&[("ruff check .", FAIL)]),
            (Stage::Checks, Arm::Baseline) => card(&[("ruff check .", before)]),
            (_, arm) => repaired(arm),
        }
    };
    let with_checks = Plan { checks: true, ..plan() };
    assert!(matches!(decide(&with_checks, world(PASS)).0.reasons[0], Reason::CheckFailed { .. }));
    assert_eq!(decide(&with_checks, world(FAIL)).0.outcome, Outcome::Accepted);
}

#[test]
fn a_case_that_fails_once_in_the_proof_runs_is_not_gained() {
    let world = |stage: Stage, arm: Arm, pair: u32| match (stage, arm) {
        (Stage::Proof, Arm::Candidate) if pair == 2 => repaired(Arm::Baseline),
        (_, arm) => repaired(arm),
    };
    assert_eq!(decide(&plan(), world).0.outcome, Outcome::Rejected);
}

#[test]
fn a_level_of_zero_is_undecided_at_the_cap_and_never_accepted() {
    let (decision, samples) = decide(&Plan { alpha: 0.0, ..plan() }, |_, arm, _| repaired(arm));
    assert_eq!(decision.outcome, Outcome::Undecided);
    assert_eq!(samples.iter().filter(|sample| sample.stage == Stage::Proof).count(), 64);
}

/// The exact probability that a coin-flipping case is accepted, by walking every sequence of outcomes.
fn chance_of_acceptance(plan: &Plan, samples: &mut Vec<Sample>, pass: f64) -> f64 {
    match step(plan, samples) {
        Next::Decide(decision) => f64::from(u8::from(decision.outcome == Outcome::Accepted)),
        Next::Run { stage, pair, arm } => [(PASS, pass), (FAIL, 1.0 - pass)]
            .into_iter()
            .map(|(outcome, chance)| {
                samples.push(Sample { stage, pair, arm, measured: card(&[("flaky", outcome)]) });
                let accepted = chance_of_acceptance(plan, samples, pass);
                samples.pop();
                chance * accepted
            })
            .sum(),
    }
}

#[test]
fn a_flaky_case_is_accepted_with_a_chance_below_the_level_whatever_its_rate() {
    for alpha in [0.02, 1e-3, 5e-5] {
        for percent in (5..100).step_by(5) {
            let chance = chance_of_acceptance(&Plan { alpha, ..plan() }, &mut Vec::new(), f64::from(percent) / 100.0);
            assert!(chance <= alpha, "level {alpha}, pass rate {percent} %: accepted with {chance}");
        }
    }
}

#[test]
fn stopping_and_resuming_from_stored_text_changes_nothing() {
    let (decision, samples) = decide(&plan(), |_, arm, _| repaired(arm));
    let stored_plan = serde_json::to_string(&plan()).unwrap();
    let stored_samples = serde_json::to_string(&samples).unwrap();
    let read_plan: Plan = serde_json::from_str(&stored_plan).unwrap();
    let read_samples: Vec<Sample> = serde_json::from_str(&stored_samples).unwrap();
    for length in 0..=samples.len() {
        assert_eq!(step(&read_plan, &read_samples[..length]), step(&plan(), &samples[..length]));
    }
    assert_eq!(step(&read_plan, &read_samples), Next::Decide(decision));
}

/// What screening makes of one case whose six runs end so (bit i: the i-th run of the baseline, then of the candidate, passes).
fn screened(bits: u32) -> Option<Decision> {
    let outcome = |arm: Arm, pair: u32| if bits >> (pair + if arm == Arm::Candidate { 3 } else { 0 }) & 1 == 1 { PASS } else { FAIL };
    let mut samples = Vec::new();
    loop {
        match step(&plan(), &samples) {
            Next::Run { stage: Stage::Screening, pair, arm } => {
                samples.push(Sample { stage: Stage::Screening, pair, arm, measured: card(&[("a", PASS), ("b", outcome(arm, pair))]) });
            }
            Next::Run { .. } => return None,
            Next::Decide(decision) => return Some(decision),
        }
    }
}

#[test]
fn of_all_outcomes_of_screening_only_three_failures_and_three_passes_go_on_to_the_proof() {
    for bits in 0..64 {
        let decision = screened(bits);
        assert_eq!(decision.is_none(), bits == 0b111_000, "{bits:06b}");
        assert!(decision.is_none_or(|decision| decision.outcome == Outcome::Rejected), "{bits:06b}");
    }
}

#[test]
fn faults_of_neither_side_leave_the_trial_open_whichever_side_they_happened_on() {
    for fault in [RunFault::Harness { detail: "disk full".into() }, RunFault::Disturbed { detail: "load 7".into() }] {
        for who in [Arm::Baseline, Arm::Candidate] {
            let (decision, _) = decide(&plan(), |_, arm, pair| if arm == who && pair == 1 { Err(fault.clone()) } else { repaired(arm) });
            assert_eq!(decision.outcome, Outcome::Undecided, "{fault}");
        }
    }
}
