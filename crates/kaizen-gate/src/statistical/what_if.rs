//! What would have changed the answer of a trial whose evidence is there.
//!
//! The evidence falls in each difference, so the pairs that matter most are those with the largest gain: the fewest pairs that
//! would have to turn round are found among them, in one stage or in both.

use super::plan::Plan;
use super::trial::{Course, Guard, Trial, dev_course, holdout_course};
use crate::guardrail::PASS;

/// What would have changed the answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WhatIf {
    /// The fewest pairs of both stages that would have to go the other way for the trial not to be decided where it was. Mostly one: a
    /// trial ends as soon as the evidence is there.
    pub flips: u32,
    /// The fewest that would have to for it to be refused: futile at one of the looks, or its evidence in a stage against it.
    pub refused: Option<u32>,
    /// Out of how many.
    pub pairs: u32,
}

/// A difference, and whether it is of the DEV stage.
type Of = (f64, bool);

/// The facts; `None` where the evidence of both stages is not there.
pub(super) fn of(trial: &Trial<'_>) -> Option<WhatIf> {
    let (Course::Reached { pairs: dev, .. }, Course::Reached { pairs: holdout, .. }) = (trial.dev_course, trial.holdout_course) else {
        return None;
    };
    let pairs = dev + holdout;
    let all: Vec<Of> = stage(&trial.dev_differences, dev, true).chain(stage(&trial.holdout_differences, holdout, false)).collect();
    let kinds: [fn(bool) -> bool; 3] = [|_| true, |dev| dev, |dev| !dev];
    let least = |end: fn(&Plan, &[Of]) -> bool| kinds.into_iter().filter_map(|kind| fewest(trial.plan, &all, kind, end)).min();
    Some(WhatIf { flips: least(|plan, all| !stands(plan, all))?, refused: least(refused), pairs })
}

fn stage(differences: &[f64], count: u32, dev: bool) -> impl Iterator<Item = Of> {
    differences.iter().take(count as usize).map(move |difference| (*difference, dev))
}

/// The fewest flips among the largest differences of one kind of stage that end otherwise.
fn fewest(plan: &Plan, all: &[Of], kind: fn(bool) -> bool, end: fn(&Plan, &[Of]) -> bool) -> Option<u32> {
    let mut order: Vec<usize> = (0..all.len()).filter(|index| kind(all[*index].1) && all[*index].0 > 0.0).collect();
    order.sort_by(|a, b| all[*b].0.total_cmp(&all[*a].0));
    let mut turned = all.to_vec();
    for (flips, index) in (1..).zip(order) {
        turned[index].0 = -turned[index].0;
        if end(plan, &turned) {
            return Some(flips);
        }
    }
    None
}

fn courses(plan: &Plan, all: &[Of]) -> [Course; 2] {
    let of = |dev: bool| all.iter().filter(|(_, of)| *of == dev).map(|(difference, _)| *difference).collect::<Vec<f64>>();
    let dev = dev_course(plan, &of(true));
    [dev, holdout_course(plan, dev.log(), &of(false))]
}

/// Whether the evidence is there at the last pair of each stage.
fn stands(plan: &Plan, all: &[Of]) -> bool {
    courses(plan, all).iter().all(|course| matches!(course, Course::Reached { .. }))
}

/// Whether a stage was given up, or speaks against the candidate at its end.
fn refused(plan: &Plan, all: &[Of]) -> bool {
    courses(plan, all).iter().any(|course| matches!(course, Course::Futile { .. } | Course::TooSmall { .. }) || course.log() < 0.0)
}

/// The mean harm from which on a guardrail that is proven would not be, every pair's harm moved alike.
pub(super) fn refused_from(guard: &Guard<'_>) -> Option<f64> {
    if !guard.standing.is_safe() {
        return None;
    }
    let (mut low, mut high) = (0.0, guard.reach());
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if guard.moved(middle).safe >= PASS { low = middle } else { high = middle }
    }
    Some(guard.moved(high).harm)
}
