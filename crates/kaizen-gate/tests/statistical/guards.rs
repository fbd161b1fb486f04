//! Guardrails on the same pairs: passed, broken, not proven, unprovable, missing; stalls; required tasks.

use crate::world::{Run, noise, plan, run, timed, with_cases};
use kaizen_domain::decision::{Outcome, Reason};
use kaizen_domain::scorecard::CaseOutcome;
use kaizen_domain::trial::{Arm, Stage};
use kaizen_gate::guardrail::{Guardrail, Limit};
use kaizen_gate::objective::Direction;
use kaizen_gate::statistical::plan::Plan;

fn memory(limit: Limit, scale: f64) -> Guardrail {
    Guardrail { name: "memory".into(), metric: "bytes".into(), direction: Direction::Lower, limit, scale }
}

/// A good candidate that needs `more` of a thousand bytes, with noise of this share.
fn fatter(guardrail: Guardrail, more: f64, spread: f64) -> Run {
    run(&Plan { guardrails: vec![guardrail], ..plan() }, |stage, pair, arm| {
        let mut card = timed(stage, pair, arm, 0.2);
        let bytes = 1000.0 * (1.0 + spread * noise(stage, pair + 500, arm)) * if arm == Arm::Candidate { 1.0 + more } else { 1.0 };
        card.metrics.insert("bytes".into(), bytes);
        Ok(card)
    })
}

#[test]
fn harm_below_the_margin_passes_on_the_pairs_of_the_gain() {
    let plain = fatter(memory(Limit::Relative(0.05), 0.02), 0.01, 0.01);
    assert_eq!(plain.decision.outcome, Outcome::Accepted, "{}", plain.decision.explain());
    let passed =
        plain.decision.reasons.iter().find_map(|reason| if let Reason::GuardrailPassed(guarded) = reason { Some(guarded) } else { None });
    let guarded = passed.unwrap();
    assert!((0.0..0.03).contains(&guarded.harm) && guarded.evidence >= 20.0 && guarded.margin == 0.05);
}

#[test]
fn harm_above_the_margin_rejects_before_the_gain_is_proven() {
    let run = fatter(memory(Limit::Relative(0.05), 0.02), 0.15, 0.01);
    assert_eq!(run.decision.outcome, Outcome::Rejected);
    assert!(matches!(&run.decision.reasons[0], Reason::GuardrailBroken(guarded) if guarded.harm > 0.05), "{}", run.why());
    assert_eq!(run.pairs(Stage::Holdout), 0);
}

#[test]
fn harm_at_the_margin_is_never_proven_and_ends_undecided_at_the_cap() {
    let run = fatter(memory(Limit::Relative(0.05), 0.05), 0.05, 0.03);
    assert_eq!(run.decision.outcome, Outcome::Undecided, "{}", run.decision.explain());
    assert!(matches!(run.decision.reasons[0], Reason::GuardrailNotProven(_)), "{}", run.why());
    assert_eq!(run.pairs(Stage::Holdout), 60);
}

#[test]
fn a_guardrail_that_needs_more_pairs_than_the_gain_gets_them_in_the_hold_out() {
    let run = fatter(memory(Limit::Relative(0.05), 0.09), 0.01, 0.09);
    let alone = crate::world::gain(&plan(), 0.2);
    assert_eq!(run.decision.outcome, Outcome::Accepted, "{}", run.decision.explain());
    assert!(run.pairs(Stage::Holdout) > alone.pairs(Stage::Holdout) && run.pairs(Stage::Dev) == alone.pairs(Stage::Dev));
}

#[test]
fn a_margin_below_half_the_noise_is_refused_before_anything_runs() {
    let run = fatter(memory(Limit::Relative(0.05), 0.11), 0.0, 0.01);
    assert_eq!((run.decision.outcome, run.samples.len()), (Outcome::Undecided, 0));
    assert!(matches!(run.decision.reasons[0], Reason::GuardrailUnprovable { .. }), "{}", run.why());
}

#[test]
fn absolute_margins_are_in_the_metrics_own_unit() {
    let outcome = |more: f64| fatter(memory(Limit::Absolute(100.0), 20.0), more, 0.01).decision.outcome;
    assert_eq!([outcome(0.02), outcome(0.25)], [Outcome::Accepted, Outcome::Rejected]);
}

#[test]
fn a_rate_may_not_fall_by_more_than_its_margin() {
    let rate = |fall: f64| {
        let guardrail = Guardrail {
            name: "rate".into(),
            metric: "rate".into(),
            direction: Direction::Higher,
            limit: Limit::Relative(0.05),
            scale: 0.02,
        };
        run(&Plan { guardrails: vec![guardrail], ..plan() }, |stage, pair, arm| {
            let mut card = timed(stage, pair, arm, 0.2);
            card.metrics.insert("rate".into(), if arm == Arm::Candidate { 100.0 * (1.0 - fall) } else { 100.0 });
            Ok(card)
        })
    };
    assert_eq!(
        [rate(0.01).decision.outcome, rate(0.10).decision.outcome, rate(-0.3).decision.outcome],
        [Outcome::Accepted, Outcome::Rejected, Outcome::Accepted]
    );
}

#[test]
fn missing_guardrail_data_never_passes() {
    for (who, outcome) in [(Arm::Candidate, Outcome::Rejected), (Arm::Baseline, Outcome::Undecided)] {
        let run = run(&Plan { guardrails: vec![memory(Limit::Relative(0.05), 0.02)], ..plan() }, |stage, pair, arm| {
            let mut card = timed(stage, pair, arm, 0.2);
            if arm != who {
                card.metrics.insert("bytes".into(), 1000.0);
            }
            Ok(card)
        });
        assert_eq!(run.decision.outcome, outcome, "{}", run.why());
        assert!(matches!(&run.decision.reasons[0], Reason::MetricMissing { metric, arm, .. } if metric == "bytes" && *arm == who));
    }
}

#[test]
fn a_metric_that_was_nothing_and_disappears_is_the_candidates_fault() {
    for (limit, before) in [(Limit::Absolute(1.0), 0.0), (Limit::Absolute(1.0), -3.0), (Limit::Relative(0.05), 0.0)] {
        let run = run(&Plan { guardrails: vec![memory(limit, 0.05)], ..plan() }, |stage, pair, arm| {
            let mut card = timed(stage, pair, arm, 0.2);
            if arm == Arm::Baseline {
                card.metrics.insert("bytes".into(), before);
            }
            Ok(card)
        });
        assert_eq!((run.decision.outcome, run.why()), (Outcome::Rejected, "dev pair 0: the candidate gave no bytes".to_owned()));
    }
}

#[test]
fn a_cost_that_vanishes_is_no_harm_and_one_that_appears_from_nothing_is_not_proven() {
    let costing = |before: f64, after: f64| {
        let guardrail =
            Guardrail { name: "cost".into(), metric: "usd".into(), direction: Direction::Lower, limit: Limit::Relative(0.05), scale: 0.02 };
        run(&Plan { guardrails: vec![guardrail], ..plan() }, |stage, pair, arm| {
            let mut card = timed(stage, pair, arm, 0.2);
            card.metrics.insert("usd".into(), if arm == Arm::Candidate { after } else { before });
            Ok(card)
        })
    };
    assert_eq!(costing(0.0, 0.0).decision.outcome, Outcome::Accepted);
    assert_eq!(costing(2.0, 0.0).decision.outcome, Outcome::Accepted);
    assert_eq!(costing(0.0, 2.0).decision.outcome, Outcome::Undecided);
}

/// A good candidate with ten cases of which it fails this many in every run, the baseline `before`.
fn errors(before: impl Fn(u32) -> usize, after: impl Fn(u32) -> usize) -> Run {
    const NAMES: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    run(&Plan { error_rate: Some(0.01), flaky: crate::world::flaky(&NAMES), ..plan() }, |stage, pair, arm| {
        let failing = if arm == Arm::Candidate { after(pair) } else { before(pair) };
        let outcome = |index: usize| if index < failing { CaseOutcome::Fail } else { CaseOutcome::Pass };
        let cases: Vec<(&str, CaseOutcome)> = NAMES.iter().enumerate().map(|(index, name)| (*name, outcome(index))).collect();
        Ok(with_cases(timed(stage, pair, arm, 0.2), &cases))
    })
}

#[test]
fn an_error_rate_that_stays_passes_within_the_pairs_of_a_trial() {
    for failing in [0, 3] {
        let run = errors(|_| failing, |_| failing);
        assert_eq!(run.decision.outcome, Outcome::Accepted, "{}", run.decision.explain());
        assert!(run.decision.explain().contains("error rate +0.0 points"), "{}", run.decision.explain());
    }
}

#[test]
fn an_error_rate_that_rises_is_broken_and_one_that_falls_passes() {
    let rising = errors(|_| 1, |_| 2);
    assert!(matches!(&rising.decision.reasons[0], Reason::GuardrailBroken(guarded) if guarded.name == "error rate"), "{}", rising.why());
    assert_eq!(errors(|_| 2, |_| 0).decision.outcome, Outcome::Accepted);
}

#[test]
fn a_suite_too_small_for_its_error_margin_says_so_after_one_pair() {
    let run = run(&Plan { error_rate: Some(0.01), ..plan() }, |stage, pair, arm| {
        Ok(with_cases(timed(stage, pair, arm, 0.2), &[("a", CaseOutcome::Pass)]))
    });
    assert_eq!((run.decision.outcome, run.samples.len()), (Outcome::Undecided, 2));
    assert_eq!(run.why(), "error rate: a limit of +1.0 points cannot be proven here, where one pair varies by +100.0 points");
}

#[test]
fn a_rare_catastrophe_holds_the_promotion_up_although_the_usual_pair_shows_no_harm() {
    let run = errors(|_| 0, |pair| if pair == 1 { 10 } else { 0 });
    assert_ne!(run.decision.outcome, Outcome::Accepted);
    assert!(run.decision.explain().contains("error rate"), "{}", run.decision.explain());
}

#[test]
fn a_share_is_safe_only_while_its_plain_mean_is_below_the_margin_whatever_the_clipped_evidence() {
    let harms = |catastrophes: usize| [vec![0.0; 60], vec![1.0; catastrophes]].concat();
    let at = |catastrophes: usize| kaizen_gate::guardrail::share_standing(&harms(catastrophes), 0.01, 0.03);
    assert!(at(0).is_safe() && !at(1).is_safe() && at(1).harm > 0.01);
}

/// A candidate that is faster but stalls in every fifth run.
fn stalling(stall_guard: bool) -> Run {
    run(&Plan { stall_guard, scale: 0.1, ..plan() }, |stage, pair, arm| {
        let mut card = timed(stage, pair, arm, 0.25);
        if arm == Arm::Candidate && pair % 5 == 4 {
            card.metrics.insert("seconds".into(), 14.0);
        }
        Ok(card)
    })
}

#[test]
fn a_candidate_that_stalls_is_rejected_where_that_is_looked_at() {
    let run = stalling(true);
    assert_eq!(run.decision.outcome, Outcome::Rejected);
    assert!(matches!(run.decision.reasons[0], Reason::Stalls { baseline: 0, .. }), "{}", run.why());
    assert!(!matches!(stalling(false).decision.reasons[0], Reason::Stalls { .. }));
}

#[test]
fn as_many_cases_must_have_run_as_the_policy_asks_for() {
    let plan = Plan { required_tasks: 60, ..plan() };
    let run = run(&plan, |stage, pair, arm| Ok(with_cases(timed(stage, pair, arm, 0.3), &[("a", CaseOutcome::Pass)])));
    assert_eq!(run.decision.outcome, Outcome::Accepted);
    assert_eq!(run.pairs(Stage::Dev) + run.pairs(Stage::Holdout), 60);
    let capped = crate::world::gain(&Plan { required_tasks: 10_000, ..plan }, 0.3);
    assert_eq!(capped.decision.outcome, Outcome::Undecided);
    assert!(matches!(capped.decision.reasons[0], Reason::TooFewTasks { required: 10_000, .. }), "{}", capped.why());
}
