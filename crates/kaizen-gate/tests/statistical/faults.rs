//! Every way a run can fail, and what it decides.

use crate::world::{gain, plan, run, timed, with_cases};
use kaizen_domain::decision::{Outcome, Reason};
use kaizen_domain::scorecard::{CaseOutcome, Measured, RunFault};
use kaizen_domain::trial::{Arm, Stage};
use kaizen_gate::statistical::plan::Plan;
use std::time::Duration;

fn own_faults() -> Vec<RunFault> {
    let detail = || "x".to_owned();
    vec![
        RunFault::TimedOut { limit: Duration::from_secs(1) },
        RunFault::Crashed { signal: 11 },
        RunFault::Flooded { limit: 1 },
        RunFault::OutOfMemory { limit: 1 },
        RunFault::Incomplete { detail: detail() },
        RunFault::NothingRan { detail: detail() },
        RunFault::Unreadable { detail: detail() },
        RunFault::Forged { detail: detail() },
        RunFault::NotStarted { detail: detail() },
    ]
}

/// A good candidate, with a fault of this arm in these pairs of this stage.
fn faulty(fault: &RunFault, at: Stage, who: Arm, pairs: impl Fn(u32) -> bool) -> crate::world::Run {
    run(&plan(), |stage, pair, arm| -> Measured {
        let hit = stage == at && arm == who && pairs(pair);
        if hit { Err(fault.clone()) } else { Ok(timed(stage, pair, arm, 0.2)) }
    })
}

#[test]
fn any_fault_of_the_candidate_in_any_stage_rejects_at_once() {
    for fault in own_faults() {
        for stage in [Stage::Dev, Stage::Holdout] {
            let run = faulty(&fault, stage, Arm::Candidate, |pair| pair == 2);
            assert_eq!(run.decision.outcome, Outcome::Rejected, "{fault}");
            assert!(matches!(run.decision.reasons[0], Reason::CandidateFault { .. }), "{}", run.why());
            assert_eq!(run.pairs(stage), 3);
        }
    }
}

#[test]
fn a_fault_of_the_baseline_drops_its_pair_for_both_arms_and_the_third_ends_the_trial_without_an_answer() {
    for fault in own_faults() {
        let twice = faulty(&fault, Stage::Dev, Arm::Baseline, |pair| pair == 1 || pair == 4);
        assert_eq!(twice.decision.outcome, Outcome::Accepted, "{}", twice.why());
        let thrice = faulty(&fault, Stage::Dev, Arm::Baseline, |pair| [1, 4, 5].contains(&pair));
        assert_eq!(thrice.decision.outcome, Outcome::Undecided);
        assert!(matches!(thrice.decision.reasons[0], Reason::HarnessFaults { pairs: 3, .. }), "{}", thrice.why());
    }
}

#[test]
fn faults_of_the_harness_say_nothing_about_the_side_they_happened_on() {
    let fault = RunFault::Harness { detail: "disk full".into() };
    for arm in [Arm::Baseline, Arm::Candidate] {
        assert_eq!(faulty(&fault, Stage::Dev, arm, |pair| pair < 2).decision.outcome, Outcome::Accepted);
        let thrice = faulty(&fault, Stage::Holdout, arm, |pair| pair < 3);
        assert_eq!(thrice.decision.outcome, Outcome::Undecided);
        assert!(thrice.why().contains("disk full"), "{}", thrice.why());
    }
}

#[test]
fn faults_of_both_stages_are_counted_together() {
    let run = run(&plan(), |stage, pair, arm| {
        let hit = arm == Arm::Baseline && (stage == Stage::Dev && pair < 2 || stage == Stage::Holdout && pair == 0);
        if hit { Err(RunFault::Crashed { signal: 9 }) } else { Ok(timed(stage, pair, arm, 0.2)) }
    });
    assert!(matches!(run.decision.reasons[0], Reason::HarnessFaults { pairs: 3, .. }), "{}", run.why());
}

#[test]
fn disturbed_pairs_are_measured_again_and_the_answer_is_that_of_the_quiet_ones() {
    let fault = RunFault::Disturbed { detail: "load 7.3".into() };
    let quiet = gain(&plan(), 0.2);
    for arm in [Arm::Baseline, Arm::Candidate] {
        let run = faulty(&fault, Stage::Dev, arm, |pair| pair % 3 == 1);
        assert_eq!(run.decision.outcome, Outcome::Accepted, "{}", run.why());
        assert!(run.pairs(Stage::Dev) > quiet.pairs(Stage::Dev));
        assert_eq!(run.decision.metrics["dev_pairs"], (run.pairs(Stage::Dev) - disturbed(&run)) as f64);
    }
}

fn disturbed(run: &crate::world::Run) -> usize {
    run.samples.iter().filter(|sample| matches!(sample.measured, Err(RunFault::Disturbed { .. }))).count()
}

#[test]
fn a_machine_that_is_never_quiet_ends_the_trial_without_an_answer() {
    let run = faulty(&RunFault::Disturbed { detail: "load 7.3".into() }, Stage::Dev, Arm::Candidate, |_| true);
    assert_eq!((run.decision.outcome, run.pairs(Stage::Dev)), (Outcome::Undecided, 21));
    assert!(run.why().contains("not quiet") && run.why().contains("load 7.3"), "{}", run.why());
}

#[test]
fn after_a_resumption_as_many_faults_are_allowed_again() {
    let fault = RunFault::Crashed { signal: 9 };
    let run = |resumptions: u32| {
        run(&Plan { resumptions, ..plan() }, |stage, pair, arm| {
            let hit = arm == Arm::Baseline && stage == Stage::Dev && pair < 4;
            if hit { Err(fault.clone()) } else { Ok(timed(stage, pair, arm, 0.2)) }
        })
    };
    assert_eq!([run(0).decision.outcome, run(1).decision.outcome], [Outcome::Undecided, Outcome::Accepted]);
}

#[test]
fn when_the_first_run_of_a_pair_is_lost_the_second_is_not_run() {
    let run = faulty(&RunFault::Harness { detail: "x".into() }, Stage::Dev, Arm::Baseline, |pair| pair == 0);
    let first = run.coins[0].first;
    let of_pair = run.samples.iter().filter(|sample| sample.stage == Stage::Dev && sample.pair == 0).count();
    assert_eq!(of_pair, if first == Arm::Baseline { 1 } else { 2 });
}

/// A good candidate whose runs have these cases.
fn with(cases: impl Fn(u32, Arm) -> Vec<(&'static str, CaseOutcome)>) -> crate::world::Run {
    run(&Plan { flaky: crate::world::flaky(&["flaky"]), ..plan() }, |stage, pair, arm| {
        Ok(with_cases(timed(stage, pair, arm, 0.2), &cases(pair, arm)))
    })
}

const PASS: CaseOutcome = CaseOutcome::Pass;
const FAIL: CaseOutcome = CaseOutcome::Fail;

#[test]
fn a_case_that_passes_three_of_three_on_the_baseline_and_fails_three_of_three_on_the_candidate_is_a_veto() {
    let run = with(|_, arm| vec![("a", PASS), ("b", if arm == Arm::Baseline { PASS } else { FAIL })]);
    assert_eq!((run.decision.outcome, run.pairs(Stage::Dev)), (Outcome::Rejected, 3));
    assert_eq!(run.why(), "lost 1 case: b");
}

#[test]
fn a_single_failure_a_flaky_case_and_one_that_failed_before_veto_nothing() {
    let once = with(|pair, arm| vec![("a", PASS), ("b", if arm == Arm::Candidate && pair == 3 { FAIL } else { PASS })]);
    assert_eq!(once.decision.outcome, Outcome::Accepted, "{}", once.why());
    let known = run(&Plan { flaky: crate::world::flaky(&["flaky"]), ..plan() }, |stage, pair, arm| {
        let failed = stage == Stage::Dev && arm == Arm::Candidate;
        Ok(with_cases(timed(stage, pair, arm, 0.2), &[("flaky", if failed { FAIL } else { PASS })]))
    });
    assert_eq!(known.decision.outcome, Outcome::Accepted, "{}", known.why());
    let before = with(|pair, arm| vec![("a", PASS), ("b", if arm == Arm::Candidate || pair == 1 { FAIL } else { PASS })]);
    assert_eq!(before.decision.outcome, Outcome::Accepted, "{}", before.why());
}

#[test]
fn a_case_that_the_candidate_fails_seven_times_is_lost_although_it_sometimes_passes() {
    let run = with(|pair, arm| vec![("a", PASS), ("b", if arm == Arm::Candidate && pair != 0 { FAIL } else { PASS })]);
    assert_eq!((run.decision.outcome, run.pairs(Stage::Dev)), (Outcome::Rejected, 8));
}

#[test]
fn a_hold_out_case_lost_is_a_veto_even_when_its_name_is_known_as_flaky() {
    let plan = Plan { flaky: crate::world::flaky(&["b"]), ..plan() };
    let run = run(&plan, |stage, pair, arm| {
        let lost = stage == Stage::Holdout && arm == Arm::Candidate;
        Ok(with_cases(timed(stage, pair, arm, 0.2), &[("b", if lost { FAIL } else { PASS })]))
    });
    assert_eq!((run.decision.outcome, run.why()), (Outcome::Rejected, "lost 1 case: b".to_owned()));
}

#[test]
fn another_set_of_cases_rejects_on_the_candidate_and_leaves_it_open_on_the_baseline() {
    let added = with(|_, arm| if arm == Arm::Candidate { vec![("a", PASS), ("b", PASS)] } else { vec![("a", PASS)] });
    assert!(matches!(added.decision.reasons[0], Reason::CaseSetChanged { .. }));
    assert_eq!(added.decision.outcome, Outcome::Rejected);
    let wandering = with(|pair, arm| if arm == Arm::Baseline && pair == 2 { vec![("a", PASS), ("b", PASS)] } else { vec![("a", PASS)] });
    assert!(matches!(wandering.decision.reasons[0], Reason::BaselineFault { .. }), "{}", wandering.why());
    assert_eq!(wandering.decision.outcome, Outcome::Undecided);
}
