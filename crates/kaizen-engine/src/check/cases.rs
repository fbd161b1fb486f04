//! The cases of a check: what the change mends and breaks, by the exact lane at the check's level.

use super::sides::Sides;
use super::{Cases, Wish};
use crate::error::EngineError;
use crate::progress::Progress;
use crate::trial::judge::Judge;
use kaizen_domain::decision::{Decision, Outcome, Reason};
use kaizen_domain::scorecard::{CaseId, CaseOutcome, Scorecard};
use kaizen_domain::trial::{Arm, Sample, Stage};
use kaizen_gate::check::{LEVEL, Verdict};
use kaizen_gate::exact::{Next, Plan, step};
use std::collections::BTreeMap;

/// Proof runs after which a gained case is not certain.
const MOST_RUNS: u32 = 64;

/// Runs both sides in turn until the cases are settled.
pub fn compare(sides: &mut Sides<'_>, wish: &Wish) -> Result<Cases, EngineError> {
    let context = sides.head.context;
    let first = tokio::task::block_in_place(|| sides.measure(Stage::Screening, Arm::Baseline, None))?;
    let plan = plan(sides, first.as_ref().ok());
    let mut samples = vec![Sample { stage: Stage::Screening, pair: 0, arm: Arm::Baseline, measured: first }];
    let decision = loop {
        context.checkpoint()?;
        let (stage, pair, arm) = match step(&plan, &samples) {
            Next::Decide(decision) => break Some(decision),
            Next::Run { .. } if late(sides, wish) => break None,
            Next::Run { stage, pair, arm } => (stage, pair, arm),
        };
        let measured = tokio::task::block_in_place(|| match stage {
            Stage::Checks => sides.of_side(stage, arm),
            _ => sides.measure(stage, arm, None),
        })?;
        samples.push(Sample { stage, pair, arm, measured });
        context.report(Progress::Sampled { stage, arm, runs: samples.len(), proof: 0.0, passes: None });
    };
    Ok(told(sides, decision.as_ref()))
}

fn late(sides: &Sides<'_>, wish: &Wish) -> bool {
    wish.until.is_some_and(|until| sides.head.context.now() >= until)
}

fn plan(sides: &Sides<'_>, base: Option<&Scorecard>) -> Plan {
    Plan {
        gate_version: kaizen_gate::GATE_VERSION,
        alpha: LEVEL,
        failing: base.map_or(0, |card| card.failing().count() as u64),
        recorded_failures: BTreeMap::new(),
        flaky: sides.head.flaky_cases(),
        whole_suite_proof: true,
        holdout: false,
        checks: !sides.head.context.config.benchmark.checks.is_empty(),
        max_proof_runs: MOST_RUNS,
    }
}

fn told(sides: &Sides<'_>, decision: Option<&Decision>) -> Cases {
    let card = &sides.head.card;
    let reasons = decision.map_or(&[][..], |decision| decision.reasons.as_slice());
    let named = |wanted: fn(&Reason) -> Option<&Vec<CaseId>>| reasons.iter().find_map(wanted).cloned().unwrap_or_default();
    let gained = named(|reason| if let Reason::Gained { cases } = reason { Some(cases) } else { None });
    let lost = named(|reason| if let Reason::Lost { cases } = reason { Some(cases) } else { None });
    let unchanged = reasons.iter().any(|reason| matches!(reason, Reason::NothingGained));
    let verdict = match decision.map(|decision| decision.outcome) {
        Some(Outcome::Accepted) => Verdict::Better,
        Some(Outcome::Rejected) if unchanged => Verdict::NotWorse,
        Some(Outcome::Rejected) => Verdict::Worse,
        Some(Outcome::Undecided) | None => Verdict::CannotTell,
    };
    // What has a line of its own is not said twice.
    let listed = |reason: &&Reason| matches!(reason, Reason::Lost { .. } | Reason::Gained { .. } | Reason::NothingGained);
    let words = reasons.iter().filter(|reason| !listed(reason)).map(ToString::to_string).collect();
    let passing = card.count(CaseOutcome::Pass);
    Cases { verdict, passing, executed: card.executed(), gained, lost, removed: removed(sides), reasons: words }
}

/// Cases that passed on the base by its own tests and do not exist any more.
fn removed(sides: &Sides<'_>) -> Vec<CaseId> {
    let Some(before) = &sides.before else { return Vec::new() };
    let gone = |case: &&CaseId| !sides.head.card.cases.contains_key(*case);
    let passed = before.cases.iter().filter(|(_, result)| result.outcome == CaseOutcome::Pass).map(|(case, _)| case);
    passed.filter(gone).cloned().collect()
}
