//! The verdict on a change that others made.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "statistical/world.rs"]
#[allow(dead_code)] // The worlds of trials offer more than a check needs.
mod world;

use kaizen_domain::decision::Reason;
use kaizen_domain::scorecard::{CaseOutcome, Measured, RunFault};
use kaizen_domain::trial::{Arm, Coin, Sample, Stage};
use kaizen_gate::check::{Conclusion, LEVEL, Question, Step, Verdict, standing, step};
use kaizen_gate::guardrail::{Guardrail, Limit};
use kaizen_gate::objective::{Direction, Objective};
use kaizen_gate::statistical::Next;
use world::{SCALE, coin, timed, with_cases};

fn question() -> Question {
    Question {
        gate_version: kaizen_gate::GATE_VERSION,
        alpha: LEVEL,
        objective: Objective::ratio("seconds", Direction::Lower),
        scale: SCALE,
        margin: 0.05,
        guardrails: vec![],
        error_rate: None,
        error_scale: 0.0,
        flaky: world::flaky(&[]),
        max_pairs: 60,
        not_worse_is_enough: false,
    }
}

fn ask(question: &Question, world: impl Fn(u32, Arm) -> Measured) -> (Conclusion, Vec<Coin>, Vec<Sample>) {
    let (mut coins, mut samples) = (Vec::new(), Vec::new());
    loop {
        match step(question, &coins, &samples) {
            Step::More(Next::Toss { stage, pair }) => coins.push(coin(stage, pair)),
            Step::More(Next::Run { stage, pair, arm }) => samples.push(Sample { stage, pair, arm, measured: world(pair, arm) }),
            Step::More(Next::Decide(_)) => panic!("a check concludes"),
            Step::Conclude(conclusion) => return (*conclusion, coins, samples),
        }
    }
}

fn changed(question: &Question, gain: f64) -> Conclusion {
    ask(question, |pair, arm| Ok(timed(Stage::Dev, pair, arm, gain))).0
}

#[test]
fn a_gain_is_better_a_loss_is_worse_and_no_difference_is_not_worse() {
    let [gain, loss, null] = [0.15, -0.15, 0.0].map(|gain| changed(&question(), gain));
    assert_eq!([gain.verdict, loss.verdict, null.verdict], [Verdict::Better, Verdict::Worse, Verdict::NotWorse]);
    assert!(gain.better >= 100.0 && loss.worse >= 100.0 && null.not_worse >= 100.0 && null.better < 100.0);
}

#[test]
fn the_effects_that_are_not_excluded_hold_the_true_one() {
    for gain in [0.15, 0.0, -0.15] {
        let told = changed(&question(), gain);
        assert!(told.low <= gain && gain <= told.high, "{gain}: {} {}", told.low, told.high);
        assert!(told.high - told.low < 0.5, "{} {}", told.low, told.high);
    }
}

#[test]
fn where_not_worse_is_enough_no_pair_is_spent_on_better() {
    let enough = changed(&Question { not_worse_is_enough: true, ..question() }, 0.03);
    let all = changed(&question(), 0.03);
    assert_eq!(enough.verdict, Verdict::NotWorse);
    assert!(enough.pairs < all.pairs, "{} and {}: {:?}", enough.pairs, all.pairs, all.verdict);
}

#[test]
fn a_change_at_the_margin_cannot_be_told_and_the_check_ends_at_its_cap() {
    let told = changed(&Question { max_pairs: 12, ..question() }, -0.03);
    assert_eq!((told.verdict, told.pairs), (Verdict::CannotTell, 12));
    let short = changed(&Question { max_pairs: 4, ..question() }, 0.1);
    assert_eq!(short.verdict, Verdict::CannotTell);
    assert!(short.further.is_some_and(|pairs| (1..40).contains(&pairs)), "{short:?}");
}

#[test]
fn a_case_that_is_lost_or_a_crash_is_worse_whatever_the_time_says() {
    let lost = ask(&question(), |pair, arm| {
        let outcome = if arm == Arm::Candidate { CaseOutcome::Fail } else { CaseOutcome::Pass };
        Ok(with_cases(timed(Stage::Dev, pair, arm, 0.2), &[("a", outcome)]))
    });
    assert_eq!((lost.0.verdict, lost.0.reasons[0].to_string()), (Verdict::Worse, "lost 1 case: a".to_owned()));
    let crashed =
        ask(
            &question(),
            |pair, arm| if arm == Arm::Candidate { Err(RunFault::Crashed { signal: 11 }) } else { Ok(timed(Stage::Dev, pair, arm, 0.0)) },
        );
    assert!(matches!(crashed.0.reasons[..], [Reason::CandidateFault { .. }]) && crashed.0.verdict == Verdict::Worse);
}

#[test]
fn a_base_that_does_not_run_cannot_be_told_from_anything() {
    let told = ask(&question(), |pair, arm| {
        if arm == Arm::Baseline {
            Err(RunFault::NotStarted { detail: "no such file".into() })
        } else {
            Ok(timed(Stage::Dev, pair, arm, 0.0))
        }
    });
    assert_eq!(told.0.verdict, Verdict::CannotTell);
    assert!(told.0.reasons[0].to_string().contains("no such file"));
}

#[test]
fn a_broken_guardrail_is_worse_and_an_unproven_one_keeps_better_back() {
    let guardrail =
        Guardrail { name: "memory".into(), metric: "bytes".into(), direction: Direction::Lower, limit: Limit::Relative(0.05), scale: 0.02 };
    let question = Question { guardrails: vec![guardrail], ..question() };
    let fatter = |more: f64| {
        ask(&question, move |pair, arm| {
            let mut card = timed(Stage::Dev, pair, arm, 0.2);
            card.metrics.insert("bytes".into(), if arm == Arm::Candidate { 100.0 * (1.0 + more) } else { 100.0 });
            Ok(card)
        })
        .0
    };
    assert_eq!([fatter(0.0).verdict, fatter(0.2).verdict, fatter(0.05).verdict], [Verdict::Better, Verdict::Worse, Verdict::CannotTell]);
    assert!(fatter(0.05).reasons.iter().any(|reason| matches!(reason, Reason::GuardrailNotProven(_))));
}

#[test]
fn on_its_way_a_check_can_be_looked_at_without_changing_anything() {
    let (told, coins, samples) = ask(&question(), |pair, arm| Ok(timed(Stage::Dev, pair, arm, 0.15)));
    let half = standing(&question(), &coins[..coins.len() / 2], &samples[..coins.len() / 2 * 2]);
    assert_eq!(half.verdict, Verdict::CannotTell);
    assert!(half.pairs < told.pairs && half.better < told.better);
    assert_eq!(standing(&question(), &coins, &samples), told);
}

#[test]
fn a_question_out_of_range_runs_nothing() {
    for wrong in [Question { alpha: 0.0, ..question() }, Question { margin: 0.0, ..question() }, Question { scale: f64::NAN, ..question() }]
    {
        let told = ask(&wrong, |_, _| panic!("a run was made")).0;
        assert_eq!(told.verdict, Verdict::CannotTell);
        assert!(matches!(told.reasons[..], [Reason::PlanUnusable { .. }]));
    }
}
