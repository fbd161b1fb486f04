//! The effect people are told: from a number of pairs fixed beforehand and measured after promotion.
//!
//! An estimate at a stopping time is biased upwards, so the trial's own mean is never it. The interval is the one of the signed-rank
//! test (Hodges & Lehmann 1963): the ordered Walsh averages (d_i + d_j)/2, i <= j, cut off by the exact distribution of Wilcoxon's
//! statistic. The coin makes the differences symmetric about the effect whatever the noise, so the coverage is exact for any n.
//! From twelve pairs on a single outlier cannot carry an end of the interval away; with ten it can.

use crate::average::{mean, median};
use crate::objective::Objective;
use crate::pairs::complete;
use kaizen_domain::decision::Reason;
use kaizen_domain::trial::{Coin, Sample, Stage};

/// The coverage that is asked for.
pub const LEVEL: f64 = 0.95;

/// Fewer pairs than this cannot give an interval of 95 %.
pub const FEWEST: usize = 6;

/// The most pairs an interval is computed from.
const MOST: usize = 1000;

/// An effect with its interval, as differences of the objective: 0.07 is 7 % (of logarithms for ratios), positive is better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// The plain mean.
    pub mean: f64,
    /// The middle of all Walsh averages: like the mean, unmoved by outliers.
    pub typical: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Over how many pairs.
    pub pairs: u32,
}

/// The effect over the pairs of [`Stage::Effect`]; `None` where there are too few, or a run lacks the objective.
///
/// Errors: what contradicts the coins, or the fault of a candidate's run.
pub fn effect(objective: &Objective, coins: &[Coin], samples: &[Sample]) -> Result<Option<Effect>, Reason> {
    let pairs = complete(Stage::Effect, coins, samples)?;
    let costs = pairs.iter().map(|pair| Some(objective.cost(pair.baseline).ok()? - objective.cost(pair.candidate).ok()?));
    Ok(costs.collect::<Option<Vec<f64>>>().and_then(|differences| interval(&differences)))
}

/// The effect of differences; `None` for fewer than six, more than a thousand, or any that is not finite.
pub fn interval(differences: &[f64]) -> Option<Effect> {
    let count = differences.len();
    if !(FEWEST..=MOST).contains(&count) || differences.iter().any(|difference| !difference.is_finite()) {
        return None;
    }
    let mut walsh: Vec<f64> = Vec::with_capacity(count * (count + 1) / 2);
    for (index, first) in differences.iter().enumerate() {
        walsh.extend(differences[index..].iter().map(|second| (first + second) / 2.0));
    }
    walsh.sort_unstable_by(f64::total_cmp);
    let cut = cut(count)?;
    let (low, high) = (*walsh.get(cut)?, *walsh.get(walsh.len() - 1 - cut)?);
    Some(Effect { mean: mean(differences), typical: median(walsh), low, high, pairs: count as u32 })
}

/// How many Walsh averages may be cut off at each end: the largest k with P(W <= k) <= 2.5 %, W Wilcoxon's statistic of `count` pairs;
/// `None` where there is none.
fn cut(count: usize) -> Option<usize> {
    let most = count * (count + 1) / 2;
    let mut chances = vec![0.0_f64; most + 1];
    chances[0] = 1.0;
    for rank in 1..=count {
        for sum in (0..=most).rev() {
            let with = if sum >= rank { chances[sum - rank] } else { 0.0 };
            chances[sum] = (chances[sum] + with) / 2.0;
        }
    }
    let mut below = 0.0;
    let within = |chance: &&f64| {
        below += **chance;
        below <= (1.0 - LEVEL) / 2.0
    };
    chances.iter().take_while(within).count().checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cut_is_the_one_of_the_published_tables() {
        // Critical values of Wilcoxon's signed-rank test, two-sided 5 %: n = 6: 0, 8: 3, 10: 8, 20: 52; W <= critical rejects.
        assert_eq!([5, 6, 8, 10, 20].map(cut), [None, Some(0), Some(3), Some(8), Some(52)]);
    }

    #[test]
    fn the_interval_covers_the_effect_in_exactly_the_sign_patterns_it_should() {
        // Every sign pattern of eight sizes is equally likely under a true effect of 0.
        let sizes = [0.011, 0.023, 0.037, 0.041, 0.059, 0.067, 0.073, 0.089];
        let covers = |bits: u32| {
            let differences: Vec<f64> = sizes.iter().enumerate().map(|(i, size)| if bits >> i & 1 == 1 { *size } else { -size }).collect();
            let effect = interval(&differences).unwrap();
            effect.low <= 0.0 && 0.0 <= effect.high
        };
        let covered = (0..256).filter(|bits| covers(*bits)).count();
        assert!(covered as f64 / 256.0 >= LEVEL && covered < 256, "{covered}");
    }

    #[test]
    fn too_few_pairs_give_no_interval() {
        assert_eq!(interval(&[0.1; 5]), None);
        assert_eq!(interval(&[0.1, 0.1, 0.1, 0.1, 0.1, f64::NAN]), None);
    }

    #[test]
    fn an_outlier_moves_the_mean_and_hardly_the_interval() {
        let mut differences: Vec<f64> = (0..12).map(|index| 0.05 + 0.01 * f64::from(index % 5)).collect();
        let before = interval(&differences).unwrap();
        differences[3] = 5.0;
        let after = interval(&differences).unwrap();
        assert!(after.mean > 0.4 && (after.typical - before.typical).abs() < 0.02 && after.high < 0.1 && before.low > 0.04);
    }
}
