//! What the gate says of a trial, with reasons a person can read and the numbers behind them.

use crate::scorecard::CaseId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The three outcomes of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Proven better; may be promoted.
    Accepted,
    /// Not better, or something was lost.
    Rejected,
    /// Not enough evidence; resumable under the same ticket.
    Undecided,
}

/// One reason of a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Reason {
    /// Cases that fail on the baseline every time and pass on the candidate every time.
    Gained {
        /// Which.
        cases: Vec<CaseId>,
    },
    /// No case was gained.
    NothingGained,
    /// Cases that pass on the baseline every time and do not pass on the candidate.
    Lost {
        /// Which.
        cases: Vec<CaseId>,
    },
    /// Cases that are missing from, or new in, a candidate's run.
    CaseSetChanged {
        /// In the baseline, not in the candidate.
        missing: Vec<CaseId>,
        /// In the candidate, not in the baseline.
        extra: Vec<CaseId>,
    },
    /// Cases that did not repeat themselves and therefore cannot decide alone.
    Flaky {
        /// Which.
        cases: Vec<CaseId>,
    },
    /// A run of the candidate gave no scorecard.
    CandidateFault {
        /// The fault, for people.
        detail: String,
    },
    /// A run of the baseline gave no scorecard: the pair proves nothing.
    BaselineFault {
        /// The fault, for people.
        detail: String,
    },
    /// Hold-out cases that pass on the baseline and not on the candidate.
    HoldoutLost {
        /// Which.
        cases: Vec<CaseId>,
        /// In how many candidate runs the first of them did not pass.
        failed: u64,
        /// Out of how many runs of each arm.
        runs: u64,
    },
    /// Hold-out cases that lost nothing.
    HoldoutKept {
        /// How many pass on both sides.
        passing: usize,
        /// How many there are.
        total: usize,
    },
    /// The proof inequality holds.
    Proven {
        /// m a^a b^b / (a+b)^(a+b).
        bound: f64,
        /// The level it had to reach.
        alpha: f64,
    },
    /// The proof inequality does not hold yet.
    NotProven {
        /// m a^a b^b / (a+b)^(a+b).
        bound: f64,
        /// The level it has to reach.
        alpha: f64,
    },
    /// A declared check passed before and not after.
    CheckFailed {
        /// The command.
        command: String,
    },
}

fn list(cases: &[CaseId]) -> String {
    let shown: Vec<&str> = cases.iter().take(3).map(|case| case.0.as_str()).collect();
    match cases.len() {
        0..=3 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), more - 3),
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "case" } else { "cases" }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gained { cases } => write!(f, "gained {} {}: {}", cases.len(), plural(cases.len()), list(cases)),
            Self::NothingGained => f.write_str("gained no case"),
            Self::Lost { cases } => write!(f, "lost {} {}: {}", cases.len(), plural(cases.len()), list(cases)),
            Self::CaseSetChanged { missing, extra } => {
                write!(f, "ran another set of cases: {} missing", missing.len())?;
                if !missing.is_empty() {
                    write!(f, " ({})", list(missing))?;
                }
                write!(f, ", {} new", extra.len())?;
                if extra.is_empty() { Ok(()) } else { write!(f, " ({})", list(extra)) }
            }
            Self::Flaky { cases } => write!(f, "{} {} did not repeat themselves: {}", cases.len(), plural(cases.len()), list(cases)),
            Self::CandidateFault { detail } => write!(f, "the candidate {detail}"),
            Self::BaselineFault { detail } => write!(f, "the baseline {detail}"),
            Self::HoldoutLost { cases, failed, runs } => {
                let others = if cases.len() > 1 { format!(" and {} more", cases.len() - 1) } else { String::new() };
                let first = cases.first().map_or("", |case| case.0.as_str());
                write!(f, "hold-out {first}{others} failed {failed} of {runs} (passes {runs} of {runs} on the baseline)")
            }
            Self::HoldoutKept { passing, total } => write!(f, "hold-out {passing}/{total}, none lost"),
            Self::Proven { bound, alpha } => write!(f, "proof {bound:.1e} <= {alpha:.1e}"),
            Self::NotProven { bound, alpha } => write!(f, "proof {bound:.1e} > {alpha:.1e}"),
            Self::CheckFailed { command } => write!(f, "check `{command}` passed before and fails after"),
        }
    }
}

/// A gate's answer. A pure function of policy, samples and coins: it can be recomputed for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The answer.
    pub outcome: Outcome,
    /// Why, the deciding reason first.
    pub reasons: Vec<Reason>,
    /// The numbers behind it, by name.
    pub metrics: BTreeMap<String, f64>,
}

impl Decision {
    /// The reasons in one line.
    pub fn explain(&self) -> String {
        self.reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}
