//! The watch over what went live: a change detector that may raise its alarm at any window.
//!
//! Shiryaev-Roberts on e-values: M_l <- (M_l + 1)(1 + tanh(-l (d + margin) / s)), alarm when the mean of M over the three bets reaches 1000
//! (Shin, Ramdas & Rinaldo, "E-detectors", 2023: the mean number of windows to a false alarm is then at least 1000). Under "no harm beyond
//! the margin" each factor has a mean of at most 1. The state is three numbers and can be stored between windows.
//!
//! Without the old version beside the new one, the same hours before stand in for it: a weaker comparison, with a wider margin,
//! and called so ([`Control`]).

use crate::evidence::LAMBDAS;
use serde::{Deserialize, Serialize};

/// The mean of M at which a release is rolled back.
pub const ALARM: f64 = 1000.0;

/// What the new version is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// The old version, alive at the same time, in pairs ordered by coins.
    Concurrent,
    /// The same hours before: weaker.
    SameHours,
}

impl Control {
    /// The harm that is tolerated, as a share.
    pub fn margin(self) -> f64 {
        match self {
            Self::Concurrent => 0.02,
            Self::SameHours => 0.10,
        }
    }
}

/// The state of a watch. Starts at nothing seen.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Watch {
    statistics: [f64; 3],
    windows: u32,
    alarmed: bool,
}

impl Watch {
    /// Takes one window: the relative improvement of the new version over the old (negative: worse), the scale of its noise, and the margin
    /// of harm that is tolerated. After an alarm nothing changes any more; a window that is no number counts as the worst there can be.
    pub fn push(&mut self, improvement: f64, scale: f64, margin: f64) {
        if self.alarmed {
            return;
        }
        let z = -(improvement + margin) / scale;
        for (statistic, lambda) in self.statistics.iter_mut().zip(LAMBDAS) {
            let factor = if z.is_nan() { 2.0 } else { 2.0 / (1.0 + libm::exp(-2.0 * lambda * z)) };
            *statistic = (*statistic + 1.0) * factor;
        }
        self.windows += 1;
        self.alarmed = self.mean() >= ALARM;
    }

    /// The mean of M over the bets: 1000 is the alarm.
    pub fn mean(&self) -> f64 {
        self.statistics.iter().sum::<f64>() / self.statistics.len() as f64
    }

    /// Whether to roll back.
    pub fn alarm(&self) -> bool {
        self.alarmed
    }

    /// How many windows were taken.
    pub fn windows(&self) -> u32 {
        self.windows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows until the alarm when every window shows exactly this improvement.
    fn delay(improvement: f64) -> u32 {
        let mut watch = Watch::default();
        while !watch.alarm() && watch.windows() < 5000 {
            watch.push(improvement, 0.054, 0.02);
        }
        watch.windows()
    }

    #[test]
    fn the_worse_the_release_the_sooner_it_is_rolled_back() {
        assert!(delay(-0.20) <= 10 && delay(-0.10) <= 13 && delay(-0.05) <= 40, "{} {} {}", delay(-0.20), delay(-0.10), delay(-0.05));
        assert!(delay(-0.20) < delay(-0.10) && delay(-0.10) < delay(-0.05));
    }

    #[test]
    fn a_release_that_is_no_worse_is_left_alone() {
        assert_eq!(delay(0.0), 5000);
        assert_eq!(delay(0.05), 5000);
    }

    #[test]
    fn a_watch_goes_on_where_it_was_stored() {
        let windows = [0.01, -0.04, 0.03, -0.02, -0.3, 0.0];
        let mut whole = Watch::default();
        let mut resumed = Watch::default();
        for improvement in windows {
            whole.push(improvement, 0.054, 0.02);
            let stored = serde_json::to_string(&resumed).unwrap();
            resumed = serde_json::from_str(&stored).unwrap();
            resumed.push(improvement, 0.054, 0.02);
        }
        assert_eq!(whole, resumed);
    }

    #[test]
    fn windows_that_cannot_be_read_do_not_keep_a_release_alive() {
        assert!(delay(f64::NAN) <= 10);
    }
}
