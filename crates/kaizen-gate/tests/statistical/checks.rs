//! Declared checks: before and after, at the very end.

use crate::world::{Run, card, plan, run, timed, with_cases};
use kaizen_domain::decision::{Outcome, Reason};
use kaizen_domain::scorecard::{CaseOutcome, Measured, RunFault};
use kaizen_domain::trial::{Arm, Stage};
use kaizen_gate::statistical::plan::Plan;

fn checked(check: impl Fn(Arm) -> Measured, gain: f64) -> Run {
    run(
        &Plan { checks: true, ..plan() },
        |stage, pair, arm| if stage == Stage::Checks { check(arm) } else { Ok(timed(stage, pair, arm, gain)) },
    )
}

fn outcome(outcome: CaseOutcome) -> Measured {
    Ok(with_cases(card(&[]), &[("make lint", outcome)]))
}

#[test]
fn a_check_that_passed_before_and_fails_after_rejects_and_one_that_failed_before_does_not() {
    let after = |fails: Arm| move |arm| outcome(if arm == fails { CaseOutcome::Fail } else { CaseOutcome::Pass });
    let lost = checked(after(Arm::Candidate), 0.2);
    assert_eq!((lost.decision.outcome, lost.why()), (Outcome::Rejected, "check `make lint` passed before and fails after".to_owned()));
    assert_eq!(checked(after(Arm::Baseline), 0.2).decision.outcome, Outcome::Accepted);
    assert_eq!(checked(|_| outcome(CaseOutcome::Pass), 0.2).decision.outcome, Outcome::Accepted);
}

#[test]
fn checks_are_not_run_for_a_candidate_that_is_rejected_anyway() {
    let run = checked(|_| panic!("a check was run"), 0.0);
    assert_eq!(run.decision.outcome, Outcome::Rejected);
}

#[test]
fn a_check_that_cannot_be_run_never_lets_anything_pass() {
    let crash =
        |who: Arm, fault: RunFault| checked(move |arm| if arm == who { Err(fault.clone()) } else { outcome(CaseOutcome::Pass) }, 0.2);
    let crashed = RunFault::Crashed { signal: 11 };
    assert_eq!(crash(Arm::Candidate, crashed.clone()).decision.outcome, Outcome::Rejected);
    assert_eq!(crash(Arm::Baseline, crashed).decision.outcome, Outcome::Undecided);
    let harness = crash(Arm::Candidate, RunFault::Harness { detail: "disk full".into() });
    assert_eq!(harness.decision.outcome, Outcome::Undecided);
    assert!(matches!(harness.decision.reasons[0], Reason::HarnessFaults { .. }));
}
