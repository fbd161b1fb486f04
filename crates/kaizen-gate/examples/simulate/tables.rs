//! P(promote) by world, gate and true effect, and what it costs in runs, beside the reference's.

use crate::figure::{Figure, spread as moments};
use crate::fixed::{sign_flips, t_ten, wilcoxon};
use crate::gates::{Answer, CAP, NAIVE, kaizen, naive, one_stage, plan};
use crate::looks::{o_brien_fleming, peeking};
use crate::processes::{alone, betting, by_mean, e_of_t, empirical_bernstein, msprt};
use crate::random::spread;
use crate::reference::{Comparison, EFFECTS};
use crate::seen::{Seen, feed, stretch};
use crate::worlds::{World, scale, scale_of};
use crate::{Wish, at_least, at_most};

/// The level of Kaizen's gate in this table.
const LEVEL: f64 = 1e-3;

type Judge = fn(&Seen) -> Answer;

/// What looks at pairs. The rules of earlier systems look at blocks.
const GATES: [(&str, Judge); 12] = [
    ("paired t, 10 pairs, 5 %", t_ten),
    ("Wilcoxon, 10 pairs, 4.2 %", wilcoxon),
    ("sign flips, 10 pairs, 5 %", sign_flips),
    ("t after every pair, 5 %", peeking),
    ("O'Brien-Fleming, 5 looks, 5 %", o_brien_fleming),
    ("mSPRT, plug-in variance, 5 %", |seen| alone(seen, &msprt(&seen.moments[0]), 0.05, by_mean)),
    ("e-value of t, Gaussian, 5 %", |seen| alone(seen, &e_of_t(&seen.moments[0]), 0.05, by_mean)),
    ("empirical Bernstein, 5 %", |seen| alone(seen, &empirical_bernstein(&seen.dev), 0.05, by_mean)),
    ("betting, clipped at 0.5, 5 %", |seen| alone(seen, &betting(&seen.dev), 0.05, by_mean)),
    ("evidence alone, 5 %", |seen| one_stage(&plan(0.05, seen.scale), feed(&seen.dev))),
    ("evidence alone, 0.1 %", |seen| one_stage(&plan(LEVEL, seen.scale), feed(&seen.dev))),
    ("Kaizen, 0.1 %, hold-out, 1 %", |seen| kaizen(&plan(LEVEL, seen.scale), feed(&seen.dev), feed(&seen.fresh))),
];

/// Every gate's answer to one candidate, in the order they are printed.
type Answers = [Answer; NAIVE.len() + GATES.len()];

pub fn print(wish: &Wish) {
    for world in World::ALL {
        if world == World::Trace && wish.trace.is_empty() {
            println!("\n### World: {}\n\nNot measured: no file of real times was given (`--trace FILE`).\n", world.name());
            continue;
        }
        table(wish, world);
    }
}

/// How many trials the reference has of each effect.
fn reference_trials(world: World) -> f64 {
    if world.is_time() { 1200.0 } else { 300.0 }
}

fn table(wish: &Wish, world: World) {
    let trials = wish.scaled(if world.is_time() { 4000 } else { 2000 }, 200);
    let scale = scale(world, &wish.trace);
    println!("\n### World: {}, noise of a pair {scale:.1} %\n", world.name(), scale = 100.0 * scale);
    println!(
        "P(promote) in percent by true effect; mean runs of a trial at four of them. {trials} trials each, at most {CAP} pairs a stage; reference: {}.\n",
        reference_trials(world)
    );
    let heads: Vec<String> = EFFECTS.iter().map(|effect| format!("{:+.0} %", 100.0 * effect)).collect();
    println!("| gate | {} | runs +0 % | +5 % | +10 % | +20 % |\n|---|{}", heads.join(" | "), "--:|".repeat(heads.len() + 4));
    let columns = EFFECTS.map(|effect| column(world, &wish.trace, trials, effect, scale));
    let mut comparison = Comparison::of(&format!("world {}", world.name()));
    let names = NAIVE.iter().map(|rule| rule.name).chain(GATES.iter().map(|(name, _)| *name));
    for (gate, name) in names.enumerate() {
        // The reference has the sign flips in one world only.
        if name.starts_with("sign flips") && world != World::Time {
            continue;
        }
        let figures = comparison.print(name, |theirs| row(&columns, gate, theirs, reference_trials(world)));
        if name.starts_with("Kaizen") {
            judge(world, trials, &figures);
        }
    }
    comparison.end();
    noise(world, &wish.trace, scale);
}

/// The noise of a pair as A/A calibration measures it, which varies from one calibration to the next.
fn noise(world: World, trace: &[f64], scale: f64) {
    let calibrations = spread(40, |at| 100.0 * scale_of(world, trace, 100 + at as u64));
    let error = (2.0 * moments(&calibrations).1).sqrt();
    println!("\n| | |\n|---|--:|");
    let mut comparison = Comparison::of(&format!("scale {}", world.name()));
    comparison.print("noise of a pair, percent", |theirs| vec![Figure::with_error(100.0 * scale, theirs[0], error)]);
    comparison.end();
}

/// P(promote) by effect, and runs at four of them.
fn row(columns: &[Vec<Answers>; 8], gate: usize, theirs: &[f64], trials: f64) -> Vec<Figure> {
    let share = |at: usize| {
        let promoted = columns[at].iter().filter(|answers| answers[gate].promoted).count();
        Figure::share(promoted, columns[at].len(), theirs[at], trials)
    };
    let runs = |(place, at): (usize, usize)| {
        let runs: Vec<f64> = columns[at].iter().map(|answers| f64::from(answers[gate].runs)).collect();
        Figure::mean(&runs, theirs[8 + place], trials)
    };
    (0..8).map(share).chain([3, 5, 6, 7].into_iter().enumerate().map(runs)).collect()
}

/// What every gate says of many candidates with this effect: all of them see the same pairs.
fn column(world: World, trace: &[f64], trials: usize, effect: f64, scale: f64) -> Vec<Answers> {
    let seed = (1e4 * (1.0 + effect)).round() as u64;
    spread(trials, |trial| {
        let stream = seed * 1_000_000 + trial as u64;
        let (mut dev, mut fresh) = (stretch(world, 20, stream, trace), stretch(world, 77, stream, trace));
        let seen = Seen::of(scale, || dev.pair(effect), || fresh.pair(effect));
        let mut answers = [Answer::default(); NAIVE.len() + GATES.len()];
        let blocks = NAIVE.iter().enumerate().map(|(at, rule)| naive(rule, &mut stretch(world, 30 + at as u64, stream, trace), effect));
        let pairs = GATES.iter().map(|(_, judge)| judge(&seen));
        answers.iter_mut().zip(blocks.chain(pairs)).for_each(|(place, answer)| *place = answer);
        answers
    })
}

/// What is promised about Kaizen's line: as much power as the reference's, less three standard errors, and no promotions without a gain.
fn judge(world: World, trials: usize, figures: &[Figure]) {
    for at in [5, 6, 7] {
        let what = format!("power at {:+.0} %, {} (reference {:.1} %)", 100.0 * EFFECTS[at], world.name(), figures[at].theirs);
        at_least(&what, figures[at].ours, (figures[at].theirs - 3.0 * figures[at].error()).max(0.0), "%");
    }
    let wrong = figures[..4].iter().fold(0.0, |most: f64, figure| most.max(figure.ours));
    let allowed = LEVEL + 3.0 * (LEVEL / trials as f64).sqrt();
    at_most(&format!("promotions without a gain, {}", world.name()), wrong, 100.0 * allowed, "%");
}
