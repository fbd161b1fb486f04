//! The search: screen many candidates cheaply, choose one leader.
//!
//! Cheap before dear: known changes are skipped, then only the weakness' failing cases run, and the whole suite runs
//! for those that gained one. A candidate's result is remembered against its baseline and never bought twice, so a
//! killed search resumes where it was. Where edits are Kaizen's own, the first that passes is not yet the leader: the search looks on
//! for a while, and the leader is chosen among all that pass ([`choice`]).

mod ahead;
pub mod behaviour;
pub mod choice;
pub mod field;
pub mod flips;

use crate::context::Context;
use crate::error::EngineError;
use crate::progress::Progress;
use crate::promote::suspicion;
use crate::propose::prior::{self, Account, Prior};
use crate::propose::{Brief, Candidates, Proposer, canary, mutate, speed, tune};
use crate::session::Session;
use crate::subject::code::{Candidate, Draft};
use ahead::Ahead;
use field::{Field, Passing};
use kaizen_domain::change::{Change, FileMode};
use kaizen_domain::hash::ContentHash;
use kaizen_domain::hypothesis::{Hypothesis, HypothesisState, Leader, Provenance, RejectReason};
use kaizen_domain::path::RepoPath;
use kaizen_domain::scorecard::{CaseId, RunFault, Scorecard};
use kaizen_domain::weakness::Weakness;
use kaizen_store::Visit;
use std::time::Duration;

/// A suite that takes longer is asked in two parts.
const WORTH_SPLITTING: Duration = Duration::from_secs(3);

/// What is remembered of a candidate: what it does, what became of it, one line for people.
pub type Memory = (ContentHash, String, String);

/// How a search ended, and what is to be remembered of the candidate that ended it *after* the hypothesis moved:
/// remembered before, a process killed in between would skip it for ever.
pub struct Ended {
    /// The end.
    pub found: Found,
    /// The memory.
    pub memory: Option<Memory>,
}

/// How a search ended.
pub enum Found {
    /// This change deserves a trial; found after looking at so many.
    Leader(Leader, usize),
    /// Nothing does.
    Nothing(RejectReason),
    /// A candidate touched what judges it.
    Tampering(RejectReason),
}

/// What screening says of one candidate.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Screening {
    /// So many points.
    Gained(f64),
    /// This flaky case looks mended.
    Mended(CaseId),
    NoGain,
    Worse(String),
    /// It lied to the judge.
    Forged(String),
}

/// Runs the search of `hypothesis` from where it stands.
pub async fn search(
    session: &mut Session<'_>,
    hypothesis: &Hypothesis,
    weakness: &Weakness,
    proposer: &dyn Proposer,
) -> Result<Ended, EngineError> {
    if proposer.is_study() {
        return tune::study(session, hypothesis, weakness).await;
    }
    if let Some(metric) = weakness.finding.metric().filter(|_| proposer.is_speed()) {
        return speed::search(session, hypothesis, weakness, metric).await;
    }
    let seed = hypothesis.idea.seed;
    let failure = prior::failure(&session.showing(weakness.finding.cases()), weakness.finding.cases());
    let results = session.context.store.operator_results(failure).await?;
    let prior = Prior::drawn(&results, seed);
    let answered = answered(session.context, hypothesis, weakness).await?;
    let candidates = proposer.candidates(&mut Brief { weakness, session, seed, prior, answered })?;
    let mut account = Account::default();
    keep_output(session.context, hypothesis, &candidates).await?;
    if proposer.looks_on() {
        choice::begin(session, hypothesis, weakness).await?;
    }
    session.context.report(plan_of(session, weakness, candidates.count));
    session.context.report(Progress::Search {
        weakness: weakness.id,
        hypothesis: hypothesis.id,
        proposer: proposer.name(),
        candidates: candidates.count,
    });
    let (mut fresh, mut number) = (0usize, 0usize);
    let mut field = Field::of(session, weakness, proposer);
    let mut queue = Ahead::of(candidates.queue, session, weakness, proposer);
    while let Some((candidate, screened)) = queue.next(session, hypothesis, &field).await? {
        number += 1;
        if field.is_closed(number, &candidate) {
            break;
        }
        session.context.report(Progress::Screened { tried: number, of: candidates.count });
        match screen_new(session, hypothesis, weakness, &candidate, screened).await? {
            Step::Known => continue,
            Step::Ended(Found::Leader(leader, _), memory) => {
                return Ok(Ended { found: Found::Leader(leader, number), memory: Some(memory) });
            }
            // What our own edits may cause by accident is no reason to forget those that pass.
            Step::Ended(_, memory) if !field.passing.is_empty() => remember(session.context, hypothesis, memory).await?,
            Step::Ended(found, memory) => return Ok(Ended { found, memory: Some(memory) }),
            Step::Passed(change, gained) => {
                let passing = Passing { candidate, change, number, gained };
                if !proposer.looks_on() {
                    return field::lead(session.context, passing).await;
                }
                account.tried(key(&passing.candidate), true);
                field.enter(passing);
            }
            Step::Screened => {
                fresh += 1;
                account.tried(key(&candidate), false);
                canary::sometimes(session, hypothesis, weakness, number).await?;
            }
        }
    }
    account.keep(session.context, failure).await?;
    if let Some(ended) = choice::choose(session, hypothesis, field, failure).await? {
        return Ok(ended);
    }
    let said = if number > 0 { "every edit was tried before against this baseline".to_owned() } else { candidates.said };
    let found = Found::Nothing(nothing(session.context, hypothesis, fresh, said).await?);
    Ok(Ended { found, memory: None })
}

/// Whether an earlier search of this kind found a change on this baseline that the gate believed.
async fn answered(context: &Context, hypothesis: &Hypothesis, weakness: &Weakness) -> Result<bool, EngineError> {
    use HypothesisState::{AwaitingPermission, Declined, Live, Promoted, RolledBack, Settled};
    let idea = &hypothesis.idea;
    let earlier = context.store.hypotheses_of(context.project, weakness.id).await?;
    let same = |one: &&Hypothesis| one.idea.baseline == idea.baseline && one.idea.proposer == idea.proposer;
    Ok(earlier.iter().filter(same).any(|one| matches!(one.state, AwaitingPermission | Declined | Live | Promoted | RolledBack | Settled)))
}

/// Under which name a candidate's result is known to later searches.
pub(super) fn key(candidate: &Candidate) -> Option<prior::Key> {
    let language = mutate::language(&candidate.drafts.first()?.path);
    Some((candidate.made?.operator.to_owned(), language))
}

async fn keep_output(context: &Context, hypothesis: &Hypothesis, candidates: &Candidates) -> Result<(), EngineError> {
    let Some(output) = &candidates.output else { return Ok(()) };
    let output = context.store.put_blob(output).await?;
    let visit = Visit { at: context.now(), said: candidates.said.clone(), output };
    Ok(context.store.record_visit(context.project, hypothesis.id, &visit).await?)
}

fn plan_of(session: &Session<'_>, weakness: &Weakness, candidates: usize) -> Progress {
    let runs = if weakness.finding.flaky().is_some() { flips::MOST } else { 1 };
    let each = runs * session.edited.min(Duration::from_secs(3600));
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
    Passed(Change, f64),
    Ended(Found, Memory),
}

async fn screen_new(
    session: &mut Session<'_>,
    hypothesis: &Hypothesis,
    weakness: &Weakness,
    candidate: &Candidate,
    ahead: Option<Screening>,
) -> Result<Step, EngineError> {
    let context = session.context;
    let Ok(change) = candidate.change() else { return Ok(Step::Known) };
    let (plain, baseline) = (change.hash(), hypothesis.idea.baseline);
    let identity = weakness.finding.flaky().map_or(plain, |cases| flips::identity(plain, cases));
    let known = context.store.tried(context.project, baseline, &[identity, plain]).await?;
    if known.contains(&identity) {
        return Ok(Step::Known);
    }
    let memory = |outcome: &str| (identity, outcome.to_owned(), candidate.summary.clone());
    if let Some(paths) = tampering(session, &change) {
        return Ok(Step::Ended(Found::Tampering(RejectReason::Tampering { paths }), memory("tampering")));
    }
    if let Some(path) = change.paths().find(|path| context.config.permissions.never.matches(path)) {
        let detail = format!("permissions.never covers {path}");
        return Ok(Step::Ended(Found::Nothing(RejectReason::NoNewChange { detail }), memory("never")));
    }
    if let Some(path) = leaving_link(candidate) {
        let detail = format!("{path} is a symbolic link that leaves the project");
        return Ok(Step::Ended(Found::Nothing(RejectReason::NoNewChange { detail }), memory("link")));
    }
    if let Some(detail) = replaced_clock(session, hypothesis, candidate) {
        return Ok(Step::Ended(Found::Tampering(RejectReason::Forged { detail }), memory("tampering")));
    }
    let screened = tokio::task::block_in_place(|| match (weakness.finding.metric(), weakness.finding.flaky(), ahead) {
        (_, _, Some(screened)) => Ok(screened),
        (Some(metric), _, _) => screen_quantity(session, candidate, metric),
        (None, Some(cases), _) => flips::screen(session, candidate, cases, !known.contains(&plain)),
        (None, None, _) => screen(session, candidate),
    })?;
    let outcome = match screened {
        // Remembered only when it is known whether it leads: a search that is killed before meets it again.
        Screening::Gained(points) => return Ok(Step::Passed(change, points)),
        Screening::Mended(case) => {
            let identity = flips::identity(plain, std::slice::from_ref(&case));
            let leader = Leader { identity, flaky: Some(case), ..candidate.keep(context, &change).await? };
            return Ok(Step::Ended(Found::Leader(leader, 0), memory("leader")));
        }
        Screening::Forged(detail) => {
            return Ok(Step::Ended(Found::Tampering(RejectReason::Forged { detail }), memory("tampering")));
        }
        Screening::NoGain => "no gain".to_owned(),
        Screening::Worse(why) => why,
    };
    remember(context, hypothesis, memory(&outcome)).await.map(|()| Step::Screened)
}

/// How a program's edit replaces the clock of the process that judges it.
fn replaced_clock(session: &Session<'_>, hypothesis: &Hypothesis, candidate: &Candidate) -> Option<String> {
    let by_program = matches!(hypothesis.idea.provenance, Provenance::Program { .. }) && session.adapter.in_process();
    by_program.then(|| candidate.drafts.iter().find_map(|draft| suspicion::of_draft(draft, suspicion::of_clock))).flatten()
}

/// A link whose target is absolute or climbs out of the project: promoted, it would show the user's files to programs.
fn leaving_link(candidate: &Candidate) -> Option<&RepoPath> {
    let leaves = |draft: &&Draft| match &draft.after {
        Some((FileMode::Symlink, target)) => {
            let depth = draft.path.as_bytes().iter().filter(|byte| **byte == b'/').count();
            let climbs = target.split(|byte| *byte == b'/').filter(|part| *part == b"..").count();
            target.starts_with(b"/") || climbs > depth
        }
        _ => false,
    };
    candidate.drafts.iter().find(leaves).map(|draft| &draft.path)
}

/// Protected files a change touches.
pub(super) fn tampering(session: &Session<'_>, change: &Change) -> Option<Vec<String>> {
    let touched: Vec<String> = change.paths().filter(|path| session.snapshot.protects(path)).map(RepoPath::to_string).collect();
    (!touched.is_empty()).then_some(touched)
}

/// Writes down what became of a candidate against the hypothesis' baseline.
pub async fn remember(context: &Context, hypothesis: &Hypothesis, memory: Memory) -> Result<(), EngineError> {
    Ok(context.store.remember_tried(context.project, context.now(), hypothesis.idea.baseline, hypothesis.id, &[memory]).await?)
}

/// The failing cases first; the whole suite only for what gained one, and it may lose none.
pub(super) fn screen(session: &mut Session<'_>, candidate: &Candidate) -> Result<Screening, EngineError> {
    let writes = candidate.writes();
    // Every failing case, not only this weakness': what is remembered as "no gain" must gain nowhere.
    let failing = session.failing();
    if session.can_select() && failing.len() < session.card.cases.len() {
        let run = session.run(&writes, Some(&failing))?;
        match run.measured {
            Err(fault) => return Ok(faulty(&fault)),
            Ok(card) if !gains(session, &card, &failing) => return Ok(Screening::NoGain),
            Ok(_) => {}
        }
        // Where the whole suite takes long, the cases that run what was edited speak first.
        let covering = covering(session, candidate, &failing);
        if !covering.is_empty() && session.wall > WORTH_SPLITTING && covering.len() * 2 < session.card.cases.len() {
            match session.run(&writes, Some(&covering))?.measured {
                Err(fault) => return Ok(faulty(&fault)),
                Ok(card) => {
                    if let Some(case) = lost(session, &card) {
                        return Ok(Screening::Worse(format!("lost {case}")));
                    }
                }
            }
        }
    }
    Ok(match session.run(&writes, None)?.measured {
        Err(fault) => faulty(&fault),
        Ok(card) => compare(session, &card, &failing),
    })
}

/// A candidate for a measured quantity: one run that loses no case and measures it. Whether it gained is the trial's to say.
pub(super) fn screen_quantity(session: &mut Session<'_>, candidate: &Candidate, metric: &str) -> Result<Screening, EngineError> {
    let failing = session.failing();
    Ok(match session.run(&candidate.writes(), None)?.measured {
        Err(fault) => faulty(&fault),
        Ok(card) if !card.metrics.contains_key(metric) => Screening::Worse(format!("gave no {metric}")),
        Ok(card) => match compare(session, &card, &failing) {
            Screening::NoGain => Screening::Gained(0.0),
            other => other,
        },
    })
}

fn faulty(fault: &RunFault) -> Screening {
    match fault {
        RunFault::Forged { .. } => Screening::Forged(fault.to_string()),
        other => Screening::Worse(other.to_string()),
    }
}

fn gains(session: &Session<'_>, card: &Scorecard, failing: &[CaseId]) -> bool {
    let better = |case: &&CaseId| match (session.card.cases.get(*case), card.cases.get(*case)) {
        (Some(before), Some(after)) => !after.outcome.is_failing() && after.points > before.points,
        _ => false,
    };
    failing.iter().any(|case| better(&case))
}

/// A steady case that earns less than before.
fn lost<'s>(session: &'s Session<'_>, card: &Scorecard) -> Option<&'s CaseId> {
    let steady = session.card.cases.iter().filter(|(case, _)| !session.flaky.contains_key(*case));
    let mut lost = steady.filter(|(case, before)| card.cases.get(*case).is_some_and(|after| after.points < before.points));
    lost.next().map(|(case, _)| case)
}

/// The cases beside the failing ones that were seen to run a line the candidate edits.
fn covering(session: &Session<'_>, candidate: &Candidate, failing: &[CaseId]) -> Vec<CaseId> {
    let edited: Vec<(&str, u32)> = candidate.drafts.iter().filter_map(|draft| Some((draft.path.as_str()?, draft.first_line()?))).collect();
    let runs = |case: &CaseId| {
        let files = session.known_coverage()?.get(case)?;
        Some(edited.iter().any(|(path, line)| files.get(*path).is_some_and(|lines| lines.contains(line))))
    };
    session.card.cases.keys().filter(|case| !failing.contains(case) && runs(case) == Some(true)).cloned().collect()
}

/// Points that failing cases earn more than before.
fn gained(session: &Session<'_>, card: &Scorecard, failing: &[CaseId]) -> f64 {
    let more = |case: &CaseId| Some(card.cases.get(case)?.points.less(session.card.cases.get(case)?.points).value());
    failing.iter().filter_map(more).sum()
}

pub(super) fn compare(session: &Session<'_>, card: &Scorecard, failing: &[CaseId]) -> Screening {
    if !card.cases.keys().eq(session.card.cases.keys()) {
        return Screening::Worse("ran another set of cases".into());
    }
    match lost(session, card) {
        Some(case) => Screening::Worse(format!("lost {case}")),
        None if gains(session, card, failing) => Screening::Gained(gained(session, card, failing)),
        None => Screening::NoGain,
    }
}
