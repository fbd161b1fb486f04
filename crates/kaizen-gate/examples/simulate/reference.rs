//! What another implementation of the same worlds and the same gate found (numpy and scipy, seed 20261121), for comparison.
//!
//! P(promote) in percent of the recommended gate at level 1e-3 with a hold-out and a practical effect of 1 %.

use crate::worlds::World;

/// The effects of the table.
pub const EFFECTS: [f64; 8] = [-0.20, -0.05, -0.01, 0.0, 0.01, 0.05, 0.10, 0.20];

/// P(promote) by effect, and out of how many trials.
pub struct Power {
    pub percent: [f64; 8],
    pub trials: f64,
}

pub fn power(world: World) -> Power {
    let (percent, trials) = match world {
        World::Time => ([0.0, 0.0, 0.0, 0.08, 0.33, 47.6, 80.6, 91.7], 1200.0),
        World::Bimodal => ([0.0, 0.0, 0.0, 0.0, 0.25, 26.7, 76.5, 91.1], 1200.0),
        World::Suite => ([0.0, 0.0, 0.0, 0.0, 2.0, 80.9, 98.8, 99.9], 1200.0),
        World::Trace => ([0.0, 0.0, 0.0, 0.17, 0.17, 1.5, 11.8, 54.8], 1200.0),
        World::Pass => ([0.0, 0.0, 0.0, 0.0, 0.0, 0.90, 14.0, 83.4], 3000.0),
        World::Score => ([0.0, 0.0, 0.0, 0.0, 0.0, 7.3, 65.6, 99.7], 3000.0),
    };
    Power { percent, trials }
}

/// What a night of 1,000 candidates truly changes, in percent, by gate (40 nights).
pub const NIGHT: [(&str, &str); 10] = [
    ("Sophia: 1 run, >= 10 %", "-11 %"),
    ("PC-Agent: > 20 %, confident", "-6 %"),
    ("Ryx: any gain", "-86 %"),
    ("memabra: mean of 5, >= 5 %", "-36 %"),
    ("paired t, 10 pairs, 5 %", "+211 %"),
    ("paired t, 20 pairs, Bonferroni", "+73 %"),
    ("paired t, 20 pairs, LORD++", "+116 %"),
    ("evidence without a hold-out", "+184 %"),
    ("paired t, 10 pairs, twice (hold-out)", "+436 %"),
    ("Kaizen", "+489 %"),
];

/// The factor by which Kaizen's night improved the system there.
pub const NIGHT_FACTOR: f64 = 5.89;

/// Median windows to a rollback by true live change, in percent.
pub const WATCH: [(f64, f64); 3] = [(-0.05, 36.0), (-0.10, 13.0), (-0.20, 10.0)];
