//! Cases compared between the two arms, for both lanes: sets that must be the same, cases that were lost or gained.

use crate::evidence::Evidence;
use crate::guardrail::PASS;
use crate::objective::CASE_SCALE;
use crate::pairs::Pair;
use kaizen_domain::decision::Reason;
use kaizen_domain::scorecard::{CaseId, CaseOutcome, CaseResult, Scorecard};
use std::collections::BTreeSet;

/// Runs of each arm before a case can be called lost in the statistical lane.
const STEADY: usize = 3;

/// Failures of the candidate alone that make a case lost although it also passed: seven of them fall on one side by chance with
/// probability 1/128, less than the 1/64 of three failures against three passes.
const OFTEN: usize = 7;

/// The set of case ids must be the one of the first baseline run, in every one of the other runs.
pub(crate) fn set_difference(baseline: &[&Scorecard], candidate: &[&Scorecard]) -> Option<Reason> {
    let first = baseline.first()?;
    let other = candidate.iter().find(|card| !card.cases.keys().eq(first.cases.keys()))?;
    let ids = |card: &Scorecard| card.cases.keys().cloned().collect::<BTreeSet<CaseId>>();
    let (expected, other) = (ids(first), ids(other));
    let missing = expected.difference(&other).cloned().collect();
    let extra = other.difference(&expected).cloned().collect();
    Some(Reason::CaseSetChanged { missing, extra })
}

/// How good a case's result is: failing and skipped are alike, points break ties.
fn level(case: &CaseResult) -> (bool, f64) {
    (case.outcome == CaseOutcome::Pass, case.points.value())
}

/// One case in every run that has it.
pub(crate) fn results<'a>(cards: &[&'a Scorecard], case: &CaseId) -> Vec<&'a CaseResult> {
    cards.iter().filter_map(|card| card.cases.get(case)).collect()
}

/// Whether any run of the candidate is worse than the worst run of the baseline.
pub(crate) fn is_worse(baseline: &[&CaseResult], candidate: &[&CaseResult]) -> bool {
    let worst_before = baseline.iter().map(|case| level(case)).reduce(lower);
    let skipped_before = baseline.iter().any(|case| case.outcome == CaseOutcome::Skip);
    let worse =
        |case: &&&CaseResult| worst_before.is_some_and(|before| level(case) < before) || (skipped_before && case.outcome.is_failing());
    candidate.iter().any(|case| worse(&case))
}

fn lower(a: (bool, f64), b: (bool, f64)) -> (bool, f64) {
    if b < a { b } else { a }
}

/// Cases that fail (or score less) in every run of the baseline and do better in every run of the candidate.
pub(crate) fn gained(baseline: &[&Scorecard], candidate: &[&Scorecard]) -> Vec<CaseId> {
    let Some(first) = baseline.first() else { return Vec::new() };
    first.cases.keys().filter(|case| is_better(&results(baseline, case), &results(candidate, case))).cloned().collect()
}

/// Whether every run of the candidate is better than the best run of the baseline.
pub(crate) fn is_better(baseline: &[&CaseResult], candidate: &[&CaseResult]) -> bool {
    let skipped = baseline.iter().any(|case| case.outcome == CaseOutcome::Skip);
    let best_before = baseline.iter().map(|case| level(case)).reduce(|a, b| if b > a { b } else { a });
    let better = |case: &&CaseResult| best_before.is_some_and(|before| level(case) > before);
    !skipped && !candidate.is_empty() && candidate.iter().all(better)
}

/// The first declared check that is worse after the change.
pub(crate) fn failed_check(baseline: &[&Scorecard], candidate: &[&Scorecard]) -> Option<Reason> {
    let first = baseline.first()?;
    let failed = first.cases.keys().find(|case| is_worse(&results(baseline, case), &results(candidate, case)))?;
    Some(Reason::CheckFailed { command: failed.0.clone() })
}

/// Cases that pass in every one of at least three runs of the baseline and not on the candidate: in none of its runs, or failing seven
/// times. Where single runs may flake, one failure is no loss.
pub(crate) fn steadily_lost(flaky: &BTreeSet<CaseId>, baseline: &[&Scorecard], candidate: &[&Scorecard]) -> Option<Reason> {
    if baseline.len() < STEADY || candidate.len() < STEADY {
        return None;
    }
    let suspects: BTreeSet<&CaseId> = candidate.last()?.cases.iter().filter(|(_, case)| !passes(case)).map(|(id, _)| id).collect();
    let often = |case: &&CaseId| {
        let failed = results(candidate, case).iter().filter(|result| !passes(result)).count();
        failed == candidate.len() || failed >= OFTEN
    };
    let steady = |case: &&CaseId| {
        let before = results(baseline, case);
        before.len() == baseline.len() && before.iter().all(|result| passes(result))
    };
    let lost = suspects.into_iter().filter(|case| !flaky.contains(*case)).filter(often).filter(steady);
    let cases: Vec<CaseId> = lost.cloned().collect();
    (!cases.is_empty()).then_some(Reason::Lost { cases })
}

/// Flaky cases of which these pairs show beyond doubt that they pass less often on the candidate: the evidence of each is 20 times their
/// number, so that all of them together accuse an innocent candidate at most once in twenty.
pub(crate) fn flakier<'p, 'a: 'p>(flaky: &[&CaseId], pairs: impl Iterator<Item = &'p Pair<'a>> + Clone) -> Option<Reason> {
    let bar = PASS + libm::log(flaky.len().max(1) as f64);
    let harm = |case: &CaseId, pair: &Pair<'_>| Some(passed(pair.baseline, case)? - passed(pair.candidate, case)?);
    let is_worse = |case: &&CaseId| Evidence::of(pairs.clone().filter_map(|pair| harm(case, pair)), CASE_SCALE).log() >= bar;
    let cases: Vec<CaseId> = flaky.iter().copied().filter(is_worse).cloned().collect();
    (!cases.is_empty()).then_some(Reason::Flakier { cases })
}

/// 1 where the case passed, 0 where it did anything else; `None` where it was not run.
pub(crate) fn passed(card: &Scorecard, case: &CaseId) -> Option<f64> {
    card.cases.get(case).map(|result| if passes(result) { 1.0 } else { 0.0 })
}

fn passes(case: &CaseResult) -> bool {
    case.outcome == CaseOutcome::Pass
}
