//! Which configuration to measure next.
//!
//! After a start that covers the space, the noise decides. Where it is small against what the losses differ by, multivariate TPE, of
//! whose draws every other time a regression chooses. Where it is large, TPE over losses that their neighbours have smoothed, one of the
//! best again every now and then, and CMA-ES where four or more dimensions are continuous: it averages over a population.
//!
//! Everything is a function of the space, the seed and the runs told so far. Nothing that was measured is proposed as new; where nothing
//! new is left, there is no proposal.

pub(crate) mod chance;
mod cma;
mod linear;
mod parzen;
mod smooth;
pub(crate) mod surface;
mod tpe;

use crate::space::feasible::uniform;
use crate::space::value::Configuration;
use crate::space::{Point, Space};
use crate::study::{Origin, Run, deviation};
use chance::Chance;
use std::collections::BTreeSet;
use surface::{Measured, Surface};

/// Configurations measured before anything is learnt from them, the present one included.
const START: usize = 10;
/// Up to which share of the losses' deviation the noise may be for the surface to be asked.
const SURE: f64 = 0.4;
/// Under much noise every so many runs one of the best runs again,
const AGAIN: usize = 4;
/// one of so many,
const AGAIN_OF: usize = 3;
/// up to so often.
const AGAIN_RUNS: usize = 4;
/// Beyond so many configurations the regression costs more than it gives.
const REGRESSION: usize = 250;
/// How often a draw is repeated before a space counts as full where it cannot be listed.
const DRAWS: usize = 500;

/// The runs of a study as the samplers see them.
pub(crate) struct View<'a> {
    pub(crate) space: &'a Space,
    /// Different configurations in the order they were first measured.
    pub(crate) points: Vec<Seen>,
    /// Standard deviation of one run's loss.
    pub(crate) noise: f64,
    surface: Option<Surface>,
    taken: BTreeSet<String>,
}

/// One configuration that was measured.
pub(crate) struct Seen {
    pub(crate) configuration: Configuration,
    pub(crate) point: Point,
    pub(crate) origin: Origin,
    /// Mean loss of its runs; nothing where one crashed.
    pub(crate) loss: Option<f64>,
    pub(crate) runs: usize,
    /// The loss with what neighbours say taken into account: what configurations are ranked by.
    pub(crate) estimate: f64,
    /// The variance of that estimate.
    pub(crate) doubt: f64,
}

impl<'a> View<'a> {
    /// Gathers the runs of the search; the race has its own accounts.
    pub(crate) fn new(space: &'a Space, runs: &[Run], noise: f64) -> Self {
        let mut view = Self { space, points: Vec::new(), noise, surface: None, taken: BTreeSet::new() };
        for run in runs.iter().filter(|run| !run.origin.is_race()) {
            view.add(run);
        }
        view.estimate();
        view
    }

    /// The regression is worth asking where most of what it saw is not noise.
    fn estimate(&mut self) {
        smooth::estimate(self);
        let losses: Vec<f64> = self.points.iter().filter_map(|seen| seen.loss).collect();
        if self.points.len() <= REGRESSION && self.noise <= SURE * deviation(&losses) {
            self.surface = self.regression(true);
        }
    }

    /// A regression over everything measured; what crashed counts as much as the worst that did not, or not at all.
    pub(crate) fn regression(&self, crashes: bool) -> Option<Surface> {
        let worst = self.points.iter().filter_map(|seen| seen.loss).fold(f64::NEG_INFINITY, f64::max);
        let measured: Vec<Measured<'_>> = self
            .points
            .iter()
            .filter(|seen| crashes || seen.loss.is_some())
            .map(|seen| Measured { point: &seen.point, loss: seen.loss.unwrap_or(worst), runs: seen.runs })
            .collect();
        if worst.is_finite() { Surface::new(self.space, &measured, self.noise) } else { None }
    }

    fn add(&mut self, run: &Run) {
        if self.taken.insert(run.configuration.identity()) {
            let point = self.space.encode(&run.configuration);
            let seen = Seen {
                configuration: run.configuration.clone(),
                point,
                origin: run.origin,
                loss: run.outcome.loss(),
                runs: 1,
                estimate: f64::INFINITY,
                doubt: 0.0,
            };
            self.points.push(seen);
        } else if let Some(seen) = self.points.iter_mut().find(|seen| seen.configuration == run.configuration) {
            let runs = seen.runs as f64;
            seen.loss = seen.loss.zip(run.outcome.loss()).map(|(mean, loss)| (mean * runs + loss) / (runs + 1.0));
            seen.runs += 1;
        }
    }

    /// Indices of the configurations that did not crash, best first.
    pub(crate) fn ranked(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.points.len()).filter(|&index| self.points[index].loss.is_some()).collect();
        order.sort_by(|&a, &b| self.points[a].estimate.total_cmp(&self.points[b].estimate).then(a.cmp(&b)));
        order
    }

    /// The configuration at some coordinates, where it satisfies the constraints and is new.
    fn fresh(&self, coordinates: &[f64]) -> Option<Configuration> {
        let configuration = self.space.decode(coordinates);
        let new = self.space.violated(&configuration).is_none() && !self.taken.contains(&configuration.identity());
        new.then_some(configuration)
    }
}

/// The next configuration; nothing where every one was measured. `search` is how many configurations the search may measure.
pub(crate) fn next(view: &View<'_>, seed: u64, search: usize) -> Option<(Configuration, Origin)> {
    let mut chance = Chance::new(seed, view.points.len() as u64);
    if view.points.len() < START.min(search / 2).max(2) {
        return start(view, seed, &mut chance).map(|configuration| (configuration, Origin::Start));
    }
    if let Some(again) = again(view) {
        return Some((again, Origin::Again));
    }
    if view.surface.is_none()
        && let Some(configuration) = cma::next(view, seed, search)
    {
        return Some((configuration, Origin::Cma));
    }
    let proposed = tpe::next(view, &mut chance);
    proposed.or_else(|| anywhere(view, &mut chance)).map(|configuration| (configuration, Origin::Tpe))
}

/// One of the best, so that luck does not lead the search for long. With little noise luck does not lead.
fn again(view: &View<'_>) -> Option<Configuration> {
    let runs: usize = view.points.iter().map(|seen| seen.runs).sum();
    if view.surface.is_some() || view.noise <= 0.0 || !runs.is_multiple_of(AGAIN) {
        return None;
    }
    let best = view.ranked().into_iter().take(AGAIN_OF).filter(|&index| view.points[index].runs < AGAIN_RUNS);
    best.min_by_key(|&index| view.points[index].runs).map(|index| view.points[index].configuration.clone())
}

/// A point of a Kronecker sequence with a random shift (Roberts: the generalised golden ratio), which covers the space more evenly
/// than independent draws.
fn start(view: &View<'_>, seed: u64, chance: &mut Chance) -> Option<Configuration> {
    let parameters = view.space.parameters();
    let ratio = golden(parameters.len());
    let mut shift = Chance::new(seed, u64::MAX);
    let shifts: Vec<f64> = parameters.iter().map(|_| shift.unit()).collect();
    let at = |(index, parameter): (usize, &crate::space::Parameter)| {
        let unit = (shifts[index] + view.points.len() as f64 * libm::pow(ratio, -(index as f64 + 1.0))).fract();
        parameter.kind.choices().map_or(unit, |choices| (unit * choices as f64).floor())
    };
    let coordinates: Vec<f64> = parameters.iter().enumerate().map(at).collect();
    view.fresh(&coordinates).or_else(|| anywhere(view, chance))
}

/// The root above 1 of x^(d+1) = x + 1.
fn golden(dimensions: usize) -> f64 {
    (0..64).fold(1.5, |x, _| libm::pow(1.0 + x, 1.0 / (dimensions as f64 + 1.0)))
}

/// A uniform draw among what is new; every configuration left gets its chance where they can be listed.
fn anywhere(view: &View<'_>, chance: &mut Chance) -> Option<Configuration> {
    let drawn = (0..DRAWS).find_map(|_| view.fresh(&uniform(view.space, chance)));
    drawn.or_else(|| {
        let left: Vec<Configuration> = view.space.all()?.into_iter().filter(|one| !view.taken.contains(&one.identity())).collect();
        (!left.is_empty()).then(|| left[chance.below(left.len())].clone())
    })
}
