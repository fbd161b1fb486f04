//! P(promote) by world, gate and true effect, and what it costs in runs; the power beside the reference's.

use crate::gates::{Answer, CAP, NAIVE, kaizen, naive, one_stage, paired_t, peeking_t, plan, t_bars};
use crate::random::{Random, spread};
use crate::reference::{EFFECTS, power};
use crate::worlds::{Stretch, World, scale};
use crate::{Wish, at_least, at_most};

/// The level of Kaizen's gate in this table.
const LEVEL: f64 = 1e-3;

type Gate<'g> = (&'g str, Box<dyn Fn(&mut Stretch<'_>, f64, u64) -> Answer + Sync + 'g>);

pub fn print(wish: &Wish) {
    for world in World::ALL {
        if world == World::Trace && wish.trace.is_empty() {
            println!("\n### World: {}\n\nNot measured: no file of real times was given (`--trace FILE`).\n", world.name());
            continue;
        }
        table(wish, world);
    }
}

fn gates<'g>(world: World, scale: f64, bars: &'g [f64], trace: &'g [f64]) -> Vec<Gate<'g>> {
    let mut gates: Vec<Gate<'g>> = Vec::new();
    for rule in &NAIVE {
        gates.push((rule.name, Box::new(move |stretch, effect, _| naive(rule, stretch, effect))));
    }
    gates.push(("paired t, 10 pairs, 5 %", Box::new(|stretch, effect, _| paired_t(10, 0.05, || stretch.pair(effect)))));
    gates.push(("t after every pair, 5 %", Box::new(move |stretch, effect, _| peeking_t(bars, true, || stretch.pair(effect)))));
    for (name, level) in [("evidence alone, 5 %", 0.05), ("evidence alone, 0.1 %", LEVEL)] {
        gates.push((name, Box::new(move |stretch, effect, _| one_stage(&plan(level, scale), || stretch.pair(effect)))));
    }
    let ours = move |stretch: &mut Stretch<'_>, effect: f64, stream: u64| {
        let mut fresh = Stretch::new(world, Random::new(77, stream), trace);
        kaizen(&plan(LEVEL, scale), || stretch.pair(effect), || fresh.pair(effect))
    };
    gates.push(("Kaizen, 0.1 %, hold-out, 1 %", Box::new(ours)));
    gates
}

fn table(wish: &Wish, world: World) {
    let trials = wish.scaled(if world == World::Pass || world == World::Score { 2000 } else { 4000 }, 200);
    let (scale, bars) = (scale(world, &wish.trace), t_bars());
    println!("\n### World: {}, noise of a pair {:.1} %\n", world.name(), 100.0 * scale);
    println!(
        "P(promote) in percent by true effect; runs of a trial at 0 / +5 / +10 / +20 %. {trials} trials each, at most {CAP} pairs a stage.\n"
    );
    let heads: Vec<String> = EFFECTS.iter().map(|effect| format!("{:+.0} %", 100.0 * effect)).collect();
    println!("| gate | {} | runs |\n|---|{}---|", heads.join(" | "), "--:|".repeat(heads.len()));
    for (name, gate) in gates(world, scale, &bars, &wish.trace) {
        let columns = EFFECTS.map(|effect| column(world, &wish.trace, trials, effect, &gate));
        let shares: Vec<String> = columns.iter().map(|(share, _)| percent(*share)).collect();
        let runs: Vec<String> = [3, 5, 6, 7].map(|at| format!("{:.0}", columns[at].1)).to_vec();
        println!("| {name} | {} | {} |", shares.join(" | "), runs.join(" / "));
        if name.starts_with("Kaizen") {
            compare(world, trials, &columns);
        }
    }
}

/// Share promoted and mean runs.
fn column(
    world: World,
    trace: &[f64],
    trials: usize,
    effect: f64,
    gate: &(impl Fn(&mut Stretch<'_>, f64, u64) -> Answer + Sync),
) -> (f64, f64) {
    let seed = (1e4 * (1.0 + effect)) as u64;
    let answers = spread(trials, |trial| {
        let stream = seed * 1_000_000 + trial as u64;
        gate(&mut Stretch::new(world, Random::new(20, stream), trace), effect, stream)
    });
    let promoted = answers.iter().filter(|answer| answer.promoted).count();
    let runs: u32 = answers.iter().map(|answer| answer.runs).sum();
    (promoted as f64 / trials as f64, f64::from(runs) / trials as f64)
}

fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent > 0.0 && percent < 1.0 { format!("{percent:.2}") } else { format!("{percent:.1}") }
}

/// Our line against the reference's, with three standard errors of both for the sampling.
fn compare(world: World, trials: usize, columns: &[(f64, f64); 8]) {
    let reference = power(world);
    let theirs: Vec<String> = reference.percent.iter().map(|value| percent(value / 100.0)).collect();
    println!("| the same, reference simulation | {} | |", theirs.join(" | "));
    for at in [5, 6, 7] {
        let (ours, theirs) = (columns[at].0, reference.percent[at] / 100.0);
        let error = (ours * (1.0 - ours) / trials as f64 + theirs * (1.0 - theirs) / reference.trials).sqrt();
        let what = format!("power at {:+.0} %, {} (reference {:.1} %)", 100.0 * EFFECTS[at], world.name(), 100.0 * theirs);
        at_least(&what, 100.0 * ours, 100.0 * (theirs - 3.0 * error).max(0.0), "%");
    }
    let wrong: f64 = columns[..4].iter().map(|(share, _)| share).fold(0.0, |most, share| most.max(*share));
    let allowed = LEVEL + 3.0 * (LEVEL / trials as f64).sqrt();
    at_most(&format!("promotions without a gain, {}", world.name()), 100.0 * wrong, 100.0 * allowed, "%");
}
