//! The race of the leaders: the best configurations of the search and the present one, run together round by round.
//!
//! After irace (López-Ibáñez and others, 2016): every configuration of a round runs under the same conditions, so that what moves
//! all of them cancels; every other round the weaker half drops out; the present configuration never does. The winner has the best mean,
//! never the best single run: the mean of its runs in the race together with what the search estimated, each by its variance. That
//! estimate is drawn towards the neighbours, so a leader that was merely lucky brings little of its luck along.

use crate::sampler::{Seen, View};
use crate::space::value::Configuration;
use crate::space::{Space, nearer};
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

/// Up to how many standard errors of their difference two leaders count as equal. More would cost: with a whole one the true regret grows
/// by 4 % at 20 % noise (120 studies of `cargo xtask bench tune`), with this none of it is seen.
const ALIKE: f64 = 0.3;

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

    /// The best of those who ran to the end; of leaders that the race cannot tell from the best, the one nearest to the present
    /// configuration. Where nothing changes beyond some setting, that is its near edge.
    pub(crate) fn winner(&self, space: &Space) -> Option<Standing> {
        let to_the_end = |entered: &&Entered| !entered.out && !entered.losses.is_empty();
        let (present, alive) = (self.entered.first()?, self.entered.iter().filter(to_the_end));
        let best = alive.clone().min_by(|a, b| a.score(self.noise).total_cmp(&b.score(self.noise)))?;
        let far = |entered: &Entered| space.distance(&entered.configuration, &present.configuration);
        let like_best = |entered: &&Entered| {
            best.configuration != present.configuration && entered.configuration != present.configuration && self.alike(best, entered)
        };
        let chosen = alive.filter(like_best).min_by(|a, b| nearer(&far(a), &far(b))).unwrap_or(best);
        Some(self.standing(chosen))
    }

    /// Whether what ran says nothing about which of the two is better.
    fn alike(&self, best: &Entered, other: &Entered) -> bool {
        let doubt = best.variance(self.noise) + other.variance(self.noise);
        other.score(self.noise) - best.score(self.noise) <= ALIKE * doubt.sqrt()
    }

    fn standing(&self, entered: &Entered) -> Standing {
        let (configuration, mean) = (entered.configuration.clone(), entered.score(self.noise));
        Standing { configuration, mean, runs: entered.losses.len() }
    }
}

impl Entered {
    /// What the search's estimate weighs, in runs.
    fn prior(&self, noise: f64) -> f64 {
        let (_, doubt) = self.thought;
        if doubt > 0.0 { noise / doubt } else { 0.0 }
    }

    /// The variance of its score.
    fn variance(&self, noise: f64) -> f64 {
        noise / (self.prior(noise) + self.losses.len() as f64)
    }

    /// The mean of the race's runs and what the search thought, each by its variance.
    fn score(&self, noise: f64) -> f64 {
        let ((thought, _), prior) = (self.thought, self.prior(noise));
        (thought * prior + self.losses.iter().sum::<f64>()) / (prior + self.losses.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Parameter;
    use crate::space::kind::Kind;

    fn configuration(x: f64, on: bool) -> Configuration {
        [("x".to_owned(), x.into()), ("on".to_owned(), on.into())].into_iter().collect()
    }

    /// Who won of (x, on, mean of four runs), the present configuration first; one run's noise is 0.2.
    fn winner(entered: &[(f64, bool, f64)]) -> String {
        let space = Space::new(vec![Parameter::new("x", Kind::float(0.0, 1.0)), Parameter::new("on", Kind::Bool)], vec![]).unwrap();
        let enter = |&(x, on, mean): &(f64, bool, f64)| Entered {
            configuration: configuration(x, on),
            thought: (mean, 0.0),
            losses: vec![mean; 4],
            out: false,
        };
        let race = Race { entered: entered.iter().map(enter).collect(), noise: 0.04 };
        race.winner(&space).unwrap().configuration.to_string()
    }

    #[test]
    fn of_leaders_that_cannot_be_told_apart_the_nearest_to_the_present_one_wins() {
        let present = (0.1, false, 1.0);
        let nearest = configuration(0.5, false).to_string();
        assert_eq!(winner(&[present, (0.9, false, 0.50), (0.5, false, 0.51), (0.7, false, 0.50)]), nearest);
        assert_eq!(winner(&[present, (0.2, true, 0.50), (0.5, false, 0.51)]), nearest, "one changed parameter is nearer than two");
    }

    #[test]
    fn what_did_better_beyond_doubt_wins_however_far_away() {
        assert_eq!(winner(&[(0.1, false, 1.0), (0.9, true, 0.3), (0.2, false, 0.5)]), configuration(0.9, true).to_string());
    }

    #[test]
    fn a_leader_that_did_best_is_not_given_up_for_the_present_configuration() {
        assert_eq!(winner(&[(0.1, false, 0.51), (0.9, false, 0.50)]), configuration(0.9, false).to_string());
    }
}
