//! The statistical lane: noisy quantities compared in pairs whose order a recorded coin decides.
//!
//! [`step`] is the whole lane: given the plan, the coins and the samples so far it answers which coin to toss, which run is needed next or
//! what the decision is. DEV pairs until the evidence reaches max(1/(20 alpha), 20); HOLD-OUT pairs until theirs reaches 20 and both
//! together 1/alpha (strict: theirs alone) with a plain mean of at least min_gain; guardrails on the same pairs; declared checks.
//! Futility rejects, the cap is undecided and resumable, missing data never passes. It is pure, so a trial can stop anywhere and
//! resume, and a decision can be replayed. It does not judge cases that repeat themselves: that is [`crate::exact`].

pub mod plan;
pub(crate) mod trial;
pub mod view;
mod what_if;

use crate::cases::failed_check;
use crate::pairs::{Need, Pairs};
use crate::runs::{Ruling, Seen, fault_ruling};
use kaizen_domain::decision::{Decision, Outcome, Reason};
use kaizen_domain::trial::{Arm, Coin, Sample, Stage};
use plan::Plan;
use trial::{Course, Trial};

/// What a trial needs next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Toss the coin of this pair and record it; then ask again.
    Toss {
        /// For what.
        stage: Stage,
        /// The pair's number within the stage, from 0.
        pair: u32,
    },
    /// Run this arm of this pair.
    Run {
        /// For what.
        stage: Stage,
        /// The pair's number within the stage, from 0.
        pair: u32,
        /// Which side.
        arm: Arm,
    },
    /// Nothing: this is the answer.
    Decide(Decision),
}

/// What the trial needs next, or its decision. Pure.
pub fn step(plan: &Plan, coins: &[Coin], samples: &[Sample]) -> Next {
    let trial = Trial::read(plan, coins, samples);
    let ruled = trial.ruling.clone().map_or(Ok(()), |ruling| Err(decide(&trial, ruling.outcome, vec![ruling.reason])));
    let course = ruled.and_then(|()| dev(&trial)).and_then(|()| holdout(&trial));
    match course.and_then(|()| guardrails(&trial)).and_then(|()| checks(&trial, samples)) {
        Err(next) => next,
        Ok(()) => decide(&trial, Outcome::Accepted, accepted(&trial)),
    }
}

/// The next coin or run of a series of pairs whose number is fixed beforehand (A/A calibration, the effect after promotion); `None` when so
/// many are complete. Dropped and disturbed pairs are measured again, up to the same bounds as in a trial.
///
/// Errors: the fault of a candidate's run, a contradiction of the coins, or too many pairs that say nothing.
pub fn fixed(stage: Stage, wanted: u32, coins: &[Coin], samples: &[Sample]) -> Result<Option<Next>, Reason> {
    let mut pairs = Pairs::read(stage, coins, samples);
    let ruling = pairs.ruling.take().or_else(|| trial::dropped(std::iter::once(&pairs), 1));
    match ruling {
        Some(ruling) => Err(ruling.reason),
        None => Ok((pairs.complete.len() < wanted as usize).then(|| more(&pairs))),
    }
}

fn decide(trial: &Trial<'_>, outcome: Outcome, mut reasons: Vec<Reason>) -> Next {
    reasons.extend(trial.passes().filter(|told| !reasons.contains(told)));
    Next::Decide(Decision { outcome, reasons, metrics: trial.metrics() })
}

/// The coin or run that brings a stage its next pair.
pub(crate) fn more(pairs: &Pairs<'_>) -> Next {
    let stage = pairs.stage;
    match pairs.need {
        Need::Toss(pair) => Next::Toss { stage, pair },
        Need::Run(pair, arm) => Next::Run { stage, pair, arm },
    }
}

fn dev(trial: &Trial<'_>) -> Result<(), Next> {
    stage(trial, &trial.dev, &trial.dev_course, trial.plan.dev_log())
}

fn holdout(trial: &Trial<'_>) -> Result<(), Next> {
    stage(trial, &trial.holdout, &trial.holdout_course, trial.plan.holdout_log(trial.dev_course.log()))
}

fn stage(trial: &Trial<'_>, pairs: &Pairs<'_>, course: &Course, needed: f64) -> Result<(), Next> {
    match course {
        Course::Reached { .. } => Ok(()),
        Course::Going { .. } => Err(more(pairs)),
        Course::Futile { .. } | Course::TooSmall { .. } => Err(decide(trial, Outcome::Rejected, course.reasons(pairs, needed, trial.plan))),
        Course::Capped { .. } => Err(decide(trial, Outcome::Undecided, course.reasons(pairs, needed, trial.plan))),
    }
}

/// Guardrails and the number of tasks: more hold-out pairs while they lack, undecided at the cap.
fn guardrails(trial: &Trial<'_>) -> Result<(), Next> {
    let mut lacking: Vec<Reason> =
        trial.guards.iter().filter(|guard| !guard.standing.is_safe()).map(|guard| Reason::GuardrailNotProven(guard.told())).collect();
    let (tasks, required) = (trial.tasks(), trial.plan.required_tasks);
    if tasks < required {
        lacking.push(Reason::TooFewTasks { tasks, required });
    }
    match trial.holdout.complete.len() as u32 >= trial.plan.cap() {
        _ if lacking.is_empty() => Ok(()),
        true => {
            lacking.push(trial.evidence_reached());
            Err(decide(trial, Outcome::Undecided, lacking))
        }
        false => Err(more(&trial.holdout)),
    }
}

fn checks(trial: &Trial<'_>, samples: &[Sample]) -> Result<(), Next> {
    if !trial.plan.checks {
        return Ok(());
    }
    let ruled = |ruling: Ruling| {
        let reasons = [vec![ruling.reason], accepted(trial)].concat();
        decide(trial, ruling.outcome, reasons)
    };
    if let Some(ruling) = fault_ruling(samples.iter().filter(|sample| sample.stage == Stage::Checks)) {
        return Err(ruled(ruling));
    }
    let seen = Seen { samples };
    if let Some((pair, arm)) = seen.alternate(Stage::Checks, 1) {
        return Err(Next::Run { stage: Stage::Checks, pair, arm });
    }
    match failed_check(&seen.cards(Stage::Checks, Arm::Baseline), &seen.cards(Stage::Checks, Arm::Candidate)) {
        Some(reason) => Err(ruled(Ruling::rejected(reason))),
        None => Ok(()),
    }
}

/// Everything that was shown.
fn accepted(trial: &Trial<'_>) -> Vec<Reason> {
    let passed = trial.guards.iter().map(|guard| Reason::GuardrailPassed(guard.told()));
    trial.passes().into_iter().chain([trial.evidence_reached()]).chain(passed).collect()
}
