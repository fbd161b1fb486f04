//! What a run tells while it works. The command line renders it; nothing depends on it.

use crate::trial::effect::Change;
use kaizen_domain::decision::Decision;
use kaizen_domain::id::{HypothesisId, VersionId, WeaknessId};
use kaizen_domain::points::Points;
use kaizen_domain::scorecard::CaseId;
use kaizen_domain::trial::{Arm, Stage};
use serde::Serialize;
use std::time::Duration;

/// The baseline's standing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// Cases that pass.
    pub passing: usize,
    /// Cases that ran.
    pub executed: usize,
    /// Points earned.
    pub points: Points,
    /// Points that can be earned.
    pub worth: Points,
    /// Wall time of one run, in seconds.
    pub seconds: f64,
    /// Cases that did not repeat themselves.
    pub flaky: usize,
    /// How many runs this rests on.
    pub runs: u32,
}

/// One thing worth telling.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "progress", rename_all = "snake_case")]
pub enum Progress {
    /// What is improved, how it is judged, where candidates run.
    Project {
        /// The project's name.
        name: String,
        /// The benchmark's format.
        format: String,
        /// The benchmark's command.
        command: String,
        /// The sandbox tier.
        tier: String,
        /// How many paths have uncommitted changes.
        dirty: usize,
        /// Whether these are measured too (`--dirty`).
        taken_in: bool,
        /// Whether promotions go into the working tree.
        in_place: bool,
        /// What programs and trials may reach beyond their copies: whose, and what.
        granted: Vec<(String, String)>,
    },
    /// A slow one-off step begins.
    Preparing {
        /// What, for people.
        what: String,
    },
    /// The baseline was measured.
    Baseline(Standing),
    /// The unchanged project is measured against itself, to learn the machine's noise.
    Calibrating {
        /// Pairs so far.
        done: u32,
        /// Of how many.
        of: u32,
    },
    /// What a measured quantity can prove here.
    Resolution {
        /// The quantity.
        metric: String,
        /// The noise of one pair, as a share.
        noise: f64,
        /// Pairs it rests on.
        pairs: u32,
        /// The smallest effect that can be proven in one trial, as a share; `None` where none can.
        provable: Option<f64>,
        /// How long a trial may take at most.
        at_most: Duration,
    },
    /// What can be proven of a case that passes now and then.
    Flips {
        /// Which.
        case: CaseId,
        /// In how many runs of the baseline it passed.
        passes: u64,
        /// Of how many.
        runs: u64,
        /// Pairs that are expected to prove a change after which it always passes.
        pairs: u32,
        /// How long a trial may take at most.
        at_most: Duration,
    },
    /// A weakness that will be worked on.
    Weakness {
        /// Which.
        weakness: WeaknessId,
        /// One line.
        title: String,
        /// Points lost.
        lost: Points,
        /// How many cases fail.
        cases: usize,
    },
    /// How much the coming search may cost at most.
    Plan {
        /// Candidates that will be screened at most.
        candidates: usize,
        /// Time for all of them.
        at_most: Duration,
    },
    /// A search begins.
    Search {
        /// For which weakness.
        weakness: WeaknessId,
        /// Whose.
        hypothesis: HypothesisId,
        /// By which proposer.
        proposer: String,
        /// Candidates in line.
        candidates: usize,
    },
    /// A candidate was screened.
    Screened {
        /// How many so far.
        tried: usize,
        /// Of how many at most.
        of: usize,
    },
    /// A run of a study of settings ended.
    Studied {
        /// Runs so far.
        runs: usize,
        /// Of how many at most.
        of: usize,
        /// The best so far, in one line.
        best: String,
    },
    /// A search chose its leader.
    Leader {
        /// Whose.
        hypothesis: HypothesisId,
        /// One line.
        summary: String,
        /// Candidates looked at until it was found, known ones included.
        tried: usize,
    },
    /// A run of a trial ended.
    Sampled {
        /// What for.
        stage: Stage,
        /// Which arm.
        arm: Arm,
        /// How many runs so far.
        runs: usize,
        /// How far the proof is, 0 to 1, on the logarithmic scale of its bound.
        proof: f64,
        /// Where the trial is about a flaky case: which, and the shares of the baseline's and the candidate's runs in which it passed.
        #[serde(skip_serializing_if = "Option::is_none")]
        passes: Option<(CaseId, [f64; 2])>,
    },
    /// A trial was decided.
    Decided {
        /// Whose.
        hypothesis: HypothesisId,
        /// One line of the change.
        summary: String,
        /// The decision.
        decision: Decision,
    },
    /// A hypothesis ended without a trial.
    Ended {
        /// Whose.
        hypothesis: HypothesisId,
        /// By which proposer.
        proposer: String,
        /// Why, for people.
        why: String,
        /// Whether it touched what judges it.
        tampering: bool,
    },
    /// A person must say yes.
    Asked {
        /// For which.
        hypothesis: HypothesisId,
        /// One line of the change.
        summary: String,
        /// Why.
        why: String,
        /// The commands that answer.
        answers: String,
    },
    /// The effect of a promotion is measured.
    Effect {
        /// Pairs so far.
        done: u32,
        /// Of how many.
        of: u32,
    },
    /// The effect of a promotion, from pairs whose number was fixed beforehand.
    Measured(Change),
    /// A version was made.
    Promoted {
        /// Which.
        version: VersionId,
        /// Of which hypothesis.
        hypothesis: HypothesisId,
        /// One line of the change.
        summary: String,
        /// The commit.
        commit: String,
    },
    /// The run ended; nothing more follows.
    Finished,
    /// Something a person should know.
    Note {
        /// What, for people.
        text: String,
    },
}
