//! A trial: baseline and candidate measured in turn under the same conditions, and the ticket that pays for it.

use crate::decision::Decision;
use crate::hash::ContentHash;
use crate::id::{HypothesisId, TrialId};
use crate::scorecard::Measured;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The two sides of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// The unchanged state.
    Baseline,
    /// The state with the change.
    Candidate,
}

impl Arm {
    /// The other side.
    pub fn other(self) -> Self {
        match self {
            Self::Baseline => Self::Candidate,
            Self::Candidate => Self::Baseline,
        }
    }
}

impl fmt::Display for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Baseline => "baseline",
            Self::Candidate => "candidate",
        })
    }
}

/// What a pair of runs is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Three alternating repetitions that qualify a leader. Not proof.
    Screening,
    /// Fresh runs after the ticket was drawn: the proof.
    Proof,
    /// Cases no proposer sees.
    Holdout,
    /// Declared guardrail commands.
    Checks,
    /// Pairs of the statistical lane on what proposers see.
    Dev,
    /// Pairs of a length fixed beforehand, after promotion: the effect people are told.
    Effect,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Screening => "screening",
            Self::Proof => "proof",
            Self::Holdout => "hold-out",
            Self::Checks => "checks",
            Self::Dev => "dev",
            Self::Effect => "effect",
        })
    }
}

/// Which arm of a pair runs first: a fair coin, tossed and recorded before the pair runs.
///
/// The evidence of the statistical lane rests on nothing else than these coins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coin {
    /// What the pair is for.
    pub stage: Stage,
    /// The pair's number within its stage, from 0.
    pub pair: u32,
    /// The side that runs first.
    pub first: Arm,
}

/// One run of one arm, as recorded. Never altered after it was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// What the run was for.
    pub stage: Stage,
    /// The pair's number within its stage, from 0.
    pub pair: u32,
    /// Which side ran.
    pub arm: Arm,
    /// What it gave.
    pub measured: Measured,
}

/// One place in the night's error budget, fixed at the trial's first pair and kept for ever.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// The night: days since 1970-01-01 UTC of the first ticket's day.
    pub epoch: i64,
    /// The place within the epoch, from 1.
    pub index: u32,
    /// The level of this ticket.
    pub alpha: f64,
}

/// A recorded trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Its short id.
    pub id: TrialId,
    /// Whose leader is on trial.
    pub hypothesis: HypothesisId,
    /// Against which snapshot.
    pub baseline: ContentHash,
    /// What the change does ([`crate::change::Change::hash`]).
    pub change: ContentHash,
    /// Its ticket.
    pub ticket: Ticket,
    /// The sandbox tier that held it.
    pub tier: String,
    /// The answer, when there is one.
    pub decision: Option<Decision>,
}
