//! The candidates of one search that passed, and for how long it looks on after the first of them.
//!
//! Looking on is cheap, because only the failing cases run, and worth it: of several edits that pass, the first is not always right. Where
//! behaviour cannot be compared, nothing would be learnt by it, and the first that passes is all there is.

use super::{Ended, Found};
use crate::context::Context;
use crate::error::EngineError;
use crate::propose::Proposer;
use crate::session::Session;
use crate::subject::code::Candidate;
use kaizen_domain::change::Change;
use kaizen_domain::weakness::Weakness;

/// Candidates that are looked at after the first that mends every failing case of the weakness.
const AFTER_WHOLE: usize = 60;
/// The same, while none mends all of them.
const AFTER_PART: usize = 150;
/// More that pass are not compared.
const MOST: usize = 24;

/// A candidate that passed.
pub struct Passing {
    /// The edits.
    pub candidate: Candidate,
    /// The edits as data.
    pub change: Change,
    /// Its place in the search, from 1.
    pub number: usize,
    /// Points that failing cases earn with it.
    pub gained: f64,
}

impl Passing {
    fn is_combined(&self) -> bool {
        self.candidate.made.is_some_and(|made| made.combined)
    }

    /// Whether it only takes something away, or answers with a constant.
    pub fn is_blunt(&self) -> bool {
        self.candidate.made.is_some_and(|made| made.blunt)
    }
}

/// Those of one search.
pub struct Field {
    /// In the order of the search.
    pub passing: Vec<Passing>,
    /// What mending every case of the weakness earns.
    lost: f64,
    /// Whether anything is learnt by looking on.
    looks_on: bool,
}

impl Field {
    /// Nothing passed yet.
    pub fn of(session: &Session<'_>, weakness: &Weakness, proposer: &dyn Proposer) -> Self {
        let result = |case| session.card.cases.get(case).map(|result| result.worth.less(result.points).value());
        let lost = weakness.finding.cases().iter().filter_map(result).sum();
        Self { passing: Vec::new(), lost, looks_on: proposer.looks_on() && session.adapter.probes() }
    }

    /// One more.
    pub fn enter(&mut self, passing: Passing) {
        self.passing.push(passing);
    }

    /// Whether the search has looked far enough; `number` and `next` are the candidate that would be next. What adds to an edit that
    /// passes is not looked at.
    pub fn is_closed(&self, number: usize, next: &Candidate) -> bool {
        if self.passing.is_empty() {
            return false;
        }
        if !self.looks_on {
            return true;
        }
        if next.made.is_some_and(|made| made.combined) && !self.passing.iter().all(Passing::is_combined) {
            return true;
        }
        self.farthest().is_some_and(|far| number > far) || self.passing.len() >= MOST
    }

    /// The last candidate that is looked at; `None` before the first that passes.
    pub fn farthest(&self) -> Option<usize> {
        let first = self.passing.first()?;
        let whole = self.passing.iter().find(|passing| passing.gained >= self.lost);
        Some(whole.map_or(first.number + AFTER_PART, |whole| (whole.number + AFTER_WHOLE).min(first.number + AFTER_PART)))
    }
}

/// Makes a candidate the leader of its search.
pub async fn lead(context: &Context, passing: Passing) -> Result<Ended, EngineError> {
    let Passing { candidate, change, number, .. } = passing;
    let leader = candidate.keep(context, &change).await?;
    let memory = (change.hash(), "leader".to_owned(), candidate.summary);
    Ok(Ended { found: Found::Leader(leader, number), memory: Some(memory) })
}
