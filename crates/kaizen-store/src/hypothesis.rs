//! Hypotheses: written down once, moved only by their life cycle.
//!
//! Two moves carry a version with them and are made only in `version`: promotion and rollback.

use crate::Store;
use crate::db::{Tx, values};
use crate::error::StoreError;
use crate::stored::{from_json, from_word, to_checked_json, to_json, to_word};
use crate::writing::Writing;
use kaizen_domain::event::Event;
use kaizen_domain::hypothesis::{Hypothesis, HypothesisMove, HypothesisState, Idea, Leader};
use kaizen_domain::id::{HypothesisId, ProjectId, TrialId, WeaknessId};
use kaizen_domain::weakness::IllegalMove;

#[derive(sqlx::FromRow)]
struct HypothesisRow {
    id: i64,
    idea: String,
    state: String,
    reason: Option<String>,
    leader: Option<String>,
    trial_id: Option<i64>,
}

impl HypothesisRow {
    fn hypothesis(self) -> Result<Hypothesis, StoreError> {
        let id = HypothesisId(self.id);
        let what = format!("hypothesis {id}");
        Ok(Hypothesis {
            id,
            idea: from_json(&what, &self.idea)?,
            state: from_word(&what, self.state)?,
            reason: self.reason.map(|text| from_json(&what, &text)).transpose()?,
            leader: self.leader.map(|text| from_json(&what, &text)).transpose()?,
            trial: self.trial_id.map(TrialId),
        })
    }
}

const ALL: &str = "SELECT id, idea, state, reason, leader, trial_id FROM hypothesis WHERE project_id = $1 ORDER BY id";
const ONE: &str = "SELECT id, idea, state, reason, leader, trial_id FROM hypothesis WHERE project_id = $1 AND id = $2";
const OF_WEAKNESS: &str =
    "SELECT id, idea, state, reason, leader, trial_id FROM hypothesis WHERE project_id = $1 AND weakness_id = $2 ORDER BY id";
const OF_ATTEMPT: &str = "SELECT id, idea, state, reason, leader, trial_id FROM hypothesis \
    WHERE project_id = $1 AND weakness_id = $2 AND proposer = $3 AND baseline = $4 AND attempt = $5";
const INSERT: &str = "INSERT INTO hypothesis \
    (project_id, id, weakness_id, proposer, baseline, attempt, idea, state, created_at, changed_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'proposed', $8, $8)";

impl Store {
    /// Writes an idea down. The same attempt of the same proposer at the same weakness and baseline is written once:
    /// called again, the recorded hypothesis is returned as it stands.
    pub async fn create_hypothesis(&self, project: ProjectId, at: i64, idea: &Idea) -> Result<Hypothesis, StoreError> {
        let mut writing = self.write(project).await?;
        let attempt = values![project, idea.weakness, &idea.proposer, idea.baseline, idea.attempt];
        if let Some(row) = writing.tx.first::<HypothesisRow>(OF_ATTEMPT, attempt).await? {
            return row.hypothesis();
        }
        writing.weakness_state(idea.weakness).await?;
        let id = HypothesisId(writing.tx.next_ids("hypothesis", 1).await?);
        let json = to_checked_json("an idea", idea)?;
        let row = values![project, id, idea.weakness, &idea.proposer, idea.baseline, idea.attempt, json, at];
        writing.tx.execute(INSERT, row).await?;
        let (weakness, proposer) = (idea.weakness, idea.proposer.clone());
        writing.record(at, &Event::HypothesisCreated { hypothesis: id, weakness, proposer }).await?;
        writing.commit().await?;
        Ok(Hypothesis { id, idea: idea.clone(), state: HypothesisState::Proposed, reason: None, leader: None, trial: None })
    }

    /// One hypothesis.
    pub async fn hypothesis(&self, project: ProjectId, id: HypothesisId) -> Result<Option<Hypothesis>, StoreError> {
        let row: Option<HypothesisRow> = self.db.first(ONE, values![project, id]).await?;
        row.map(HypothesisRow::hypothesis).transpose()
    }

    /// Every hypothesis, by id.
    pub async fn hypotheses(&self, project: ProjectId) -> Result<Vec<Hypothesis>, StoreError> {
        let rows: Vec<HypothesisRow> = self.db.rows(ALL, values![project]).await?;
        rows.into_iter().map(HypothesisRow::hypothesis).collect()
    }

    /// The hypotheses of a weakness, by id.
    pub async fn hypotheses_of(&self, project: ProjectId, weakness: WeaknessId) -> Result<Vec<Hypothesis>, StoreError> {
        let rows: Vec<HypothesisRow> = self.db.rows(OF_WEAKNESS, values![project, weakness]).await?;
        rows.into_iter().map(HypothesisRow::hypothesis).collect()
    }

    /// Records the change a search chose. Only while testing, and only until the leader has a trial.
    ///
    /// Errors: [`StoreError::Moved`] in another state or once there is a trial.
    pub async fn set_leader(&self, project: ProjectId, id: HypothesisId, leader: &Leader) -> Result<(), StoreError> {
        let mut writing = self.write(project).await?;
        let hypothesis = writing.hypothesis(id).await?;
        expect_state(&hypothesis, HypothesisState::Testing)?;
        if let Some(trial) = hypothesis.trial {
            return Err(StoreError::moved(format!("the leader of {id}"), "without a trial", format!("on trial in {trial}")));
        }
        let sql = "UPDATE hypothesis SET leader = $3 WHERE project_id = $1 AND id = $2";
        writing.tx.execute(sql, values![project, id, to_json("a leader", leader)?]).await?;
        writing.commit().await
    }

    /// Moves a hypothesis that is in `expected`; returns its new state. State, reason, event and audit record are
    /// written in one transaction. Testing again after an approval forgets the trial: it was against another baseline.
    ///
    /// Errors: [`StoreError::Moved`] where it is in another state, [`StoreError::Illegal`] where the move does not
    /// exist, and for promotion and rollback, which [`Store::promote`] and [`Store::roll_back`] make.
    pub async fn move_hypothesis(
        &self,
        project: ProjectId,
        id: HypothesisId,
        expected: HypothesisState,
        step: &HypothesisMove,
        at: i64,
    ) -> Result<HypothesisState, StoreError> {
        let Some(event) = event_of(id, step) else {
            let (from, step) = (format!("{expected:?}"), format!("{} without a version", step.name()));
            return Err(IllegalMove { what: "a hypothesis", from, step }.into());
        };
        let mut writing = self.write(project).await?;
        let next = writing.step_hypothesis(id, expected, step, at).await?;
        writing.record(at, &event).await?;
        writing.commit().await?;
        Ok(next)
    }
}

impl Writing {
    pub(crate) async fn hypothesis(&mut self, id: HypothesisId) -> Result<Hypothesis, StoreError> {
        let row: Option<HypothesisRow> = self.tx.first(ONE, values![self.project, id]).await?;
        row.ok_or_else(|| StoreError::missing(format!("hypothesis {id}")))?.hypothesis()
    }

    /// Compares and moves, inside the caller's transaction; the caller records the event.
    pub(crate) async fn step_hypothesis(
        &mut self,
        id: HypothesisId,
        expected: HypothesisState,
        step: &HypothesisMove,
        at: i64,
    ) -> Result<HypothesisState, StoreError> {
        let hypothesis = self.hypothesis(id).await?;
        expect_state(&hypothesis, expected)?;
        let next = expected.next(step)?;
        let reason = step.reason().or(hypothesis.reason.as_ref());
        let reason = reason.map(|reason| to_checked_json("a reason", reason)).transpose()?;
        let sql = "UPDATE hypothesis SET state = $3, reason = $4, changed_at = $5 WHERE project_id = $1 AND id = $2";
        self.tx.execute(sql, values![self.project, id, to_word(&next)?, reason, at]).await?;
        if next == HypothesisState::Testing && expected != HypothesisState::Undecided {
            set_trial(&mut self.tx, self.project, id, None).await?;
        }
        Ok(next)
    }
}

pub(crate) async fn set_trial(tx: &mut Tx, project: ProjectId, id: HypothesisId, trial: Option<TrialId>) -> Result<(), StoreError> {
    let sql = "UPDATE hypothesis SET trial_id = $3 WHERE project_id = $1 AND id = $2";
    tx.execute(sql, values![project, id, trial.map(|trial| trial.0)]).await.map(drop)
}

pub(crate) fn expect_state(hypothesis: &Hypothesis, expected: HypothesisState) -> Result<(), StoreError> {
    match hypothesis.state == expected {
        true => Ok(()),
        false => Err(StoreError::moved(hypothesis.id, to_word(&expected)?, to_word(&hypothesis.state)?)),
    }
}

/// What a move is called among the events; `None` for the two that need a version.
fn event_of(hypothesis: HypothesisId, step: &HypothesisMove) -> Option<Event> {
    use HypothesisMove as M;
    Some(match step {
        M::Test => Event::TaskQueued { hypothesis },
        M::Reject(reason) => Event::HypothesisRejected { hypothesis, why: reason.to_string() },
        M::Quarantine(reason) => Event::TamperingFound { hypothesis, why: reason.to_string() },
        M::Suspend => Event::HypothesisUndecided { hypothesis },
        M::Approve => Event::HypothesisApproved { hypothesis },
        M::Ask => Event::PermissionAsked { hypothesis, why: "the project's rules ask for a person's word".into() },
        M::Decline => Event::PermissionAnswered { hypothesis, answer: "declined".into() },
        M::Expire => Event::PermissionAnswered { hypothesis, answer: "nobody answered in time".into() },
        M::GoLive => Event::HypothesisDeployed { hypothesis },
        M::Settle => Event::DecidedNotTo { detail: format!("take {hypothesis} back: its watch ended well") },
        M::Promote | M::RollBack => return None,
    })
}
