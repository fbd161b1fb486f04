//! The race of the leaders: the best configurations of the search and the present one, run together round by round.
//!
//! After irace (López-Ibáñez and others, 2016): every configuration of a round runs under the same conditions, so that what moves
//! all of them cancels; every other round the weaker half drops out; the present configuration never does. The winner has the best mean,
//! never the best single run: the mean of its runs in the race together with what the search estimated, each by its variance. That
//! estimate is drawn towards the neighbours, so a leader that was merely lucky brings little of its luck along.

use crate::sampler::{Seen, View};
use crate::space::value::Configuration;
use crate::study::{Origin, Run};
use serde::{Deserialize, Serialize};

/// The largest share of the budget that is raced.
pub const MOST: f64 = 0.25;
/// Leaders at most, the present configuration not counted.
const LEADERS: usize = 7;
/// Rounds before a half drops out.
const ROUNDS: usize = 2;

/// The share of the budget that is raced: clip(2 s / spread, 0, 0.25), where s is the standard deviation of one run and spread that
/// of the losses which the search saw. Without noise there is no race: the best seen is the best.
pub fn share(noise: f64, spread: f64) -> f64 {
    if noise <= 0.0 || spread <= 0.0 { 0.0 } else { (2.0 * noise / spread).clamp(0.0, MOST) }
}

/// How a configuration stands in the race.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The configuration.
    pub configuration: Configuration,
    /// Its mean loss: in the race together with the search's estimate, before the race of its runs.
    pub mean: f64,
    /// Its runs, in the race once that runs.
    pub runs: usize,
}

/// The race as it stands.
pub(crate) struct Race {
    /// The present configuration first.
    entered: Vec<Entered>,
    /// The variance of one run's loss.
    noise: f64,
}

struct Entered {
    configuration: Configuration,
    /// What the search thought of it, and the variance of that.
    thought: (f64, f64),
    losses: Vec<f64>,
    out: bool,
}

impl Race {
    /// Who races, by the search, and what its runs told.
    pub(crate) fn new(view: &View<'_>, present: &Configuration, runs: &[Run], budget: usize) -> Self {
        let leaders = view.ranked().into_iter().map(|index| &view.points[index]).filter(|seen| seen.configuration != *present);
        let own = view.points.iter().filter(|seen| seen.configuration == *present);
        // Two rounds of everybody and as much again for the better half have to fit.
        let room = (budget / (2 * ROUNDS)).saturating_sub(1).clamp(1, LEADERS);
        let enter = |seen: &Seen| Entered {
            configuration: seen.configuration.clone(),
            thought: (seen.estimate, seen.doubt),
            losses: Vec::new(),
            out: seen.loss.is_none(),
        };
        let entered = own.chain(leaders.take(room)).map(enter).collect();
        let mut race = Self { entered, noise: view.noise * view.noise };
        race.replay(runs);
        race
    }

    fn replay(&mut self, runs: &[Run]) {
        let mut round = 0;
        for run in runs {
            let Origin::Race(of) = run.origin else { continue };
            if of != round {
                self.close(round);
                round = of;
            }
            let Some(entered) = self.entered.iter_mut().find(|entered| entered.configuration == run.configuration) else { continue };
            match run.outcome.loss() {
                Some(loss) => entered.losses.push(loss),
                None => entered.out = true,
            }
        }
        if runs.iter().any(|run| run.origin.is_race()) {
            self.close(round);
        }
    }

    /// After every second round the weaker half of the leaders drops out.
    fn close(&mut self, round: u32) {
        if !(round as usize + 1).is_multiple_of(ROUNDS) {
            return;
        }
        let mut alive: Vec<usize> = (1..self.entered.len()).filter(|&index| !self.entered[index].out).collect();
        alive.sort_by(|&a, &b| self.score(a).total_cmp(&self.score(b)).then(a.cmp(&b)));
        for &index in alive.iter().skip(alive.len().div_ceil(2)) {
            self.entered[index].out = true;
        }
    }

    fn score(&self, index: usize) -> f64 {
        self.entered[index].score(self.noise)
    }

    /// Who runs in the next round: at least one leader and, while it works, the present configuration.
    pub(crate) fn next(&self) -> Vec<Configuration> {
        let alive = self.entered.iter().filter(|entered| !entered.out).map(|entered| entered.configuration.clone());
        alive.collect()
    }

    /// Everybody who ran, best mean first.
    pub(crate) fn standings(&self) -> Vec<Standing> {
        let ran = self.entered.iter().filter(|entered| !entered.losses.is_empty());
        let standing = |entered: &Entered| Standing {
            configuration: entered.configuration.clone(),
            mean: entered.score(self.noise),
            runs: entered.losses.len(),
        };
        let mut standings: Vec<Standing> = ran.map(standing).collect();
        standings.sort_by(|a, b| a.mean.total_cmp(&b.mean).then(b.runs.cmp(&a.runs)));
        standings
    }

    /// The best of those who ran to the end.
    pub(crate) fn winner(&self) -> Option<Standing> {
        let alive = |standing: &Standing| self.entered.iter().any(|one| !one.out && one.configuration == standing.configuration);
        self.standings().into_iter().find(alive)
    }
}

impl Entered {
    /// The mean of the race's runs and what the search thought, each by its variance.
    fn score(&self, noise: f64) -> f64 {
        let (thought, doubt) = self.thought;
        let prior = if doubt > 0.0 { noise / doubt } else { 0.0 };
        (thought * prior + self.losses.iter().sum::<f64>()) / (prior + self.losses.len() as f64)
    }
}
