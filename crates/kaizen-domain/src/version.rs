//! A version: an immutable state of a subject. One is active.

use crate::id::{HypothesisId, TrialId, VersionId};
use serde::{Deserialize, Serialize};

/// How a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionState {
    /// Part of the active state.
    Active,
    /// Taken back.
    RolledBack,
}

/// Where a promotion put its change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeployMode {
    /// A commit on `kaizen/<project>`; the working tree is not touched.
    Branch,
    /// Also the files of the working tree, and a commit on the branch that is checked out.
    InPlace,
}

/// A version before the store gave it an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewVersion {
    /// The subject: `code`.
    pub subject: String,
    /// The hypothesis that made it.
    pub hypothesis: HypothesisId,
    /// The trial that justified it.
    pub trial: TrialId,
    /// The full ref the commit went to, such as `refs/heads/kaizen/wordfreq`.
    pub reference: String,
    /// The commit.
    pub commit: String,
    /// The tree before the change: what a rollback restores, for this version's edits only.
    pub before_tree: String,
    /// The tree after the change.
    pub after_tree: String,
    /// Where it went.
    pub mode: DeployMode,
    /// One line for people.
    pub summary: String,
    /// What was measured, for people.
    pub measured: String,
    /// Who promoted it: `kaizen` or a person's name.
    pub promoted_by: String,
}

/// A recorded version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its short id.
    pub id: VersionId,
    /// What it is.
    pub made: NewVersion,
    /// The version that was active before it, if Kaizen made one.
    pub prior: Option<VersionId>,
    /// How it stands.
    pub state: VersionState,
    /// The commit that took it back.
    pub reverted_by: Option<String>,
    /// When it was promoted, milliseconds since 1970-01-01 UTC.
    pub at: i64,
}
