//! Trials of failing cases in a project that declares guardrails: what the exact lane accepts has to prove, in coin-ordered pairs of
//! its own, that no declared quantity became worse by more than its limit.
//!
//! Only guardrails of `kaizen.toml` are asked for here: three repetitions of a suite prove nothing about its time or memory.

use crate::config::metric::declared_guardrails;
use crate::error::EngineError;
use crate::gate::statistical::{guardrail, too_noisy};
use crate::session::Session;
use crate::trial::noise::Noise;
use kaizen_domain::decision::{Decision, Outcome, Reason};
use kaizen_domain::trial::{Coin, Sample, Stage};
use kaizen_gate::check::{Conclusion, LEVEL, Question, Step, Verdict, step};
use kaizen_gate::exact;
use kaizen_gate::guardrail::Guardrail;
use kaizen_gate::objective::Objective;
use kaizen_gate::statistical::Next;
use serde::{Deserialize, Serialize};

/// What such a trial has to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guarded {
    /// Of the cases.
    pub exact: exact::Plan,
    /// Of the quantities.
    pub question: Question,
}

/// The plan for the guardrails that are declared.
pub fn plan(session: &Session<'_>, noise: &Noise, exact: exact::Plan) -> Result<Guarded, EngineError> {
    let config = &session.context.config;
    let guardrails = declared_guardrails(&config.metric).map(|metric| guardrail(metric, noise)).collect();
    let question = Question {
        gate_version: kaizen_gate::GATE_VERSION,
        alpha: LEVEL,
        // Points were gained already; what is open are the guardrails.
        objective: Objective::Points { reference: session.card.worth().value().max(1.0) },
        scale: kaizen_gate::calibration::FLOOR,
        margin: 0.5,
        guardrails,
        error_rate: None,
        error_scale: 0.0,
        flaky: session.flaky_cases(),
        max_pairs: config.gate.policy().max_pairs,
        not_worse_is_enough: true,
    };
    match question.guardrails.iter().find_map(Guardrail::unprovable) {
        Some(reason) => Err(too_noisy(&reason)),
        None => Ok(Guarded { exact, question }),
    }
}

/// What the trial needs next: cases first, then pairs for the guardrails.
pub fn next(plan: &Guarded, coins: &[Coin], samples: &[Sample]) -> Next {
    let (pairs, cases): (Vec<Sample>, Vec<Sample>) = samples.iter().cloned().partition(|sample| sample.stage == Stage::Dev);
    match exact::step(&plan.exact, &cases) {
        exact::Next::Run { stage, pair, arm } => Next::Run { stage, pair, arm },
        exact::Next::Decide(decision) if decision.outcome != Outcome::Accepted => Next::Decide(decision),
        exact::Next::Decide(decision) => match step(&plan.question, coins, &pairs) {
            Step::More(next) => next,
            Step::Conclude(seen) => Next::Decide(together(decision, &seen)),
        },
    }
}

fn together(cases: Decision, seen: &Conclusion) -> Decision {
    let outcome = match seen.verdict {
        Verdict::Better | Verdict::NotWorse => Outcome::Accepted,
        Verdict::Worse => Outcome::Rejected,
        Verdict::CannotTell => Outcome::Undecided,
    };
    let passed = seen.guardrails.iter().cloned().map(Reason::GuardrailPassed);
    let reasons = match outcome {
        Outcome::Accepted => cases.reasons.into_iter().chain(passed).collect(),
        _ => seen.reasons.iter().cloned().chain(cases.reasons).collect(),
    };
    Decision { outcome, reasons, metrics: cases.metrics }
}
