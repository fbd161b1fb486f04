//! How long one decision step takes, over a trial of sixty pairs.

use crate::gates::plan;
use crate::{Wish, at_most, median};
use kaizen_domain::scorecard::Scorecard;
use kaizen_domain::trial::{Arm, Coin, Sample, Stage};
use kaizen_gate::guardrail::{Guardrail, Limit};
use kaizen_gate::objective::Direction;
use kaizen_gate::statistical::plan::Plan;
use kaizen_gate::statistical::{Next, step};
use std::hint::black_box;
use std::time::Instant;

const PAIRS: u32 = 60;
const METRICS: [&str; 3] = ["latency", "max_rss_bytes", "usd"];

/// Microseconds a step may take.
const TARGET: f64 = 10.0;

pub fn print(wish: &Wish) {
    let scale = 0.05;
    // No sixty pairs reach this level, and an even gain is never futile: the trial goes on to its last pair.
    let bare = plan(1e-40, scale);
    let guardrail = |metric: &&str| Guardrail {
        name: (*metric).into(),
        metric: (*metric).into(),
        direction: Direction::Lower,
        limit: Limit::Relative(0.05),
        scale: 0.04,
    };
    let guarded = Plan { guardrails: METRICS.iter().map(guardrail).collect(), error_rate: Some(0.01), stall_guard: true, ..bare.clone() };
    println!(
        "\n### One decision step, median over a trial of {PAIRS} pairs\n\n| | microseconds | of the {TARGET} allowed |\n|---|--:|--:|"
    );
    for (name, plan) in [("one metric", &bare), ("one metric, four guardrails, stalls", &guarded)] {
        let micros = median_step(plan, wish.scaled(50, 10));
        println!("| {name} | {micros:.1} | {:.2} |", micros / TARGET);
        at_most(&format!("decision step, {name}"), micros, TARGET, "us");
    }
}

fn median_step(plan: &Plan, repeats: usize) -> f64 {
    let (coins, samples) = record();
    let mut times = Vec::new();
    for pair in 0..PAIRS as usize {
        for taken in [2 * pair, 2 * pair + 1] {
            let (coins, samples) = (&coins[..=pair], &samples[..taken]);
            assert!(matches!(step(plan, coins, samples), Next::Run { stage: Stage::Dev, .. }), "the trial ended after {taken} runs");
            times.push(quickest(repeats, || drop(black_box(step(black_box(plan), black_box(coins), black_box(samples))))));
        }
    }
    median(times)
}

/// Microseconds of one call, from the quickest of ten batches: what else the machine does is not the gate's cost.
fn quickest(repeats: usize, mut call: impl FnMut()) -> f64 {
    let mut batch = || {
        let start = Instant::now();
        (0..repeats).for_each(|_| call());
        1e6 * start.elapsed().as_secs_f64() / repeats as f64
    };
    (0..10).map(|_| batch()).fold(f64::INFINITY, f64::min)
}

fn record() -> (Vec<Coin>, Vec<Sample>) {
    let coin = |pair: u32| Coin { stage: Stage::Dev, pair, first: if pair.is_multiple_of(3) { Arm::Candidate } else { Arm::Baseline } };
    let coins: Vec<Coin> = (0..PAIRS).map(coin).collect();
    let sample = |coin: &Coin, arm: Arm| {
        let wave = 0.002 * f64::from(coin.pair % 5);
        let seconds = 10.0 + wave - if arm == Arm::Candidate { 0.34 } else { 0.0 };
        let others = METRICS.iter().map(|metric| ((*metric).to_owned(), 100.0 + wave));
        let metrics = others.chain([("seconds".to_owned(), seconds)]).collect();
        Sample { stage: Stage::Dev, pair: coin.pair, arm, measured: Ok(Scorecard { metrics, ..Scorecard::default() }) }
    };
    let samples = coins.iter().flat_map(|coin| [sample(coin, coin.first), sample(coin, coin.first.other())]).collect();
    (coins, samples)
}
