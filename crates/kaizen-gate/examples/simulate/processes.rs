//! Sequential tests that may be looked at after every pair: logarithms of their evidence, and when to stop.
//!
//! One stage ([`alone`]) or DEV and HOLD-OUT ([`twice`]) over any of them; Kaizen's own evidence comes from `kaizen_gate`, to be stopped in
//! other ways than its own.

use crate::gates::{Answer, CAP};
use crate::looks::hopeless;
use crate::seen::{Moments, Seen};

/// No evidence at all: what processes say before they may speak.
const NONE: f64 = -9.0;

/// What the hold-out must show alone.
const HOLDOUT: f64 = 20.0;

/// The practical effect asked of the hold-out's mean.
const MIN_GAIN: f64 = 0.01;

/// When to give up, from the logarithms of the evidence and the moments.
pub type Stop = fn(&[f64], &[Moments]) -> usize;

/// Kaizen's own table.
pub fn futile(logs: &[f64], _: &[Moments]) -> usize {
    below(&kaizen_gate::futility::TABLE, logs)
}

/// A table that gives up sooner.
pub fn thrifty(logs: &[f64], _: &[Moments]) -> usize {
    below(&[(3, 0.4), (5, 0.6), (8, 1.0), (12, 2.0), (18, 5.0), (28, 15.0), (40, 50.0)], logs)
}

/// By the running mean, as classical tests do here.
pub fn by_mean(_: &[f64], moments: &[Moments]) -> usize {
    hopeless(moments, CAP as usize)
}

fn below(table: &[(u32, f64)], logs: &[f64]) -> usize {
    let missed = table.iter().find(|(pairs, floor)| logs[*pairs as usize - 1] < floor.ln());
    missed.map_or(logs.len(), |(pairs, _)| *pairs as usize)
}

/// One stage at this level.
pub fn alone(seen: &Seen, logs: &[f64], level: f64, stop: Stop) -> Answer {
    until(seen, logs, level, stop(logs, &seen.moments[0]))
}

/// One stage at this level, given up after so many pairs.
pub fn until(seen: &Seen, logs: &[f64], level: f64, end: usize) -> Answer {
    let first = logs[..end].iter().position(|log| *log >= (1.0 / level).ln());
    seen.answer(first.is_some(), first.map_or(end, |place| place + 1))
}

/// DEV and HOLD-OUT: twenty from the hold-out alone, 1/level from both, and a mean that matters.
pub fn twice(seen: &Seen, [dev, fresh]: [&[f64]; 2], level: f64, stop: Stop) -> Answer {
    let (both, holdout) = ((1.0 / level).ln(), HOLDOUT.ln());
    let end = stop(dev, &seen.moments[0]);
    let Some(reached) = dev[..end].iter().position(|log| *log >= (both - holdout).max(holdout)) else {
        return seen.answer(false, end);
    };
    let end = stop(fresh, &seen.moments[1]);
    let enough =
        |place: &usize| fresh[*place] >= holdout && fresh[*place] + dev[reached] >= both && seen.moments[1][*place].mean >= MIN_GAIN;
    let first = (0..end).find(enough);
    seen.answer_twice(first.is_some(), reached + 1, first.map_or(end, |place| place + 1))
}

/// Mixture sequential probability ratio test with the sample variance plugged in (Johari, Pekelis & Walsh 2015), effects normal with
/// 5 %, folded to one side.
pub fn msprt(moments: &[Moments]) -> Vec<f64> {
    const TAU: f64 = 0.05 * 0.05;
    let log = |seen: &Moments| {
        let variance = seen.deviation * seen.deviation / seen.count;
        let shrink = 0.5 * (variance / (variance + TAU)).ln();
        shrink + 0.5 * seen.mean * seen.mean * TAU / (variance * (variance + TAU)) + std::f64::consts::LN_2
    };
    one_sided(moments, 4, log)
}

/// The scale-invariant e-process of Student's t under normal noise (Lai 1976; Wang & Ramdas 2023, right-Haar prior on the variance,
/// standard normal on effect over deviation), folded to one side.
pub fn e_of_t(moments: &[Moments]) -> Vec<f64> {
    let log = |seen: &Moments| {
        let (t, freedom) = (seen.t(), (seen.count - 1.0).max(1.0));
        let ratio = (t * t / freedom).ln_1p() - (t * t / (freedom * (1.0 + seen.count))).ln_1p();
        -0.5 * seen.count.ln_1p() + (freedom + 1.0) / 2.0 * ratio + std::f64::consts::LN_2
    };
    one_sided(moments, 1, log)
}

fn one_sided(moments: &[Moments], silent: usize, log: impl Fn(&Moments) -> f64) -> Vec<f64> {
    let after = |(place, seen): (usize, &Moments)| if place < silent || seen.mean <= 0.0 { NONE } else { log(seen) };
    moments.iter().enumerate().map(after).collect()
}

/// The hedged capital of bets on the mean of differences clipped at one half (Waudby-Smith & Ramdas 2024, section 4), a grid of bets.
pub fn betting(differences: &[f64]) -> Vec<f64> {
    const CLIP: f64 = 0.5;
    const BETS: [f64; 6] = [0.1, 0.2, 0.35, 0.5, 0.7, 0.9];
    let mut capital = [1.0_f64; 6];
    let after = |difference: &f64| {
        let clipped = difference.clamp(-CLIP, CLIP);
        capital.iter_mut().zip(BETS).for_each(|(capital, bet)| *capital *= 1.0 + bet / CLIP * clipped);
        (capital.iter().sum::<f64>() / capital.len() as f64).ln()
    };
    differences.iter().map(after).collect()
}

/// The capital of the predictable plug-in empirical-Bernstein confidence sequence (Waudby-Smith & Ramdas 2024, theorem 2) on differences
/// clipped at one half.
pub fn empirical_bernstein(differences: &[f64]) -> Vec<f64> {
    const CLIP: f64 = 0.5;
    let (mut sum, mut squares, mut log) = (0.5, 0.01, 0.0);
    let (mut mean_before, mut variance_before) = (0.5, 0.01);
    let after = |(place, difference): (usize, &f64)| {
        let (x, count) = ((difference.clamp(-CLIP, CLIP) + CLIP) / (2.0 * CLIP), place as f64 + 1.0);
        let bet = (2.0 * 20.0_f64.ln() / (variance_before * count * count.ln_1p())).sqrt().min(0.5);
        let cost = (-(-bet).ln_1p() - bet) / 4.0;
        log += bet * (x - 0.5) - 4.0 * (x - mean_before) * (x - mean_before) * cost;
        sum += x;
        mean_before = sum / (count + 1.0);
        squares += (x - mean_before) * (x - mean_before);
        variance_before = squares / (count + 1.0);
        log
    };
    differences.iter().enumerate().map(after).collect()
}

/// Kaizen's evidence.
pub fn evidence(differences: &[f64], scale: f64) -> Vec<f64> {
    kaizen_gate::evidence::path(differences, scale)
}
