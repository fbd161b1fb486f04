//! A hypothesis: a root cause and the search for a change that closes (part of) a weakness.
//!
//! Its states and arrows are the ones of the documented life cycle and no others; [`HypothesisState::next`] is
//! the only way from one to the next, and the store calls it inside the transaction that writes the result.

use crate::hash::ContentHash;
use crate::id::{HypothesisId, TrialId, WeaknessId};
use crate::scorecard::CaseId;
use crate::weakness::IllegalMove;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of subject a hypothesis would change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Source code.
    Code,
    /// Settings in files.
    Config,
}

/// Who made the edit. Decides what evidence a promotion needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Provenance {
    /// Kaizen's own operators.
    Own,
    /// A program the user declared.
    Program {
        /// Its name in `kaizen.toml`.
        name: String,
    },
}

/// A hypothesis before the store gave it an id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Idea {
    /// The weakness it should close.
    pub weakness: WeaknessId,
    /// Which proposer searches: `mutate`, `command:ruff`.
    pub proposer: String,
    /// Who makes the edits.
    pub provenance: Provenance,
    /// What would change.
    pub category: Category,
    /// The believed root cause, in plain language.
    pub root_cause: String,
    /// How the change is looked for, in plain language.
    pub strategy: String,
    /// 0-100; higher is tried first.
    pub priority: u8,
    /// Points that closing the weakness would bring: an upper bound, never an assumed gain.
    pub expected_gain: f64,
    /// 0-1: share of earlier hypotheses of this proposer that were promoted here; `None` before the first.
    pub confidence: Option<f64>,
    /// The baseline it is tried against: the snapshot's identity.
    pub baseline: ContentHash,
    /// Seed of its search.
    pub seed: u64,
    /// Which attempt of this proposer at this weakness and baseline, from 1.
    pub attempt: u32,
}

/// The change a search chose, and how it describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leader {
    /// Where the [`crate::change::Change`] is among the store's blobs (its JSON).
    pub change: ContentHash,
    /// What its ticket is drawn for: the address of what the change does ([`crate::change::Change::hash`]), together with the flaky case
    /// it should mend where there is one.
    pub identity: ContentHash,
    /// One line for people: `src/top.py:18  counts[:n-1] -> counts[:n]`.
    pub summary: String,
    /// The flaky case that its trial is about; `None` where cases that fail every time or a quantity are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flaky: Option<CaseId>,
}

/// A recorded hypothesis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// Its short id.
    pub id: HypothesisId,
    /// What it is about.
    pub idea: Idea,
    /// Where it stands.
    pub state: HypothesisState,
    /// Why it ended where it did, for people.
    pub reason: Option<RejectReason>,
    /// The change its search chose.
    pub leader: Option<Leader>,
    /// The trial of the leader.
    pub trial: Option<TrialId>,
}

/// Where a hypothesis stands; exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HypothesisState {
    /// Written down, nothing tried.
    Proposed,
    /// Its search screens candidates, or its leader is on trial.
    Testing,
    /// The search found nothing, or the trial said no.
    Rejected,
    /// It tampered with the evidence.
    Quarantined,
    /// The evidence is not enough yet; it can be resumed.
    Undecided,
    /// The gate accepted it.
    Approved,
    /// A person must say yes.
    AwaitingPermission,
    /// It is a version and a commit.
    Promoted,
    /// A person said no.
    Declined,
    /// Nobody answered in time.
    Expired,
    /// The version reached the running system.
    Live,
    /// It was live and stayed good.
    Settled,
    /// It was taken back.
    RolledBack,
}

/// Why a hypothesis was rejected or quarantined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum RejectReason {
    /// The search ended and no candidate was worth a trial.
    NothingFound {
        /// How many candidates were screened.
        tried: u64,
    },
    /// The proposer made no edit, or only edits that were tried before.
    NoNewChange {
        /// What it said or did, for people.
        detail: String,
    },
    /// The trial said no.
    Trial {
        /// The decision's reasons, for people.
        detail: String,
    },
    /// It touched what judges it.
    Tampering {
        /// The protected paths.
        paths: Vec<String>,
    },
    /// Running, it reported results the judge did not see.
    Forged {
        /// What was found, for people.
        detail: String,
    },
    /// The change no longer applies to the present state of the branch.
    DoesNotApply {
        /// What stands in the way.
        detail: String,
    },
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingFound { tried } => write!(f, "none of {tried} candidates was worth a trial"),
            Self::NoNewChange { detail } => write!(f, "no new change: {detail}"),
            Self::Trial { detail } => f.write_str(detail),
            Self::Tampering { paths } => write!(f, "touched protected files: {}", paths.join(", ")),
            Self::Forged { detail } => f.write_str(detail),
            Self::DoesNotApply { detail } => write!(f, "does not apply: {detail}"),
        }
    }
}

/// What can happen to a hypothesis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "move")]
pub enum HypothesisMove {
    /// The search begins, an undecided trial resumes, or the baseline moved under an approved one.
    Test,
    /// The search or the trial says no.
    Reject(RejectReason),
    /// Tampering was found.
    Quarantine(RejectReason),
    /// The evidence is not enough yet.
    Suspend,
    /// The gate accepts.
    Approve,
    /// The rules want a person's word.
    Ask,
    /// A version was made active.
    Promote,
    /// The person says no.
    Decline,
    /// Nobody answered in time.
    Expire,
    /// The version reached the running system.
    GoLive,
    /// The watch ended well.
    Settle,
    /// It was taken back.
    RollBack,
}

impl HypothesisMove {
    /// The move's name without its data, for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Reject(_) => "reject",
            Self::Quarantine(_) => "quarantine",
            Self::Suspend => "suspend",
            Self::Approve => "approve",
            Self::Ask => "ask",
            Self::Promote => "promote",
            Self::Decline => "decline",
            Self::Expire => "expire",
            Self::GoLive => "go live",
            Self::Settle => "settle",
            Self::RollBack => "roll back",
        }
    }

    /// The reason the move carries.
    pub fn reason(&self) -> Option<&RejectReason> {
        match self {
            Self::Reject(reason) | Self::Quarantine(reason) => Some(reason),
            _ => None,
        }
    }
}

impl HypothesisState {
    /// All states, for exhaustive tests.
    pub const ALL: [Self; 13] = [
        Self::Proposed,
        Self::Testing,
        Self::Rejected,
        Self::Quarantined,
        Self::Undecided,
        Self::Approved,
        Self::AwaitingPermission,
        Self::Promoted,
        Self::Declined,
        Self::Expired,
        Self::Live,
        Self::Settled,
        Self::RolledBack,
    ];

    /// The state after a legal move; anything else is refused.
    pub fn next(self, step: &HypothesisMove) -> Result<Self, IllegalMove> {
        use HypothesisMove as M;
        match (self, step) {
            (Self::Proposed | Self::Undecided | Self::Approved | Self::AwaitingPermission, M::Test) => Ok(Self::Testing),
            (Self::Testing, M::Reject(_)) => Ok(Self::Rejected),
            (Self::Testing, M::Quarantine(_)) => Ok(Self::Quarantined),
            (Self::Testing, M::Suspend) => Ok(Self::Undecided),
            (Self::Testing, M::Approve) => Ok(Self::Approved),
            (Self::Approved, M::Ask) => Ok(Self::AwaitingPermission),
            (Self::Approved | Self::AwaitingPermission, M::Promote) => Ok(Self::Promoted),
            (Self::AwaitingPermission, M::Decline) => Ok(Self::Declined),
            (Self::AwaitingPermission, M::Expire) => Ok(Self::Expired),
            (Self::Promoted, M::GoLive) => Ok(Self::Live),
            (Self::Live, M::Settle) => Ok(Self::Settled),
            (Self::Promoted | Self::Live, M::RollBack) => Ok(Self::RolledBack),
            _ => Err(IllegalMove { what: "a hypothesis", from: format!("{self:?}"), step: step.name().into() }),
        }
    }

    /// True where no process will move it further by itself.
    pub fn is_at_rest(self) -> bool {
        !matches!(self, Self::Proposed | Self::Testing | Self::Approved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves() -> Vec<HypothesisMove> {
        use HypothesisMove as M;
        let reason = RejectReason::NothingFound { tried: 3 };
        vec![
            M::Test,
            M::Reject(reason.clone()),
            M::Quarantine(reason),
            M::Suspend,
            M::Approve,
            M::Ask,
            M::Promote,
            M::Decline,
            M::Expire,
            M::GoLive,
            M::Settle,
            M::RollBack,
        ]
    }

    #[test]
    fn the_legal_arrows_are_exactly_the_documented_ones() {
        let mut arrows = Vec::new();
        for state in HypothesisState::ALL {
            for step in moves() {
                if let Ok(next) = state.next(&step) {
                    arrows.push(format!("{state:?} -{}-> {next:?}", step.name()));
                }
            }
        }
        assert_eq!(
            arrows,
            [
                "Proposed -test-> Testing",
                "Testing -reject-> Rejected",
                "Testing -quarantine-> Quarantined",
                "Testing -suspend-> Undecided",
                "Testing -approve-> Approved",
                "Undecided -test-> Testing",
                "Approved -test-> Testing",
                "Approved -ask-> AwaitingPermission",
                "Approved -promote-> Promoted",
                "AwaitingPermission -test-> Testing",
                "AwaitingPermission -promote-> Promoted",
                "AwaitingPermission -decline-> Declined",
                "AwaitingPermission -expire-> Expired",
                "Promoted -go live-> Live",
                "Promoted -roll back-> RolledBack",
                "Live -settle-> Settled",
                "Live -roll back-> RolledBack",
            ]
        );
    }

    #[test]
    fn nothing_is_promoted_that_was_not_approved() {
        let sources: Vec<_> = HypothesisState::ALL.into_iter().filter(|state| state.next(&HypothesisMove::Promote).is_ok()).collect();
        assert_eq!(sources, [HypothesisState::Approved, HypothesisState::AwaitingPermission]);
    }
}
