//! What one benchmark run showed: cases, points, metrics; or the fault that kept it from showing anything.

use crate::points::Points;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A case's stable name inside its benchmark, such as `tests.test_top.TopTest.test_ties`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CaseId(pub String);

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// How one case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseOutcome {
    /// It did what it should.
    Pass,
    /// It ran and an expectation did not hold.
    Fail,
    /// It could not be run to its end: an exception outside the expectation, a failed set-up.
    Error,
    /// The benchmark itself chose not to run it.
    Skip,
}

impl CaseOutcome {
    /// True for a failure or an error: what a weakness is made of.
    pub fn is_failing(self) -> bool {
        matches!(self, Self::Fail | Self::Error)
    }
}

/// One case of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseResult {
    /// How it ended.
    pub outcome: CaseOutcome,
    /// What it was worth in this run: `worth` when it passed, unless the benchmark reports points itself.
    pub points: Points,
    /// The most it can be worth.
    pub worth: Points,
    /// The category it counts in.
    pub category: String,
    /// How long it took, where the tool says so.
    pub duration: Option<Duration>,
    /// The failure as the tool reported it, shortened.
    pub message: Option<String>,
}

/// The outcome of one benchmark run that could be read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Scorecard {
    /// Every case, by id.
    pub cases: BTreeMap<CaseId, CaseResult>,
    /// Measured quantities by name, all finite. `seconds` and `max_rss_bytes` are measured by the supervisor.
    pub metrics: BTreeMap<String, f64>,
}

impl Scorecard {
    /// The sum of points earned.
    pub fn points(&self) -> Points {
        self.cases.values().map(|case| case.points).sum()
    }

    /// The sum of points that can be earned by the cases that were not skipped.
    pub fn worth(&self) -> Points {
        self.cases.values().filter(|case| case.outcome != CaseOutcome::Skip).map(|case| case.worth).sum()
    }

    /// How many cases ended so.
    pub fn count(&self, outcome: CaseOutcome) -> usize {
        self.cases.values().filter(|case| case.outcome == outcome).count()
    }

    /// The ids of failing cases.
    pub fn failing(&self) -> impl Iterator<Item = &CaseId> {
        self.cases.iter().filter(|(_, case)| case.outcome.is_failing()).map(|(id, _)| id)
    }

    /// Cases that ran (were not skipped).
    pub fn executed(&self) -> usize {
        self.cases.len() - self.count(CaseOutcome::Skip)
    }
}

/// Why a run gave no scorecard. A fault is never a success and never an empty success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fault")]
pub enum RunFault {
    /// It ran into its time limit; the whole process tree was ended.
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// A signal ended it.
    Crashed {
        /// The signal's number.
        signal: i32,
    },
    /// It wrote more than it may.
    Flooded {
        /// The cap on output in bytes.
        limit: u64,
    },
    /// It used more memory than it may.
    OutOfMemory {
        /// The cap in bytes.
        limit: u64,
    },
    /// It ended before its report was complete: `os._exit(0)`, a crash after half the suite.
    Incomplete {
        /// What is missing, for people.
        detail: String,
    },
    /// No case was executed.
    NothingRan {
        /// What was seen instead, for people.
        detail: String,
    },
    /// The report cannot be read: no JSON, NaN, infinity, invalid UTF-8, a stale report file.
    Unreadable {
        /// What is wrong where, for people.
        detail: String,
    },
    /// Somebody else than the judge's reporter wrote to the judge's report: a line without this run's secret.
    Forged {
        /// Where, for people.
        detail: String,
    },
    /// The command could not be started.
    NotStarted {
        /// The reason, for people.
        detail: String,
    },
    /// The judge's own machinery failed: says nothing about either side, the pair is dropped for both.
    Harness {
        /// What failed, for people.
        detail: String,
    },
    /// The machine was not quiet while the pair ran: the pair is measured again.
    Disturbed {
        /// What was seen, for people.
        detail: String,
    },
}

impl fmt::Display for RunFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut { limit } => write!(f, "ran into its time limit of {:.1} s", limit.as_secs_f64()),
            Self::Crashed { signal } => write!(f, "was ended by signal {signal}"),
            Self::Flooded { limit } => write!(f, "wrote more than {} MiB of output", limit >> 20),
            Self::OutOfMemory { limit } => write!(f, "used more than {} MiB of memory", limit >> 20),
            Self::Incomplete { detail } => write!(f, "ended before its report was complete: {detail}"),
            Self::NothingRan { detail } => write!(f, "executed no case: {detail}"),
            Self::Unreadable { detail } => write!(f, "gave no readable result: {detail}"),
            Self::Forged { detail } => write!(f, "wrote to the judge's report itself: {detail}"),
            Self::NotStarted { detail } => write!(f, "could not be started: {detail}"),
            Self::Harness { detail } => write!(f, "could not be judged: {detail}"),
            Self::Disturbed { detail } => write!(f, "was disturbed: {detail}"),
        }
    }
}

/// What a run gave: a scorecard or a fault. Both are results and both are recorded.
pub type Measured = Result<Scorecard, RunFault>;

#[cfg(test)]
mod tests {
    use super::*;

    fn case(outcome: CaseOutcome, worth: u32) -> CaseResult {
        let points = if outcome == CaseOutcome::Pass { worth } else { 0 };
        CaseResult { outcome, points: points.into(), worth: worth.into(), category: "all".into(), duration: None, message: None }
    }

    #[test]
    fn skipped_cases_are_worth_nothing_and_did_not_run() {
        let mut card = Scorecard::default();
        card.cases.insert(CaseId("a".into()), case(CaseOutcome::Pass, 3));
        card.cases.insert(CaseId("b".into()), case(CaseOutcome::Fail, 2));
        card.cases.insert(CaseId("c".into()), case(CaseOutcome::Skip, 9));
        assert_eq!((card.points(), card.worth(), card.executed()), (3.into(), 5.into(), 2));
        assert_eq!(card.failing().map(|id| id.0.as_str()).collect::<Vec<_>>(), ["b"]);
    }
}
