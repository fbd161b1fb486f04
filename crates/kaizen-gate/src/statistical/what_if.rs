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
    /// The fewest pairs of both stages that would have to go the other way.
    pub flips: u32,
    /// Out of how many.
    pub pairs: u32,
}

/// The facts; `None` where the evidence of both stages is not there.
pub(super) fn of(trial: &Trial<'_>) -> Option<WhatIf> {
    let (Course::Reached { pairs: dev, .. }, Course::Reached { pairs: holdout, .. }) = (trial.dev_course, trial.holdout_course) else {
        return None;
    };
    let pairs = dev + holdout;
    let all: Vec<(f64, bool)> = stage(&trial.dev_differences, dev, true).chain(stage(&trial.holdout_differences, holdout, false)).collect();
    let kinds: [fn(bool) -> bool; 3] = [|_| true, |dev| dev, |dev| !dev];
    let flips = kinds.into_iter().filter_map(|kind| fewest(trial.plan, &all, kind)).min()?;
    Some(WhatIf { flips, pairs })
}

fn stage(differences: &[f64], count: u32, dev: bool) -> impl Iterator<Item = (f64, bool)> {
    differences.iter().take(count as usize).map(move |difference| (*difference, dev))
}

/// The fewest flips among the largest differences of one kind of stage that leave the evidence short.
fn fewest(plan: &Plan, all: &[(f64, bool)], kind: fn(bool) -> bool) -> Option<u32> {
    let mut order: Vec<usize> = (0..all.len()).filter(|index| kind(all[*index].1) && all[*index].0 > 0.0).collect();
    order.sort_by(|a, b| all[*b].0.total_cmp(&all[*a].0));
    let mut turned = all.to_vec();
    for (flips, index) in (1..).zip(order) {
        turned[index].0 = -turned[index].0;
        if !stands(plan, &turned) {
            return Some(flips);
        }
    }
    None
}

/// Whether the evidence is there at the last pair of each stage.
fn stands(plan: &Plan, all: &[(f64, bool)]) -> bool {
    let of = |dev: bool| all.iter().filter(|(_, of)| *of == dev).map(|(difference, _)| *difference).collect::<Vec<f64>>();
    let dev = dev_course(plan, &of(true));
    matches!(dev, Course::Reached { .. }) && matches!(holdout_course(plan, dev.log(), &of(false)), Course::Reached { .. })
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
