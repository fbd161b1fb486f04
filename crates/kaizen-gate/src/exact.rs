//! The exact lane: cases compared one by one, for benchmarks whose cases repeat themselves.
//!
//! [`step`] is the whole lane: given the plan and the samples so far it answers which run is needed next or what
//! the decision is. It is pure, so a trial can stop anywhere and resume, and a decision can be replayed.
//! Screening is three alternating full runs of each arm; proof is fresh runs until the inequality of
//! [`crate::proof`] holds; then hold-out and declared checks. Missing data never passes.

use crate::cases::{failed_check, gained, is_better, is_worse, results, set_difference};
use crate::proof;
use crate::runs::{Seen, fault_ruling};
use kaizen_domain::decision::{Decision, Outcome, Reason};
use kaizen_domain::scorecard::{CaseId, CaseOutcome, Scorecard};
use kaizen_domain::trial::{Arm, Sample, Stage};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Repetitions of each arm in screening and hold-out.
pub const REPETITIONS: u32 = 3;

/// What a trial was asked to show; fixed when its ticket is drawn and recorded with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The version of the rules that decide.
    pub gate_version: u32,
    /// The level of the ticket.
    pub alpha: f64,
    /// m: failing cases on the baseline, among which the search could choose.
    pub failing: u64,
    /// Baseline failures recorded before the trial, under the same conditions as the proof runs.
    pub recorded_failures: BTreeMap<CaseId, u64>,
    /// Cases that did not repeat themselves in A/A or history: they cannot decide alone.
    pub flaky: BTreeSet<CaseId>,
    /// Whether proof runs execute the whole suite (else only the gained cases, in both arms).
    pub whole_suite_proof: bool,
    /// Whether there is a hold-out.
    pub holdout: bool,
    /// Whether there are declared checks.
    pub checks: bool,
    /// Proof runs after which the trial is undecided.
    pub max_proof_runs: u32,
}

/// What a trial needs next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Run this arm once more.
    Run {
        /// For what.
        stage: Stage,
        /// The number of the run of this arm in this stage, from 0.
        pair: u32,
        /// Which side.
        arm: Arm,
    },
    /// Nothing: this is the answer.
    Decide(Decision),
}

/// What the trial needs next, or its decision. Pure.
pub fn step(plan: &Plan, samples: &[Sample]) -> Next {
    let seen = Seen { samples };
    if let Some(decision) = fault_decision(samples) {
        return Next::Decide(decision);
    }
    screening(plan, &seen)
        .or_else(|gained| proof_stage(plan, &seen, gained))
        .or_else(|proven| holdout(plan, &seen, proven))
        .or_else(|proven| checks(plan, &seen, proven))
        .unwrap_or_else(|proven| Next::Decide(decision(Outcome::Accepted, proven.reasons, &proven.metrics)))
}

/// What has been shown so far; carried from stage to stage.
struct Shown {
    gained: Vec<CaseId>,
    reasons: Vec<Reason>,
    metrics: BTreeMap<String, f64>,
}

fn decision(outcome: Outcome, reasons: Vec<Reason>, metrics: &BTreeMap<String, f64>) -> Decision {
    Decision { outcome, reasons, metrics: metrics.clone() }
}

fn plain(outcome: Outcome, reason: Reason) -> Next {
    Next::Decide(decision(outcome, vec![reason], &BTreeMap::new()))
}

fn fault_decision(samples: &[Sample]) -> Option<Decision> {
    let ruling = fault_ruling(samples.iter())?;
    Some(decision(ruling.outcome, vec![ruling.reason], &BTreeMap::new()))
}

fn alternate(seen: &Seen<'_>, stage: Stage, repetitions: u32) -> Option<Next> {
    seen.alternate(stage, repetitions).map(|(pair, arm)| Next::Run { stage, pair, arm })
}

fn screening(plan: &Plan, seen: &Seen<'_>) -> Result<Next, Shown> {
    let baseline = seen.cards(Stage::Screening, Arm::Baseline);
    let candidate = seen.cards(Stage::Screening, Arm::Candidate);
    if let Some(reason) = set_difference(&baseline, &candidate).or_else(|| lost(plan, &baseline, &candidate)) {
        return Ok(plain(Outcome::Rejected, reason));
    }
    if let Some(next) = alternate(seen, Stage::Screening, REPETITIONS) {
        return Ok(next);
    }
    let gained = gained(&baseline, &candidate);
    let (flaky, firm): (Vec<CaseId>, Vec<CaseId>) = gained.into_iter().partition(|case| plan.flaky.contains(case));
    match (firm.is_empty(), flaky.is_empty()) {
        (true, true) => Ok(plain(Outcome::Rejected, Reason::NothingGained)),
        (true, false) => Ok(plain(Outcome::Undecided, Reason::Flaky { cases: flaky })),
        (false, _) => Err(Shown { metrics: points(&baseline, &candidate), reasons: vec![], gained: firm }),
    }
}

fn points(baseline: &[&Scorecard], candidate: &[&Scorecard]) -> BTreeMap<String, f64> {
    let mean = |cards: &[&Scorecard]| cards.iter().map(|card| card.points().value()).sum::<f64>() / cards.len().max(1) as f64;
    [("points_before".to_owned(), mean(baseline)), ("points_after".to_owned(), mean(candidate))].into()
}

/// Cases that were steady on the baseline and are worse in any run of the candidate.
fn lost(plan: &Plan, baseline: &[&Scorecard], candidate: &[&Scorecard]) -> Option<Reason> {
    let first = baseline.first()?;
    let is_lost = |case: &&CaseId| !plan.flaky.contains(case) && is_worse(&results(baseline, case), &results(candidate, case));
    let cases: Vec<CaseId> = first.cases.keys().filter(is_lost).cloned().collect();
    if cases.is_empty() { None } else { Some(Reason::Lost { cases }) }
}

/// Failures on the baseline and fresh passes on the candidate, for the gained case with the strongest evidence.
fn evidence(plan: &Plan, seen: &Seen<'_>, gained: &[CaseId]) -> (u64, u64) {
    let screening = if plan.whole_suite_proof { seen.runs(Stage::Screening, Arm::Baseline) } else { 0 };
    let fresh = seen.runs(Stage::Proof, Arm::Baseline);
    let recorded = gained.iter().filter_map(|case| plan.recorded_failures.get(case)).max();
    let failures = recorded.copied().unwrap_or(0) + u64::from(screening + fresh);
    (failures, u64::from(seen.runs(Stage::Proof, Arm::Candidate)))
}

/// Gained cases that stayed gained in all proof runs.
fn still_gained(seen: &Seen<'_>, gained: Vec<CaseId>) -> Vec<CaseId> {
    let baseline = [seen.cards(Stage::Screening, Arm::Baseline), seen.cards(Stage::Proof, Arm::Baseline)].concat();
    let candidate = [seen.cards(Stage::Screening, Arm::Candidate), seen.cards(Stage::Proof, Arm::Candidate)].concat();
    let proof_runs = candidate.len();
    let complete = |case: &CaseId| results(&candidate, case).len() == proof_runs && results(&baseline, case).len() == baseline.len();
    gained.into_iter().filter(|case| complete(case) && is_better(&results(&baseline, case), &results(&candidate, case))).collect()
}

fn proof_stage(plan: &Plan, seen: &Seen<'_>, shown: Shown) -> Result<Next, Shown> {
    let before = shown.gained.clone();
    let gained = still_gained(seen, shown.gained);
    if gained.is_empty() {
        return Ok(plain(Outcome::Rejected, Reason::Flaky { cases: before }));
    }
    let candidate = seen.cards(Stage::Proof, Arm::Candidate);
    if plan.whole_suite_proof
        && let Some(reason) = lost(plan, &seen.cards(Stage::Screening, Arm::Baseline), &candidate)
    {
        return Ok(plain(Outcome::Rejected, reason));
    }
    let (failures, passes) = evidence(plan, seen, &gained);
    let bound = proof::bound(plan.failing, failures, passes);
    let metrics = with(
        shown.metrics,
        [("proof_bound", bound), ("alpha", plan.alpha), ("baseline_failures", failures as f64), ("candidate_passes", passes as f64)],
    );
    if bound <= plan.alpha {
        let reasons = vec![Reason::Gained { cases: gained.clone() }, Reason::Proven { bound, alpha: plan.alpha }];
        return Err(Shown { gained, reasons, metrics });
    }
    let runs = seen.runs(Stage::Proof, Arm::Baseline) + seen.runs(Stage::Proof, Arm::Candidate);
    if runs >= plan.max_proof_runs {
        let reasons = vec![Reason::NotProven { bound, alpha: plan.alpha }];
        return Ok(Next::Decide(decision(Outcome::Undecided, reasons, &metrics)));
    }
    let arm = proof::better_next(plan.failing, failures, passes);
    Ok(Next::Run { stage: Stage::Proof, pair: seen.runs(Stage::Proof, arm), arm })
}

fn with<const N: usize>(mut metrics: BTreeMap<String, f64>, more: [(&str, f64); N]) -> BTreeMap<String, f64> {
    metrics.extend(more.map(|(name, value)| (name.to_owned(), value)));
    metrics
}

fn holdout(plan: &Plan, seen: &Seen<'_>, mut shown: Shown) -> Result<Next, Shown> {
    if !plan.holdout {
        return Err(shown);
    }
    if let Some(next) = alternate(seen, Stage::Holdout, REPETITIONS) {
        return Ok(next);
    }
    let (baseline, candidate) = (seen.cards(Stage::Holdout, Arm::Baseline), seen.cards(Stage::Holdout, Arm::Candidate));
    if let Some(reason) = set_difference(&baseline, &candidate).or_else(|| holdout_lost(&baseline, &candidate)) {
        let reasons = [vec![reason], shown.reasons].concat();
        return Ok(Next::Decide(decision(Outcome::Rejected, reasons, &shown.metrics)));
    }
    let passing = candidate.iter().map(|card| card.count(CaseOutcome::Pass)).min().unwrap_or(0);
    let total = baseline.first().map_or(0, |card| card.cases.len());
    shown.reasons.push(Reason::HoldoutKept { passing, total });
    Err(shown)
}

/// Every steady hold-out case counts, those known as flaky in the visible suite included: nobody tuned for them.
fn holdout_lost(baseline: &[&Scorecard], candidate: &[&Scorecard]) -> Option<Reason> {
    let first = baseline.first()?;
    let is_lost = |case: &&CaseId| is_worse(&results(baseline, case), &results(candidate, case));
    let cases: Vec<CaseId> = first.cases.keys().filter(is_lost).cloned().collect();
    let leading = cases.first()?;
    let failed = results(candidate, leading).iter().filter(|case| case.outcome != CaseOutcome::Pass).count() as u64;
    Some(Reason::HoldoutLost { failed, runs: candidate.len() as u64, cases })
}

fn checks(plan: &Plan, seen: &Seen<'_>, shown: Shown) -> Result<Next, Shown> {
    if !plan.checks {
        return Err(shown);
    }
    if let Some(next) = alternate(seen, Stage::Checks, 1) {
        return Ok(next);
    }
    let (baseline, candidate) = (seen.cards(Stage::Checks, Arm::Baseline), seen.cards(Stage::Checks, Arm::Candidate));
    match failed_check(&baseline, &candidate) {
        Some(reason) => {
            let reasons = [vec![reason], shown.reasons].concat();
            Ok(Next::Decide(decision(Outcome::Rejected, reasons, &shown.metrics)))
        }
        None => Err(shown),
    }
}
