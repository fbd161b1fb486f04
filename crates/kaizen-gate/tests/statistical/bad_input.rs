//! Metrics that disappear, have no ratio or change unit, and plans nobody can work with: a clear message, nothing promoted.

use crate::world::{card, gain, noise, plan, run, timed};
use kaizen_domain::decision::{Outcome, Reason};
use kaizen_domain::trial::{Arm, Stage};
use kaizen_gate::guardrail::{Guardrail, Limit};
use kaizen_gate::objective::{Direction, Objective, Part};
use kaizen_gate::statistical::plan::Plan;

/// A good candidate whose `seconds` are this in the given pair of the given arm.
fn broken(at: Arm, value: Option<f64>) -> crate::world::Run {
    run(&plan(), |stage, pair, arm| {
        let mut card = timed(stage, pair, arm, 0.2);
        if arm == at && pair == 2 {
            card.metrics.remove("seconds");
            card.metrics.extend(value.map(|value| ("seconds".to_owned(), value)));
        }
        Ok(card)
    })
}

#[test]
fn a_metric_that_disappears_rejects_the_candidate_and_leaves_a_baseline_without_it_open() {
    let candidate = broken(Arm::Candidate, None);
    assert_eq!((candidate.decision.outcome, candidate.why()), (Outcome::Rejected, "dev pair 2: the candidate gave no seconds".to_owned()));
    let baseline = broken(Arm::Baseline, None);
    assert_eq!((baseline.decision.outcome, baseline.why()), (Outcome::Undecided, "dev pair 2: the baseline gave no seconds".to_owned()));
}

#[test]
fn values_without_a_ratio_are_named_and_prove_nothing() {
    for value in [0.0, -3.5, f64::NAN, f64::INFINITY] {
        assert_eq!(broken(Arm::Candidate, Some(value)).decision.outcome, Outcome::Rejected, "{value}");
        let baseline = broken(Arm::Baseline, Some(value));
        assert_eq!(baseline.decision.outcome, Outcome::Undecided, "{value}");
        assert!(matches!(baseline.decision.reasons[0], Reason::MetricNotPositive { pair: 2, arm: Arm::Baseline, .. }));
        assert!(serde_json::to_string(&baseline.decision).is_ok_and(|json| !json.contains("null")));
    }
}

#[test]
fn a_factor_of_a_thousand_in_a_reported_metric_is_taken_for_another_unit() {
    let reported = |reported: bool| {
        let parts = vec![Part { metric: "time".into(), weight: 1.0, direction: Direction::Lower, reported }];
        let plan = Plan { objective: Objective::Ratio { parts }, ..plan() };
        run(&plan, |stage, pair, arm| {
            let unit = if arm == Arm::Candidate { 1e-3 } else { 1.0 };
            Ok(card(&[("time", unit * 10.0 * (0.03 * noise(stage, pair, arm)).exp())]))
        })
    };
    let suspected = reported(true);
    assert_eq!(suspected.decision.outcome, Outcome::Undecided);
    assert!(matches!(&suspected.decision.reasons[0], Reason::UnitChanged { metric, .. } if metric == "time"), "{}", suspected.why());
    assert_eq!(reported(false).decision.outcome, Outcome::Accepted);
}

#[test]
fn a_constant_metric_is_called_constant() {
    let run = run(&plan(), |_, _, _| Ok(card(&[("seconds", 3.0)])));
    assert_eq!(run.decision.outcome, Outcome::Rejected);
    assert_eq!(run.decision.reasons[0], Reason::MetricConstant { pairs: 14 });
}

fn unusable(plan: &Plan) -> String {
    let run = gain(plan, 0.2);
    assert_eq!((run.decision.outcome, run.samples.len()), (Outcome::Undecided, 0), "{}", run.why());
    run.why()
}

#[test]
fn a_plan_with_a_field_out_of_range_runs_nothing_and_names_the_field() {
    let guardrail =
        |limit: Limit, scale: f64| Guardrail { name: "memory".into(), metric: "m".into(), direction: Direction::Lower, limit, scale };
    let wrong: [(Plan, &str); 10] = [
        (Plan { alpha: f64::NAN, ..plan() }, "level"),
        (Plan { alpha: 1.0, ..plan() }, "level"),
        (Plan { scale: 0.0, ..plan() }, "noise of a pair"),
        (Plan { scale: f64::NAN, ..plan() }, "noise of a pair"),
        (Plan { min_gain: -0.1, ..plan() }, "min_gain"),
        (Plan { error_rate: Some(0.0), ..plan() }, "rise in errors"),
        (Plan { max_pairs: 0, ..plan() }, "most pairs"),
        (Plan { objective: Objective::Ratio { parts: vec![] }, ..plan() }, "weights"),
        (Plan { guardrails: vec![guardrail(Limit::Relative(0.0), 0.1)], ..plan() }, "memory"),
        (Plan { guardrails: vec![guardrail(Limit::Relative(0.05), f64::NAN)], ..plan() }, "memory"),
    ];
    for (plan, named) in wrong {
        let why = unusable(&plan);
        assert!(why.contains(named), "{why}");
    }
}

#[test]
fn a_coin_that_was_not_followed_ends_the_trial_without_an_answer() {
    let good = gain(&plan(), 0.2);
    let contradicted = |coins: &[_], samples: &[_]| match kaizen_gate::statistical::step(&plan(), coins, samples) {
        kaizen_gate::statistical::Next::Decide(decision) => (decision.outcome, decision.explain()),
        other => panic!("{other:?}"),
    };
    let mut swapped = good.samples.clone();
    swapped.swap(0, 1);
    let mut turned = good.coins.clone();
    turned[1].first = turned[1].first.other();
    let mut without = good.coins.clone();
    without.remove(2);
    let twice: Vec<_> = good.samples.iter().chain(&good.samples[..1]).cloned().collect();
    let tossed_twice: Vec<_> = good.coins.iter().chain(&good.coins[..1]).copied().collect();
    let coinless: Vec<_> = good.coins.iter().copied().filter(|coin| coin.stage != Stage::Holdout).collect();
    for (coins, samples) in [
        (&good.coins, &swapped),
        (&turned, &good.samples),
        (&without, &good.samples),
        (&good.coins, &twice),
        (&tossed_twice, &good.samples),
        (&coinless, &good.samples),
    ] {
        let (outcome, why) = contradicted(coins, samples);
        assert_eq!(outcome, Outcome::Undecided, "{why}");
        assert!(why.contains("was not run as its coin said"), "{why}");
    }
}
