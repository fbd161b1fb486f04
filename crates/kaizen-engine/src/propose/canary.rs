//! Canaries: the loop offers no-ops and known cheats to its own judge, and counts what it believes.
//!
//! Only cheats that the present judge can catch are offered. They go through the same screening and the same lane of the gate as a
//! candidate for the weakness at hand, on coins and samples of their own that are thrown away: no ticket, no hypothesis, no saga. One
//! that is believed stops promotions of this benchmark by themselves (see `promote/permission.rs`).

use crate::error::EngineError;
use crate::gate::{self, Plan, exact};
use crate::progress::Progress;
use crate::promote::suspicion;
use crate::propose::search::{Screening, flips, screen, screen_quantity, tampering};
use crate::session::Session;
use crate::subject::code::Candidate;
use crate::trial::noise::Noise;
use crate::trial::quiet::Watch;
use crate::trial::{coin, slot};
use kaizen_domain::canary::Canary;
use kaizen_domain::decision::{Decision, Outcome};
use kaizen_domain::hash::ContentHash;
use kaizen_domain::hypothesis::Hypothesis;
use kaizen_domain::scorecard::CaseId;
use kaizen_domain::trial::{Coin, Sample};
use kaizen_domain::weakness::Weakness;
use kaizen_gate::statistical::Next;
use kaizen_gate::statistical::plan::Plan as Pairs;
use std::collections::BTreeMap;

mod answers;
mod made;

/// Pairs a stage may have: enough to be believed in, and mostly a no-op ends long before.
const MOST_PAIRS: u32 = 30;

/// Offers a canary after the `number`th fresh candidate of a search, at the configured rate. The same search offers the
/// same ones.
pub async fn sometimes(session: &mut Session<'_>, hypothesis: &Hypothesis, weakness: &Weakness, number: usize) -> Result<(), EngineError> {
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
        Some((canary, candidate)) => offer(session, weakness, *canary, candidate).await,
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

async fn offer(session: &mut Session<'_>, weakness: &Weakness, canary: Canary, candidate: &Candidate) -> Result<(), EngineError> {
    let in_pairs = weakness.finding.metric().is_some() || weakness.finding.flaky().is_some();
    let noise = if in_pairs { Some(session.noise().await?) } else { None };
    let (accepted, said) = tokio::task::block_in_place(|| believed(session, weakness, noise.as_ref(), candidate))?;
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
fn believed(
    session: &mut Session<'_>,
    weakness: &Weakness,
    noise: Option<&Noise>,
    candidate: &Candidate,
) -> Result<(bool, String), EngineError> {
    let Ok(change) = candidate.change() else { return Ok((false, "no change".into())) };
    if let Some(paths) = tampering(session, &change) {
        return Ok((false, format!("touched protected files: {}", paths.join(", "))));
    }
    let case = match screened(session, weakness, candidate)? {
        Screening::NoGain => return Ok((false, "gained nothing".into())),
        Screening::Worse(why) | Screening::Forged(why) => return Ok((false, why)),
        Screening::Gained(_) => None,
        Screening::Mended(case) => Some(case),
    };
    let plan = plan(session, weakness, noise, case.as_ref())?;
    let decision = tried(session, &plan, candidate)?;
    let asked = candidate
        .drafts
        .iter()
        .find_map(|draft| suspicion::of_draft(draft, suspicion::of_edit))
        .filter(|_| decision.outcome == Outcome::Accepted);
    let accepted = decision.outcome == Outcome::Accepted && asked.is_none();
    Ok((accepted, asked.unwrap_or_else(|| decision.explain())))
}

fn screened(session: &mut Session<'_>, weakness: &Weakness, candidate: &Candidate) -> Result<Screening, EngineError> {
    match (weakness.finding.metric(), weakness.finding.flaky()) {
        (Some(metric), _) => screen_quantity(session, candidate, metric),
        (None, Some(cases)) => flips::screen(session, candidate, cases, false),
        (None, None) => screen(session, candidate),
    }
}

/// What a trial of it has to show, at the level of a night's first ticket, which is never drawn.
fn plan(session: &Session<'_>, weakness: &Weakness, noise: Option<&Noise>, case: Option<&CaseId>) -> Result<Plan, EngineError> {
    let alpha = kaizen_gate::ledger::alpha(session.context.config.gate.fdr, 1, 0);
    let in_pairs = |plan: Pairs| Plan::Statistical(Pairs { alpha, max_pairs: plan.max_pairs.min(MOST_PAIRS), ..plan });
    Ok(match (noise, case, weakness.finding.metric()) {
        (Some(noise), Some(case), _) => in_pairs(gate::statistical::plan_of_case(session, noise, case)),
        (Some(noise), None, Some(metric)) => in_pairs(gate::statistical::plan(session, noise, metric)?),
        _ => Plan::Exact(kaizen_gate::exact::Plan { alpha, ..exact::plan(session, &BTreeMap::new()) }),
    })
}

/// A trial that nobody writes down.
fn tried(session: &mut Session<'_>, plan: &Plan, candidate: &Candidate) -> Result<Decision, EngineError> {
    let (failing, writes) = (session.failing(), candidate.writes());
    let (mut coins, mut samples): (Vec<Coin>, Vec<Sample>) = (Vec::new(), Vec::new());
    let mut watch = Watch::default();
    let _slot = slot::take(session.context)?;
    loop {
        session.context.checkpoint()?;
        let (stage, pair, arm) = match gate::next(plan, &coins, &samples) {
            Next::Decide(decision) => return Ok(decision),
            Next::Toss { stage, pair } => {
                coins.push(Coin { stage, pair, first: coin::toss()? });
                continue;
            }
            Next::Run { stage, pair, arm } => (stage, pair, arm),
        };
        let only = gate::selection(plan, stage, &samples, &failing);
        let measured = gate::run(session, plan, &writes, &mut watch, (stage, pair, arm), only.as_deref())?;
        samples.push(Sample { stage, pair, arm, measured });
    }
}
