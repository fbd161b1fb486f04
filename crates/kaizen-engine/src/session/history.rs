//! What the record knows of a baseline's cases: every run is kept, and what did not repeat itself is flaky.

use crate::context::Context;
use crate::error::EngineError;
use crate::trial::snapshot::Snapshot;
use kaizen_domain::scorecard::{CaseId, CaseResult, Scorecard};
use kaizen_store::{CaseRun, FlakyCase};
use std::collections::BTreeMap;

/// Records the runs and returns what did not repeat itself. Runs with different sets of cases are no baseline.
pub(super) async fn recorded(
    context: &Context,
    snapshot: &Snapshot,
    cards: &[Scorecard],
) -> Result<BTreeMap<CaseId, FlakyCase>, EngineError> {
    let Some(first) = cards.first() else { return Ok(BTreeMap::new()) };
    if let Some(other) = cards.iter().find(|card| !card.cases.keys().eq(first.cases.keys())) {
        let differing = first
            .cases
            .keys()
            .find(|case| !other.cases.contains_key(case))
            .or_else(|| other.cases.keys().find(|case| !first.cases.contains_key(case)));
        let name = differing.map_or_else(String::new, ToString::to_string);
        return Err(EngineError::baseline(
            format!("two runs of it ran different cases ({name})"),
            "give cases stable names, or list the unstable ones in benchmark.ignore",
        ));
    }
    let rows = case_runs(context.now(), snapshot, cards.iter());
    context.store.record_case_runs(context.project, &rows).await?;
    flaky_cases(context, snapshot).await
}

/// The cases without a steady result, here or in recorded history.
pub(super) async fn flaky_cases(context: &Context, snapshot: &Snapshot) -> Result<BTreeMap<CaseId, FlakyCase>, EngineError> {
    let known = context.store.flaky_cases(context.project, snapshot.benchmark, snapshot.id).await?;
    Ok(known.into_iter().map(|flaky| (flaky.case.clone(), flaky)).collect())
}

/// One row per case of each scorecard.
pub(super) fn case_runs<'a>(at: i64, snapshot: &Snapshot, cards: impl Iterator<Item = &'a Scorecard>) -> Vec<CaseRun> {
    let row = |(case, result): (&CaseId, &CaseResult)| CaseRun {
        at,
        benchmark: snapshot.benchmark,
        baseline: snapshot.id,
        case: case.clone(),
        outcome: result.outcome,
        duration_us: result.duration.and_then(|duration| i64::try_from(duration.as_micros()).ok()),
    };
    cards.flat_map(|card| card.cases.iter().map(row)).collect()
}
