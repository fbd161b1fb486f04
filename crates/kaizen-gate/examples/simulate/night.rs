//! A night of 1,000 candidates: some better, some harmful, some that game what they see, most without any effect.
//!
//! Every gate sees the same candidates and the same pairs. Which gates there are stands in `night/gates.rs`.

mod candidates;
mod gates;
mod tally;

use crate::figure::{Figure, change, percent, rare, spread as moments, tenths, whole};
use crate::random::spread;
use crate::reference::Comparison;
use crate::worlds::{World, scale};
use crate::{Wish, at_least, at_most};
use candidates::{CANDIDATES, Candidate, Drawn, SIZES, candidates};
use gates::GATES;
use tally::Tally;

/// The reference's nights.
const NIGHTS: f64 = 40.0;

/// One night, by gate.
type Ended = [Tally; GATES.len()];

pub fn print(wish: &Wish) {
    let count = wish.scaled(200, 10);
    let scale = scale(World::Time, &[]);
    let nights: Vec<Vec<Candidate>> = (0..count).map(candidates).collect();
    println!("\n### A night of {CANDIDATES} candidates (world: time), mean of {count} nights; reference: {NIGHTS:.0}\n");
    described(&nights);
    let ended: Vec<Ended> = spread(count, |night| {
        let drawn = Drawn::of(night, &nights[night], scale);
        GATES.map(|(_, judge)| Tally::of(&nights[night], &judge(&drawn)))
    });
    println!(
        "\n| gate | promoted | better | without effect | harmful | of them gamers | wrong % | nights with harm % | but for gamers % | true change | claimed | runs |\n|---|{}",
        "--:|".repeat(11)
    );
    let mut comparison = Comparison::of("night");
    for (at, (name, _)) in GATES.iter().enumerate() {
        let mine: Vec<&Tally> = ended.iter().map(|ended| &ended[at]).collect();
        let figures = comparison.print(name, |theirs| row(&mine, theirs));
        if *name == "Kaizen" {
            judge(&mine, &figures);
        }
    }
    comparison.end();
    let kaizen = GATES.iter().position(|(name, _)| *name == "Kaizen");
    kaizen.iter().for_each(|at| power(&ended.iter().map(|ended| &ended[*at]).collect::<Vec<_>>()));
}

/// What the candidates are.
fn described(nights: &[Vec<Candidate>]) {
    let count =
        |of: fn(&Candidate) -> bool| -> Vec<f64> { nights.iter().map(|night| night.iter().filter(|one| of(one)).count() as f64).collect() };
    let ideal = |night: &Vec<Candidate>| night.iter().map(|one| one.truly.max(0.0).ln_1p()).sum::<f64>().exp();
    println!("| candidates | look better | are better | gamers | otherwise harmful | best factor |\n|---|--:|--:|--:|--:|--:|");
    let mut comparison = Comparison::of("night candidates");
    comparison.print("per night", |theirs| {
        let counted = [
            count(|one| one.seen > 0.0),
            count(|one| one.truly > 0.0),
            count(Candidate::games),
            count(|one| one.truly < 0.0 && !one.games()),
        ];
        let mut figures: Vec<Figure> = counted.iter().zip(theirs).map(|(values, theirs)| Figure::mean(values, *theirs, NIGHTS)).collect();
        figures.extend(theirs.get(4).map(|theirs| Figure::mean(&nights.iter().map(ideal).collect::<Vec<_>>(), *theirs, NIGHTS)));
        figures
    });
    comparison.end();
}

fn row(ended: &[&Tally], theirs: &[f64]) -> Vec<Figure> {
    let values = |of: fn(&Tally) -> f64| -> Vec<f64> { ended.iter().map(|night| of(night)).collect() };
    let count = |of: fn(&Tally) -> f64, at: usize| Figure::count(&values(of), theirs[at], NIGHTS).told_as(rare);
    let mean = |of: fn(&Tally) -> f64, at: usize, tell: fn(f64) -> String| Figure::mean(&values(of), theirs[at], NIGHTS).told_as(tell);
    let share =
        |of: fn(&Tally) -> bool, at: usize| Figure::share(ended.iter().filter(|night| of(night)).count(), ended.len(), theirs[at], NIGHTS);
    vec![
        mean(Tally::promoted, 0, tenths),
        mean(|night| night.better, 1, tenths),
        count(|night| night.without, 2),
        count(|night| night.harmful, 3),
        count(|night| night.gamers, 4),
        mean(|night| 100.0 * night.wrong_share(), 5, percent),
        share(|night| night.harmful > 0.0, 6),
        share(|night| night.harmful > night.gamers, 7),
        mean(|night| 100.0 * night.truly, 8, change),
        mean(|night| 100.0 * night.claimed, 9, change),
        mean(|night| night.runs, 10, whole),
    ]
}

/// What Kaizen's gate makes of candidates by what they truly gain.
fn power(ended: &[&Tally]) {
    println!("\n| Kaizen, by true gain | promoted % | runs when promoted |\n|---|--:|--:|");
    let mut comparison = Comparison::of("night power");
    for (at, size) in SIZES.iter().enumerate() {
        let all: f64 = ended.iter().map(|night| night.of_size[at]).sum();
        let runs: Vec<f64> = ended.iter().flat_map(|night| night.runs_of_size[at].iter().copied()).collect();
        comparison.print(&format!("{:+.0} %", 100.0 * size), |theirs| {
            let trials = all / ended.len() as f64 * NIGHTS;
            let share = Figure::share(runs.len(), all as usize, theirs[0], trials);
            vec![share, Figure::mean(&runs, theirs[1], (theirs[0] / 100.0 * trials).max(1.0))]
        });
    }
    comparison.end();
    let idle: Vec<f64> = ended.iter().flat_map(|night| night.idle_runs.iter().copied()).collect();
    println!("\n| Kaizen, without a gain | mean runs |\n|---|--:|");
    let mut comparison = Comparison::of("night without gain");
    comparison.print("runs", |theirs| vec![Figure::mean(&idle, theirs[0], idle.len() as f64 / ended.len() as f64 * NIGHTS)]);
    comparison.end();
}

fn judge(ended: &[&Tally], figures: &[Figure]) {
    let Some(truly) = figures.get(8) else { return };
    let percent = |log: f64| 100.0 * ((log / 100.0).exp() - 1.0);
    let what = format!("true change of a night (reference {:+.0} %)", percent(truly.theirs));
    at_least(&what, percent(truly.ours), percent(truly.theirs - 3.0 * truly.error()), "%");
    let mean = |of: fn(&Tally) -> f64| moments(&ended.iter().map(|night| of(night)).collect::<Vec<_>>()).0;
    at_most("wrong among a night's promotions", 100.0 * mean(Tally::wrong_share), 100.0 * crate::online::FDR, "%");
    at_most("gamers promoted in a night", mean(|night| night.gamers), 0.1, "gamers");
}
