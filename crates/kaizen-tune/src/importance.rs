//! How much each parameter matters: PED-ANOVA (Watanabe, Bansal, Hutter: PED-ANOVA, IJCAI 2023).
//!
//! A parameter matters when the good configurations are spread over its values differently from all of them. Measured is the Pearson
//! divergence of the two one-dimensional densities, sum of p (q/p - 1)^2 with p from all runs and q from the best tenth, over at most
//! ten cells (one for each choice); shares sum to 1. It says nothing about direction or about interactions.

use crate::sampler::View;
use serde::{Deserialize, Serialize};

/// One parameter's share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// The parameter.
    pub name: String,
    /// From 0 to 1; all shares sum to 1, or are 0 where nothing tells them apart.
    pub share: f64,
}

const CELLS: usize = 10;

/// Shares of all parameters, the largest first.
pub(crate) fn importance(view: &View<'_>) -> Vec<Importance> {
    let ranked = view.ranked();
    let best = &ranked[..ranked.len().div_ceil(10).max(2).min(ranked.len())];
    let divergence = |(index, parameter): (usize, &crate::space::Parameter)| {
        let cells = parameter.kind.choices().unwrap_or_else(|| parameter.kind.count().map_or(CELLS, |count| CELLS.min(count as usize)));
        let is_choice = parameter.kind.choices().is_some();
        let cell = |seen: usize| {
            let at = view.points[seen].point[index]?;
            Some(if is_choice { at as usize } else { (at * cells as f64) as usize }.min(cells - 1))
        };
        let (all, good) = (density(&ranked, cells, cell), density(best, cells, cell));
        let value = all.iter().zip(&good).map(|(p, q)| p * (q / p - 1.0) * (q / p - 1.0)).sum();
        (parameter.name.clone(), if ranked.len() < 4 { 0.0 } else { value })
    };
    let divergences: Vec<(String, f64)> = view.space.parameters().iter().enumerate().map(divergence).collect();
    let total: f64 = divergences.iter().map(|(_, value)| value).sum();
    let share = |value: f64| if total > 0.0 { value / total } else { 0.0 };
    let mut shares: Vec<Importance> = divergences.into_iter().map(|(name, value)| Importance { name, share: share(value) }).collect();
    shares.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.name.cmp(&b.name)));
    shares
}

/// The share of each cell and, last, of "no effect"; one run in all is spread evenly, so that no cell is empty.
fn density(among: &[usize], cells: usize, cell: impl Fn(usize) -> Option<usize>) -> Vec<f64> {
    let mut counts = vec![1.0 / (cells + 1) as f64; cells + 1];
    among.iter().for_each(|&seen| counts[cell(seen).unwrap_or(cells)] += 1.0);
    counts.iter().map(|count| count / (among.len() + 1) as f64).collect()
}
