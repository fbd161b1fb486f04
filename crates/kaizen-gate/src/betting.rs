//! Betting evidence for bounded quantities: means of [-1, 1]-valued harms, and stalls.
//!
//! E_n = mean over k of prod_i (1 + l_k x_i) with x_i bounded from below so that no factor is negative, and E[x_i | past] <= 0 under the
//! null (Waudby-Smith & Ramdas, "Estimating means of bounded random variables by betting", 2024). Valid at every stopping time.

use crate::evidence::log_sum;

/// Shares of the largest possible bet.
const STAKES: [f64; 6] = [0.1, 0.2, 0.35, 0.5, 0.7, 0.9];

/// Bets of the stall kill.
const STALL_BETS: [f64; 3] = [0.3, 0.6, 0.9];

/// A run stalls when it takes more than this much of the baseline's median.
pub const STALL: f64 = 1.25;

/// The evidence at which stalls reject.
pub const STALL_KILL: f64 = 5.0;

/// A single pair's harm counts up to so many margins, in either direction, or so many times the noise where that is more.
///
/// Unclipped, one pair without any harm could move the evidence by a factor of 1 + m only, and a margin of one percentage point would take
/// 500 pairs. Clipped at three margins it takes twelve. Four times the noise keep the clipped mean the mean; what the clip hides (rare
/// catastrophes) is what the plain mean is for, which must lie below the margin too.
const CLIP: (f64, f64) = (3.0, 4.0);

/// The evidence that a mean harm (a difference of two shares, in [-1, 1]) is below `margin` (> 0), or above it with `beyond`.
///
/// `noise` is the scale of the harm in A/A pairs (>= 0). Returns ln E. With `beyond` the null is harm <= margin.
pub fn share_log(harms: impl IntoIterator<Item = f64>, margin: f64, noise: f64, beyond: bool) -> f64 {
    let reach = (CLIP.0 * margin).max(CLIP.1 * noise);
    let sign = if beyond { -1.0 } else { 1.0 };
    let worst = if beyond { reach + margin } else { reach - margin };
    let mut logs = [0.0; STAKES.len()];
    for harm in harms {
        let x = sign * (margin - harm.clamp(-reach, reach));
        for (log, stake) in logs.iter_mut().zip(STAKES) {
            *log += if x.is_nan() { f64::NEG_INFINITY } else { libm::log1p(stake / worst * x) };
        }
    }
    log_sum(&logs) - libm::log(STAKES.len() as f64)
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

/// The middle value, the mean of the two middle ones of an even number; NaN of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => (values[middle - 1] + values[middle]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::from_log;

    fn share(harms: impl IntoIterator<Item = f64>, margin: f64) -> f64 {
        from_log(share_log(harms, margin, 0.0, false))
    }

    #[test]
    fn a_dozen_pairs_without_errors_prove_one_percentage_point() {
        let needed = (1..60).find(|pairs| share(vec![0.0; *pairs], 0.01) >= 20.0).unwrap();
        assert!((10..=14).contains(&needed), "{needed}");
    }

    #[test]
    fn a_harm_at_the_margin_never_gains_evidence_and_one_beyond_is_proven() {
        assert!(share(vec![0.01; 500], 0.01) <= 1.0);
        assert!(from_log(share_log(vec![0.05; 60], 0.01, 0.0, true)) >= 20.0);
        assert!(from_log(share_log(vec![0.005; 500], 0.01, 0.0, true)) < 1.0);
    }

    #[test]
    fn noise_makes_the_same_pairs_weaker_evidence() {
        let at = |noise: f64| share_log(vec![0.0; 20], 0.01, noise, false);
        assert!(at(0.0) > at(0.01) && at(0.01) > at(0.02) && at(0.02) > 0.0);
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
