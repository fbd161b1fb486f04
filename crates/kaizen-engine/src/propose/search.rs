//! The search: screen many candidates cheaply, choose one leader.
//!
//! Cheap before dear: known changes are skipped, then only the weakness' failing cases run, and the whole suite runs
//! for those that gained one. A candidate's result is remembered against its baseline and never bought twice, so a
//! killed search resumes where it was.

use crate::context::Context;
use crate::error::EngineError;
use crate::progress::Progress;
use crate::propose::{Brief, Proposer};
use crate::session::Session;
use crate::subject::code::Candidate;
use kaizen_domain::change::Change;
use kaizen_domain::hypothesis::{Hypothesis, Leader, RejectReason};
use kaizen_domain::path::RepoPath;
use kaizen_domain::scorecard::{CaseId, Scorecard};
use kaizen_domain::weakness::Weakness;
use std::time::Duration;

/// How a search ended.
pub enum Found {
    /// This change deserves a trial.
    Leader(Leader),
    /// Nothing does.
    Nothing(RejectReason),
    /// A candidate touched what judges it.
    Tampering(RejectReason),
}

/// What screening says of one candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Screening {
    Gained,
    NoGain,
    Worse(String),
}

/// Runs the search of `hypothesis` from where it stands.
pub async fn search(
    session: &mut Session<'_>,
    hypothesis: &Hypothesis,
    weakness: &Weakness,
    proposer: &dyn Proposer,
) -> Result<Found, EngineError> {
    let seed = hypothesis.idea.seed;
    let candidates = proposer.candidates(&mut Brief { weakness, session, seed })?;
    session.context.report(plan_of(session, candidates.count));
    session.context.report(Progress::Search {
        weakness: weakness.id,
        hypothesis: hypothesis.id,
        proposer: proposer.name(),
        candidates: candidates.count,
    });
    let (mut fresh, mut number) = (0usize, 0usize);
    for candidate in candidates.queue {
        let candidate = candidate?;
        number += 1;
        session.context.report(Progress::Screened { tried: number, of: candidates.count });
        match screen_new(session, hypothesis, weakness, &candidate).await? {
            Step::Known => continue,
            Step::Ended(found) => return Ok(found),
            Step::Screened => fresh += 1,
        }
    }
    let said = if number > 0 { "every edit was tried before against this baseline".to_owned() } else { candidates.said };
    Ok(Found::Nothing(nothing(session.context, hypothesis, fresh, said).await?))
}

fn plan_of(session: &Session<'_>, candidates: usize) -> Progress {
    let each = session.wall.min(Duration::from_secs(3600));
    Progress::Plan { candidates, at_most: each * u32::try_from(candidates).unwrap_or(u32::MAX) }
}

async fn nothing(context: &Context, hypothesis: &Hypothesis, fresh: usize, said: String) -> Result<RejectReason, EngineError> {
    let tried = context.store.tried_count(context.project, hypothesis.id).await?;
    if fresh > 0 || tried > 0 {
        return Ok(RejectReason::NothingFound { tried });
    }
    Ok(RejectReason::NoNewChange { detail: said })
}

enum Step {
    Known,
    Screened,
    Ended(Found),
}

async fn screen_new(
    session: &mut Session<'_>,
    hypothesis: &Hypothesis,
    weakness: &Weakness,
    candidate: &Candidate,
) -> Result<Step, EngineError> {
    let context = session.context;
    let Ok(change) = candidate.change() else { return Ok(Step::Known) };
    let (identity, baseline) = (change.hash(), hypothesis.idea.baseline);
    if !context.store.tried(context.project, baseline, &[identity]).await?.is_empty() {
        return Ok(Step::Known);
    }
    if let Some(paths) = tampering(session, &change) {
        remember(session, hypothesis, &change, "tampering", candidate).await?;
        return Ok(Step::Ended(Found::Tampering(RejectReason::Tampering { paths })));
    }
    if let Some(path) = change.paths().find(|path| context.config.permissions.never.matches(path)) {
        remember(session, hypothesis, &change, "never", candidate).await?;
        let detail = format!("permissions.never covers {path}");
        return Ok(Step::Ended(Found::Nothing(RejectReason::NoNewChange { detail })));
    }
    let outcome = tokio::task::block_in_place(|| screen(session, weakness, candidate))?;
    match outcome {
        Screening::Gained => {
            let leader = candidate.keep(context, &change).await?;
            remember(session, hypothesis, &change, "leader", candidate).await?;
            Ok(Step::Ended(Found::Leader(leader)))
        }
        Screening::NoGain => remember(session, hypothesis, &change, "no gain", candidate).await.map(|()| Step::Screened),
        Screening::Worse(why) => remember(session, hypothesis, &change, &why, candidate).await.map(|()| Step::Screened),
    }
}

/// Protected files a change touches.
fn tampering(session: &Session<'_>, change: &Change) -> Option<Vec<String>> {
    let touched: Vec<String> = change.paths().filter(|path| session.snapshot.protects(path)).map(RepoPath::to_string).collect();
    (!touched.is_empty()).then_some(touched)
}

async fn remember(
    session: &Session<'_>,
    hypothesis: &Hypothesis,
    change: &Change,
    outcome: &str,
    candidate: &Candidate,
) -> Result<(), EngineError> {
    let context = session.context;
    let row = (change.hash(), outcome.to_owned(), candidate.summary.clone());
    Ok(context.store.remember_tried(context.project, context.now(), hypothesis.idea.baseline, hypothesis.id, &[row]).await?)
}

/// The failing cases first; the whole suite only for what gained one, and it may lose none.
fn screen(session: &mut Session<'_>, weakness: &Weakness, candidate: &Candidate) -> Result<Screening, EngineError> {
    let writes = candidate.writes();
    let failing = weakness.finding.cases().to_vec();
    if session.can_select() && failing.len() < session.card.cases.len() {
        let run = session.run(&writes, Some(&failing))?;
        match run.measured {
            Err(fault) => return Ok(Screening::Worse(fault.to_string())),
            Ok(card) if !gains(session, &card, &failing) => return Ok(Screening::NoGain),
            Ok(_) => {}
        }
    }
    Ok(match session.run(&writes, None)?.measured {
        Err(fault) => Screening::Worse(fault.to_string()),
        Ok(card) => compare(session, &card, &failing),
    })
}

fn gains(session: &Session<'_>, card: &Scorecard, failing: &[CaseId]) -> bool {
    let better = |case: &&CaseId| match (session.card.cases.get(*case), card.cases.get(*case)) {
        (Some(before), Some(after)) => !after.outcome.is_failing() && after.points > before.points,
        _ => false,
    };
    failing.iter().any(|case| better(&case))
}

fn compare(session: &Session<'_>, card: &Scorecard, failing: &[CaseId]) -> Screening {
    if !card.cases.keys().eq(session.card.cases.keys()) {
        return Screening::Worse("ran another set of cases".into());
    }
    let steady = session.card.cases.iter().filter(|(case, _)| !session.flaky.contains(*case));
    let lost = steady
        .filter(|(case, before)| card.cases.get(*case).is_some_and(|after| after.points < before.points))
        .map(|(case, _)| case)
        .next();
    match lost {
        Some(case) => Screening::Worse(format!("lost {case}")),
        None if gains(session, card, failing) => Screening::Gained,
        None => Screening::NoGain,
    }
}
