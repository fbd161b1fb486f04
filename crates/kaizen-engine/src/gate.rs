//! The thin end of the gate: plans in, coins and samples to `kaizen_gate`, its answer recorded.
//!
//! Two lanes: failing cases that repeat themselves ([`exact`]), and measured quantities and cases that do not ([`statistical`]).

pub mod exact;
pub mod guarded;
pub mod statistical;

use crate::error::EngineError;
use crate::session::Session;
use crate::trial::judge::Judge;
use crate::trial::quiet::Watch;
use kaizen_domain::scorecard::{CaseId, Measured};
use kaizen_domain::trial::{Arm, Coin, Sample, Stage, Ticket};
use kaizen_gate::objective::Objective;
use kaizen_gate::statistical::Next;
use kaizen_gate::statistical::view::view;
use kaizen_sandbox::workspace::FileWrite;
use serde::{Deserialize, Serialize};

/// What a trial has to show, in its lane. Stored as the lane's own plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Plan {
    /// Cases that repeat themselves, and declared guardrails.
    Guarded(Box<guarded::Guarded>),
    /// Cases that repeat themselves.
    Exact(kaizen_gate::exact::Plan),
    /// A measured quantity, or a case that does not repeat itself.
    Statistical(kaizen_gate::statistical::plan::Plan),
}

/// The stored plan with the level of its ticket.
pub fn with_ticket(stored: &str, ticket: &Ticket) -> Result<Plan, EngineError> {
    let plan = serde_json::from_str(stored).map_err(|source| EngineError::Stored { what: "trial plan", source })?;
    Ok(match plan {
        Plan::Guarded(mut plan) => {
            plan.exact.alpha = ticket.alpha;
            Plan::Guarded(plan)
        }
        Plan::Exact(plan) => Plan::Exact(kaizen_gate::exact::Plan { alpha: ticket.alpha, ..plan }),
        Plan::Statistical(plan) => Plan::Statistical(kaizen_gate::statistical::plan::Plan { alpha: ticket.alpha, ..plan }),
    })
}

/// What the trial needs next.
pub fn next(plan: &Plan, coins: &[Coin], samples: &[Sample]) -> Next {
    match plan {
        Plan::Guarded(plan) => guarded::next(plan, coins, samples),
        Plan::Statistical(plan) => kaizen_gate::statistical::step(plan, coins, samples),
        Plan::Exact(plan) => match kaizen_gate::exact::step(plan, samples) {
            kaizen_gate::exact::Next::Run { stage, pair, arm } => Next::Run { stage, pair, arm },
            kaizen_gate::exact::Next::Decide(decision) => Next::Decide(decision),
        },
    }
}

/// The cases a run is restricted to; `None`: all.
pub fn selection(plan: &Plan, stage: Stage, samples: &[Sample], failing: &[CaseId]) -> Option<Vec<CaseId>> {
    match plan {
        Plan::Guarded(plan) => exact::selection(&plan.exact, stage, samples, failing),
        Plan::Exact(plan) => exact::selection(plan, stage, samples, failing),
        Plan::Statistical(_) => None,
    }
}

/// Runs one arm for a stage as the lane asks for it. Runs of pairs are watched over, a flaky case's too: guardrails are proven on them.
pub fn run(
    session: &mut Session<'_>,
    plan: &Plan,
    writes: &[FileWrite],
    watch: &mut Watch,
    (stage, pair, arm): (Stage, u32, Arm),
    only: Option<&[CaseId]>,
) -> Result<Measured, EngineError> {
    watch.on(stage, pair);
    match plan {
        Plan::Statistical(plan) => session.judge_in_pairs(writes, &plan.objective).watching(watch).measure(stage, arm, None),
        // Pairs for declared guardrails; cases that repeat themselves pass or fail on a busy machine as on any other.
        Plan::Guarded(_) if stage == Stage::Dev => session.judge(writes).watching(watch).measure(stage, arm, None),
        Plan::Exact(_) | Plan::Guarded(_) => session.judge(writes).measure(stage, arm, only),
    }
}

/// How a trial stands, for people.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// How far the proof is: 0 at no evidence, 1 at the level, on a logarithmic scale.
    pub proof: f64,
    /// Where it is about a flaky case: which, and the shares of the baseline's and the candidate's runs in which it passed.
    pub passes: Option<(CaseId, [f64; 2])>,
}

/// How a trial stands.
pub fn standing(plan: &Plan, coins: &[Coin], samples: &[Sample]) -> Standing {
    let of_cases = |proof| Standing { proof, passes: None };
    match plan {
        Plan::Guarded(plan) => of_cases(exact::progress(&plan.exact, samples)),
        Plan::Exact(plan) => of_cases(exact::progress(plan, samples)),
        Plan::Statistical(plan) => {
            let view = view(plan, coins, samples);
            let case = if let Objective::Case { case } = &plan.objective { Some(case.clone()) } else { None };
            Standing { proof: view.proof, passes: case.zip(view.passes) }
        }
    }
}
