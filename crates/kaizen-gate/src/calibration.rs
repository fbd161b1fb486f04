//! What a benchmark can prove, measured before the night begins: the baseline against itself.
//!
//! From A/A pairs (both arms the baseline, ordered by coins) come the scale of the noise, signs of a broken benchmark, of drift, of two
//! modes and of an order effect, and the table "effect -> pairs". Only the scale enters a trial, and a wrong one costs power, never
//! validity: everything else here is advice. Fewer than 30 pairs give a rough answer, and it is called so.

mod shape;

use crate::average::median;
use crate::betting::{best_share_log, reach};
use crate::effect;
use crate::evidence::{Evidence, path};
use crate::guardrail::PASS;
use crate::objective::{CASE_SCALE, Flaw, Objective};
use crate::pairs::Pair;
use kaizen_domain::trial::Arm;
use serde::{Deserialize, Serialize};
pub use shape::{Drift, Modes};

/// The smallest scale: a tenth of a thousandth.
pub const FLOOR: f64 = 1e-4;

/// A/A pairs from which on a calibration is not rough any more.
pub const ENOUGH: u32 = 30;

/// ln 1000: A/A evidence that shows a broken benchmark (in either direction, so that a sound one is called broken once in 500 times).
const BROKEN: f64 = 6.907_755_278_982_137;

/// The median of |d| times this estimates a standard deviation where the noise is normal.
const NORMAL: f64 = 1.4826;

/// One pair of the baseline against itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AaPair {
    /// The cost of the run that stood in for the baseline ([`Objective::cost`]).
    pub baseline: f64,
    /// The cost of the run that stood in for the candidate.
    pub candidate: f64,
    /// Which of them ran first.
    pub first: Arm,
    /// When the pair began, in seconds from any fixed moment.
    pub at: f64,
}

impl AaPair {
    /// The pair as an objective sees it.
    ///
    /// Errors: the metric that is missing or has no ratio.
    pub fn of(objective: &Objective, pair: &Pair<'_>, at: f64) -> Result<Self, Flaw> {
        Ok(Self { baseline: objective.cost(pair.baseline)?, candidate: objective.cost(pair.candidate)?, first: pair.first, at })
    }

    /// d: positive where the stand-in of the candidate was better.
    pub fn difference(&self) -> f64 {
        self.baseline - self.candidate
    }

    /// How much better the second run was than the first.
    fn second_gains(&self) -> f64 {
        if self.first == Arm::Baseline { self.difference() } else { -self.difference() }
    }
}

/// What A/A pairs say about a benchmark on a machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// How many pairs it rests on.
    pub pairs: u32,
    /// True below 30 pairs.
    pub rough: bool,
    /// s: 1.4826 median |d|, at least 1e-4.
    pub scale: f64,
    /// True where every run gave exactly the same value: nothing can be proven better by pairs.
    pub constant: bool,
    /// The largest evidence (as its logarithm) that one stand-in is better than the other; from ln 1000 on the benchmark is broken.
    pub aa_evidence: f64,
    /// How much the second run of a pair gains over the first, where that is not 0 (95 % interval). The coin cancels it; it costs power.
    pub order: Option<OrderEffect>,
    /// A trend of the runs over time, where there is one. Pairs cancel it.
    pub drift: Option<Drift>,
    /// Two modes, where the runs fall into two groups.
    pub modes: Option<Modes>,
}

/// What running second is worth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OrderEffect {
    /// The gain of the second run over the first, as a share.
    pub gain: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// One line of the table "effect -> pairs".
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Provable {
    /// The true effect, as a share.
    pub effect: f64,
    /// Pairs expected in both stages together; `None` where a stage would need more than the cap.
    pub pairs: Option<u32>,
}

/// What A/A pairs say; `None` without any, or where a difference is not finite.
pub fn calibrate(pairs: &[AaPair]) -> Option<Calibration> {
    let differences: Vec<f64> = pairs.iter().map(AaPair::difference).collect();
    if pairs.is_empty() || differences.iter().any(|difference| !difference.is_finite()) {
        return None;
    }
    let scale = scale(&differences);
    let runs: Vec<f64> = pairs.iter().flat_map(|pair| [pair.baseline, pair.candidate]).collect();
    let count = pairs.len() as u32;
    Some(Calibration {
        pairs: count,
        rough: count < ENOUGH,
        scale,
        constant: runs.iter().all(|run| *run == runs[0]),
        aa_evidence: largest(&differences, scale, 1.0).max(largest(&differences, scale, -1.0)),
        order: order(pairs),
        drift: shape::drift(pairs),
        modes: shape::modes(&runs),
    })
}

/// s = 1.4826 median |d|, at least 1e-4. Where more than half of the differences are exactly 0 (a coarse clock, few cases) the median of the others
/// stands in: a floor that small would let one negative pair end any evidence.
pub fn scale(differences: &[f64]) -> f64 {
    let sizes: Vec<f64> = differences.iter().map(|difference| libm::fabs(*difference)).collect();
    let mut middle = median(sizes.clone());
    if middle == 0.0 {
        middle = median(sizes.into_iter().filter(|size| *size > 0.0).collect());
    }
    let scale = NORMAL * middle;
    if scale > FLOOR { scale } else { FLOOR }
}

/// The noise of a difference of two shares in A/A pairs (error rates and other shares in guardrails): the root of the mean square, 0 where
/// no two runs differed. Bounded quantities have no outliers to be robust against, and their medians are mostly 0.
pub fn noise(harms: &[f64]) -> f64 {
    let squares: f64 = harms.iter().map(|harm| harm * harm).sum();
    libm::sqrt(squares / harms.len().max(1) as f64)
}

/// The smallest rise of the error rate that can be proven not to happen within `pairs` pairs, in a suite of so many cases with this noise
/// ([`noise`]): the fewer cases, the more one of them weighs. A limit below it is worth telling before a trial; 1 where there is none.
pub fn provable_rise(cases: usize, noise: f64, pairs: u32) -> f64 {
    let step = if cases == 0 { 0.0 } else { 1.0 / cases as f64 };
    let provable = |margin: f64| best_share_log(margin, reach(margin, noise, step), pairs) >= PASS;
    let (mut low, mut high) = (0.0, 0.5);
    if !provable(high) {
        return 1.0;
    }
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if provable(middle) { high = middle } else { low = middle }
    }
    high
}

fn largest(differences: &[f64], scale: f64, sign: f64) -> f64 {
    let turned: Vec<f64> = differences.iter().map(|difference| sign * difference).collect();
    path(&turned, scale).into_iter().fold(0.0, f64::max)
}

/// Pairs of the unchanged project within a trial from which on their spread says something.
const SENTINELS: usize = 5;

/// How many times as wide, and as narrow, such a spread has to be: by chance it is in about one trial of a thousand, and of fifty.
const MOVED: (f64, f64) = (3.0, 0.25);

/// The spread of pairs measured within a trial, where it is not that of the calibration. Advice for people: a wrong scale costs power.
pub fn spread_moved(calibrated: f64, differences: &[f64]) -> Option<f64> {
    let spread = scale(differences);
    let moved = spread > MOVED.0 * calibrated || spread < MOVED.1 * calibrated;
    (differences.len() >= SENTINELS && moved).then_some(spread)
}

fn order(pairs: &[AaPair]) -> Option<OrderEffect> {
    let gains: Vec<f64> = pairs.iter().map(AaPair::second_gains).collect();
    let seen = effect::interval(&gains)?;
    (seen.low > 0.0 || seen.high < 0.0).then_some(OrderEffect { gain: seen.typical, low: seen.low, high: seen.high })
}

impl Calibration {
    /// Whether the baseline beats itself: the benchmark is broken, and nothing may be measured with it.
    pub fn is_broken(&self) -> bool {
        self.aa_evidence >= BROKEN
    }

    /// The smallest effect that can be expected to be proven within the cap of each stage; `None` where none can.
    pub fn resolvable(&self, alpha: f64, cap: u32) -> Option<f64> {
        let (dev, holdout) = levels(alpha);
        Some(resolvable(dev, self.scale, cap)?.max(resolvable(holdout, self.scale, cap)?))
    }

    /// How many pairs each effect takes, both stages together.
    pub fn table(&self, alpha: f64, cap: u32, effects: &[f64]) -> Vec<Provable> {
        let of = |effect: &f64| Provable { effect: *effect, pairs: trial_pairs(alpha, self.scale, *effect, cap) };
        effects.iter().map(of).collect()
    }
}

/// The levels the two stages have to reach each: min(20 alpha, 1/20), and what remains, at most 1/20.
fn levels(alpha: f64) -> (f64, f64) {
    let alone = libm::exp(-PASS);
    let dev = (alpha / alone).min(alone);
    (dev, (alpha / dev).min(alone))
}

/// Expected pairs for a true effect mu: max(log2(1/alpha), 2 s^2 (ln(1/alpha) + 1.1) / mu^2), rounded up; `None` for an effect that is not
/// positive. A pair can at most double the evidence (first term); small effects gain about (mu/s)^2 / 2 a pair at the best bet, less
/// the price 1.1 = ln 3 of the mixture (second term).
pub fn pairs_needed(alpha: f64, scale: f64, effect: f64) -> Option<u32> {
    let log = -libm::log(alpha);
    let pairs = (log / std::f64::consts::LN_2).max(2.0 * scale * scale * (log + 1.1) / (effect * effect));
    (effect > 0.0 && pairs.is_finite()).then(|| libm::ceil(pairs).min(f64::from(u32::MAX)) as u32)
}

/// The smallest effect that [`pairs_needed`] expects to prove within `cap` pairs; `None` where no effect is provable in so few.
pub fn resolvable(alpha: f64, scale: f64, cap: u32) -> Option<f64> {
    let log = -libm::log(alpha);
    let possible = f64::from(cap) >= log / std::f64::consts::LN_2;
    possible.then(|| scale * libm::sqrt(2.0 * (log + 1.1) / f64::from(cap)))
}

/// Expected pairs of both stages of a trial that mends a case wholly which fails in this share of the baseline's runs; `None` where a
/// stage would need more than the cap. Only pairs in which the baseline fails say anything.
pub fn case_pairs(alpha: f64, failing: f64, cap: u32) -> Option<u32> {
    let (dev, holdout) = levels(alpha);
    let pairs = |level: f64| libm::ceil(f64::from(failures_needed(-libm::log(level))) / failing);
    let (dev, holdout) = (pairs(dev), pairs(holdout));
    (failing > 0.0 && dev <= f64::from(cap) && holdout <= f64::from(cap)).then_some((dev + holdout) as u32)
}

/// Pairs in which only the baseline fails until the evidence has this logarithm.
fn failures_needed(log: f64) -> u32 {
    let (mut evidence, mut pairs) = (Evidence::new(), 0);
    while log.is_finite() && evidence.log() < log {
        evidence.push(1.0, CASE_SCALE);
        pairs += 1;
    }
    pairs
}

/// Expected pairs of both stages of a trial; `None` where a stage would need more than the cap.
pub fn trial_pairs(alpha: f64, scale: f64, effect: f64, cap: u32) -> Option<u32> {
    let (dev, holdout) = levels(alpha);
    let (dev, holdout) = (pairs_needed(dev, scale, effect)?, pairs_needed(holdout, scale, effect)?);
    (dev <= cap && holdout <= cap).then(|| dev + holdout)
}
