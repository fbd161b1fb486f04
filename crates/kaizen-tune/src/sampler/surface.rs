//! A regression over everything measured: what a configuration's loss truly is, and how sure that is.
//!
//! A Gaussian process (Rasmussen and Williams, 2006) with the Matérn 5/2 kernel, one length for each dimension. Lengths come from a
//! small search that maximises the marginal likelihood; the noise is what repeated runs showed. It is computed anew from the runs
//! whenever it is needed and keeps no state.

use super::linear::{cholesky, solved, solved_transposed};
use crate::space::{Point, Space};

/// Lengths in units of the range; a different choice is one such unit away.
const LENGTHS: [f64; 4] = [0.15, 0.3, 0.6, 1.2];
/// By which factors the noise's variance is tried: a few repeated runs do not tell it well.
const TRUSTS: [f64; 3] = [0.6, 1.0, 1.6];
/// By which factors one dimension's length is tried.
const FACTORS: [f64; 2] = [0.5, 2.0];
/// The longest and shortest length of one dimension.
const SPAN: (f64, f64) = (0.05, 8.0);

/// What is known about the losses of a space.
pub(crate) struct Surface {
    points: Vec<Point>,
    choices: Vec<bool>,
    lengths: Vec<f64>,
    signal: f64,
    mean: f64,
    scale: f64,
    factor: Vec<Vec<f64>>,
    /// (K + noise)^-1 (y - mean) / scale.
    weights: Vec<f64>,
}

/// One measured configuration.
pub(crate) struct Measured<'a> {
    pub(crate) point: &'a Point,
    pub(crate) loss: f64,
    pub(crate) runs: usize,
}

impl Surface {
    /// Fits the runs; nothing for fewer than three or where all losses are the same.
    pub(crate) fn new(space: &Space, measured: &[Measured<'_>], noise: f64) -> Option<Self> {
        let choices: Vec<bool> = space.parameters().iter().map(|parameter| parameter.kind.choices().is_some()).collect();
        let losses: Vec<f64> = measured.iter().map(|one| one.loss).collect();
        let (mean, scale) = centred(&losses)?;
        let points: Vec<Point> = measured.iter().map(|one| one.point.clone()).collect();
        let targets: Vec<f64> = losses.iter().map(|loss| (loss - mean) / scale).collect();
        let doubts: Vec<f64> = measured.iter().map(|one| (noise / scale) * (noise / scale) / one.runs as f64 + 1e-6).collect();
        let fit = |lengths: &[f64], trust: f64| Fit::new(&points, &choices, lengths, &targets, &doubts, trust);
        let dimensions = choices.len() as f64;
        let trusts: &[f64] = if noise > 0.0 { &TRUSTS } else { &[1.0] };
        let count = choices.len();
        let even = LENGTHS.iter().flat_map(|length| trusts.iter().map(move |trust| (vec![length * dimensions.sqrt(); count], *trust)));
        let even = even.filter_map(|(lengths, trust)| fit(&lengths, trust)).filter(|fit| fit.likelihood.is_finite());
        let mut best = even.max_by(|a, b| a.likelihood.total_cmp(&b.likelihood))?;
        for dimension in 0..choices.len() {
            for factor in FACTORS {
                let mut lengths = best.lengths.clone();
                lengths[dimension] = (lengths[dimension] * factor).clamp(SPAN.0, SPAN.1);
                best = fit(&lengths, best.trust).filter(|other| other.likelihood > best.likelihood).unwrap_or(best);
            }
        }
        let Fit { lengths, factor, weights, signal, .. } = best;
        Some(Self { points, choices, lengths, signal, mean, scale, factor, weights })
    }

    /// The expected loss at a point and its standard deviation, noise not included.
    pub(crate) fn at(&self, point: &Point) -> (f64, f64) {
        let near: Vec<f64> = self.points.iter().map(|other| self.signal * kernel(&self.choices, &self.lengths, point, other)).collect();
        let mean: f64 = near.iter().zip(&self.weights).map(|(k, weight)| k * weight).sum();
        let known: f64 = solved(&self.factor, &near).iter().map(|x| x * x).sum();
        (self.mean + self.scale * mean, self.scale * (self.signal - known).max(0.0).sqrt())
    }

    /// What each point's loss would be expected to be without its own (Rasmussen and Williams, equation 5.12).
    pub(crate) fn left_out(&self, measured: &[Measured<'_>]) -> Vec<f64> {
        let count = self.weights.len();
        let precision = |at: usize| {
            let unit: Vec<f64> = (0..count).map(|index| f64::from(u8::from(index == at))).collect();
            solved(&self.factor, &unit).iter().map(|x| x * x).sum::<f64>()
        };
        (0..count).map(|at| measured[at].loss - self.scale * self.weights[at] / precision(at)).collect()
    }

    /// The logarithm of the expected improvement over `best` at a point (Jones, Schonlau, Welch, 1998).
    pub(crate) fn log_improvement(&self, point: &Point, best: f64) -> f64 {
        let (mean, doubt) = self.at(point);
        if doubt <= 0.0 {
            return f64::NEG_INFINITY;
        }
        let z = (best - mean) / doubt;
        let density = libm::exp(-0.5 * z * z) / std::f64::consts::TAU.sqrt();
        let share = 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
        // Far below, the difference of two tiny numbers; its leading term is exact enough.
        let gain = if z > -6.0 { z * share + density } else { density / (z * z) };
        libm::log(doubt) + libm::log(gain.max(1e-300))
    }
}

/// Mean and standard deviation; nothing where there are too few or they do not differ.
fn centred(losses: &[f64]) -> Option<(f64, f64)> {
    let mean = losses.iter().sum::<f64>() / losses.len() as f64;
    let scale = (losses.iter().map(|loss| (loss - mean) * (loss - mean)).sum::<f64>() / losses.len() as f64).sqrt();
    (losses.len() > 2 && scale > 0.0 && scale.is_finite()).then_some((mean, scale))
}

struct Fit {
    lengths: Vec<f64>,
    trust: f64,
    signal: f64,
    factor: Vec<Vec<f64>>,
    weights: Vec<f64>,
    likelihood: f64,
}

impl Fit {
    fn new(points: &[Point], choices: &[bool], lengths: &[f64], targets: &[f64], doubts: &[f64], trust: f64) -> Option<Self> {
        let noise: f64 = trust * doubts.iter().sum::<f64>() / doubts.len() as f64;
        let signal = (1.0 - noise).max(0.1);
        let entry = |row: usize, column: usize| {
            signal * kernel(choices, lengths, &points[row], &points[column]) + if row == column { trust * doubts[row] } else { 0.0 }
        };
        let matrix: Vec<Vec<f64>> = (0..points.len()).map(|row| (0..=row).map(|column| entry(row, column)).collect()).collect();
        let factor = cholesky(&matrix)?;
        let half = solved(&factor, targets);
        let fit: f64 = half.iter().map(|x| x * x).sum();
        let volume: f64 = factor.iter().enumerate().map(|(row, line)| libm::log(line[row])).sum();
        // A broad prior on the lengths (log-normal around 1) keeps dimensions that never mattered from running away.
        let logs: Vec<f64> = lengths.iter().map(|length| libm::log(*length)).collect();
        let centre = logs.iter().sum::<f64>() / logs.len() as f64;
        let usual = libm::log(0.5 * (logs.len() as f64).sqrt());
        let prior = 1.0 * (centre - usual) * (centre - usual) + 2.0 * logs.iter().map(|log| (log - centre) * (log - centre)).sum::<f64>();
        let weights = solved_transposed(&factor, &half);
        let prior = prior + 4.0 * libm::log(trust) * libm::log(trust);
        Some(Self { lengths: lengths.to_vec(), trust, signal, weights, factor, likelihood: -0.5 * fit - volume - prior })
    }
}

/// Matérn 5/2 over the scaled distance. A different choice, or an effect on one side only, is one unit away.
fn kernel(choices: &[bool], lengths: &[f64], left: &Point, right: &Point) -> f64 {
    let mut square = 0.0;
    for (index, (left, right)) in left.iter().zip(right).enumerate() {
        let distance = match (left, right) {
            (Some(left), Some(right)) if choices[index] => f64::from(u8::from(left != right)),
            (Some(left), Some(right)) => left - right,
            (None, None) => 0.0,
            _ => 1.0,
        };
        square += (distance / lengths[index]) * (distance / lengths[index]);
    }
    let root = (5.0 * square).sqrt();
    (1.0 + root + 5.0 * square / 3.0) * libm::exp(-root)
}
