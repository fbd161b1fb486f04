//! What `explain` and progress show: curves, bars, proof, what would have changed the answer, and the effect afterwards.

use crate::world::{coin, flaky, gain, noise, plan, run, timed};
use kaizen_domain::decision::Outcome;
use kaizen_domain::trial::{Arm, Sample, Stage};
use kaizen_gate::effect::effect;
use kaizen_gate::guardrail::{Guardrail, Limit};
use kaizen_gate::objective::Direction;
use kaizen_gate::statistical::plan::Plan;
use kaizen_gate::statistical::view::view;
use kaizen_gate::statistical::{Next, step};

#[test]
fn the_curve_ends_where_the_decision_says_and_the_proof_is_complete() {
    let run = gain(&plan(), 0.15);
    let view = view(&plan(), &run.coins, &run.samples);
    let dev = &view.stages[0];
    assert_eq!((dev.stage, dev.reached, dev.curve.len()), (Stage::Dev, Some(dev.curve.len() as u32), run.pairs(Stage::Dev)));
    assert!((dev.curve.last().unwrap().exp() / run.decision.metrics["dev_evidence"] - 1.0).abs() < 1e-12);
    assert!(dev.curve[dev.curve.len() - 2] < dev.needed && *dev.curve.last().unwrap() >= dev.needed);
    assert_eq!((view.proof, view.further, view.stages[0].proof, view.stages[1].proof), (1.0, Some(0), 1.0, 1.0));
}

#[test]
fn the_proof_grows_from_nothing_to_whole_and_the_pairs_still_needed_shrink() {
    let run = gain(&plan(), 0.12);
    let at = |samples: usize| view(&plan(), &run.coins, &run.samples[..samples]);
    assert_eq!(at(0).proof, 0.0);
    let half = at(run.samples.len() / 2);
    assert!(half.proof > 0.2 && half.proof < 0.9, "{}", half.proof);
    assert!(half.further.unwrap() > 0 && half.further.unwrap() < 60);
    let few = at(8).stages[0].clone();
    assert!((few.proof - few.curve.last().unwrap() / few.needed).abs() < 1e-12 && few.proof > 0.0, "{few:?}");
}

#[test]
fn the_pairs_named_by_what_if_are_the_fewest_that_change_the_answer() {
    let run = gain(&plan(), 0.1);
    assert_eq!(run.decision.outcome, Outcome::Accepted);
    let what_if = view(&plan(), &run.coins, &run.samples).what_if.unwrap();
    assert_eq!(what_if.pairs as usize, run.samples.len() / 2);
    // Turning a pair round is swapping what its arms measured.
    let turned = |stages: &[Stage], count: u32| {
        let mut largest: Vec<(f64, Stage, u32)> = run
            .samples
            .iter()
            .filter(|s| s.arm == Arm::Baseline && stages.contains(&s.stage))
            .map(|s| (difference(&run.samples, s.stage, s.pair), s.stage, s.pair))
            .collect();
        largest.sort_by(|a, b| b.0.total_cmp(&a.0));
        let turned: Vec<(Stage, u32)> = largest.iter().take(count as usize).map(|(_, stage, pair)| (*stage, *pair)).collect();
        let swap = |sample: &Sample| {
            let other = run.samples.iter().find(|s| (s.stage, s.pair) == (sample.stage, sample.pair) && s.arm != sample.arm).unwrap();
            let measured = if turned.contains(&(sample.stage, sample.pair)) { other.measured.clone() } else { sample.measured.clone() };
            Sample { measured, ..sample.clone() }
        };
        let samples: Vec<Sample> = run.samples.iter().map(swap).collect();
        matches!(step(&plan(), &run.coins, &samples), Next::Decide(decision) if decision.outcome == Outcome::Accepted)
    };
    let kinds: [&[Stage]; 3] = [&[Stage::Dev], &[Stage::Holdout], &[Stage::Dev, Stage::Holdout]];
    assert!(kinds.iter().any(|stages| !turned(stages, what_if.flips)));
    assert!(kinds.iter().all(|stages| turned(stages, what_if.flips - 1)), "{what_if:?}");
}

#[test]
fn the_pairs_that_matter_are_those_with_the_largest_gain_and_a_refusal_takes_more_of_them() {
    let run = run(&plan(), |_, pair, arm| {
        let faster: f64 = if arm == Arm::Baseline { 0.0 } else { [0.08, 0.001][pair as usize % 2] };
        Ok(crate::world::card(&[("seconds", 10.0 * (-faster).exp())]))
    });
    assert_eq!(run.decision.outcome, Outcome::Accepted, "{}", run.why());
    let what_if = view(&plan(), &run.coins, &run.samples).what_if.unwrap();
    assert_eq!(what_if.flips, 1);
    let refused = what_if.refused.unwrap();
    assert_eq!((refused, what_if.pairs), (2, 30));
}

fn difference(samples: &[Sample], stage: Stage, pair: u32) -> f64 {
    let of = |arm: Arm| {
        samples.iter().find(|s| (s.stage, s.pair, s.arm) == (stage, pair, arm)).unwrap().measured.as_ref().unwrap().metrics["seconds"]
    };
    (of(Arm::Baseline) / of(Arm::Candidate)).ln()
}

#[test]
fn the_harm_from_which_a_guardrail_would_refuse_lies_between_what_was_seen_and_the_limit() {
    let guardrail =
        Guardrail { name: "memory".into(), metric: "bytes".into(), direction: Direction::Lower, limit: Limit::Relative(0.05), scale: 0.02 };
    let plan = Plan { guardrails: vec![guardrail], error_rate: Some(0.01), flaky: flaky(&[]), ..plan() };
    let fatter = |more: f64| {
        run(&plan, move |stage, pair, arm| {
            let mut card = timed(stage, pair, arm, 0.2);
            let more = if arm == Arm::Candidate { more } else { 0.0 };
            card.metrics.insert("bytes".into(), 1000.0 * (1.0 + more) * (1.0 + 0.01 * noise(stage, pair, arm)));
            Ok(card)
        })
    };
    let run = fatter(0.01);
    let view = view(&plan, &run.coins, &run.samples);
    let names: Vec<&str> = view.guardrails.iter().map(|guard| guard.guarded.name.as_str()).collect();
    assert_eq!(names, ["error rate", "memory"]);
    let memory = &view.guardrails[1];
    let refused = memory.refused_from.unwrap();
    for guard in &view.guardrails {
        assert_eq!((guard.curve.len(), guard.harms.len()), (run.samples.len() / 2, run.samples.len() / 2));
        assert!((guard.curve.last().unwrap().exp() / guard.guarded.evidence - 1.0).abs() < 1e-12 && guard.needed == 20.0_f64.ln());
    }
    assert!(memory.guarded.harm < refused && refused < 0.05, "{} {refused}", memory.guarded.harm);
}

#[test]
fn a_trial_that_ended_by_a_fault_still_shows_the_pairs_before_it() {
    let run = run(&plan(), |stage, pair, arm| {
        if pair == 6 && arm == Arm::Candidate {
            Err(kaizen_domain::scorecard::RunFault::Crashed { signal: 11 })
        } else {
            Ok(timed(stage, pair, arm, 0.1))
        }
    });
    assert_eq!(run.decision.outcome, Outcome::Rejected);
    assert_eq!(view(&plan(), &run.coins, &run.samples).stages[0].curve.len(), 6);
    assert!(run.decision.metrics["dev_pairs"] == 6.0);
}

#[test]
fn the_effect_people_are_told_comes_from_its_own_pairs() {
    let coins: Vec<_> = (0..10).map(|pair| coin(Stage::Effect, pair)).collect();
    let pair = |coin: &kaizen_domain::trial::Coin| {
        [coin.first, coin.first.other()].map(|arm| Sample {
            stage: Stage::Effect,
            pair: coin.pair,
            arm,
            measured: Ok(timed(Stage::Effect, coin.pair, arm, 0.07)),
        })
    };
    let samples: Vec<Sample> = coins.iter().flat_map(pair).collect();
    let told = effect(&plan().objective, &coins, &samples).unwrap().unwrap();
    assert!(told.low < 0.07 && 0.07 < told.high && told.low < told.mean && told.mean < told.high && told.pairs == 10, "{told:?}");
    assert_eq!(effect(&plan().objective, &coins, &samples[..8]).unwrap(), None);
}
