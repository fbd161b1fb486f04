//! What a noisy loss is worth: each configuration's own mean, drawn towards what its neighbours predict.
//!
//! Kernel regressions of several widths (Nadaraya 1964, Watson 1964) and the Gaussian process of [`super::surface`] predict each loss
//! without the point itself; the one that predicts best counts. The mean squared error of that prediction, less the noise, is how far a
//! loss strays from its neighbourhood by
//! itself (v). The estimate is the posterior mean of a normal model: own loss with variance s^2/runs, prediction with variance v.
//! Without noise it is the loss itself.

use super::surface::{Measured, Surface};
use super::{REGRESSION, Seen, View};

/// Widths of the kernel regression, in units of the range times the root of the dimensions.
const WIDTHS: [f64; 6] = [0.05, 0.1, 0.15, 0.2, 0.3, 0.5];

/// How far a loss may stray by itself at least, as a share of the noise's variance: no prediction is that good.
const LEAST_OWN: f64 = 0.5;

/// Fills in every estimate.
pub(super) fn estimate(view: &mut View<'_>) {
    let order: Vec<usize> = (0..view.points.len()).filter(|&index| view.points[index].loss.is_some()).collect();
    let losses: Vec<f64> = order.iter().filter_map(|&index| view.points[index].loss).collect();
    let plain = |view: &View<'_>| losses.iter().zip(&order).map(|(loss, index)| (*loss, doubt(view, &view.points[*index]))).collect();
    let smoothed: Vec<(f64, f64)> = if view.noise > 0.0 && losses.len() > 4 { blended(view, &order, &losses) } else { plain(view) };
    for (index, (estimate, doubt)) in order.into_iter().zip(smoothed) {
        view.points[index].estimate = estimate;
        view.points[index].doubt = doubt;
    }
}

/// The variance of a configuration's mean loss.
fn doubt(view: &View<'_>, seen: &Seen) -> f64 {
    view.noise * view.noise / seen.runs as f64
}

/// Estimates and their variances.
fn blended(view: &View<'_>, order: &[usize], losses: &[f64]) -> Vec<(f64, f64)> {
    let points: Vec<&Seen> = order.iter().map(|&index| &view.points[index]).collect();
    let scale = (view.space.parameters().len() as f64).sqrt();
    let candidates = WIDTHS.iter().map(|width| predictions(&points, losses, width * scale));
    let measured: Vec<Measured<'_>> =
        points.iter().zip(losses).map(|(seen, loss)| Measured { point: &seen.point, loss: *loss, runs: seen.runs }).collect();
    let affordable = measured.len() <= REGRESSION;
    let regression = affordable.then(|| Surface::new(view.space, &measured, view.noise)).flatten();
    let candidates = candidates.chain(regression.map(|surface| surface.left_out(&measured)));
    let scored = candidates.map(|predicted| (mean_square(&predicted, losses), predicted));
    let Some((error, predicted)) = scored.min_by(|a, b| a.0.total_cmp(&b.0)) else { return Vec::new() };
    let noise = view.noise * view.noise;
    let own = (error - noise).max(LEAST_OWN * noise);
    let blend = |((seen, loss), predicted): ((&&Seen, &f64), f64)| {
        let doubt = doubt(view, seen);
        ((loss * own + predicted * doubt) / (own + doubt), own * doubt / (own + doubt))
    };
    points.iter().zip(losses).zip(predicted).map(blend).collect()
}

/// What the others predict of each, by their distance.
fn predictions(points: &[&Seen], losses: &[f64], width: f64) -> Vec<f64> {
    let overall = losses.iter().sum::<f64>() / losses.len() as f64;
    let predict = |at: usize| {
        let mut weighted = overall * 1e-3;
        let mut total = 1e-3;
        for other in (0..points.len()).filter(|other| *other != at) {
            let weight = points[other].runs as f64 * libm::exp(-0.5 * distance(points[at], points[other]) / (width * width));
            weighted += weight * losses[other];
            total += weight;
        }
        weighted / total
    };
    (0..points.len()).map(predict).collect()
}

/// The squared distance; a different choice, or an effect on one side only, counts as half the range.
fn distance(left: &Seen, right: &Seen) -> f64 {
    let dimension = |(left, right): (&Option<f64>, &Option<f64>)| match (left, right) {
        (Some(left), Some(right)) => ((left - right) * (left - right)).min(1.0),
        (None, None) => 0.0,
        _ => 0.25,
    };
    left.point.iter().zip(&right.point).map(dimension).sum()
}

fn mean_square(predicted: &[f64], losses: &[f64]) -> f64 {
    predicted.iter().zip(losses).map(|(p, l)| (p - l) * (p - l)).sum::<f64>() / losses.len() as f64
}
