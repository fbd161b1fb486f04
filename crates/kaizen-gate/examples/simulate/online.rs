//! Levels for p-values that come one after the other, so that few of a night's promotions are wrong: LORD++ and SAFFRON.

/// A share of this size may be wrong.
pub const FDR: f64 = 0.05;

/// What is there before the first promotion.
const START: f64 = FDR / 2.0;

/// P-values up to here are candidates for SAFFRON.
const CANDIDATE: f64 = 0.5;

/// How the budget is spread over what follows a promotion (Ramdas, Yang, Wainwright & Jordan 2017), adding up to 1.
fn gamma(count: usize) -> Vec<f64> {
    let raw = |at: usize| (at.max(2) as f64).ln() / (at as f64 * (at as f64).ln().sqrt().exp());
    let total: f64 = (1..=count).map(raw).sum();
    (1..=count).map(|at| raw(at) / total).collect()
}

/// What a promotion earns: the first one less, because what was there before counts.
fn earned(place: usize) -> f64 {
    if place == 0 { FDR - START } else { FDR }
}

/// LORD++ (Ramdas, Yang, Wainwright & Jordan 2017): which are promoted.
pub fn lord(p_values: &[f64]) -> Vec<bool> {
    let gamma = gamma(p_values.len());
    let mut promotions = Vec::<usize>::new();
    let judge = |(index, p): (usize, &f64)| {
        let level =
            START * gamma[index] + promotions.iter().enumerate().map(|(place, at)| earned(place) * gamma[index - at - 1]).sum::<f64>();
        promotions.extend((*p <= level).then_some(index));
        *p <= level
    };
    p_values.iter().enumerate().map(judge).collect()
}

/// SAFFRON (Ramdas, Zrnic, Wainwright & Jordan 2018) with a constant bar for candidates: time stands still while candidates come.
pub fn saffron(p_values: &[f64]) -> Vec<bool> {
    let gamma = gamma(p_values.len());
    let mut promotions = Vec::<usize>::new();
    // How many candidates there were before each.
    let mut candidates = vec![0_usize];
    let judge = |(index, p): (usize, &f64)| {
        let waited = |from: usize| (index - from) - (candidates[index] - candidates[from]);
        let after = |(place, at): (usize, &usize)| earned(place) * gamma[waited(at + 1)];
        let level = START * gamma[waited(0)] + promotions.iter().enumerate().map(after).sum::<f64>();
        let promoted = *p <= (level * (1.0 - CANDIDATE)).min(CANDIDATE);
        candidates.push(candidates[index] + usize::from(*p <= CANDIDATE));
        promotions.extend(promoted.then_some(index));
        promoted
    };
    p_values.iter().enumerate().map(judge).collect()
}
