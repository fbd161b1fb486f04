//! The cycle: one function advances one hypothesis by one legal step. Command line, daemon, worker and recovery all
//! call it; there is no other path.
//!
//! All state is in the store. Killed at any line and called again, it reaches the same end: searches skip what was
//! screened, trials resume their samples, a half-made promotion is finished or undone by its journal.

use crate::config::metric::declared_guardrails;
use crate::context::Context;
use crate::error::EngineError;
use crate::gate::{self, Plan};
use crate::progress::Progress;
use crate::promote::permission::{self, Verdict};
use crate::promote::{self, Approved, approval};
use crate::propose::search::{Found, remember, search};
use crate::propose::{Proposer, canary, prior};
use crate::session::Session;
use crate::subject::code;
use crate::trial::quiet::Watch;
use crate::trial::sentinel::Sentinels;
use crate::trial::{coin, effect, slot};
use kaizen_domain::decision::{Decision, Outcome};
use kaizen_domain::hypothesis::{Hypothesis, HypothesisMove, HypothesisState, Leader, RejectReason};
use kaizen_domain::id::HypothesisId;
use kaizen_domain::scorecard::{CaseId, RunFault};
use kaizen_domain::trial::{Arm, Coin, Sample, Stage, Trial};
use kaizen_domain::weakness::Weakness;
use kaizen_gate::statistical::Next;
use kaizen_sandbox::workspace::FileWrite;

/// Advances a hypothesis until it rests; returns where.
pub async fn run(
    session: &mut Session<'_>,
    weakness: &Weakness,
    proposer: &dyn Proposer,
    id: HypothesisId,
) -> Result<Hypothesis, EngineError> {
    loop {
        session.context.checkpoint()?;
        let hypothesis = load(session.context, id).await?;
        if hypothesis.state.is_at_rest() || (session.context.permit.dry_run && hypothesis.state == HypothesisState::Approved) {
            return Ok(hypothesis);
        }
        advance(session, weakness, proposer, &hypothesis).await?;
    }
}

/// One legal step.
async fn advance(
    session: &mut Session<'_>,
    weakness: &Weakness,
    proposer: &dyn Proposer,
    hypothesis: &Hypothesis,
) -> Result<(), EngineError> {
    let context = session.context;
    match (hypothesis.state, &hypothesis.leader) {
        (HypothesisState::Proposed, _) => step(context, hypothesis, HypothesisMove::Test).await,
        (HypothesisState::Testing, None) => look(session, weakness, proposer, hypothesis).await,
        (HypothesisState::Testing, Some(leader)) => try_leader(session, weakness, hypothesis, leader).await,
        (HypothesisState::Approved, Some(leader)) => land(session, weakness, hypothesis, leader).await,
        _ => Ok(()),
    }
}

/// Reads a hypothesis that must exist.
pub async fn load(context: &Context, id: HypothesisId) -> Result<Hypothesis, EngineError> {
    context
        .store
        .hypothesis(context.project, id)
        .await?
        .ok_or_else(|| EngineError::usage(format!("there is no hypothesis {id}"), "`kaizen log` lists them"))
}

async fn step(context: &Context, hypothesis: &Hypothesis, step: HypothesisMove) -> Result<(), EngineError> {
    context.faults.at("cycle.move")?;
    context.store.move_hypothesis(context.project, hypothesis.id, hypothesis.state, &step, context.now()).await?;
    context.faults.at("cycle.moved")
}

async fn look(session: &mut Session<'_>, weakness: &Weakness, proposer: &dyn Proposer, hypothesis: &Hypothesis) -> Result<(), EngineError> {
    let context = session.context;
    let ended = search(session, hypothesis, weakness, proposer).await?;
    let mut led = None;
    match ended.found {
        Found::Leader(leader, tried) => {
            led = Some(tried);
            context.store.set_leader(context.project, hypothesis.id, &leader).await?;
            context.report(Progress::Leader { hypothesis: hypothesis.id, summary: leader.summary, tried });
            context.faults.at("cycle.leader")?;
        }
        Found::Nothing(reason) => end_search(context, hypothesis, proposer, HypothesisMove::Reject(reason)).await?,
        Found::Tampering(reason) => end_search(context, hypothesis, proposer, HypothesisMove::Quarantine(reason)).await?,
    }
    if let Some(memory) = ended.memory {
        remember(context, hypothesis, memory).await?;
    }
    // A search for a quantity ends with the first candidate that breaks nothing: what the judge believes is asked beside its leader.
    match led.filter(|_| weakness.finding.metric().is_some()) {
        Some(tried) => canary::sometimes(session, hypothesis, weakness, tried).await,
        None => Ok(()),
    }
}

async fn end_search(context: &Context, hypothesis: &Hypothesis, proposer: &dyn Proposer, end: HypothesisMove) -> Result<(), EngineError> {
    let tampering = matches!(end, HypothesisMove::Quarantine(_));
    let why = end.reason().map_or_else(String::new, ToString::to_string);
    step(context, hypothesis, end).await?;
    context.report(Progress::Ended { hypothesis: hypothesis.id, proposer: proposer.name(), why, tampering });
    Ok(())
}

async fn try_leader(session: &mut Session<'_>, weakness: &Weakness, hypothesis: &Hypothesis, leader: &Leader) -> Result<(), EngineError> {
    let context = session.context;
    if hypothesis.idea.baseline != session.snapshot.id {
        let reason = RejectReason::DoesNotApply { detail: "the baseline moved; the search begins again on the new one".into() };
        return step(context, hypothesis, HypothesisMove::Reject(reason)).await;
    }
    let (trial, decision) = decide(session, weakness, hypothesis, leader).await?;
    context.store.finish_trial(context.project, trial.id, &decision, context.now()).await?;
    context.faults.at("cycle.decided")?;
    context.report(Progress::Decided { hypothesis: hypothesis.id, summary: leader.summary.clone(), decision: decision.clone() });
    let forged = forged(context, &trial).await?;
    let next = match (decision.outcome, forged) {
        (_, Some(detail)) => HypothesisMove::Quarantine(RejectReason::Forged { detail }),
        (Outcome::Accepted, None) => HypothesisMove::Approve,
        (Outcome::Undecided, None) => HypothesisMove::Suspend,
        (Outcome::Rejected, None) => HypothesisMove::Reject(RejectReason::Trial { detail: decision.explain() }),
    };
    step(context, hypothesis, next).await
}

/// What a candidate of this trial wrote to the judge's report, where one did.
async fn forged(context: &Context, trial: &Trial) -> Result<Option<String>, EngineError> {
    let samples = context.store.samples(context.project, trial.id).await?;
    let of_candidate = samples.iter().filter(|sample| sample.arm == Arm::Candidate);
    Ok(of_candidate.filter_map(|sample| sample.measured.as_ref().err()).find_map(|fault| match fault {
        RunFault::Forged { .. } => Some(fault.to_string()),
        _ => None,
    }))
}

/// Takes an undecided trial in pairs up again, under its old ticket and with its recorded evidence; false where it cannot.
pub async fn resume(session: &Session<'_>, hypothesis: &Hypothesis) -> Result<bool, EngineError> {
    let context = session.context;
    let Some(trial) = hypothesis.trial else { return Ok(false) };
    let Some(stored) = context.store.trial_plan(context.project, trial).await? else { return Ok(false) };
    let plan = serde_json::from_str(&stored).map_err(|source| EngineError::Stored { what: "trial plan", source })?;
    let Plan::Statistical(mut plan) = plan else { return Ok(false) };
    plan.resumptions += 1;
    let stored = serde_json::to_string(&plan).map_err(|source| EngineError::Stored { what: "trial plan", source })?;
    context.store.resume_trial(context.project, trial, &stored).await?;
    step(context, hypothesis, HypothesisMove::Test).await.map(|()| true)
}

/// Draws (or finds) the ticket and runs the trial to its decision, resuming recorded samples.
async fn decide(
    session: &mut Session<'_>,
    weakness: &Weakness,
    hypothesis: &Hypothesis,
    leader: &Leader,
) -> Result<(Trial, Decision), EngineError> {
    let context = session.context;
    let plan = plan(session, weakness, leader).await?;
    let wanted = serde_json::to_string(&plan).map_err(|source| EngineError::Stored { what: "trial plan", source })?;
    let fdr = context.config.gate.fdr;
    let alpha = move |index: u32, promotions: u32| kaizen_gate::ledger::alpha(fdr, index, promotions);
    let tier = session.backend.tier().to_string();
    let trial = context
        .store
        .start_trial(context.project, context.now(), hypothesis.id, session.snapshot.id, leader.identity, &tier, &wanted, &alpha)
        .await?;
    context.faults.at("cycle.ticket")?;
    let stored = context.store.trial_plan(context.project, trial.id).await?.unwrap_or(wanted);
    let plan = gate::with_ticket(&stored, &trial.ticket)?;
    let change = code::load(context, leader).await?;
    let writes = code::writes(context, &change).await?;
    let slot = tokio::task::block_in_place(|| slot::take(context))?;
    let decision = measure(session, &trial, &plan, &writes).await?;
    drop(slot);
    Ok((trial, decision))
}

/// What a trial for this weakness has to show, in its lane.
async fn plan(session: &mut Session<'_>, weakness: &Weakness, leader: &Leader) -> Result<Plan, EngineError> {
    if let Some(case) = &leader.flaky {
        let noise = session.noise().await?;
        return Ok(Plan::Statistical(gate::statistical::plan_of_case(session, &noise, case)));
    }
    let Some(metric) = weakness.finding.metric() else {
        let recorded = session.context.store.tallies(session.context.project, session.evidence_key()).await?;
        let exact = gate::exact::plan(session, &recorded);
        if declared_guardrails(&session.context.config.metric).next().is_none() {
            return Ok(Plan::Exact(exact));
        }
        let noise = session.noise().await?;
        return gate::guarded::plan(session, &noise, exact).map(|guarded| Plan::Guarded(Box::new(guarded)));
    };
    let noise = session.noise().await?;
    gate::statistical::plan(session, &noise, metric).map(Plan::Statistical)
}

async fn measure(session: &mut Session<'_>, trial: &Trial, plan: &Plan, writes: &[FileWrite]) -> Result<Decision, EngineError> {
    let context = session.context;
    let failing: Vec<CaseId> = session.failing();
    let mut samples = context.store.samples(context.project, trial.id).await?;
    // What an earlier decision of this trial rests on was counted with it.
    let counted = if trial.decision.is_some() { samples.len() } else { 0 };
    let mut coins = context.store.coins(context.project, trial.id).await?;
    let (mut watch, mut sentinels) = (Watch::of(samples.iter()), Sentinels::of(plan));
    loop {
        context.checkpoint()?;
        let (stage, pair, arm) = match gate::next(plan, &coins, &samples) {
            Next::Decide(decision) => {
                tally(session, plan, &samples[counted..]).await?;
                return Ok(decision);
            }
            Next::Toss { stage, pair } => {
                if let Some(sentinels) = &mut sentinels {
                    sentinels.before_pair(session, &mut watch).await?;
                }
                let coin = Coin { stage, pair, first: coin::toss()? };
                context.store.append_coin(context.project, trial.id, coin).await?;
                context.faults.at("cycle.coin")?;
                coins.push(coin);
                continue;
            }
            Next::Run { stage, pair, arm } => (stage, pair, arm),
        };
        let only = gate::selection(plan, stage, &samples, &failing);
        let at = (stage, pair, arm);
        let measured = tokio::task::block_in_place(|| gate::run(session, plan, writes, &mut watch, at, only.as_deref()))?;
        let sample = Sample { stage, pair, arm, measured };
        context.store.append_samples(context.project, trial.id, std::slice::from_ref(&sample)).await?;
        context.faults.at("cycle.sample")?;
        samples.push(sample);
        let gate::Standing { proof, passes } = gate::standing(plan, &coins, &samples);
        context.report(Progress::Sampled { stage, arm, runs: samples.len(), proof, passes });
    }
}

/// Baseline failures seen in a trial count for later trials of the same baseline.
async fn tally(session: &mut Session<'_>, plan: &Plan, samples: &[Sample]) -> Result<(), EngineError> {
    let whole_suite_proof = match plan {
        Plan::Exact(plan) => plan.whole_suite_proof,
        Plan::Guarded(plan) => plan.exact.whole_suite_proof,
        Plan::Statistical(_) => false,
    };
    let whole = |sample: &&Sample| {
        let whole_suite = matches!(sample.stage, Stage::Screening | Stage::Dev) || (sample.stage == Stage::Proof && whole_suite_proof);
        sample.arm == Arm::Baseline && whole_suite
    };
    let cards = samples.iter().filter(whole).filter_map(|sample| sample.measured.as_ref().ok());
    let counts: Vec<(CaseId, u64, u64)> = cards
        .clone()
        .flat_map(|card| card.cases.iter())
        .filter(|(case, _)| session.card.cases.get(*case).is_some_and(|known| known.outcome.is_failing()))
        .map(|(case, result)| (case.clone(), u64::from(!result.outcome.is_failing()), u64::from(result.outcome.is_failing())))
        .collect();
    session.remember_runs(cards).await?;
    Ok(session.context.store.tally(session.context.project, session.evidence_key(), &counts).await?)
}

/// An approved hypothesis: permission, then promotion.
async fn land(session: &mut Session<'_>, weakness: &Weakness, hypothesis: &Hypothesis, leader: &Leader) -> Result<(), EngineError> {
    let context = session.context;
    if hypothesis.idea.baseline != session.snapshot.id {
        return step(context, hypothesis, HypothesisMove::Test).await;
    }
    let change = code::load(context, leader).await?;
    let verdict = permission::verdict(session, hypothesis, &change).await?;
    if let Verdict::Ask(why) = verdict {
        step(context, hypothesis, HypothesisMove::Ask).await?;
        let answers = approval::commands(context, hypothesis.id);
        context.report(Progress::Asked { hypothesis: hypothesis.id, summary: leader.summary.clone(), why, answers });
        return Ok(());
    }
    promote_now(session, weakness, hypothesis, leader).await
}

/// Promotes; when the repository moved meanwhile, the hypothesis goes back to testing and ends there.
async fn promote_now(session: &mut Session<'_>, weakness: &Weakness, hypothesis: &Hypothesis, leader: &Leader) -> Result<(), EngineError> {
    let context = session.context;
    let missing = || EngineError::usage(format!("{} has no finished trial", hypothesis.id), "`kaizen improve` runs trials");
    let trial = context.store.trial(context.project, hypothesis.trial.ok_or_else(missing)?).await?.ok_or_else(missing)?;
    let change = code::load(context, leader).await?;
    let approved = Approved {
        hypothesis,
        change: &change,
        trial: trial.id,
        decision: trial.decision.as_ref().ok_or_else(missing)?,
        tier: trial.tier.clone(),
        weakness: weakness.finding.title.clone(),
        by: "kaizen".into(),
    };
    match promote::promote(context, &session.base, &approved).await? {
        Ok(version) => {
            context.report(Progress::Promoted {
                version: version.id,
                hypothesis: hypothesis.id,
                summary: leader.summary.clone(),
                commit: version.made.commit,
            });
            prior::promoted(context, hypothesis).await?;
            effect::measure(session, &trial, &code::writes(context, &change).await?).await
        }
        Err(refused) => {
            context.report(Progress::Note { text: format!("{} was not promoted: {}", hypothesis.id, refused.0) });
            approval::end(context, hypothesis, refused.0).await
        }
    }
}
