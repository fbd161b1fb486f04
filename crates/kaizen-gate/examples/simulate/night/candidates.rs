//! The candidates of a night, and what was measured of them.

use crate::gates::{Answer, NAIVE, naive};
use crate::random::Random;
use crate::seen::{Seen, stretch};
use crate::worlds::World;

/// Of a night.
pub const CANDIDATES: usize = 1000;

/// What truly better and harmful ones change.
pub const SIZES: [f64; 5] = [0.01, 0.02, 0.05, 0.10, 0.20];

/// One candidate: what it does on what proposers see, and what it truly does.
#[derive(Clone, Copy)]
pub struct Candidate {
    pub seen: f64,
    pub truly: f64,
}

impl Candidate {
    pub fn games(&self) -> bool {
        self.seen > 0.0 && self.truly < 0.0
    }
}

/// 5 % better, 2 % that look 15 % better and are 5 % worse, 37 % harmful, the rest without effect.
pub fn candidates(night: usize) -> Vec<Candidate> {
    let mut random = Random::new(7, night as u64);
    let mut drawn = || match random.pick(&[0.05, 0.02, 0.37, 0.56]) {
        0 => plain(SIZES[random.pick(&[0.2, 0.2, 0.3, 0.2, 0.1])]),
        1 => Candidate { seen: 0.15, truly: -0.05 },
        2 => plain(-SIZES[random.pick(&[0.3, 0.25, 0.25, 0.15, 0.05])]),
        _ => plain(0.0),
    };
    (0..CANDIDATES).map(|_| drawn()).collect()
}

fn plain(effect: f64) -> Candidate {
    Candidate { seen: effect, truly: effect }
}

/// A night as gates see it.
pub struct Drawn {
    /// The pairs of each candidate.
    pub pairs: Vec<Seen>,
    /// What the rules of earlier systems say of each.
    pub naive: Vec<[Answer; NAIVE.len()]>,
}

impl Drawn {
    pub fn of(night: usize, candidates: &[Candidate], scale: f64) -> Self {
        let stream = |index: usize| ((night * CANDIDATES + index) * 8) as u64;
        let pairs = |(index, one): (usize, &Candidate)| {
            let [mut dev, mut fresh] = [0, 1].map(|stage| stretch(World::Time, 9, stream(index) + stage, &[]));
            Seen::of(scale, || dev.pair(one.seen), || fresh.pair(one.truly))
        };
        let ruled = |(index, one): (usize, &Candidate)| {
            [0, 1, 2, 3].map(|rule| naive(&NAIVE[rule], &mut stretch(World::Time, 9, stream(index) + 2 + rule as u64, &[]), one.seen))
        };
        Self { pairs: candidates.iter().enumerate().map(pairs).collect(), naive: candidates.iter().enumerate().map(ruled).collect() }
    }
}
