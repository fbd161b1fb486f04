//! Guardrails: how soon no harm is proven, and how often harm at the margin passes.

use crate::figure::Figure;
use crate::gates::CAP;
use crate::random::{Random, spread};
use crate::reference::Comparison;
use crate::{Wish, at_most, median};
use kaizen_gate::betting::reach;
use kaizen_gate::guardrail::{Guardrail, Limit, share_standing};
use kaizen_gate::objective::Direction;

/// The reference's trials.
const TRIALS: f64 = 2000.0;

/// Tasks of the suite whose error rate is guarded.
const TASKS: usize = 20;

pub fn print(wish: &Wish) {
    let trials = wish.scaled(4000, 300);
    println!("\n### Guardrails at 5 %: pairs until no harm is proven, and harm at the margin that passes\n");
    println!("{trials} trials of up to {CAP} pairs; noise with the tails of Student's t4. Reference: {TRIALS:.0} trials.\n");
    println!(
        "| noise of a pair over margin | passes without harm % | median pairs | passes with harm at the margin % |\n|--:|--:|--:|--:|"
    );
    let mut comparison = Comparison::of("guards");
    for ratio in [0.1, 0.3, 0.5, 1.0, 2.0] {
        let guardrail =
            Guardrail { name: "g".into(), metric: "g".into(), direction: Direction::Lower, limit: Limit::Absolute(1.0), scale: ratio };
        let first = |harm: f64| {
            spread(trials, |trial| {
                let mut random = Random::new(51, trial as u64);
                let noise = |random: &mut Random| ratio * random.t4() / std::f64::consts::SQRT_2;
                passes(|harms| guardrail.standing_of(harms).is_safe(), || harm + noise(&mut random))
            })
        };
        let (without, with) = (first(0.0), first(1.0));
        comparison.print(&ratio.to_string(), |theirs| {
            let share = |of: &[Option<usize>], theirs| Figure::share(of.iter().flatten().count(), trials, theirs, TRIALS);
            vec![share(&without, theirs[0]), Figure::median(&pairs_of(&without), theirs[1], TRIALS), share(&with, theirs[2])]
        });
        let (_, _, wrong) = summary(without, with);
        at_most(&format!("harm at the margin that passes, noise {ratio} margins"), wrong, allowed(trials), "%");
    }
    comparison.end();
    expected();
    error_rates(trials);
}

/// About how many pairs a promotion takes, by formula: ln E grows like the square of effect over noise, and no pair more than doubles it.
fn expected() {
    const SIZES: [f64; 5] = [0.01, 0.02, 0.05, 0.10, 0.20];
    let heads: Vec<String> = SIZES.iter().map(|size| format!("{:+.0} %", 100.0 * size)).collect();
    println!(
        "\nPairs until an effect is proven at 0.1 %, by the rule of thumb max(log2(1/a), 2 s^2 (ln(1/a) + 1.1) / ln(1 + effect)^2).\n"
    );
    println!("| noise of a pair | {} |\n|--:|{}", heads.join(" | "), "--:|".repeat(SIZES.len()));
    let mut comparison = Comparison::of("theory");
    for noise in [0.01_f64, 0.02, 0.05, 0.10] {
        let pairs = |size: f64| 1000.0_f64.log2().max(2.0 * noise * noise * (1000.0_f64.ln() + 1.1) / size.ln_1p().powi(2));
        let row = |theirs: &[f64]| SIZES.iter().zip(theirs).map(|(size, theirs)| Figure::formula(pairs(*size), *theirs)).collect();
        comparison.print(&noise.to_string(), row);
    }
    comparison.end();
}

/// The pair after which a guardrail passes, where it does within the cap.
fn passes(safe: impl Fn(&[f64]) -> bool, mut next: impl FnMut() -> f64) -> Option<usize> {
    let mut harms = Vec::with_capacity(CAP as usize);
    (1..=CAP as usize).find(|_| {
        harms.push(next());
        safe(&harms)
    })
}

fn summary(without: Vec<Option<usize>>, at_margin: Vec<Option<usize>>) -> (f64, f64, f64) {
    let share = |of: &[Option<usize>]| 100.0 * of.iter().flatten().count() as f64 / of.len() as f64;
    (share(&without), median(pairs_of(&without)), share(&at_margin))
}

fn pairs_of(passed: &[Option<usize>]) -> Vec<f64> {
    passed.iter().map(|pair| pair.map_or(f64::INFINITY, |pair| pair as f64)).collect()
}

fn allowed(trials: usize) -> f64 {
    5.0 + 300.0 * (0.05 * 0.95 / trials as f64).sqrt()
}

/// The share of failing cases among twenty, with flakes of this rate.
fn error_rates(trials: usize) {
    println!("\nError rates: a suite of {TASKS} cases, each failing by chance with the rate given; the noise is that of 30 A/A pairs.\n");
    println!("| failing by chance | margin | passes without harm | median pairs | passes with harm at the margin |\n|--:|--:|--:|--:|--:|");
    for (rate, margin) in [(0.0, 0.01), (0.01, 0.02), (0.05, 0.05), (0.10, 0.05), (0.10, 0.10)] {
        let first = |harm: f64| {
            spread(trials, |trial| {
                let mut random = Random::new(61, trial as u64);
                let share = |random: &mut Random, rate: f64| (0..TASKS).filter(|_| random.chance(rate)).count() as f64 / TASKS as f64;
                let calibration: Vec<f64> = (0..30).map(|_| share(&mut random, rate) - share(&mut random, rate)).collect();
                let reach = reach(margin, kaizen_gate::calibration::noise(&calibration), 1.0 / TASKS as f64);
                passes(
                    |harms| share_standing(harms, margin, reach).is_safe(),
                    || share(&mut random, rate + harm) - share(&mut random, rate),
                )
            })
        };
        let (share, pairs, wrong) = summary(first(0.0), first(margin));
        println!("| {:.0} % | {:.0} points | {share:.1} % | {pairs:.0} | {wrong:.1} % |", 100.0 * rate, 100.0 * margin);
        at_most(
            &format!("error rate at the margin that passes, {:.0} % flakes, {:.0} points", 100.0 * rate, 100.0 * margin),
            wrong,
            allowed(trials),
            "%",
        );
        if rate == 0.0 {
            at_most(&format!("pairs to prove that a suite of {TASKS} without errors keeps within one point"), pairs, 30.0, "pairs");
        }
    }
}
