//! Candidates that are screened before their turn, many in one run of the benchmark, where the judge can do that.
//!
//! The order of a search and what it makes of each candidate stay the same: a screening made here is the one that its turn would have
//! made, and where none could be made, its turn makes it. Only Kaizen's own edits are screened together: others could speak for their
//! neighbours.

use super::field::Field;
use super::{Screening, compare, faulty, gains, tampering};
use crate::error::EngineError;
use crate::propose::Proposer;
use crate::session::Session;
use crate::subject::code::Candidate;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::hypothesis::{Hypothesis, Provenance};
use kaizen_domain::scorecard::{CaseId, Measured, RunFault};
use kaizen_domain::weakness::Weakness;
use kaizen_sandbox::workspace::FileWrite;
use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

/// Candidates of the first batch; each next one has twice as many.
const FIRST: usize = 8;
/// The most of one batch.
const MOST: usize = 48;
/// A batch should not keep people waiting longer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Fewer that gained a case are run one by one: the files as they are run twice in every batch.
const WORTH_A_BATCH: usize = 3;

type Queue = Box<dyn Iterator<Item = Result<Candidate, EngineError>> + Send>;

/// The candidates of a search in their order, some with what screening them together said.
pub(super) struct Ahead {
    queue: Queue,
    ready: VecDeque<(Candidate, Option<Screening>)>,
    /// How many candidates the next batch has; 0 where none is made.
    size: usize,
    taken: usize,
}

impl Ahead {
    /// Nothing is screened yet.
    pub(super) fn of(queue: Queue, session: &Session<'_>, weakness: &Weakness, proposer: &dyn Proposer) -> Self {
        let own = matches!(proposer.provenance(), Provenance::Own);
        let of_cases = weakness.finding.metric().is_none() && weakness.finding.flaky().is_none();
        let size = if own && of_cases && session.adapter.batches() { FIRST } else { 0 };
        Self { queue, ready: VecDeque::new(), size, taken: 0 }
    }

    /// The next candidate.
    pub(super) async fn next(
        &mut self,
        session: &mut Session<'_>,
        hypothesis: &Hypothesis,
        field: &Field,
    ) -> Result<Option<(Candidate, Option<Screening>)>, EngineError> {
        if self.ready.is_empty() {
            self.fill(session, hypothesis, field).await?;
        }
        Ok(self.ready.pop_front())
    }

    async fn fill(&mut self, session: &mut Session<'_>, hypothesis: &Hypothesis, field: &Field) -> Result<(), EngineError> {
        // One more than the field still wants: it is what closes the field.
        let wanted = self.size.min(field.farthest().map_or(usize::MAX, |far| far.saturating_sub(self.taken))).max(1);
        let mut candidates = Vec::new();
        while candidates.len() < wanted {
            let Some(candidate) = self.queue.next() else { break };
            candidates.push(candidate?);
        }
        self.taken += candidates.len();
        let mut screened = vec![None; candidates.len()];
        let fresh = if self.size > 0 { fresh(session, hypothesis, &candidates).await? } else { Vec::new() };
        if fresh.len() > 1 {
            let begun = Instant::now();
            let writes: Vec<Vec<FileWrite>> = fresh.iter().map(|index| candidates[*index].writes()).collect();
            let together = tokio::task::block_in_place(|| screen_together(session, writes))?;
            self.resize(&together, begun.elapsed(), fresh.len());
            for (index, screening) in fresh.into_iter().zip(together) {
                screened[index] = screening;
            }
        }
        self.ready = candidates.into_iter().zip(screened).collect();
        Ok(())
    }

    /// The next batch is larger, as far as people's patience goes; none is made any more where this one was of no use.
    fn resize(&mut self, together: &[Option<Screening>], took: Duration, count: usize) {
        if together.iter().all(Option::is_none) {
            self.size = 0;
            return;
        }
        let each = took / u32::try_from(count.max(1)).unwrap_or(u32::MAX);
        let patience = PATIENCE.as_micros() / each.as_micros().max(1);
        self.size = (self.size * 2).min(MOST).min(usize::try_from(patience).unwrap_or(MOST)).max(FIRST);
    }
}

/// Indexes of the candidates that were not tried before and may be tried.
async fn fresh(session: &Session<'_>, hypothesis: &Hypothesis, candidates: &[Candidate]) -> Result<Vec<usize>, EngineError> {
    let context = session.context;
    let changes: Vec<_> = candidates.iter().map(|candidate| candidate.change().ok()).collect();
    let hashes: Vec<ContentHash> = changes.iter().flatten().map(|change| change.hash()).collect();
    let mut known: HashSet<ContentHash> = context.store.tried(context.project, hypothesis.idea.baseline, &hashes).await?;
    let mut fresh = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        let Some(change) = change else { continue };
        let never = change.paths().any(|path| context.config.permissions.never.matches(path));
        if known.insert(change.hash()) && !never && tampering(session, change).is_none() {
            fresh.push(index);
        }
    }
    Ok(fresh)
}

/// As [`super::screen`], of many: the failing cases first, the whole suite for those that gained one.
fn screen_together(session: &mut Session<'_>, writes: Vec<Vec<FileWrite>>) -> Result<Vec<Option<Screening>>, EngineError> {
    let failing = session.failing();
    let mut found = vec![None; writes.len()];
    let mut gaining: Vec<usize> = (0..writes.len()).collect();
    if session.can_select() && failing.len() < session.card.cases.len() {
        let measured = session.run_together(&writes, Some(&failing))?;
        gaining.clear();
        for (index, measured) in measured.into_iter().enumerate() {
            match measured {
                Some(Ok(card)) if gains(session, &card, &failing) => gaining.push(index),
                other => found[index] = other.and_then(|measured| screening(session, measured, &failing)),
            }
        }
        if session.wall > super::WORTH_SPLITTING {
            return Ok(found);
        }
    }
    let wholes = wholes(session, gaining.iter().map(|index| writes[*index].clone()).collect())?;
    for (index, measured) in gaining.into_iter().zip(wholes) {
        found[index] = measured.and_then(|measured| screening(session, measured, &failing));
    }
    Ok(found)
}

fn wholes(session: &mut Session<'_>, writes: Vec<Vec<FileWrite>>) -> Result<Vec<Option<Measured>>, EngineError> {
    if writes.len() >= WORTH_A_BATCH {
        return session.run_together(&writes, None);
    }
    writes.iter().map(|one| Ok(Some(session.run(one, None)?.measured))).collect()
}

/// What a run came to. A lie of one of ours is looked at again by itself: its report may not be its own.
fn screening(session: &Session<'_>, measured: Measured, failing: &[CaseId]) -> Option<Screening> {
    match measured {
        Err(RunFault::Forged { .. }) => None,
        Err(fault) => Some(faulty(&fault)),
        Ok(card) if card.cases.len() < session.card.cases.len() => Some(Screening::NoGain),
        Ok(card) => Some(compare(session, &card, failing)),
    }
}
