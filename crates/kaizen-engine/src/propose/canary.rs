//! Canaries: the loop offers no-ops and known cheats to its own judge, and counts what it believes.
//!
//! Only cheats that the present judge can catch are offered. They go through the same screening and the same gate as a
//! candidate, on samples of their own: no ticket, no hypothesis, no saga. One that is believed stops promotions of this
//! benchmark by themselves (see `promote/permission.rs`).

use crate::error::EngineError;
use crate::gate::exact;
use crate::progress::Progress;
use crate::promote::suspicion;
use crate::propose::search::{Screening, screen, tampering};
use crate::session::Session;
use crate::subject::code::Candidate;
use crate::trial::judge::Judge;
use kaizen_domain::canary::Canary;
use kaizen_domain::decision::{Decision, Outcome};
use kaizen_domain::hash::ContentHash;
use kaizen_domain::hypothesis::Hypothesis;
use kaizen_domain::trial::Sample;
use kaizen_gate::exact::{Next, Plan, step};
use std::collections::BTreeMap;

mod answers;
mod made;

/// Offers a canary after the `number`th fresh candidate of a search, at the configured rate. The same search offers the
/// same ones.
pub async fn sometimes(session: &mut Session<'_>, hypothesis: &Hypothesis, number: usize) -> Result<(), EngineError> {
    let context = session.context;
    if lot(hypothesis, number) >= context.config.gate.canary_rate || known_to_believe(session).await? {
        return Ok(());
    }
    // In turn, so that every kind is offered before one is offered twice.
    let which = context.store.canaries(context.project, None).await?.offered as usize;
    let mut fitting = Vec::new();
    for canary in Canary::ALL {
        fitting.extend(made::made(session, canary)?.map(|candidate| (canary, candidate)));
    }
    match fitting.get(which % fitting.len().max(1)) {
        Some((canary, candidate)) => offer(session, *canary, candidate).await,
        None => Ok(()),
    }
}

/// A judge that believed one need not be asked again before it is mended.
async fn known_to_believe(session: &Session<'_>) -> Result<bool, EngineError> {
    let context = session.context;
    Ok(context.store.canaries(context.project, Some(session.snapshot.benchmark)).await?.accepted > 0)
}

/// A number in [0, 1) from the search and the candidate's place in it.
fn lot(hypothesis: &Hypothesis, number: usize) -> f64 {
    let idea = &hypothesis.idea;
    let parts = [idea.baseline.to_string(), idea.proposer.clone(), idea.seed.to_string(), number.to_string()];
    let drawn = ContentHash::of_parts(parts.iter().map(String::as_bytes)).to_string();
    let digits = drawn.chars().rev().filter_map(|digit| digit.to_digit(16)).take(8);
    digits.fold(0.0, |number, digit| number * 16.0 + f64::from(digit)) / 2f64.powi(32)
}

async fn offer(session: &mut Session<'_>, canary: Canary, candidate: &Candidate) -> Result<(), EngineError> {
    let (accepted, said) = tokio::task::block_in_place(|| believed(session, candidate))?;
    let context = session.context;
    context.store.record_canary(context.project, context.now(), session.snapshot.benchmark, canary, accepted, &said).await?;
    if accepted {
        let text = format!(
            "the judge believed a canary ({canary}: {}): nothing more is promoted by itself until the benchmark is mended",
            candidate.summary
        );
        context.report(Progress::Note { text });
    }
    Ok(())
}

/// Whether the judge believes it, and why or why not.
fn believed(session: &mut Session<'_>, candidate: &Candidate) -> Result<(bool, String), EngineError> {
    let Ok(change) = candidate.change() else { return Ok((false, "no change".into())) };
    if let Some(paths) = tampering(session, &change) {
        return Ok((false, format!("touched protected files: {}", paths.join(", "))));
    }
    match screen(session, candidate)? {
        Screening::NoGain => Ok((false, "gained nothing".into())),
        Screening::Worse(why) | Screening::Forged(why) => Ok((false, why)),
        Screening::Gained | Screening::Mended(_) => {
            let decision = tried(session, candidate)?;
            let asked = candidate
                .drafts
                .iter()
                .find_map(|draft| suspicion::of_draft(draft, suspicion::of_edit))
                .filter(|_| decision.outcome == Outcome::Accepted);
            let accepted = decision.outcome == Outcome::Accepted && asked.is_none();
            Ok((accepted, asked.unwrap_or_else(|| decision.explain())))
        }
    }
}

/// A trial at the level of a night's first ticket, which is never drawn.
fn tried(session: &mut Session<'_>, candidate: &Candidate) -> Result<Decision, EngineError> {
    let alpha = kaizen_gate::ledger::alpha(session.context.config.gate.fdr, 1, 0);
    let plan = Plan { alpha, ..exact::plan(session, &BTreeMap::new()) };
    let (failing, writes) = (session.failing(), candidate.writes());
    let mut samples: Vec<Sample> = Vec::new();
    loop {
        session.context.checkpoint()?;
        let (stage, pair, arm) = match step(&plan, &samples) {
            Next::Decide(decision) => return Ok(decision),
            Next::Run { stage, pair, arm } => (stage, pair, arm),
        };
        let only = exact::selection(&plan, stage, &samples, &failing);
        let measured = session.judge(&writes).measure(stage, arm, only.as_deref())?;
        samples.push(Sample { stage, pair, arm, measured });
    }
}
