//! A study: asks what to run, is told what came of it, and ends with a winner or with "the present configuration is best".
//!
//! A study is stored as it is (serde) and carries no hidden state: the same answers in the same order lead to the same questions, on
//! another machine and after any number of interruptions. Every run counts against the budget, those for measuring the noise and those
//! of the race included.

use crate::error::TuneError;
use crate::importance::{Importance, importance};
use crate::race::{self, Race, Standing};
use crate::sampler::{self, Seen, View};
use crate::space::value::Configuration;
use crate::space::{Space, nearer};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How a study goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// How many runs there may be altogether; at least 4.
    pub budget: usize,
    /// What every random choice depends on.
    pub seed: u64,
    /// The standard deviation of one run's loss, where calibration knows it. Without it the study repeats the present configuration a
    /// few times to learn it.
    pub noise: Option<f64>,
}

/// What came of one run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The measured loss, finite; lower is better. For times and sizes their logarithm is the better choice, since noise is a share.
    Loss(f64),
    /// The subject crashed, timed out or gave no number with this configuration.
    Crashed,
}

impl Outcome {
    /// The loss as it counts, within 1e50 of zero: variances of more would be no numbers. Nothing where it crashed.
    pub fn loss(self) -> Option<f64> {
        match self {
            Self::Loss(loss) => Some(loss.clamp(-LARGEST, LARGEST)),
            Self::Crashed => None,
        }
    }
}

/// Why a run was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The present configuration, to compare with and to learn the noise.
    Present,
    /// The start of the search.
    Start,
    /// Proposed by TPE.
    Tpe,
    /// Proposed by CMA-ES.
    Cma,
    /// One of the best so far once more, because the noise is large.
    Again,
    /// This round of the race, from 0.
    Race(u32),
}

impl Origin {
    /// Whether the run belongs to the race.
    pub fn is_race(self) -> bool {
        matches!(self, Self::Race(_))
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// What ran.
    pub configuration: Configuration,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it was asked for.
    pub origin: Origin,
}

/// What a study wants next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Run this once.
    Evaluate(Configuration, Origin),
    /// Run each of these once, in this order and without anything between, so that they share their conditions.
    Race(Vec<Configuration>, u32),
    /// Nothing: this is the end.
    Done(Verdict),
}

impl Ask {
    /// What is to run, in order; empty at the end.
    pub fn configurations(&self) -> &[Configuration] {
        match self {
            Self::Evaluate(configuration, _) => std::slice::from_ref(configuration),
            Self::Race(configurations, _) => configurations,
            Self::Done(_) => &[],
        }
    }
}

/// How a study ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// This configuration did better than the present one. Whether it is better is for the gate to say.
    Better(Standing),
    /// Nothing did better than the present configuration.
    PresentIsBest,
}

/// A study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Study {
    space: Space,
    present: Configuration,
    plan: Plan,
    runs: Vec<Run>,
}

/// The largest loss and noise: products of two variances are still numbers.
const LARGEST: f64 = 1e50;
/// The least budget: the present configuration, another, and one more look at each.
const LEAST: usize = 4;
/// After how many hundredths of the budget the present configuration runs again, while the noise is unknown.
const LOOKS: [usize; 4] = [1, 8, 25, 50];

impl Study {
    /// Begins; fails where the present configuration is not one of the space.
    pub fn new(space: Space, present: Configuration, plan: Plan) -> Result<Self, TuneError> {
        space.check(&present)?;
        let wrong = |what: &str| Err(TuneError::Answer(what.to_owned()));
        match plan {
            Plan { budget, .. } if budget < LEAST => wrong("a budget of less than four runs decides nothing"),
            Plan { noise: Some(noise), .. } if !(0.0..=LARGEST).contains(&noise) => wrong("the noise has to be a number from 0 to 1e50"),
            _ => Ok(Self { space, present, plan, runs: Vec::new() }),
        }
    }

    /// What to run next, or the end. Asking changes nothing.
    pub fn next(&self) -> Ask {
        if self.runs.is_empty() || self.looks_again() {
            return Ask::Evaluate(self.present.clone(), Origin::Present);
        }
        let view = self.view();
        if !self.races(&view) {
            let left = self.search_budget(&view);
            if let Some((configuration, origin)) = sampler::next(&view, self.plan.seed, left) {
                return Ask::Evaluate(configuration, origin);
            }
        }
        self.round(&view)
    }

    /// Tells what came of everything that was asked, in that order. Fails, and changes nothing, where the answer does not fit.
    pub fn tell(&mut self, asked: &Ask, outcomes: &[Outcome]) -> Result<(), TuneError> {
        let configurations = asked.configurations();
        if configurations.len() != outcomes.len() {
            let what = format!("{} outcomes for {} configurations", outcomes.len(), configurations.len());
            return Err(TuneError::Answer(what));
        }
        configurations.iter().try_for_each(|configuration| self.space.check(configuration))?;
        if outcomes.iter().any(|outcome| matches!(outcome, Outcome::Loss(loss) if !loss.is_finite())) {
            return Err(TuneError::Answer("a loss has to be a finite number; what gave none crashed".to_owned()));
        }
        let origin = match asked {
            Ask::Race(_, round) => Origin::Race(*round),
            Ask::Evaluate(_, origin) => *origin,
            Ask::Done(_) => return Err(TuneError::Answer("the study had ended".to_owned())),
        };
        let run =
            |(configuration, outcome): (&Configuration, &Outcome)| Run { configuration: configuration.clone(), outcome: *outcome, origin };
        self.runs.extend(configurations.iter().zip(outcomes).map(run));
        Ok(())
    }

    /// What may vary.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The configuration everything is compared with.
    pub fn present(&self) -> &Configuration {
        &self.present
    }

    /// How it goes about it.
    pub fn plan(&self) -> Plan {
        self.plan
    }

    /// Every run, in the order it was told.
    pub fn history(&self) -> &[Run] {
        &self.runs
    }

    /// How many different settings ran.
    pub fn settings(&self) -> usize {
        self.runs.iter().map(|run| run.configuration.identity()).collect::<BTreeSet<String>>().len()
    }

    /// The best so far: by the race once it runs, before by the search; of equal ones the nearest to the present configuration. Nothing where everything crashed.
    pub fn best(&self) -> Option<Standing> {
        let view = self.view();
        if self.runs.iter().any(|run| run.origin.is_race()) {
            return self.race(&view).winner(&self.space);
        }
        let ranked: Vec<&Seen> = view.ranked().into_iter().map(|index| &view.points[index]).collect();
        let equal = ranked.iter().take_while(|seen| seen.estimate == ranked[0].estimate);
        let far = |seen: &Seen| self.space.distance(&seen.configuration, &self.present);
        let seen = equal.min_by(|a, b| nearer(&far(a), &far(b)))?;
        Some(Standing { configuration: seen.configuration.clone(), mean: seen.loss?, runs: seen.runs })
    }

    /// How much each parameter matters among the runs so far.
    pub fn importance(&self) -> Vec<Importance> {
        importance(&self.view())
    }

    /// The standard deviation of one run's loss: as planned, or from what ran more than once before the race.
    pub fn noise(&self) -> f64 {
        self.plan.noise.unwrap_or_else(|| {
            let mut repeats: BTreeMap<String, Vec<f64>> = BTreeMap::new();
            for run in self.runs.iter().filter(|run| !run.origin.is_race()) {
                repeats.entry(run.configuration.identity()).or_default().extend(run.outcome.loss());
            }
            scatter(repeats.values().filter(|losses| losses.len() > 1))
        })
    }

    fn view(&self) -> View<'_> {
        View::new(&self.space, &self.runs, self.noise())
    }

    /// Whether the present configuration has to run once more to learn the noise. Two equal losses mean there is none.
    fn looks_again(&self) -> bool {
        let looks = self.runs.iter().filter(|run| run.origin == Origin::Present).count();
        let told = self.plan.noise.is_some() || self.runs.iter().any(|run| run.origin.is_race());
        let due = LOOKS
            .get(looks - usize::from(looks > 0))
            .is_some_and(|share| self.runs.len() >= share.saturating_mul(self.plan.budget).div_ceil(100));
        !told && due && (looks < 2 || self.noise() > 0.0) && looks < self.plan.budget / 4
    }

    /// How many of the runs the search may have.
    fn search_budget(&self, view: &View<'_>) -> usize {
        let losses: Vec<f64> = view.points.iter().filter_map(|seen| seen.loss).collect();
        let share = race::share(view.noise, deviation(&losses));
        self.plan.budget - (share * self.plan.budget as f64).round() as usize
    }

    fn races(&self, view: &View<'_>) -> bool {
        self.runs.iter().any(|run| run.origin.is_race()) || self.runs.len() >= self.search_budget(view)
    }

    fn race(&self, view: &View<'_>) -> Race {
        let searched = self.runs.iter().filter(|run| !run.origin.is_race()).count();
        Race::new(view, &self.present, &self.runs, self.plan.budget.saturating_sub(searched))
    }

    /// The next round, or the end where the budget holds none.
    fn round(&self, view: &View<'_>) -> Ask {
        let race = self.race(view);
        let entered = race.next();
        let left = self.plan.budget.saturating_sub(self.runs.len());
        if view.noise <= 0.0 || entered.len() < 2 || left < entered.len() {
            return Ask::Done(self.verdict());
        }
        let round =
            self.runs.iter().filter_map(|run| if let Origin::Race(round) = run.origin { Some(round + 1) } else { None }).max().unwrap_or(0);
        let mut chance = sampler::chance::Chance::new(self.plan.seed, 0x7ace_0000 + u64::from(round));
        let order = chance.order(entered.len());
        Ask::Race(order.into_iter().map(|index| entered[index].clone()).collect(), round)
    }

    fn verdict(&self) -> Verdict {
        match self.best() {
            Some(best) if best.configuration != self.present => Verdict::Better(best),
            _ => Verdict::PresentIsBest,
        }
    }
}

/// The standard deviation; 0 for fewer than two values.
pub(crate) fn deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (values.len() - 1) as f64).sqrt()
}

/// From how many deviations on their median says more than their mean square.
const ENOUGH: usize = 5;

/// The standard deviation within groups of repeated runs: 1.4826 times the median deviation from the group's mean, so that now and then a
/// slow run does not count as noise; the root of the mean square while there are few.
fn scatter<'a>(groups: impl Iterator<Item = &'a Vec<f64>>) -> f64 {
    let mut deviations: Vec<f64> = Vec::new();
    for losses in groups {
        let count = losses.len() as f64;
        let mean = losses.iter().sum::<f64>() / count;
        deviations.extend(losses.iter().map(|loss| (loss - mean).abs() * (count / (count - 1.0)).sqrt()));
    }
    deviations.sort_by(f64::total_cmp);
    match deviations.len() {
        0 => 0.0,
        few if few < ENOUGH => (deviations.iter().map(|one| one * one).sum::<f64>() / few as f64).sqrt(),
        many => 1.4826 * 0.5 * (deviations[(many - 1) / 2] + deviations[many / 2]),
    }
}
