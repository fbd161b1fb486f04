//! Betting evidence for bounded quantities: means of [-1, 1]-valued harms, and stalls.
//!
//! E_n = mean over k of prod_i (1 + l_k x_i) with x_i bounded from below so that no factor is negative, and E[x_i | past] <= 0 under the
//! null (Waudby-Smith & Ramdas, "Estimating means of bounded random variables by betting", 2024). Valid at every stopping time.

use crate::average::median;
use crate::evidence::{Product, log_sum};

/// Shares of the largest possible bet.
const STAKES: [f64; 6] = [0.1, 0.2, 0.35, 0.5, 0.7, 0.9];

/// Bets of the stall kill.
const STALL_BETS: [f64; 3] = [0.3, 0.6, 0.9];

/// A run stalls when it takes more than this much of the baseline's median.
pub const STALL: f64 = 1.25;

/// The evidence at which stalls reject.
pub const STALL_KILL: f64 = 5.0;

/// How far a single pair's harm counts, in either direction: three margins, or more where that is not enough to see what there is to see.
///
/// Unclipped, one pair without any harm could move the evidence by a factor of 1 + m only, and a margin of one percentage point would take
/// 500 pairs. Clipped at three margins it takes twelve. The clip is never closer than four times the noise of A/A pairs nor than one
/// case of the suite (`step`), so that the clipped mean stays near the mean; what it hides (rare catastrophes) is what the plain mean is for,
/// which must lie below the margin too.
pub fn reach(margin: f64, noise: f64, step: f64) -> f64 {
    (3.0 * margin).max(4.0 * noise).max(step).min(1.0)
}

/// ln of the evidence after so many pairs without any harm: what [`share_log`] gives for zeros. Within `pairs` no more can be had.
pub fn best_share_log(margin: f64, reach: f64, pairs: u32) -> f64 {
    let log = |stake: f64| f64::from(pairs) * libm::log1p(stake / (reach - margin) * margin);
    log_sum(&STAKES.map(log)) - libm::log(STAKES.len() as f64)
}

/// The evidence that a mean harm (a difference of two shares, in [-1, 1]) is below `margin` (> 0), or above it with `beyond`.
///
/// `reach` clips ([`reach`]). Returns ln E. With `beyond` the null is harm <= margin.
pub fn share_log(harms: &[f64], margin: f64, reach: f64, beyond: bool) -> f64 {
    let sign = if beyond { -1.0 } else { 1.0 };
    let worst = if beyond { reach + margin } else { reach - margin };
    let product = |stake: f64| {
        let (bet, mut product) = (stake / worst * sign, Product::ONE);
        harms.iter().for_each(|harm| product.times(1.0 + bet * (margin - harm.clamp(-reach, reach))));
        product.ln()
    };
    let logs = STAKES.map(product);
    if logs.iter().any(|log| log.is_nan()) { f64::NEG_INFINITY } else { log_sum(&logs) - libm::log(STAKES.len() as f64) }
}

/// How often each side stalled and how strongly that speaks against the candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stalls {
    /// Runs of the candidate beyond 1.25 times the baseline's median.
    pub candidate: u32,
    /// Runs of the baseline beyond it.
    pub baseline: u32,
    /// Pairs looked at.
    pub pairs: u32,
    /// The largest evidence on the way (an e-value): 5 rejects.
    pub evidence: f64,
}

/// Stalls in pairs of (baseline, candidate) costs, given as logarithms (lower is better).
///
/// x = 1{c > 1.25 med b} - 1{b > 1.25 med b}; E = mean_k prod (1 + k x), k in {0.3, 0.6, 0.9}. It can only reject.
pub fn stalls(costs: &[(f64, f64)]) -> Stalls {
    let bar = median(costs.iter().map(|(baseline, _)| *baseline).collect()) + libm::log(STALL);
    let mut seen = Stalls { candidate: 0, baseline: 0, pairs: costs.len() as u32, evidence: 1.0 };
    let mut products = [1.0; STALL_BETS.len()];
    for (baseline, candidate) in costs {
        let (slow_before, slow_after) = (*baseline > bar, *candidate > bar);
        seen.baseline += u32::from(slow_before);
        seen.candidate += u32::from(slow_after);
        let x = f64::from(i8::from(slow_after) - i8::from(slow_before));
        products.iter_mut().zip(STALL_BETS).for_each(|(product, bet)| *product *= 1.0 + bet * x);
        seen.evidence = seen.evidence.max(products.iter().sum::<f64>() / products.len() as f64);
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::from_log;

    fn share(harms: impl IntoIterator<Item = f64>, margin: f64) -> f64 {
        from_log(share_log(&harms.into_iter().collect::<Vec<f64>>(), margin, 3.0 * margin, false))
    }

    #[test]
    fn a_dozen_pairs_without_errors_prove_one_percentage_point() {
        let needed = (1..60).find(|pairs| share(vec![0.0; *pairs], 0.01) >= 20.0).unwrap();
        assert!((10..=14).contains(&needed), "{needed}");
    }

    #[test]
    fn a_harm_at_the_margin_never_gains_evidence_and_one_beyond_is_proven() {
        assert!(share(vec![0.01; 500], 0.01) <= 1.0);
        assert!(from_log(share_log(&[0.05; 60], 0.01, 0.03, true)) >= 20.0);
        assert!(from_log(share_log(&[0.005; 500], 0.01, 0.03, true)) < 1.0);
    }

    #[test]
    fn noise_makes_the_same_pairs_weaker_evidence() {
        let at = |noise: f64| share_log(&[0.0; 20], 0.01, reach(0.01, noise, 0.0), false);
        assert!(at(0.0) > at(0.01) && at(0.01) > at(0.02) && at(0.02) > 0.0);
    }

    #[test]
    fn the_best_there_is_are_pairs_without_harm() {
        for pairs in [1, 12, 60] {
            let zeros = vec![0.0; pairs as usize];
            assert!((best_share_log(0.01, 0.05, pairs) - share_log(&zeros, 0.01, 0.05, false)).abs() < 1e-12);
        }
    }

    #[test]
    fn betting_is_fair_at_the_margin() {
        // Two-point harms with mean exactly the margin, over all sequences of six: the mean of E is 1.
        let (low, high) = (-0.01, 0.03);
        let total: f64 = (0..64_u32).map(|bits| share((0..6).map(|i| if bits >> i & 1 == 1 { high } else { low }), 0.01)).sum();
        assert!((total / 64.0 - 1.0).abs() < 1e-12, "{}", total / 64.0);
    }

    #[test]
    fn six_stalls_of_the_candidate_alone_reject_and_a_slow_hour_of_both_does_not() {
        let mut costs = vec![(0.0, -0.05); 20];
        costs.iter_mut().take(6).for_each(|pair| pair.1 = 0.5);
        assert!(stalls(&costs).evidence >= STALL_KILL);
        let mut hour = vec![(0.0, 0.0); 20];
        hour.iter_mut().take(6).for_each(|pair| *pair = (0.5, 0.5));
        assert_eq!(stalls(&hour), Stalls { candidate: 6, baseline: 6, pairs: 20, evidence: 1.0 });
    }
}
