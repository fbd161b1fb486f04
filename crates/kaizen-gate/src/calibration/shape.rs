//! The shape of a benchmark's noise: trends over time, two modes.
//!
//! Advice for people, never an input of a decision.

use super::AaPair;
use crate::average::median;
use serde::{Deserialize, Serialize};

/// A trend is told when chance alone shows one as strong less often than this.
const SIGNIFICANT: f64 = 0.01;

/// Runs from which on a trend or modes can be told.
const ENOUGH: usize = 20;

/// The share of the variance that the best division into two groups explains from which on there are two modes: normal noise gives
/// 2/pi = 0.64, uniform noise 0.75; the excess over that is what a few dozen runs can show by chance.
const TWO_MODES: f64 = 0.80;

/// The smaller group holds at least this share: fewer are outliers, not a mode.
const SMALLER: f64 = 0.15;

/// A trend of the runs over time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The change of the cost per hour, as a share (Theil-Sen: the median of all slopes).
    pub per_hour: f64,
    /// How often chance alone shows such a trend in independent runs (Mann-Kendall, two-sided). Slow waves of the machine look like
    /// trends too.
    pub chance: f64,
}

/// Two groups of runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Modes {
    /// How far the slower lies above the faster, as a share.
    pub apart: f64,
    /// The share of the runs in the slower.
    pub slower: f64,
    /// The share of the variance that the division explains.
    pub explained: f64,
}

/// The trend of pairs over time, where there is one.
pub(super) fn drift(pairs: &[AaPair]) -> Option<Drift> {
    if pairs.len() < ENOUGH {
        return None;
    }
    let level = |pair: &AaPair| (pair.baseline + pair.candidate) / 2.0;
    let (mut rises, mut slopes) = (0.0, Vec::new());
    for (index, early) in pairs.iter().enumerate() {
        for late in &pairs[index + 1..] {
            let (rise, time) = (level(late) - level(early), late.at - early.at);
            rises += if rise == 0.0 { 0.0 } else { rise.signum() * time.signum() };
            slopes.extend((time != 0.0).then(|| rise / time));
        }
    }
    let count = pairs.len() as f64;
    let deviation = libm::sqrt(count * (count - 1.0) * (2.0 * count + 5.0) / 18.0);
    let chance = libm::erfc((libm::fabs(rises) - 1.0).max(0.0) / deviation / std::f64::consts::SQRT_2);
    (chance < SIGNIFICANT && !slopes.is_empty()).then(|| Drift { per_hour: 3600.0 * median(slopes), chance })
}

/// The two modes of runs, where there are two: the division of the sorted runs that explains most of their variance (Otsu 1979).
pub(super) fn modes(runs: &[f64]) -> Option<Modes> {
    let mut sorted = runs.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let count = sorted.len();
    let mean = sorted.iter().sum::<f64>() / count as f64;
    let whole: f64 = sorted.iter().map(|run| (run - mean) * (run - mean)).sum();
    if count < 2 * ENOUGH || whole <= 0.0 {
        return None;
    }
    let least = libm::ceil(SMALLER * count as f64) as usize;
    let (mut below, mut best) = (sorted[..least].iter().sum::<f64>(), None::<Modes>);
    let total: f64 = sorted.iter().sum();
    for (size, next) in (least..=count - least).zip(&sorted[least..]) {
        let (low, high) = (below / size as f64, (total - below) / (count - size) as f64);
        let explained = (size * (count - size)) as f64 / count as f64 * (high - low) * (high - low) / whole;
        let found = Modes { apart: high - low, slower: (count - size) as f64 / count as f64, explained };
        best = Some(best.filter(|best| best.explained >= explained).unwrap_or(found));
        below += next;
    }
    best.filter(|modes| modes.explained >= TWO_MODES)
}
