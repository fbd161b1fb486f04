//! What measuring does to a true time: nothing, a share of it at random, now and then a slow run, or a drift.

use std::f64::consts::TAU;

/// How runs are disturbed.
pub(crate) struct Noise {
    pub(crate) name: &'static str,
    share: f64,
    /// How often a run is slow, and by which factor.
    slow: (f64, f64),
    /// How much of a run's disturbance stays for the next one.
    drift: f64,
}

const fn plain(name: &'static str, share: f64) -> Noise {
    Noise { name, share, slow: (0.0, 1.0), drift: 0.0 }
}

/// The five that are compared.
pub(crate) const NOISES: &[Noise] = &[
    plain("0 %", 0.0),
    plain("5 %", 0.05),
    plain("20 %", 0.2),
    Noise { name: "bimodal", share: 0.03, slow: (0.2, 1.4), drift: 0.0 },
    Noise { name: "AR(1)", share: 0.2, slow: (0.0, 1.0), drift: 0.9 },
];

/// The disturbances of one study, run after run.
#[derive(Clone)]
pub(crate) struct Stream {
    dice: Dice,
    last: f64,
}

impl Stream {
    pub(crate) fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed ^ 0xd15e), last: 0.0 }
    }

    /// What a run that truly takes `time` is measured to take.
    pub(crate) fn measured(&mut self, noise: &Noise, time: f64) -> f64 {
        let fresh = noise.share * (1.0 - noise.drift * noise.drift).sqrt() * self.dice.normal();
        self.last = noise.drift * self.last + fresh;
        let slow = if self.dice.unit() < noise.slow.0 { noise.slow.1 } else { 1.0 };
        time * self.last.exp() * slow
    }
}

/// Random numbers of a seed (SplitMix64).
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d);
        dice.unit();
        dice
    }

    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (TAU * self.unit()).cos()
    }
}
