//! Versions: made by a promotion, taken back by a rollback; each moves its hypothesis in the same transaction.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use crate::stored::{from_json, from_word, to_checked_json};
use crate::writing::Writing;
use kaizen_domain::event::Event;
use kaizen_domain::hypothesis::{HypothesisMove, HypothesisState};
use kaizen_domain::id::{ProjectId, VersionId};
use kaizen_domain::version::{NewVersion, Version, VersionState};
use kaizen_domain::weakness::{WeaknessMove, WeaknessState};

#[derive(sqlx::FromRow)]
struct VersionRow {
    id: i64,
    made: String,
    prior_id: Option<i64>,
    state: String,
    reverted_by: Option<String>,
    at: i64,
}

impl VersionRow {
    fn version(self) -> Result<Version, StoreError> {
        let id = VersionId(self.id);
        let what = format!("version {id}");
        Ok(Version {
            id,
            made: from_json(&what, &self.made)?,
            prior: self.prior_id.map(VersionId),
            state: from_word(&what, self.state)?,
            reverted_by: self.reverted_by,
            at: self.at,
        })
    }
}

const ALL: &str = "SELECT id, made, prior_id, state, reverted_by, at FROM version WHERE project_id = $1 ORDER BY id";
const ONE: &str = "SELECT id, made, prior_id, state, reverted_by, at FROM version WHERE project_id = $1 AND id = $2";
const OF_COMMIT: &str =
    "SELECT id, made, prior_id, state, reverted_by, at FROM version WHERE project_id = $1 AND hypothesis_id = $2 AND commit_id = $3";
const LATEST: &str = "SELECT id FROM version WHERE project_id = $1 AND subject = $2 AND state = 'active' ORDER BY id DESC LIMIT 1";
const INSERT: &str = "INSERT INTO version (project_id, id, subject, hypothesis_id, commit_id, made, prior_id, state, at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', $8)";

impl Store {
    /// Sets an id aside for a version, so that its commit can name it before it is recorded. An id that is never
    /// used leaves a gap and nothing else.
    pub async fn reserve_version(&self, project: ProjectId) -> Result<VersionId, StoreError> {
        let mut writing = self.write(project).await?;
        let id = VersionId(writing.tx.next_ids("version", 1).await?);
        writing.commit().await?;
        Ok(id)
    }

    /// Makes the version `id` of an approved hypothesis: hypothesis, version, event and audit record in one
    /// transaction. Called again for the same hypothesis and commit it returns the version as it stands.
    ///
    /// Errors: [`StoreError::Moved`] where the hypothesis is not in `expected`, [`StoreError::Illegal`] where it
    /// cannot be promoted from there.
    pub async fn promote(
        &self,
        project: ProjectId,
        at: i64,
        id: VersionId,
        expected: HypothesisState,
        made: &NewVersion,
    ) -> Result<Version, StoreError> {
        let hypothesis = made.hypothesis;
        let mut writing = self.write(project).await?;
        if let Some(row) = writing.tx.first::<VersionRow>(OF_COMMIT, values![project, hypothesis, &made.commit]).await? {
            return row.version();
        }
        writing.step_hypothesis(hypothesis, expected, &HypothesisMove::Promote, at).await?;
        let prior: Option<(i64,)> = writing.tx.first(LATEST, values![project, &made.subject]).await?;
        let prior = prior.map(|(id,)| VersionId(id));
        let json = to_checked_json("a version", made)?;
        let row = values![project, id, &made.subject, hypothesis, &made.commit, json, prior.map(|id| id.0), at];
        writing.tx.execute(INSERT, row).await?;
        writing.record(at, &Event::Promoted { hypothesis, version: id, commit: made.commit.clone() }).await?;
        writing.commit().await?;
        Ok(Version { id, made: made.clone(), prior, state: VersionState::Active, reverted_by: None, at })
    }

    /// Takes a version back: version, hypothesis, a weakness it had resolved, events and audit records in one
    /// transaction. Called again it returns the version as it stands.
    ///
    /// Errors: [`StoreError::NotFound`]; [`StoreError::Illegal`] where the hypothesis is neither promoted nor live.
    pub async fn roll_back(&self, project: ProjectId, at: i64, id: VersionId, reverted_by: &str, why: &str) -> Result<Version, StoreError> {
        let mut writing = self.write(project).await?;
        let row: Option<VersionRow> = writing.tx.first(ONE, values![project, id]).await?;
        let version = row.ok_or_else(|| StoreError::missing(format!("version {id}")))?.version()?;
        if version.state == VersionState::RolledBack {
            return Ok(version);
        }
        let sql = "UPDATE version SET state = 'rolled_back', reverted_by = $3 WHERE project_id = $1 AND id = $2";
        writing.tx.execute(sql, values![project, id, reverted_by]).await?;
        writing.take_back(&version, why, at).await?;
        writing.commit().await?;
        Ok(Version { state: VersionState::RolledBack, reverted_by: Some(reverted_by.to_owned()), ..version })
    }

    /// Every version, by id.
    pub async fn versions(&self, project: ProjectId) -> Result<Vec<Version>, StoreError> {
        let rows: Vec<VersionRow> = self.db.rows(ALL, values![project]).await?;
        rows.into_iter().map(VersionRow::version).collect()
    }

    /// One version.
    pub async fn version(&self, project: ProjectId, id: VersionId) -> Result<Option<Version>, StoreError> {
        let row: Option<VersionRow> = self.db.first(ONE, values![project, id]).await?;
        row.map(VersionRow::version).transpose()
    }
}

impl Writing {
    async fn take_back(&mut self, version: &Version, why: &str, at: i64) -> Result<(), StoreError> {
        let hypothesis = self.hypothesis(version.made.hypothesis).await?;
        self.step_hypothesis(hypothesis.id, hypothesis.state, &HypothesisMove::RollBack, at).await?;
        let event = Event::RolledBack { hypothesis: hypothesis.id, version: Some(version.id), why: why.to_owned() };
        self.record(at, &event).await?;
        let weakness = hypothesis.idea.weakness;
        if self.weakness_state(weakness).await? == WeaknessState::Resolved {
            self.step_weakness(weakness, WeaknessState::Resolved, WeaknessMove::Reopen, at).await?;
        }
        Ok(())
    }
}
