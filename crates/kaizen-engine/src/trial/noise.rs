//! The machine's noise: the unchanged project measured twice, again and again, in coin order.
//!
//! What differs within such a pair is noise, whatever the quantity. Pairs are kept per machine and judge and used again; after a promotion
//! a few fresh ones are added. Nothing here decides: a wrong scale costs power, never validity.

use crate::error::EngineError;
use crate::progress::Progress;
use crate::session::Session;
use crate::session::baseline::broken;
use crate::trial::judge::Judge;
use crate::trial::quiet::Watch;
use crate::trial::{coin, slot};
use kaizen_domain::scorecard::{RunFault, Scorecard};
use kaizen_domain::trial::{Arm, Stage};
use kaizen_gate::calibration::{AaPair, Calibration, calibrate, scale};
use kaizen_gate::objective::Objective;
use kaizen_store::{Bench, CalibrationPair};
use std::collections::BTreeMap;
use std::time::Duration;

/// Pairs a calibration wants.
pub const WANTED: u32 = 30;
/// Pairs below which nothing is said at all.
pub const FEWEST: u32 = 5;
/// Fresh pairs after the project changed.
const FRESH: u32 = 5;
/// Old pairs that are looked at.
const REMEMBERED: u32 = 60;
/// The longest a calibration may take before a night begins, while it has [`FEWEST`] pairs.
const PATIENCE: Duration = Duration::from_secs(300);

/// Under which name the share of failing cases is kept beside the metrics.
const FAILING: &str = "failing share";

/// How a quantity is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unit {
    /// As a ratio: every value seen is positive.
    Ratio,
    /// As a difference over this reference, in the quantity's unit.
    Difference {
        /// What counts as one whole.
        reference: f64,
    },
}

/// What is known of the noise.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Noise {
    pairs: Vec<CalibrationPair>,
    /// Pairs that were disturbed and measured again.
    again: u32,
}

impl Noise {
    /// What these pairs say.
    pub fn of(pairs: Vec<CalibrationPair>) -> Self {
        Self { pairs, again: 0 }
    }

    /// What earlier runs on this machine recorded for the session's judge.
    pub async fn known(session: &Session<'_>) -> Result<Self, EngineError> {
        let context = session.context;
        let pairs = context.store.calibration(context.project, &bench(session), REMEMBERED).await?;
        Ok(Self::of(pairs))
    }

    /// What is known, completed by fresh pairs where there are too few, or too few of this very state.
    pub async fn learn(session: &mut Session<'_>) -> Result<Self, EngineError> {
        let known = Self::known(session).await?;
        let missing = known.missing(session);
        known.extend(session, missing).await
    }

    /// Adds `more` fresh pairs.
    pub async fn extend(mut self, session: &mut Session<'_>, more: u32) -> Result<Self, EngineError> {
        let context = session.context;
        if more == 0 {
            return Ok(self);
        }
        let slot = tokio::task::block_in_place(|| slot::take(context))?;
        let mut watch = Watch::default();
        for done in 0..more {
            context.report(Progress::Calibrating { done, of: more });
            self = self.grown(session, &mut watch).await?;
        }
        drop(slot);
        self.again += watch.again();
        context.report(Progress::Calibrating { done: more, of: more });
        Ok(self)
    }

    /// Adds one fresh pair. Whoever asks holds the machine.
    pub async fn grown(mut self, session: &mut Session<'_>, watch: &mut Watch) -> Result<Self, EngineError> {
        let context = session.context;
        let (pair, runs) = tokio::task::block_in_place(|| measure(session, watch))?;
        context.store.record_calibration(context.project, &bench(session), &pair).await?;
        session.remember_runs(runs.iter()).await?;
        self.pairs.push(pair);
        Ok(self)
    }

    /// How many pairs were disturbed and measured again.
    pub fn again(&self) -> u32 {
        self.again
    }

    /// The differences of the latest pairs in an objective.
    pub fn latest(&self, objective: &Objective, pairs: usize) -> Vec<f64> {
        let all = self.aa_pairs(objective);
        all[all.len().saturating_sub(pairs)..].iter().map(AaPair::difference).collect()
    }

    /// How many pairs there are.
    pub fn pairs(&self) -> u32 {
        u32::try_from(self.pairs.len()).unwrap_or(u32::MAX)
    }

    /// Pairs to add before a night: a full calibration where time allows, a few fresh ones where the project moved on.
    pub fn missing(&self, session: &Session<'_>) -> u32 {
        let each = (2 * session.wall).max(Duration::from_millis(1));
        let affordable = u32::try_from(PATIENCE.as_millis() / each.as_millis()).unwrap_or(u32::MAX).max(FEWEST);
        let of_this = self.pairs.iter().filter(|pair| pair.baseline == session.snapshot.id).count() as u32;
        let to_full = WANTED.min(affordable).saturating_sub(self.pairs());
        to_full.max(FRESH.saturating_sub(of_this))
    }

    fn values<'a>(&'a self, metric: &'a str) -> impl Iterator<Item = f64> + 'a {
        self.pairs.iter().flat_map(move |pair| [pair.first.get(metric), pair.second.get(metric)]).flatten().copied()
    }

    /// The mean of a quantity over every run, in its unit; `None` where it was never measured.
    pub fn mean(&self, metric: &str) -> Option<f64> {
        let values: Vec<f64> = self.values(metric).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// Whether the quantity was ever measured.
    pub fn seen(&self, metric: &str) -> bool {
        self.values(metric).next().is_some()
    }

    /// How the quantity is compared.
    pub fn unit(&self, metric: &str) -> Unit {
        let values: Vec<f64> = self.values(metric).collect();
        if !values.is_empty() && values.iter().all(|value| *value > 0.0) {
            return Unit::Ratio;
        }
        let size = values.iter().map(|value| value.abs()).sum::<f64>() / values.len().max(1) as f64;
        Unit::Difference { reference: if size > 0.0 { size } else { 1.0 } }
    }

    /// The noise of one pair's difference in a quantity.
    pub fn scale(&self, metric: &str, unit: Unit) -> f64 {
        let of = |pair: &CalibrationPair| {
            let (first, second) = (*pair.first.get(metric)?, *pair.second.get(metric)?);
            Some(match unit {
                Unit::Ratio => (first / second).ln(),
                Unit::Difference { reference } => (first - second) / reference,
            })
        };
        let differences: Vec<f64> = self.pairs.iter().filter_map(of).filter(|difference| difference.is_finite()).collect();
        scale(&differences)
    }

    /// The noise of one pair's difference in the share of failing cases.
    pub fn of_errors(&self) -> f64 {
        let of = |pair: &CalibrationPair| Some(pair.first.get(FAILING)? - pair.second.get(FAILING)?);
        let differences: Vec<f64> = self.pairs.iter().filter_map(of).collect();
        kaizen_gate::calibration::noise(&differences)
    }

    /// The noise of one pair's difference in an objective.
    pub fn objective_scale(&self, objective: &Objective) -> f64 {
        let differences: Vec<f64> = self.aa_pairs(objective).iter().map(AaPair::difference).collect();
        scale(&differences)
    }

    /// What the pairs say about an objective; `None` without any.
    pub fn calibration(&self, objective: &Objective) -> Option<Calibration> {
        calibrate(&self.aa_pairs(objective))
    }

    fn aa_pairs(&self, objective: &Objective) -> Vec<AaPair> {
        let card = |metrics: &BTreeMap<String, f64>| Scorecard { metrics: metrics.clone(), ..Scorecard::default() };
        let of = |pair: &CalibrationPair| {
            let [first, second] = [&pair.first, &pair.second].map(|metrics| objective.cost(&card(metrics)).ok());
            let (first, second) = (first?, second?);
            let (baseline, candidate) = if pair.coin == Arm::Baseline { (first, second) } else { (second, first) };
            Some(AaPair { baseline, candidate, first: pair.coin, at: pair.at as f64 / 1000.0 })
        };
        self.pairs.iter().filter_map(of).collect()
    }
}

fn bench<'a>(session: &Session<'a>) -> Bench<'a> {
    Bench { machine: &session.context.machine.host, benchmark: session.snapshot.benchmark }
}

/// One pair of runs of the unchanged project that nothing disturbed, and both in full.
fn measure(session: &mut Session<'_>, watch: &mut Watch) -> Result<(CalibrationPair, [Scorecard; 2]), EngineError> {
    loop {
        session.context.checkpoint()?;
        watch.fresh();
        let (at, coin) = (session.context.now(), coin::toss()?);
        let Some(first) = run(session, watch)? else { continue };
        let Some(second) = run(session, watch)? else { continue };
        let runs = [first, second];
        let [first, second] = runs.each_ref().map(metrics);
        return Ok((CalibrationPair { baseline: session.snapshot.id, at, coin, first, second }, runs));
    }
}

/// `None` where the run was disturbed.
fn run(session: &mut Session<'_>, watch: &mut Watch) -> Result<Option<Scorecard>, EngineError> {
    match session.judge(&[]).watching(&mut *watch).measure(Stage::Dev, Arm::Baseline, None)? {
        Ok(card) => Ok(Some(card)),
        Err(RunFault::Disturbed { .. }) if !watch.is_spent() => Ok(None),
        Err(fault) => Err(broken(&fault, session.context)),
    }
}

fn metrics(card: &Scorecard) -> BTreeMap<String, f64> {
    let share = card.failing().count() as f64 / card.executed().max(1) as f64;
    card.metrics.clone().into_iter().chain([(FAILING.to_owned(), share)]).collect()
}
