//! How a night ended: what was promoted, and the runs it took.

use super::candidates::{Candidate, SIZES};
use crate::gates::Answer;

#[derive(Default, Clone)]
pub struct Tally {
    pub better: f64,
    pub without: f64,
    pub harmful: f64,
    pub gamers: f64,
    /// Sums of the logarithms of true and of claimed change.
    pub truly: f64,
    pub claimed: f64,
    pub runs: f64,
    /// Candidates of each size, and the runs of those promoted.
    pub of_size: [f64; SIZES.len()],
    pub runs_of_size: [Vec<f64>; SIZES.len()],
    /// The runs of each candidate without a gain.
    pub idle_runs: Vec<f64>,
}

impl Tally {
    pub fn of(candidates: &[Candidate], answers: &[Answer]) -> Self {
        let mut tally = Self::default();
        candidates.iter().zip(answers).for_each(|(candidate, answer)| tally.take(candidate, answer));
        tally
    }

    fn take(&mut self, candidate: &Candidate, answer: &Answer) {
        self.runs += f64::from(answer.runs);
        if candidate.truly <= 0.0 {
            self.idle_runs.push(f64::from(answer.runs));
        }
        if let Some(at) = SIZES.iter().position(|size| *size == candidate.truly) {
            self.of_size[at] += 1.0;
            self.runs_of_size[at].extend(answer.promoted.then_some(f64::from(answer.runs)));
        }
        if answer.promoted {
            self.promote(candidate, answer);
        }
    }

    fn promote(&mut self, candidate: &Candidate, answer: &Answer) {
        match candidate.truly.total_cmp(&0.0) {
            std::cmp::Ordering::Greater => self.better += 1.0,
            std::cmp::Ordering::Equal => self.without += 1.0,
            std::cmp::Ordering::Less => self.harmful += 1.0,
        }
        self.gamers += f64::from(u8::from(candidate.games()));
        self.truly += candidate.truly.ln_1p();
        self.claimed += answer.claimed;
    }

    pub fn promoted(&self) -> f64 {
        self.better + self.without + self.harmful
    }

    pub fn wrong_share(&self) -> f64 {
        if self.promoted() == 0.0 { 0.0 } else { (self.without + self.harmful) / self.promoted() }
    }
}
