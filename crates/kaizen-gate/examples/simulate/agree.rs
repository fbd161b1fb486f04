//! The short ways of these simulations beside the gate itself: whole trials through `step`, decision by decision.

use crate::gates::{kaizen, plan};
use crate::random::{Random, spread};
use crate::unchanged::{CASES, Flakes, MAX_PROOF_RUNS, promoted};
use crate::worlds::{Stretch, World, scale};
use crate::{Wish, at_least};
use kaizen_domain::decision::Outcome;
use kaizen_domain::scorecard::{CaseId, CaseOutcome, CaseResult, Measured, Scorecard};
use kaizen_domain::trial::{Arm, Coin, Sample, Stage};
use kaizen_gate::statistical::plan::Plan;
use kaizen_gate::{exact, statistical};
use std::collections::{BTreeMap, BTreeSet};

pub fn print(wish: &Wish) {
    let (noisy, flaky) = (wish.scaled(2000, 200), wish.scaled(2000, 200));
    let scale = scale(World::Time, &[]);
    let agreed = spread(noisy, |trial| {
        let effect = [0.0, -0.05, 0.03, 0.05, 0.10, 0.20][trial % 6];
        let alpha = [5e-5, 1e-3][trial % 2];
        let stretch = |stage: u64| Stretch::new(World::Time, Random::new(81, trial as u64 * 2 + stage), &[]);
        let (mut seen, mut fresh) = (stretch(0), stretch(1));
        let short = kaizen(&plan(alpha, scale), || seen.pair(effect), || fresh.pair(effect));
        let (promoted, runs) = whole(&plan(alpha, scale), [stretch(0), stretch(1)], effect);
        (short.promoted, short.runs) == (promoted, runs)
    });
    at_least("noisy trials in which the simulation and the gate agree to the run", hits(agreed), noisy as f64, "trials");
    let agreed = spread(flaky, |trial| {
        // Flakes that are promoted by chance are too rare to compare: a loose level makes them common.
        let flakes = Flakes::new(&mut Random::new(91, trial as u64), trial as u64);
        promoted(&flakes, 0.3) == through_exact_lane(&flakes, 0.3)
    });
    at_least("exact trials in which the simulation and the gate agree", hits(agreed), flaky as f64, "trials");
    println!(
        "\nThe simulations use the evidence, the inequality and the ledger directly; {noisy} noisy and {flaky} exact trials were run through `step` too."
    );
}

fn hits(agreed: Vec<bool>) -> f64 {
    agreed.into_iter().filter(|agreed| *agreed).count() as f64
}

/// A trial through `step`, with scorecards whose only metric has these differences.
fn whole(plan: &Plan, mut stretches: [Stretch<'_>; 2], effect: f64) -> (bool, u32) {
    let (mut coins, mut samples, mut difference) = (Vec::new(), Vec::new(), 0.0);
    loop {
        match statistical::step(plan, &coins, &samples) {
            statistical::Next::Toss { stage, pair } => {
                difference = stretches[usize::from(stage == Stage::Holdout)].pair(effect);
                coins.push(Coin { stage, pair, first: if pair.is_multiple_of(3) { Arm::Candidate } else { Arm::Baseline } });
            }
            statistical::Next::Run { stage, pair, arm } => {
                let seconds = if arm == Arm::Baseline { 1.0 } else { (-difference).exp() };
                let card = Scorecard { metrics: BTreeMap::from([("seconds".to_owned(), seconds)]), ..Scorecard::default() };
                samples.push(Sample { stage, pair, arm, measured: Ok(card) });
            }
            statistical::Next::Decide(decision) => return (decision.outcome == Outcome::Accepted, samples.len() as u32),
        }
    }
}

fn through_exact_lane(flakes: &Flakes, alpha: f64) -> bool {
    let case = |index: usize| CaseId(format!("case {index}"));
    let plan = exact::Plan {
        gate_version: kaizen_gate::GATE_VERSION,
        alpha,
        failing: CASES as u64,
        recorded_failures: (0..CASES).map(|index| (case(index), flakes.recorded[index])).collect(),
        flaky: BTreeSet::new(),
        whole_suite_proof: true,
        holdout: false,
        checks: false,
        max_proof_runs: MAX_PROOF_RUNS,
    };
    let mut samples = Vec::new();
    loop {
        match exact::step(&plan, &samples) {
            exact::Next::Run { stage, pair, arm } => {
                samples.push(Sample { stage, pair, arm, measured: card(flakes.run(stage, pair, arm), case) })
            }
            exact::Next::Decide(decision) => return decision.outcome == Outcome::Accepted,
        }
    }
}

fn card(passes: [bool; CASES], case: impl Fn(usize) -> CaseId) -> Measured {
    let result = |passed: bool| CaseResult {
        outcome: if passed { CaseOutcome::Pass } else { CaseOutcome::Fail },
        points: u32::from(passed).into(),
        worth: 1.into(),
        category: "all".into(),
        duration: None,
        message: None,
    };
    let cases = passes.into_iter().enumerate().map(|(index, passed)| (case(index), result(passed))).collect();
    Ok(Scorecard { cases, metrics: BTreeMap::new() })
}
