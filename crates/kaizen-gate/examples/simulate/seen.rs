//! What a gate may look at: the differences of one candidate, pair by pair, and their running mean and deviation.

use crate::gates::{Answer, CAP};
use crate::random::Random;
use crate::worlds::Stretch;

/// One candidate's pairs, positive where it was better: as many as a gate may take.
pub struct Seen {
    /// On what proposers see.
    pub dev: Vec<f64>,
    /// On the hold-out.
    pub fresh: Vec<f64>,
    /// The running moments of both.
    pub moments: [Vec<Moments>; 2],
    /// The noise of a pair.
    pub scale: f64,
}

/// After so many pairs.
#[derive(Clone, Copy)]
pub struct Moments {
    pub count: f64,
    pub mean: f64,
    pub deviation: f64,
}

impl Moments {
    /// Student's t.
    pub fn t(&self) -> f64 {
        self.mean * self.count.sqrt() / self.deviation
    }
}

impl Seen {
    /// Sixty pairs of each stage.
    pub fn of(scale: f64, mut dev: impl FnMut() -> f64, mut fresh: impl FnMut() -> f64) -> Self {
        let dev: Vec<f64> = (0..CAP).map(|_| dev()).collect();
        let fresh: Vec<f64> = (0..CAP).map(|_| fresh()).collect();
        let moments = [moments(&dev), moments(&fresh)];
        Self { dev, fresh, moments, scale }
    }

    /// An answer after so many pairs of the DEV stage.
    pub fn answer(&self, promoted: bool, pairs: usize) -> Answer {
        Answer { promoted, runs: 2 * pairs as u32, claimed: self.moments[0][pairs - 1].mean }
    }

    /// The same, after a HOLD-OUT of so many pairs.
    pub fn answer_twice(&self, promoted: bool, pairs: usize, later: usize) -> Answer {
        Answer { promoted, runs: 2 * (pairs + later) as u32, claimed: self.moments[1][later - 1].mean }
    }
}

/// These values one after the other.
pub fn feed(values: &[f64]) -> impl FnMut() -> f64 {
    let mut rest = values.iter();
    move || rest.next().copied().unwrap_or(f64::NAN)
}

/// A stretch with a coin before each pair.
pub fn stretch(world: crate::worlds::World, seed: u64, stream: u64, trace: &[f64]) -> Stretch<'_> {
    Stretch::new(world, Random::new(seed, stream), trace)
}

/// Running moments; equal values have a tiny deviation, so that t is a number.
fn moments(differences: &[f64]) -> Vec<Moments> {
    let (mut sum, mut squares) = (0.0, 0.0);
    let after = |(place, difference): (usize, &f64)| {
        let count = place as f64 + 1.0;
        sum += difference;
        squares += difference * difference;
        let mean = sum / count;
        let variance = (squares / count - mean * mean) * count / (count - 1.0).max(1.0);
        Moments { count, mean, deviation: variance.max(1e-12).sqrt() }
    };
    differences.iter().enumerate().map(after).collect()
}
