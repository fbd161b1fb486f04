//! The saga: journal, swap the ref, bring the files along (in place only), record, close the journal.
//!
//! Steps and their undo: *journal* (nothing to undo: the commit object is unreachable) · *swap ref* (swapped back) ·
//! *files* (restored from the tree before) · *record* (from its first transaction on the landing is only completed).

use crate::context::Context;
use crate::error::EngineError;
use crate::foundation::Foundation;
use crate::promote::in_place;
use kaizen_domain::hypothesis::{HypothesisMove, HypothesisState};
use kaizen_domain::id::{HypothesisId, VersionId};
use kaizen_domain::path::RepoPath;
use kaizen_domain::version::{DeployMode, NewVersion, Version};
use serde::{Deserialize, Serialize};

/// What the landing means for the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum Act {
    /// A version becomes active.
    Promote {
        /// Its reserved id.
        version: VersionId,
        /// The state the hypothesis is promoted from.
        expected: HypothesisState,
        /// The version.
        made: NewVersion,
    },
    /// A version is taken back.
    RollBack {
        /// Which.
        version: VersionId,
        /// Why, for people.
        why: String,
    },
}

/// A landing as its journal holds it. Versioned and readable for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landing {
    format: u32,
    /// What it means.
    pub act: Act,
    /// Where it goes.
    pub mode: DeployMode,
    /// The ref that moves.
    pub reference: String,
    /// Where the ref stood; `None` when it did not exist.
    pub old: Option<String>,
    /// The commit it moves to.
    pub commit: String,
    /// The paths an in-place landing brings along.
    pub paths: Vec<RepoPath>,
    /// When it began.
    pub at: i64,
}

impl Landing {
    /// A landing on `base`.
    pub fn new(act: Act, base: &Foundation, commit: String, paths: Vec<Vec<u8>>, at: i64) -> Self {
        let paths = paths.iter().filter_map(|path| RepoPath::from_bytes(path).ok()).collect();
        Self { format: 1, act, mode: base.mode, reference: base.reference.clone(), old: base.old.clone(), commit, paths, at }
    }

    /// The journal's name for it.
    pub fn kind(&self) -> &'static str {
        match self.act {
            Act::Promote { .. } => "promotion",
            Act::RollBack { .. } => "rollback",
        }
    }

    /// Runs every step; on failure undoes the ones that were done.
    pub async fn execute(&self, context: &Context) -> Result<Version, EngineError> {
        let text = serde_json::to_string(self).map_err(|source| EngineError::Stored { what: "landing", source })?;
        context.faults.at("promote.journal")?;
        let journal = context.store.saga_begin(context.project, self.kind(), &text, self.at).await?;
        match self.move_forward(context) {
            Ok(()) => self.record(context, journal).await,
            Err(error) => {
                self.undo(context)?;
                context.store.saga_end(context.project, journal, "undone", context.now()).await?;
                Err(error)
            }
        }
    }

    fn move_forward(&self, context: &Context) -> Result<(), EngineError> {
        context.faults.at("promote.swap_ref")?;
        context.git.swap_ref(&self.reference, self.old.as_deref(), &self.commit, &format!("kaizen: {}", self.kind()))?;
        context.faults.at("promote.files")?;
        if self.mode == DeployMode::InPlace {
            in_place::bring_along(context, self)?;
        }
        context.faults.at("promote.record")
    }

    /// Takes back what [`Self::move_forward`] did, as far as it got. Leaves alone whatever somebody else changed since.
    pub fn undo(&self, context: &Context) -> Result<(), EngineError> {
        let stands_at_commit = context.git.resolve(&self.reference)?.as_deref() == Some(&self.commit);
        if !stands_at_commit {
            return Ok(());
        }
        if self.mode == DeployMode::InPlace {
            in_place::take_back(context, self)?;
        }
        match &self.old {
            Some(old) => context.git.swap_ref(&self.reference, Some(&self.commit), old, "kaizen: undone"),
            None => context.git.delete_ref(&self.reference, &self.commit),
        }
    }

    /// Writes the record and closes the journal; both can be repeated.
    pub async fn record(&self, context: &Context, journal: i64) -> Result<Version, EngineError> {
        let (store, project, now) = (&context.store, context.project, context.now());
        let version = match &self.act {
            Act::Promote { version, expected, made } => {
                let version = store.promote(project, now, *version, *expected, made).await?;
                self.go_live(context, made.hypothesis).await?;
                version
            }
            Act::RollBack { version, why } => store.roll_back(project, now, *version, &self.commit, why).await?,
        };
        context.faults.at("promote.close")?;
        store.saga_end(project, journal, "done", context.now()).await?;
        Ok(version)
    }

    /// What landed in place is in the running tree.
    async fn go_live(&self, context: &Context, hypothesis: HypothesisId) -> Result<(), EngineError> {
        let state = context.store.hypothesis(context.project, hypothesis).await?.map(|hypothesis| hypothesis.state);
        if let (DeployMode::InPlace, Some(state @ HypothesisState::Promoted)) = (self.mode, state) {
            context.store.move_hypothesis(context.project, hypothesis, state, &HypothesisMove::GoLive, context.now()).await?;
        }
        Ok(())
    }
}
