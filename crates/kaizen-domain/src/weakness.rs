//! A weakness: a measured gap between what a project scores and what it could.

use crate::id::WeaknessId;
use crate::points::Points;
use crate::scorecard::CaseId;
use serde::{Deserialize, Serialize};

/// How urgent a weakness is, by the share of all points it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Under 2 % of the points.
    Low,
    /// 2 % to 10 %.
    Medium,
    /// 10 % to 30 %.
    High,
    /// 30 % or more.
    Critical,
}

impl Severity {
    /// The severity of an impact of 0-100 (the percentage of all points that is lost).
    pub fn of_impact(impact: u8) -> Self {
        match impact {
            0..2 => Self::Low,
            2..10 => Self::Medium,
            10..30 => Self::High,
            _ => Self::Critical,
        }
    }
}

/// What was measured to be missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "gap")]
pub enum Gap {
    /// Cases that fail, and the points they cost.
    Cases {
        /// The failing cases, sorted.
        cases: Vec<CaseId>,
        /// The points lost.
        lost: Points,
    },
    /// Cases that pass in some runs of the same state and fail in others, and the points they cost in the mean.
    Flaky {
        /// The cases, sorted.
        cases: Vec<CaseId>,
        /// The points lost in the mean of the recorded runs.
        lost: Points,
    },
    /// A metric that misses its target, or an objective that has none and can always be better.
    Metric {
        /// The metric's name.
        name: String,
        /// The measured value.
        value: f64,
        /// What it should be, where anything is enough.
        target: Option<f64>,
    },
}

/// A weakness before the store gave it an id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable name of the gap across measurements: a later measurement of the same gap has the same key.
    pub key: String,
    /// One line for people.
    pub title: String,
    /// What was seen, in plain language.
    pub description: String,
    /// The measured gap.
    pub gap: Gap,
    /// 0-100: the share of all points that is lost, in percent, rounded up.
    pub impact: u8,
}

impl Finding {
    /// The severity that follows from the impact.
    pub fn severity(&self) -> Severity {
        Severity::of_impact(self.impact)
    }

    /// The failing or flaky cases, empty for a metric.
    pub fn cases(&self) -> &[CaseId] {
        match &self.gap {
            Gap::Cases { cases, .. } | Gap::Flaky { cases, .. } => cases,
            Gap::Metric { .. } => &[],
        }
    }

    /// The metric that should become better; `None` for cases.
    pub fn metric(&self) -> Option<&str> {
        match &self.gap {
            Gap::Cases { .. } | Gap::Flaky { .. } => None,
            Gap::Metric { name, .. } => Some(name),
        }
    }

    /// The points lost, zero for a metric.
    pub fn lost(&self) -> Points {
        match &self.gap {
            Gap::Cases { lost, .. } | Gap::Flaky { lost, .. } => *lost,
            Gap::Metric { .. } => Points::ZERO,
        }
    }

    /// The cases that pass now and then, where it is about such; `None` where its cases fail every time, and for a metric.
    pub fn flaky(&self) -> Option<&[CaseId]> {
        match &self.gap {
            Gap::Flaky { cases, .. } => Some(cases),
            Gap::Cases { .. } | Gap::Metric { .. } => None,
        }
    }
}

/// A recorded weakness.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Weakness {
    /// Its short id.
    pub id: WeaknessId,
    /// What was measured last.
    pub finding: Finding,
    /// Where it stands.
    pub state: WeaknessState,
}

/// Where a weakness stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeaknessState {
    /// Measured, nobody works on it.
    Open,
    /// Hypotheses are being tried.
    Working,
    /// A measurement showed that it is gone.
    Resolved,
    /// Three approaches with three attempts each did not close it: a person is asked.
    NeedsTeaching,
}

/// What can happen to a weakness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeaknessMove {
    /// Work begins.
    Work,
    /// A measurement shows it is gone.
    Resolve,
    /// All approaches are spent.
    AskForTeaching,
    /// A person taught what was misunderstood.
    Teach,
    /// A rollback or a measurement brought it back.
    Reopen,
}

/// A move that is not legal from a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot {step} from {from}")]
pub struct IllegalMove {
    /// Whose life cycle.
    pub what: &'static str,
    /// The state it is in.
    pub from: String,
    /// The move that was refused.
    pub step: String,
}

impl WeaknessState {
    /// All states, for exhaustive tests and the store's constraints.
    pub const ALL: [Self; 4] = [Self::Open, Self::Working, Self::Resolved, Self::NeedsTeaching];

    /// The state after a legal move; anything else is refused.
    pub fn next(self, step: WeaknessMove) -> Result<Self, IllegalMove> {
        use WeaknessMove as M;
        match (self, step) {
            (Self::Open, M::Work) | (Self::NeedsTeaching, M::Teach) => Ok(Self::Working),
            (Self::Open | Self::Working | Self::NeedsTeaching, M::Resolve) => Ok(Self::Resolved),
            (Self::Working, M::AskForTeaching) => Ok(Self::NeedsTeaching),
            (Self::Resolved, M::Reopen) => Ok(Self::Open),
            _ => Err(IllegalMove { what: "a weakness", from: format!("{self:?}"), step: format!("{step:?}") }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legal_arrows_are_these_and_no_others() {
        use WeaknessMove::{AskForTeaching, Reopen, Resolve, Teach, Work};
        let mut arrows = Vec::new();
        for state in WeaknessState::ALL {
            for step in [Work, Resolve, AskForTeaching, Teach, Reopen] {
                arrows.extend(state.next(step).map(|next| format!("{state:?} -{step:?}-> {next:?}")));
            }
        }
        assert_eq!(
            arrows,
            [
                "Open -Work-> Working",
                "Open -Resolve-> Resolved",
                "Working -Resolve-> Resolved",
                "Working -AskForTeaching-> NeedsTeaching",
                "Resolved -Reopen-> Open",
                "NeedsTeaching -Resolve-> Resolved",
                "NeedsTeaching -Teach-> Working",
            ]
        );
    }

    #[test]
    fn severity_follows_the_share_of_points_lost() {
        assert_eq!([1, 2, 10, 30].map(Severity::of_impact), [Severity::Low, Severity::Medium, Severity::High, Severity::Critical]);
    }
}
