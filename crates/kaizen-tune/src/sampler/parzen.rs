//! A density over the space, made of one kernel for each of some points and a flat one for everything never seen.
//!
//! Kernels are products over the dimensions: truncated normal for numbers, a share for the same choice and the rest spread evenly
//! for choices. A dimension without effect in a kernel's point counts as flat, which is how conditional parameters take part.

use super::chance::Chance;
use crate::space::{Point, Space};

/// One dimension as kernels see it.
#[derive(Debug, Clone)]
enum Axis {
    /// The width of each kernel.
    Number { widths: Vec<f64> },
    /// How surely a draw keeps its kernel's choice.
    Choice { choices: usize, keep: f64 },
}

/// The density.
pub(super) struct Parzen<'a> {
    axes: Vec<Axis>,
    points: Vec<&'a Point>,
    /// Of the points' kernels, then of the flat one; they sum to 1.
    weights: Vec<f64>,
}

impl<'a> Parzen<'a> {
    /// A density of points; the flat kernel weighs as much as `flat` of them.
    pub(super) fn new(space: &Space, points: Vec<&'a Point>, flat: f64) -> Self {
        let axis = |(index, parameter): (usize, &crate::space::Parameter)| match parameter.kind.choices() {
            Some(choices) => Axis::Choice { choices, keep: 1.0 - 1.0 / (points.len() as f64 + 2.0) },
            None => {
                let half_cell = parameter.kind.count().map_or(0.0, |count| 0.5 / count as f64);
                Axis::Number { widths: gaps(&points, index).into_iter().map(|gap| gap.max(half_cell)).collect() }
            }
        };
        let axes = space.parameters().iter().enumerate().map(axis).collect();
        let total = points.len() as f64 + flat;
        let weights = std::iter::repeat_n(1.0, points.len()).chain([flat]).map(|weight| weight / total).collect();
        Self { axes, points, weights }
    }

    /// Coordinates drawn from it.
    pub(super) fn draw(&self, chance: &mut Chance) -> Vec<f64> {
        let kernel = chance.weighted(&self.weights);
        let point = self.points.get(kernel);
        let draw = |(index, axis): (usize, &Axis)| match (axis, point.and_then(|point| point[index])) {
            (Axis::Number { .. }, None) => chance.unit(),
            (Axis::Number { widths }, Some(centre)) => truncated(chance, centre, widths[kernel]),
            (Axis::Choice { keep, .. }, Some(centre)) if chance.unit() < *keep => centre,
            (Axis::Choice { choices, .. }, _) => chance.below(*choices) as f64,
        };
        self.axes.iter().enumerate().map(draw).collect()
    }

    /// The logarithm of the density at a point.
    pub(super) fn log_density(&self, at: &Point) -> f64 {
        let kernels = (0..self.points.len()).map(|kernel| libm::log(self.weights[kernel]) + self.log_kernel(kernel, at));
        let flat: f64 = self.axes.iter().zip(at).filter_map(|(axis, coordinate)| coordinate.map(|_| axis.log_flat())).sum();
        let flat = self.weights.last().filter(|weight| **weight > 0.0).map(|weight| libm::log(*weight) + flat);
        log_sum(kernels.chain(flat))
    }

    fn log_kernel(&self, kernel: usize, at: &Point) -> f64 {
        let dimension = |((axis, centre), at): ((&Axis, &Option<f64>), &Option<f64>)| match (centre, at) {
            (_, None) => 0.0,
            (None, Some(_)) => axis.log_flat(),
            (Some(centre), Some(at)) => axis.log_at(kernel, *centre, *at),
        };
        self.axes.iter().zip(self.points[kernel]).zip(at).map(dimension).sum()
    }
}

impl Axis {
    fn log_flat(&self) -> f64 {
        match self {
            Self::Number { .. } => 0.0,
            Self::Choice { choices, .. } => -libm::log(*choices as f64),
        }
    }

    fn log_at(&self, kernel: usize, centre: f64, at: f64) -> f64 {
        match self {
            Self::Number { widths } => {
                let width = widths[kernel];
                let z = (at - centre) / width;
                let inside = normal_share((1.0 - centre) / width) - normal_share(-centre / width);
                -0.5 * z * z - libm::log(width * (std::f64::consts::TAU).sqrt() * inside)
            }
            Self::Choice { choices, keep } => {
                let spread = (1.0 - keep) / *choices as f64;
                libm::log(if centre == at { keep + spread } else { spread })
            }
        }
    }
}

/// The width of each kernel: the larger gap to the neighbours in this coordinate, not below 1/(n + 2) of the range or a hundredth
/// (Bergstra, Yamins, Cox: Making a science of model search, 2013). Kernels narrow where points gather.
fn gaps(points: &[&Point], index: usize) -> Vec<f64> {
    let mut sorted: Vec<f64> = points.iter().filter_map(|point| point[index]).collect();
    sorted.sort_by(f64::total_cmp);
    let least = 1.0 / (points.len() as f64 + 2.0).min(100.0);
    let gap = |at: f64| {
        let place = sorted.partition_point(|other| *other < at);
        let below = place.checked_sub(1).map(|before| at - sorted[before]);
        let above = sorted.get(place + 1).map(|after| after - at);
        match (below, above) {
            (Some(below), Some(above)) => below.max(above),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => at.max(1.0 - at),
        }
    };
    points.iter().map(|point| point[index].map_or(1.0, |at| gap(at).clamp(least, 1.0))).collect()
}

/// A normal draw inside [0, 1], where its centre lies.
fn truncated(chance: &mut Chance, centre: f64, width: f64) -> f64 {
    let drawn = (0..64).map(|_| centre + width * chance.normal()).find(|at| (0.0..=1.0).contains(at));
    drawn.unwrap_or(centre)
}

fn normal_share(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

fn log_sum(terms: impl Iterator<Item = f64>) -> f64 {
    let terms: Vec<f64> = terms.collect();
    let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + libm::log(terms.iter().map(|term| libm::exp(term - most)).sum::<f64>())
}
