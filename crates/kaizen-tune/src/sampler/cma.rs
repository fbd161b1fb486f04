//! The CMA-ES arm for spaces with four or more continuous dimensions (Hansen: The CMA evolution strategy, a tutorial, 2016).
//!
//! It serves where the noise is large, since it averages over a population, and where there are too many runs for the regression. It
//! takes up where TPE stands: the mean is that of the best configurations so far. Its state is not stored but computed from the
//! runs it asked for. Path lengths use the Cholesky factor of the covariance (Suttorp, Hansen, Igel 2009), so no eigenvectors are
//! needed. Choices and parameters with conditions stay as in the best configuration.

use super::View;
use super::chance::Chance;
use super::linear::{cholesky, solved};
use crate::space::Parameter;
use crate::space::value::Configuration;
use crate::study::Origin;

/// From how many continuous dimensions on.
const DIMENSIONS: usize = 4;
/// How often a draw that is not new is repeated.
const DRAWS: usize = 32;
/// From how many values on a grid counts as continuous.
const FINE: u64 = 32;
/// Which share of the search TPE has for itself before.
const TPE_SHARE: f64 = 0.3;
/// The step at the start, in units of the range.
const START_SIGMA: f64 = 0.15;

/// The next configuration of the arm; nothing where TPE has the word.
pub(super) fn next(view: &View<'_>, seed: u64, search: usize) -> Option<Configuration> {
    let dimensions = dimensions(view);
    if dimensions.len() < DIMENSIONS || (view.points.len() as f64) < TPE_SHARE * search as f64 {
        return None;
    }
    let first = view.points.iter().position(|seen| seen.origin == Origin::Cma).unwrap_or(view.points.len());
    let base = base(view, first)?;
    let arm = replay(view, &dimensions, first)?;
    let mut chance = Chance::new(seed ^ 0x00c0_ffee, view.points.len() as u64);
    let asked = view.points.iter().filter(|seen| seen.origin == Origin::Cma).count();
    // A generation begins with its mean: what many noisy runs agree on is better than most single draws.
    let mean = (asked > 0 && asked.is_multiple_of(arm.lambda)).then(|| arm.mean.clone());
    mean.into_iter().chain((0..DRAWS).map(|_| arm.draw(&mut chance))).find_map(|drawn| {
        let mut coordinates = base.clone();
        for (&index, at) in dimensions.iter().zip(drawn) {
            coordinates[index] = at;
        }
        view.fresh(&coordinates)
    })
}

/// Parameters that are numbers, fine enough and always of effect.
fn dimensions(view: &View<'_>) -> Vec<usize> {
    let fits = |parameter: &Parameter| {
        parameter.kind.choices().is_none() && parameter.when.is_none() && parameter.kind.count().is_none_or(|count| count >= FINE)
    };
    view.space.parameters().iter().enumerate().filter(|(_, parameter)| fits(parameter)).map(|(index, _)| index).collect()
}

/// The coordinates of the best configuration, with a middle where it has none.
fn base(view: &View<'_>, first: usize) -> Option<Vec<f64>> {
    let best = *view.ranked().iter().find(|&&index| index < first.max(1) || view.points[index].origin != Origin::Cma)?;
    Some(view.points[best].point.iter().map(|at| at.unwrap_or(0.5)).collect())
}

/// Mean, step and shape, brought up to the last full generation.
fn replay(view: &View<'_>, dimensions: &[usize], first: usize) -> Option<Arm> {
    let coordinates = |index: usize| dimensions.iter().map(|&at| view.points[index].point[at].unwrap_or(0.5)).collect::<Vec<f64>>();
    let ranked = view.ranked();
    let before: Vec<Vec<f64>> = ranked.iter().filter(|&&index| index < first).take(3).map(|&index| coordinates(index)).collect();
    let mut arm = Arm::new(dimensions.len(), &before)?;
    let asked: Vec<usize> = (first..view.points.len()).filter(|&index| view.points[index].origin == Origin::Cma).collect();
    for generation in asked.chunks_exact(arm.lambda) {
        let mut order = generation.to_vec();
        order.sort_by(|&a, &b| view.points[a].estimate.total_cmp(&view.points[b].estimate).then(a.cmp(&b)));
        let best: Vec<Vec<f64>> = order.iter().take(arm.weights.len()).map(|&index| coordinates(index)).collect();
        arm.update(&best);
    }
    Some(arm)
}

/// The state of the strategy.
struct Arm {
    lambda: usize,
    weights: Vec<f64>,
    mean: Vec<f64>,
    sigma: f64,
    covariance: Vec<Vec<f64>>,
    factor: Vec<Vec<f64>>,
    path_sigma: Vec<f64>,
    path: Vec<f64>,
    generation: f64,
}

impl Arm {
    /// Starts at the mean of some points; nothing without one.
    fn new(n: usize, before: &[Vec<f64>]) -> Option<Self> {
        let count = before.len() as f64;
        (!before.is_empty()).then_some(())?;
        let mean = (0..n).map(|at| before.iter().map(|point| point[at]).sum::<f64>() / count).collect();
        let lambda = 4 + (3.0 * libm::log(n as f64)) as usize;
        let mu = lambda / 2;
        let raw: Vec<f64> = (1..=mu).map(|rank| libm::log((lambda as f64 + 1.0) / 2.0) - libm::log(rank as f64)).collect();
        let total: f64 = raw.iter().sum();
        let identity: Vec<Vec<f64>> = (0..n).map(|row| (0..n).map(|column| f64::from(u8::from(row == column))).collect()).collect();
        Some(Self {
            lambda,
            weights: raw.iter().map(|weight| weight / total).collect(),
            mean,
            sigma: START_SIGMA,
            covariance: identity.clone(),
            factor: identity,
            path_sigma: vec![0.0; n],
            path: vec![0.0; n],
            generation: 0.0,
        })
    }

    fn draw(&self, chance: &mut Chance) -> Vec<f64> {
        let z: Vec<f64> = self.mean.iter().map(|_| chance.normal()).collect();
        let at = |row: usize| self.factor[row].iter().zip(&z).take(row + 1).map(|(a, z)| a * z).sum::<f64>();
        (0..z.len()).map(|row| (self.mean[row] + self.sigma * at(row)).clamp(0.0, 1.0)).collect()
    }

    /// One generation's best, best first (equations and constants of the tutorial, with positive weights only).
    fn update(&mut self, best: &[Vec<f64>]) {
        let n = self.mean.len() as f64;
        let mu_eff = 1.0 / self.weights.iter().map(|weight| weight * weight).sum::<f64>();
        let c_sigma = (mu_eff + 2.0) / (n + mu_eff + 5.0);
        let d_sigma = 1.0 + 2.0 * (((mu_eff - 1.0) / (n + 1.0)).sqrt() - 1.0).max(0.0) + c_sigma;
        let c_c = (4.0 + mu_eff / n) / (n + 4.0 + 2.0 * mu_eff / n);
        let c_1 = 2.0 / ((n + 1.3) * (n + 1.3) + mu_eff);
        let c_mu = (1.0 - c_1).min(2.0 * (mu_eff - 2.0 + 1.0 / mu_eff) / ((n + 2.0) * (n + 2.0) + mu_eff));
        let length = n.sqrt() * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n));

        let steps: Vec<Vec<f64>> = best.iter().map(|point| self.step_to(point)).collect();
        let step: Vec<f64> = (0..self.mean.len()).map(|at| steps.iter().zip(&self.weights).map(|(y, w)| w * y[at]).sum()).collect();
        let white = solved(&self.factor, &step);
        blend(&mut self.path_sigma, c_sigma, (c_sigma * (2.0 - c_sigma) * mu_eff).sqrt(), &white);
        self.generation += 1.0;
        let norm = self.path_sigma.iter().map(|p| p * p).sum::<f64>().sqrt();
        let expected = (1.0 - libm::pow(1.0 - c_sigma, 2.0 * self.generation)).sqrt();
        let moves = norm / expected < (1.4 + 2.0 / (n + 1.0)) * length;
        let push = if moves { (c_c * (2.0 - c_c) * mu_eff).sqrt() } else { 0.0 };
        blend(&mut self.path, c_c, push, &step);
        self.covary(&steps, c_1, c_mu, if moves { 0.0 } else { c_1 * c_c * (2.0 - c_c) });
        self.mean.iter_mut().zip(&step).for_each(|(mean, step)| *mean = (*mean + self.sigma * step).clamp(0.0, 1.0));
        self.sigma = (self.sigma * libm::exp((c_sigma / d_sigma) * (norm / length - 1.0))).clamp(1e-4, 0.4);
    }

    fn step_to(&self, point: &[f64]) -> Vec<f64> {
        point.iter().zip(&self.mean).map(|(x, mean)| (x - mean) / self.sigma).collect()
    }

    fn covary(&mut self, steps: &[Vec<f64>], c_1: f64, c_mu: f64, kept: f64) {
        for row in 0..self.mean.len() {
            for column in 0..self.mean.len() {
                let rank_mu: f64 = steps.iter().zip(&self.weights).map(|(y, w)| w * y[row] * y[column]).sum();
                let old = self.covariance[row][column];
                self.covariance[row][column] = (1.0 + kept - c_1 - c_mu) * old + c_1 * self.path[row] * self.path[column] + c_mu * rank_mu;
            }
        }
        if let Some(factor) = cholesky(&self.covariance) {
            self.factor = factor;
        }
    }
}

fn blend(path: &mut [f64], keep: f64, push: f64, step: &[f64]) {
    path.iter_mut().zip(step).for_each(|(path, step)| *path = (1.0 - keep) * *path + push * step);
}
