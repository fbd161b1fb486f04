//! Multivariate TPE: propose where the density of good configurations is high against that of the others (Bergstra and others,
//! Algorithms for hyper-parameter optimization, 2011; multivariate kernels after Falkner, Klein, Hutter: BOHB, 2018). Where a regression
//! is worth asking, it chooses among the same kind of draws every other time, by expected improvement.
//!
//! What crashed belongs to the others, and keeps away by a factor of its own: the estimated chance that a place does not crash.

use super::View;
use super::chance::Chance;
use super::parzen::Parzen;
use super::surface::Surface;
use crate::space::Point;
use crate::space::value::Configuration;

/// Configurations drawn from the good ones' density, of which the best is proposed.
const DRAWN: usize = 24;
/// The same where the regression chooses: it tells more of them apart.
const DRAWN_FOR_REGRESSION: usize = 200;
/// Which share of the configurations counts as good, and how many at most.
const GOOD: (f64, usize) = (0.1, 25);

/// The next configuration; nothing where no draw was new.
pub(super) fn next(view: &View<'_>, chance: &mut Chance) -> Option<Configuration> {
    let merit = Merit::new(view);
    let drawn = if merit.surface.is_some() { DRAWN_FOR_REGRESSION } else { DRAWN };
    let mut best: Option<(f64, Configuration)> = None;
    for _ in 0..drawn {
        let Some(configuration) = view.fresh(&merit.likely.draw(chance)) else { continue };
        let merit = merit.of(&view.space.encode(&configuration));
        if best.as_ref().is_none_or(|(most, _)| merit > *most) {
            best = Some((merit, configuration));
        }
    }
    best.map(|(_, configuration)| configuration)
}

/// What speaks for a place.
struct Merit<'a> {
    likely: Parzen<'a>,
    unlikely: Parzen<'a>,
    safety: Safety<'a>,
    /// The regression, every other time it is there.
    surface: Option<&'a Surface>,
    /// The best estimate so far.
    least: f64,
}

impl<'a> Merit<'a> {
    fn new(view: &'a View<'_>) -> Self {
        let ranked = view.ranked();
        let count = (libm::ceil(GOOD.0 * ranked.len() as f64) as usize).min(GOOD.1);
        let good = &ranked[..count];
        let others: Vec<usize> = (0..view.points.len()).filter(|index| !good.contains(index)).collect();
        let density = |indices: &[usize]| {
            let points: Vec<&'a Point> = indices.iter().map(|&index| &view.points[index].point).collect();
            Parzen::new(view.space, points, 1.0)
        };
        Self {
            likely: density(good),
            unlikely: density(&others),
            safety: Safety::new(view),
            surface: view.surface.as_ref().filter(|_| view.points.len().is_multiple_of(2)),
            least: ranked.first().map_or(0.0, |&index| view.points[index].estimate),
        }
    }

    fn of(&self, at: &Point) -> f64 {
        let gain = match self.surface {
            Some(surface) => surface.log_improvement(at, self.least),
            None => self.likely.log_density(at) - self.unlikely.log_density(at),
        };
        gain + self.safety.log_chance(at)
    }
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
            Parzen::new(view.space, points, 0.2)
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
