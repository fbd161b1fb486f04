//! Typed events: stored, streamed, and the body of the audit chain.

use crate::id::{HypothesisId, TrialId, VersionId, WeaknessId};
use serde::{Deserialize, Serialize};

/// Something that happened. The tag in JSON is the event's documented name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Event {
    /// A gap was measured for the first time.
    WeaknessFound {
        /// Which.
        weakness: WeaknessId,
        /// One line for people.
        title: String,
        /// 0-100.
        impact: u8,
    },
    /// A measurement showed that a weakness is gone.
    WeaknessResolved {
        /// Which.
        weakness: WeaknessId,
    },
    /// A rollback or a measurement brought a weakness back.
    WeaknessReopened {
        /// Which.
        weakness: WeaknessId,
    },
    /// A hypothesis was written down.
    HypothesisCreated {
        /// Which.
        hypothesis: HypothesisId,
        /// For which weakness.
        weakness: WeaknessId,
        /// By which proposer.
        proposer: String,
    },
    /// A hypothesis' search began or resumed.
    TaskQueued {
        /// Whose search.
        hypothesis: HypothesisId,
    },
    /// A leader got its ticket.
    TrialStarted {
        /// Which.
        trial: TrialId,
        /// Whose leader.
        hypothesis: HypothesisId,
        /// The level of its ticket.
        alpha: f64,
    },
    /// The gate answered.
    TrialFinished {
        /// Which.
        trial: TrialId,
        /// The answer in words.
        outcome: String,
    },
    /// The gate accepted a hypothesis.
    HypothesisApproved {
        /// Which.
        hypothesis: HypothesisId,
    },
    /// A hypothesis was rejected.
    HypothesisRejected {
        /// Which.
        hypothesis: HypothesisId,
        /// Why, for people.
        why: String,
    },
    /// A hypothesis needs more evidence.
    HypothesisUndecided {
        /// Which.
        hypothesis: HypothesisId,
    },
    /// A candidate touched what judges it.
    TamperingFound {
        /// Which.
        hypothesis: HypothesisId,
        /// Why, for people.
        why: String,
    },
    /// The judge believed a no-op or a known cheat.
    CanaryAccepted {
        /// Which, in words.
        canary: String,
        /// Why it was believed.
        said: String,
    },
    /// The rules want a person's word.
    PermissionAsked {
        /// Which.
        hypothesis: HypothesisId,
        /// Why, for people.
        why: String,
    },
    /// A person answered, or nobody did in time.
    PermissionAnswered {
        /// Which.
        hypothesis: HypothesisId,
        /// The answer in words.
        answer: String,
    },
    /// A version was made active.
    Promoted {
        /// Which hypothesis.
        hypothesis: HypothesisId,
        /// The version.
        version: VersionId,
        /// The commit.
        commit: String,
    },
    /// A version reached the running system.
    HypothesisDeployed {
        /// Which.
        hypothesis: HypothesisId,
    },
    /// A version was taken back.
    RolledBack {
        /// Which hypothesis.
        hypothesis: HypothesisId,
        /// Which version, when it was one.
        version: Option<VersionId>,
        /// Why, for people.
        why: String,
    },
    /// All approaches to a weakness are spent.
    InterventionNeeded {
        /// Which.
        weakness: WeaknessId,
    },
    /// A person taught something about a weakness.
    Taught {
        /// Which.
        weakness: WeaknessId,
    },
    /// A half-made promotion was finished or undone.
    Recovered {
        /// What was done, for people.
        detail: String,
    },
    /// Kaizen decided not to do something, and says why.
    DecidedNotTo {
        /// What and why, for people.
        detail: String,
    },
}

impl Event {
    /// The documented name, such as `WEAKNESS_FOUND`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::WeaknessFound { .. } => "WEAKNESS_FOUND",
            Self::WeaknessResolved { .. } => "WEAKNESS_RESOLVED",
            Self::WeaknessReopened { .. } => "WEAKNESS_REOPENED",
            Self::HypothesisCreated { .. } => "HYPOTHESIS_CREATED",
            Self::TaskQueued { .. } => "TASK_QUEUED",
            Self::TrialStarted { .. } => "TRIAL_STARTED",
            Self::TrialFinished { .. } => "TRIAL_FINISHED",
            Self::HypothesisApproved { .. } => "HYPOTHESIS_APPROVED",
            Self::HypothesisRejected { .. } => "HYPOTHESIS_REJECTED",
            Self::HypothesisUndecided { .. } => "HYPOTHESIS_UNDECIDED",
            Self::TamperingFound { .. } => "TAMPERING_FOUND",
            Self::CanaryAccepted { .. } => "CANARY_ACCEPTED",
            Self::PermissionAsked { .. } => "PERMISSION_ASKED",
            Self::PermissionAnswered { .. } => "PERMISSION_ANSWERED",
            Self::Promoted { .. } => "PROMOTED",
            Self::HypothesisDeployed { .. } => "HYPOTHESIS_DEPLOYED",
            Self::RolledBack { .. } => "ROLLED_BACK",
            Self::InterventionNeeded { .. } => "INTERVENTION_NEEDED",
            Self::Taught { .. } => "TAUGHT",
            Self::Recovered { .. } => "RECOVERED",
            Self::DecidedNotTo { .. } => "DECIDED_NOT_TO",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_tag_of_every_event_is_its_documented_name() {
        let (weakness, hypothesis, trial, version) = (WeaknessId(1), HypothesisId(2), TrialId(3), VersionId(4));
        let text = || "x".to_owned();
        let events = [
            Event::WeaknessFound { weakness, title: text(), impact: 1 },
            Event::WeaknessResolved { weakness },
            Event::WeaknessReopened { weakness },
            Event::HypothesisCreated { hypothesis, weakness, proposer: text() },
            Event::TaskQueued { hypothesis },
            Event::TrialStarted { trial, hypothesis, alpha: 0.05 },
            Event::TrialFinished { trial, outcome: text() },
            Event::HypothesisApproved { hypothesis },
            Event::HypothesisRejected { hypothesis, why: text() },
            Event::HypothesisUndecided { hypothesis },
            Event::TamperingFound { hypothesis, why: text() },
            Event::CanaryAccepted { canary: text(), said: text() },
            Event::PermissionAsked { hypothesis, why: text() },
            Event::PermissionAnswered { hypothesis, answer: text() },
            Event::Promoted { hypothesis, version, commit: text() },
            Event::HypothesisDeployed { hypothesis },
            Event::RolledBack { hypothesis, version: None, why: text() },
            Event::InterventionNeeded { weakness },
            Event::Taught { weakness },
            Event::Recovered { detail: text() },
            Event::DecidedNotTo { detail: text() },
        ];
        for event in events {
            assert_eq!(serde_json::to_value(&event).unwrap()["event"], event.name());
        }
    }
}
