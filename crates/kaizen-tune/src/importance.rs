//! How much each parameter matters: functional ANOVA, main effects only (Hutter, Hoos, Leyton-Brown: An efficient approach for
//! assessing hyperparameter importance, 2014), over the samplers' regression instead of a forest.
//!
//! For each value of a parameter the regression's prediction is averaged over uniform draws of all others; the variance of these
//! averages is the parameter's main effect, weighted by how often it has an effect at all. Shares sum to 1. Interactions count for
//! neither side; crashed runs do not count.

use crate::sampler::View;
use crate::sampler::chance::Chance;
use crate::sampler::surface::Surface;
use crate::space::feasible::uniform;
use serde::{Deserialize, Serialize};

/// One parameter's share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// The parameter.
    pub name: String,
    /// From 0 to 1; all shares sum to 1, or are 0 where nothing tells them apart.
    pub share: f64,
}

/// Values of a numeric parameter at which its effect is looked at.
const VALUES: usize = 10;
/// Draws of all others.
const DRAWS: usize = 64;

/// Shares of all parameters, the largest first.
pub(crate) fn importance(view: &View<'_>) -> Vec<Importance> {
    let mut chance = Chance::new(0, 0);
    let draws: Vec<Vec<f64>> = (0..DRAWS).map(|_| uniform(view.space, &mut chance)).collect();
    let regression = view.regression(false);
    let effect = |index: usize| regression.as_ref().map_or(0.0, |surface| effect(view, surface, &draws, index));
    let effects: Vec<f64> = (0..view.space.parameters().len()).map(effect).collect();
    let total: f64 = effects.iter().sum();
    let share = |effect: &f64| if total > 0.0 { effect / total } else { 0.0 };
    let named = view.space.parameters().iter().zip(&effects);
    let mut shares: Vec<Importance> = named.map(|(one, effect)| Importance { name: one.name.clone(), share: share(effect) }).collect();
    shares.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.name.cmp(&b.name)));
    shares
}

/// The main effect of one parameter.
fn effect(view: &View<'_>, surface: &Surface, draws: &[Vec<f64>], index: usize) -> f64 {
    let choices = view.space.parameters()[index].kind.choices();
    let count = choices.unwrap_or(VALUES);
    let mut averages = Vec::with_capacity(count);
    let mut of_effect = 0;
    for value in 0..count {
        let at = if choices.is_some() { value as f64 } else { (value as f64 + 0.5) / count as f64 };
        let predictions: Vec<f64> = draws.iter().filter_map(|draw| prediction(view, surface, draw, index, at)).collect();
        of_effect += predictions.len();
        if !predictions.is_empty() {
            averages.push(predictions.iter().sum::<f64>() / predictions.len() as f64);
        }
    }
    let mean = averages.iter().sum::<f64>() / averages.len().max(1) as f64;
    let variance = averages.iter().map(|average| (average - mean) * (average - mean)).sum::<f64>() / averages.len().max(1) as f64;
    variance * of_effect as f64 / (count * draws.len()) as f64
}

/// What the regression expects of a draw with one coordinate replaced; nothing where the parameter has no effect there.
fn prediction(view: &View<'_>, surface: &Surface, draw: &[f64], index: usize, at: f64) -> Option<f64> {
    let mut coordinates = draw.to_vec();
    coordinates[index] = at;
    let point = view.space.encode(&view.space.decode(&coordinates));
    point[index].map(|_| surface.at(&point).0)
}
