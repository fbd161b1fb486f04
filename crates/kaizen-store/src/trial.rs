//! Trials, their tickets and their samples.
//!
//! A ticket belongs to a change against a baseline, not to a trial: whoever tries the same again goes on with the
//! same ticket, for ever. Samples are appended once and never altered.

use crate::Store;
use crate::db::{Value, row, values};
use crate::error::StoreError;
use crate::hypothesis::{expect_state, set_trial};
use crate::stored::{from_json, from_word, to_checked_json, to_hash, to_u32, to_word};
use crate::writing::Writing;
use kaizen_domain::decision::Decision;
use kaizen_domain::event::Event;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::hypothesis::{Hypothesis, HypothesisState};
use kaizen_domain::id::{HypothesisId, ProjectId, TrialId};
use kaizen_domain::trial::{Sample, Ticket, Trial};

/// Milliseconds of a day: the epoch of the error budget.
const DAY: i64 = 86_400_000;
/// Rows per statement.
const ROWS: usize = 50;

/// The level of a ticket from its place in the epoch (from 1) and the promotions of that epoch so far.
pub type Alpha<'a> = &'a (dyn Fn(u32, u32) -> f64 + Sync);

#[derive(sqlx::FromRow)]
struct TrialRow {
    id: i64,
    hypothesis_id: i64,
    baseline: String,
    change: String,
    tier: String,
    decision: Option<String>,
    epoch: i64,
    place: i64,
    alpha: f64,
}

impl TrialRow {
    fn trial(self) -> Result<Trial, StoreError> {
        let id = TrialId(self.id);
        let what = format!("trial {id}");
        Ok(Trial {
            id,
            hypothesis: HypothesisId(self.hypothesis_id),
            baseline: to_hash(&what, &self.baseline)?,
            change: to_hash(&what, &self.change)?,
            ticket: Ticket { epoch: self.epoch, index: to_u32(&what, self.place)?, alpha: self.alpha },
            tier: self.tier,
            decision: self.decision.map(|text| from_json(&what, &text)).transpose()?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct TicketRow {
    epoch: i64,
    place: i64,
    alpha: f64,
}

#[derive(sqlx::FromRow)]
struct SampleRow {
    stage: String,
    pair: i64,
    arm: String,
    measured: String,
}

impl SampleRow {
    fn sample(self) -> Result<Sample, StoreError> {
        let what = "a sample";
        Ok(Sample {
            stage: from_word(what, self.stage)?,
            pair: to_u32(what, self.pair)?,
            arm: from_word(what, self.arm)?,
            measured: from_json(what, &self.measured)?,
        })
    }
}

/// The columns of a trial with its ticket; a condition follows.
macro_rules! trials_where {
    ($condition:literal) => {
        concat!(
            "SELECT t.id, t.hypothesis_id, t.baseline, t.change, t.tier, t.decision, k.epoch, k.place, k.alpha FROM trial t \
             JOIN ticket k ON k.project_id = t.project_id AND k.baseline = t.baseline AND k.change = t.change \
             WHERE t.project_id = $1 ",
            $condition
        )
    };
}

impl Store {
    /// Puts a hypothesis' leader on trial. The first trial of a change against a baseline draws the next ticket of the
    /// night of `at`; every later one goes on with that ticket. Called again for the same hypothesis, baseline and
    /// change it returns the same trial. `plan_json` is kept as the caller wrote it.
    ///
    /// Errors: [`StoreError::Moved`] where the hypothesis is not testing, or the change is not its leader's.
    #[allow(clippy::too_many_arguments)] // Each is a column of the record; a struct would only repeat `Trial`.
    pub async fn start_trial(
        &self,
        project: ProjectId,
        at: i64,
        hypothesis: HypothesisId,
        baseline: ContentHash,
        change: ContentHash,
        tier: &str,
        plan_json: &str,
        alpha: Alpha<'_>,
    ) -> Result<Trial, StoreError> {
        let mut writing = self.write(project).await?;
        expect_leader(&writing.hypothesis(hypothesis).await?, change)?;
        let sql = trials_where!("AND t.hypothesis_id = $2 AND t.baseline = $3 AND t.change = $4");
        let known: Option<TrialRow> = writing.tx.first(sql, values![project, hypothesis, baseline, change]).await?;
        let trial = match known {
            Some(row) => row.trial()?,
            None => {
                let ticket = writing.ticket(at, baseline, change, alpha).await?;
                let id = TrialId(writing.tx.next_ids("trial", 1).await?);
                let tier = tier.to_owned();
                let trial = Trial { id, hypothesis, baseline, change, ticket, tier, decision: None };
                writing.insert_trial(&trial, plan_json, at).await?;
                trial
            }
        };
        set_trial(&mut writing.tx, project, hypothesis, Some(trial.id)).await?;
        writing.commit().await?;
        Ok(trial)
    }

    /// One trial.
    pub async fn trial(&self, project: ProjectId, id: TrialId) -> Result<Option<Trial>, StoreError> {
        let row: Option<TrialRow> = self.db.first(trials_where!("AND t.id = $2"), values![project, id]).await?;
        row.map(TrialRow::trial).transpose()
    }

    /// Every trial, by id.
    pub async fn trials(&self, project: ProjectId) -> Result<Vec<Trial>, StoreError> {
        let rows: Vec<TrialRow> = self.db.rows(trials_where!("ORDER BY t.id"), values![project]).await?;
        rows.into_iter().map(TrialRow::trial).collect()
    }

    /// The plan a trial was started with, as it was written.
    pub async fn trial_plan(&self, project: ProjectId, id: TrialId) -> Result<Option<String>, StoreError> {
        let sql = "SELECT plan FROM trial WHERE project_id = $1 AND id = $2";
        let row: Option<(String,)> = self.db.first(sql, values![project, id]).await?;
        Ok(row.map(|(plan,)| plan))
    }

    /// Sets the plan of a trial that is taken up again.
    ///
    /// Errors: [`StoreError::NotFound`] where there is none.
    pub async fn resume_trial(&self, project: ProjectId, id: TrialId, plan_json: &str) -> Result<(), StoreError> {
        let mut writing = self.write(project).await?;
        let sql = "UPDATE trial SET plan = $3 WHERE project_id = $1 AND id = $2";
        if writing.tx.execute(sql, values![project, id, plan_json]).await? == 0 {
            return Err(StoreError::missing(format!("trial {id}")));
        }
        writing.commit().await
    }

    /// Appends runs. A run that is recorded (same stage, pair and arm) stays as it is.
    pub async fn append_samples(&self, project: ProjectId, trial: TrialId, samples: &[Sample]) -> Result<(), StoreError> {
        let mut writing = self.write(project).await?;
        let sql = "SELECT COALESCE(MAX(place), 0) FROM sample WHERE project_id = $1 AND trial_id = $2";
        let last: Option<(i64,)> = writing.tx.first(sql, values![project, trial]).await?;
        let mut place = last.map_or(0, |(place,)| place);
        for rows in samples.chunks(ROWS) {
            let mut bound: Vec<Value<'_>> = Vec::with_capacity(rows.len() * 7);
            for sample in rows {
                place += 1;
                let (stage, arm) = (to_word(&sample.stage)?, to_word(&sample.arm)?);
                let measured = to_checked_json("a sample", &sample.measured)?;
                bound.extend(row![project, trial, stage, sample.pair, arm, place, measured]);
            }
            let columns = "project_id, trial_id, stage, pair, arm, place, measured";
            let sql = format!("INSERT INTO sample ({columns}) VALUES {} ON CONFLICT DO NOTHING", writing.tx.rows_of(rows.len(), 7));
            writing.tx.execute(sql, &bound).await?;
        }
        writing.commit().await
    }

    /// A trial's runs in the order they were appended.
    pub async fn samples(&self, project: ProjectId, trial: TrialId) -> Result<Vec<Sample>, StoreError> {
        let sql = "SELECT stage, pair, arm, measured FROM sample WHERE project_id = $1 AND trial_id = $2 ORDER BY place";
        let rows: Vec<SampleRow> = self.db.rows(sql, values![project, trial]).await?;
        rows.into_iter().map(SampleRow::sample).collect()
    }

    /// Records the gate's answer. A resumed trial is answered again and keeps the last answer; the same answer twice
    /// is recorded once.
    pub async fn finish_trial(&self, project: ProjectId, id: TrialId, decision: &Decision, at: i64) -> Result<(), StoreError> {
        let mut writing = self.write(project).await?;
        let row: Option<TrialRow> = writing.tx.first(trials_where!("AND t.id = $2"), values![project, id]).await?;
        let trial = row.ok_or_else(|| StoreError::missing(format!("trial {id}")))?.trial()?;
        if trial.decision.as_ref() == Some(decision) {
            return Ok(());
        }
        let json = to_checked_json("a decision", decision)?;
        let sql = "UPDATE trial SET decision = $3, finished_at = $4 WHERE project_id = $1 AND id = $2";
        writing.tx.execute(sql, values![project, id, json, at]).await?;
        let outcome = format!("{}: {}", to_word(&decision.outcome)?, decision.explain());
        writing.record(at, &Event::TrialFinished { trial: id, outcome }).await?;
        writing.commit().await
    }
}

impl Writing {
    /// The ticket of a change against a baseline, drawn when there is none.
    async fn ticket(&mut self, at: i64, baseline: ContentHash, change: ContentHash, alpha: Alpha<'_>) -> Result<Ticket, StoreError> {
        let sql = "SELECT epoch, place, alpha FROM ticket WHERE project_id = $1 AND baseline = $2 AND change = $3";
        let known: Option<TicketRow> = self.tx.first(sql, values![self.project, baseline, change]).await?;
        if let Some(TicketRow { epoch, place, alpha }) = known {
            return Ok(Ticket { epoch, index: to_u32("a ticket's place", place)?, alpha });
        }
        let epoch = at.div_euclid(DAY);
        let drawn = self.count("SELECT COALESCE(MAX(place), 0) FROM ticket WHERE project_id = $1 AND epoch = $2", &[epoch]).await?;
        let promoted = "SELECT COUNT(*) FROM version WHERE project_id = $1 AND at >= $2 AND at < $3";
        let promoted = self.count(promoted, &[epoch * DAY, (epoch + 1) * DAY]).await?;
        let ticket = Ticket { epoch, index: drawn + 1, alpha: alpha(drawn + 1, promoted) };
        let sql = "INSERT INTO ticket (project_id, baseline, change, epoch, place, alpha) VALUES ($1, $2, $3, $4, $5, $6)";
        self.tx.execute(sql, values![self.project, baseline, change, epoch, ticket.index, ticket.alpha]).await?;
        Ok(ticket)
    }

    async fn count(&mut self, sql: &'static str, more: &[i64]) -> Result<u32, StoreError> {
        let mut bound = vec![Value::from(self.project)];
        bound.extend(more.iter().map(|value| Value::from(*value)));
        let row: Option<(i64,)> = self.tx.first(sql, &bound).await?;
        to_u32("a count", row.map_or(0, |(count,)| count))
    }

    async fn insert_trial(&mut self, trial: &Trial, plan: &str, at: i64) -> Result<(), StoreError> {
        let sql = "INSERT INTO trial (project_id, id, hypothesis_id, baseline, change, tier, plan, started_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let row = values![self.project, trial.id, trial.hypothesis, trial.baseline, trial.change, &trial.tier, plan, at];
        self.tx.execute(sql, row).await?;
        let started = Event::TrialStarted { trial: trial.id, hypothesis: trial.hypothesis, alpha: trial.ticket.alpha };
        self.record(at, &started).await.map(drop)
    }
}

fn expect_leader(hypothesis: &Hypothesis, change: ContentHash) -> Result<(), StoreError> {
    expect_state(hypothesis, HypothesisState::Testing)?;
    let found = hypothesis.leader.as_ref().map(|leader| leader.identity);
    match found == Some(change) {
        true => Ok(()),
        false => {
            let found = found.map_or_else(|| "not chosen".to_owned(), |identity| identity.short());
            Err(StoreError::moved(format!("the leader of {}", hypothesis.id), change.short(), found))
        }
    }
}
