//! Multivariate TPE: propose where the density of good configurations is high against that of the others (Bergstra and others,
//! Algorithms for hyper-parameter optimization, 2011; multivariate kernels after Falkner, Klein, Hutter: BOHB, 2018).
//!
//! What crashed belongs to the others, and keeps away by a factor of its own: the estimated chance that a place does not crash.

use super::View;
use super::chance::Chance;
use super::parzen::Parzen;
use crate::space::Point;
use crate::space::value::Configuration;

/// Configurations drawn from the good ones' density, of which the best is proposed.
const DRAWN: usize = 24;

/// The next configuration; nothing where no draw was new.
pub(super) fn next(view: &View<'_>, chance: &mut Chance) -> Option<Configuration> {
    let ranked = view.ranked();
    let good: Vec<usize> = ranked.iter().copied().take(good_count(ranked.len())).collect();
    let others: Vec<usize> = (0..view.points.len()).filter(|index| !good.contains(index)).collect();
    let points = |indices: &[usize]| indices.iter().map(|&index| &view.points[index].point).collect::<Vec<_>>();
    let weights: Vec<f64> = (0..good.len()).map(|rank| good_weight(rank, good.len())).collect();
    let likely = Parzen::new(view.space, points(&good), &weights, crate::sampler::knob("FLAT", 1.0));
    let unlikely = Parzen::new(view.space, points(&others), &vec![1.0; others.len()], 1.0);
    let safety = Safety::new(view);
    let mut best: Option<(f64, Configuration)> = None;
    let surface = view.surface.as_ref().filter(|_| (view.points.len() % 4) < crate::sampler::knob("ALT", 2.0) as usize);
    let least = view.ranked().first().map_or(0.0, |&index| view.points[index].estimate);
    let drawn = if surface.is_some() { 200 } else { crate::sampler::knob("DRAWN", 24.0) as usize };
    for _ in 0..drawn {
        let Some(configuration) = view.fresh(&likely.draw(chance)) else { continue };
        let point = view.space.encode(&configuration);
        let merit = match surface {
            Some(surface) => surface.log_improvement(&point, least),
            None => likely.log_density(&point) - unlikely.log_density(&point),
        } + safety.log_chance(&point);
        if best.as_ref().is_none_or(|(most, _)| merit > *most) {
            best = Some((merit, configuration));
        }
    }
    best.map(|(_, configuration)| configuration)
}

/// How many of n configurations count as good.
fn good_count(n: usize) -> usize {
    (libm::ceil(crate::sampler::knob("GAMMA", 0.1) * n as f64) as usize).min(25)
}

/// Better ones count more.
fn good_weight(rank: usize, count: usize) -> f64 {
    1.0 + 0.0 * (count - rank) as f64 / count as f64
}

/// The chance that a place does not crash, from the densities of what crashed and what did not.
struct Safety<'a> {
    crashed: Option<Parzen<'a>>,
    fine: Parzen<'a>,
    counts: (f64, f64),
}

impl<'a> Safety<'a> {
    fn new(view: &'a View<'_>) -> Self {
        let (fine, crashed): (Vec<_>, Vec<_>) = view.points.iter().partition(|seen| seen.loss.is_some());
        let density = |seen: &[&'a super::Seen]| {
            let points: Vec<&'a Point> = seen.iter().map(|seen| &seen.point).collect();
            let weights = vec![1.0; points.len()];
            Parzen::new(view.space, points, &weights, 0.2)
        };
        let counts = (fine.len() as f64, crashed.len() as f64);
        Self { crashed: (!crashed.is_empty()).then(|| density(&crashed)), fine: density(&fine), counts }
    }

    fn log_chance(&self, at: &Point) -> f64 {
        let Some(crashed) = &self.crashed else { return 0.0 };
        let fine = self.counts.0 * libm::exp(self.fine.log_density(at));
        let bad = self.counts.1 * libm::exp(crashed.log_density(at));
        // Squared: a crash costs a whole run and teaches little.
        2.0 * libm::log((fine / (fine + bad)).max(1e-12))
    }
}
