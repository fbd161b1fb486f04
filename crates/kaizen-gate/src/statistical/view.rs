//! A trial as people look at it, while it runs and afterwards: curves, bars, guardrails, what would have changed the answer.
//!
//! Says nothing about the decision itself ([`super::step`] does). Evidence is given as ln E, so that nothing overflows.

use super::plan::Plan;
use super::trial::{Course, Trial};
use super::what_if::{self, WhatIf};
use crate::average::mean;
use crate::betting::Stalls;
use crate::evidence::{Evidence, path};
use crate::guardrail::PASS;
use crate::pairs::Pairs;
use kaizen_domain::decision::{Guarded, Reason};
use kaizen_domain::trial::{Coin, Sample, Stage};

/// A trial as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// DEV and, once it has begun, HOLD-OUT.
    pub stages: Vec<StageView>,
    /// Every guardrail, the one on failing cases first.
    pub guardrails: Vec<GuardView>,
    /// How often each side stalled, where that is looked at.
    pub stalls: Option<Stalls>,
    /// ln(1/alpha): the bar of both stages together.
    pub needed: f64,
    /// How far the proof is, from 0 to 1, on the logarithmic scale: the part of the evidence that is there.
    pub proof: f64,
    /// About how many pairs are still needed in all, where the pairs so far point to any number.
    pub further: Option<u32>,
    /// Pairs dropped for faults that say nothing about the candidate.
    pub dropped: u32,
    /// Pairs dropped because the machine was not quiet.
    pub disturbed: u32,
    /// The shares of the baseline's and the candidate's runs in which the flaky case passed, where the trial is about one.
    pub passes: Option<[f64; 2]>,
    /// What would have changed the answer; only where the evidence is there.
    pub what_if: Option<WhatIf>,
}

/// One stage of a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct StageView {
    /// Which.
    pub stage: Stage,
    /// ln E after each pair.
    pub curve: Vec<f64>,
    /// ln of the evidence the stage has to reach.
    pub needed: f64,
    /// The pair (from 1) after which it was reached.
    pub reached: Option<u32>,
    /// The part of it that is there, from 0 to 1, on the logarithmic scale.
    pub proof: f64,
    /// The differences, positive where the candidate was better.
    pub differences: Vec<f64>,
    /// Their plain mean. At a stopping time it flatters: say "trial" beside it.
    pub mean: f64,
}

/// One guardrail of a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct GuardView {
    /// Name, harm, margin and evidence.
    pub guarded: Guarded,
    /// The harm of each pair as it is bet on: a logarithm where the limit is relative.
    pub harms: Vec<f64>,
    /// ln of the evidence after each pair that the harm is below the margin.
    pub curve: Vec<f64>,
    /// ln of the evidence it has to reach.
    pub needed: f64,
    /// Proven to be below the margin.
    pub safe: bool,
    /// Proven to be above it.
    pub broken: bool,
    /// The mean harm from which on it would not be proven, all else equal; only where it is.
    pub refused_from: Option<f64>,
    /// About how many pairs more would prove it, where the pairs so far point there.
    pub further: Option<u32>,
}

/// Looks at a trial. Pure.
pub fn view(plan: &Plan, coins: &[Coin], samples: &[Sample]) -> View {
    let trial = Trial::read(plan, coins, samples);
    let holdout_needed = plan.holdout_log(trial.dev_course.log());
    let mut stages = vec![stage(plan, &trial.dev, &trial.dev_differences, &trial.dev_course, plan.dev_log())];
    if !trial.holdout_differences.is_empty() {
        stages.push(stage(plan, &trial.holdout, &trial.holdout_differences, &trial.holdout_course, holdout_needed));
    }
    View {
        stages,
        guardrails: guardrails(&trial),
        stalls: trial.stalls,
        needed: plan.level_log(),
        proof: proof(&trial),
        further: further(&trial),
        dropped: trial.dev.dropped.0 + trial.holdout.dropped.0,
        disturbed: trial.dev.disturbed.0 + trial.holdout.disturbed.0,
        passes: passes(&trial),
        what_if: what_if::of(&trial),
    }
}

fn passes(trial: &Trial<'_>) -> Option<[f64; 2]> {
    match trial.passes()? {
        Reason::Passes { before, after, .. } => Some([before, after]),
        _ => None,
    }
}

fn stage(plan: &Plan, pairs: &Pairs<'_>, differences: &[f64], course: &Course, needed: f64) -> StageView {
    let reached = if let Course::Reached { pairs, .. } = course { Some(*pairs) } else { None };
    let (curve, proof) = (path(differences, plan.scale), share(there(course, needed), needed));
    StageView { stage: pairs.stage, curve, needed, reached, proof, differences: differences.to_vec(), mean: mean(differences) }
}

fn guardrails(trial: &Trial<'_>) -> Vec<GuardView> {
    let of = |guard: &super::trial::Guard<'_>| GuardView {
        guarded: guard.told(),
        harms: guard.harms().to_vec(),
        curve: (1..=guard.harms().len()).map(|pairs| guard.after(pairs).safe).collect(),
        needed: PASS,
        safe: guard.standing.is_safe(),
        broken: guard.standing.is_broken(),
        refused_from: what_if::refused_from(guard),
        further: guard.standing.further,
    };
    trial.guards.iter().map(of).collect()
}

/// The evidence that is there over the evidence that is asked for, stage by stage, in logarithms.
fn proof(trial: &Trial<'_>) -> f64 {
    let plan = trial.plan;
    let dev_needed = plan.dev_log();
    let holdout_needed = plan.holdout_log(trial.dev_course.log().max(dev_needed));
    let holdout = if trial.holdout_differences.is_empty() { 0.0 } else { there(&trial.holdout_course, holdout_needed) };
    share(there(&trial.dev_course, dev_needed) + holdout, dev_needed + holdout_needed)
}

/// ln of the evidence of a stage that counts: never more than it has to reach.
fn there(course: &Course, needed: f64) -> f64 {
    if matches!(course, Course::Reached { .. }) { needed } else { course.log().clamp(0.0, needed) }
}

/// 0 where no evidence would be enough.
fn share(there: f64, needed: f64) -> f64 {
    let share = there / needed;
    if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
}

/// Pairs still needed: the rest of the stage that runs, and a hold-out that grows like the DEV stage where it has not begun.
fn further(trial: &Trial<'_>) -> Option<u32> {
    let plan = trial.plan;
    let dev = Evidence::of(trial.dev_differences.iter().copied(), plan.scale);
    let lacking = trial.guards.iter().filter(|guard| !guard.standing.is_safe());
    let guards = lacking.map(|guard| guard.standing.further).try_fold(0, |most, further| further.map(|further| most.max(further)))?;
    let left = match (&trial.dev_course, &trial.holdout_course) {
        (Course::Reached { .. }, Course::Reached { .. }) => 0,
        (Course::Reached { .. }, Course::Going { evidence } | Course::Capped { evidence, .. }) if evidence.pairs() > 0 => {
            evidence.pairs_until(plan.holdout_log(trial.dev_course.log()))?
        }
        (Course::Reached { .. }, _) => growing(&dev, plan.holdout_log(trial.dev_course.log()))?,
        _ => dev.pairs_until(plan.dev_log())?.saturating_add(growing(&dev, plan.holdout_log(plan.dev_log()))?),
    };
    Some(left.max(guards))
}

/// Pairs a fresh stage needs that grows like this one.
fn growing(like: &Evidence, needed: f64) -> Option<u32> {
    (like.growth() > 0.0).then(|| libm::ceil(needed / like.growth()).min(f64::from(u32::MAX)) as u32)
}
