//! Weaknesses: recorded from measurements, moved by their life cycle.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use crate::stored::{from_json, from_word, storable, to_checked_json, to_word};
use crate::writing::Writing;
use kaizen_domain::event::Event;
use kaizen_domain::id::{ProjectId, WeaknessId};
use kaizen_domain::weakness::{Finding, Weakness, WeaknessMove, WeaknessState};
use std::collections::HashSet;

#[derive(sqlx::FromRow)]
struct WeaknessRow {
    id: i64,
    finding: String,
    state: String,
}

impl WeaknessRow {
    fn weakness(self) -> Result<Weakness, StoreError> {
        let id = WeaknessId(self.id);
        let what = format!("weakness {id}");
        Ok(Weakness { id, finding: from_json(&what, &self.finding)?, state: from_word(&what, self.state)? })
    }
}

const ALL: &str = "SELECT id, finding, state FROM weakness WHERE project_id = $1 ORDER BY id";
const ONE: &str = "SELECT id, finding, state FROM weakness WHERE project_id = $1 AND id = $2";

impl Store {
    /// Takes a measurement's findings as the whole truth: new gaps open, known ones are updated, resolved ones that
    /// are back reopen, and what is no longer measured resolves; one transaction.
    ///
    /// Returns the unresolved weaknesses, most points lost first.
    pub async fn record_findings(&self, project: ProjectId, at: i64, findings: &[Finding]) -> Result<Vec<Weakness>, StoreError> {
        let mut writing = self.write(project).await?;
        let mut known = writing.weaknesses().await?;
        for finding in findings {
            match known.iter_mut().find(|weakness| weakness.finding.key == finding.key) {
                Some(weakness) => writing.measure_again(weakness, finding, at).await?,
                None => known.push(writing.find(finding, at).await?),
            }
        }
        let measured: HashSet<&str> = findings.iter().map(|finding| finding.key.as_str()).collect();
        for weakness in known.iter_mut().filter(|weakness| !measured.contains(weakness.finding.key.as_str())) {
            if weakness.state != WeaknessState::Resolved {
                weakness.state = writing.step_weakness(weakness.id, weakness.state, WeaknessMove::Resolve, at).await?;
            }
        }
        writing.commit().await?;
        known.retain(|weakness| weakness.state != WeaknessState::Resolved);
        known.sort_by(|a, b| b.finding.lost().value().total_cmp(&a.finding.lost().value()).then(a.id.cmp(&b.id)));
        Ok(known)
    }

    /// Every weakness, resolved ones too, by id.
    pub async fn weaknesses(&self, project: ProjectId) -> Result<Vec<Weakness>, StoreError> {
        let rows: Vec<WeaknessRow> = self.db.rows(ALL, values![project]).await?;
        rows.into_iter().map(WeaknessRow::weakness).collect()
    }

    /// One weakness.
    pub async fn weakness(&self, project: ProjectId, id: WeaknessId) -> Result<Option<Weakness>, StoreError> {
        let row: Option<WeaknessRow> = self.db.first(ONE, values![project, id]).await?;
        row.map(WeaknessRow::weakness).transpose()
    }

    /// Moves a weakness that is in `expected`; returns its new state.
    ///
    /// Errors: [`StoreError::Moved`] where it is in another state, [`StoreError::Illegal`] where the move does not exist.
    pub async fn move_weakness(
        &self,
        project: ProjectId,
        id: WeaknessId,
        expected: WeaknessState,
        step: WeaknessMove,
        at: i64,
    ) -> Result<WeaknessState, StoreError> {
        let mut writing = self.write(project).await?;
        let next = writing.step_weakness(id, expected, step, at).await?;
        writing.commit().await?;
        Ok(next)
    }
}

impl Writing {
    async fn weaknesses(&mut self) -> Result<Vec<Weakness>, StoreError> {
        let rows: Vec<WeaknessRow> = self.tx.rows(ALL, values![self.project]).await?;
        rows.into_iter().map(WeaknessRow::weakness).collect()
    }

    pub(crate) async fn weakness_state(&mut self, id: WeaknessId) -> Result<WeaknessState, StoreError> {
        let row: Option<WeaknessRow> = self.tx.first(ONE, values![self.project, id]).await?;
        Ok(row.ok_or_else(|| StoreError::missing(format!("weakness {id}")))?.weakness()?.state)
    }

    async fn find(&mut self, finding: &Finding, at: i64) -> Result<Weakness, StoreError> {
        let id = WeaknessId(self.tx.next_ids("weakness", 1).await?);
        let json = to_checked_json("a finding", finding)?;
        let sql =
            "INSERT INTO weakness (project_id, id, gap, finding, state, found_at, changed_at) VALUES ($1, $2, $3, $4, 'open', $5, $5)";
        self.tx.execute(sql, values![self.project, id, storable(&finding.key), json, at]).await?;
        self.record(at, &Event::WeaknessFound { weakness: id, title: finding.title.clone(), impact: finding.impact }).await?;
        Ok(Weakness { id, finding: finding.clone(), state: WeaknessState::Open })
    }

    async fn measure_again(&mut self, weakness: &mut Weakness, finding: &Finding, at: i64) -> Result<(), StoreError> {
        if weakness.finding != *finding {
            let json = to_checked_json("a finding", finding)?;
            let sql = "UPDATE weakness SET finding = $3, changed_at = $4 WHERE project_id = $1 AND id = $2";
            self.tx.execute(sql, values![self.project, weakness.id, json, at]).await?;
            weakness.finding = finding.clone();
        }
        if weakness.state == WeaknessState::Resolved {
            weakness.state = self.step_weakness(weakness.id, weakness.state, WeaknessMove::Reopen, at).await?;
        }
        Ok(())
    }

    /// Compares, moves and records, inside the caller's transaction.
    pub(crate) async fn step_weakness(
        &mut self,
        id: WeaknessId,
        expected: WeaknessState,
        step: WeaknessMove,
        at: i64,
    ) -> Result<WeaknessState, StoreError> {
        let found = self.weakness_state(id).await?;
        if found != expected {
            return Err(StoreError::moved(id, to_word(&expected)?, to_word(&found)?));
        }
        let next = found.next(step)?;
        let sql = "UPDATE weakness SET state = $3, changed_at = $4 WHERE project_id = $1 AND id = $2";
        self.tx.execute(sql, values![self.project, id, to_word(&next)?, at]).await?;
        if let Some(event) = event_of(id, step) {
            self.record(at, &event).await?;
        }
        Ok(next)
    }
}

/// What a move is called among the events. That work begins is said by the hypothesis it begins with.
fn event_of(weakness: WeaknessId, step: WeaknessMove) -> Option<Event> {
    match step {
        WeaknessMove::Work => None,
        WeaknessMove::Resolve => Some(Event::WeaknessResolved { weakness }),
        WeaknessMove::AskForTeaching => Some(Event::InterventionNeeded { weakness }),
        WeaknessMove::Teach => Some(Event::Taught { weakness }),
        WeaknessMove::Reopen => Some(Event::WeaknessReopened { weakness }),
    }
}
