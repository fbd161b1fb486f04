//! Source code as a subject: file edits, kept as blobs, applied to jails and to git trees.

use crate::config::Config;
use crate::context::Context;
use crate::error::EngineError;
use crate::git::TreeEdit;
use crate::subject::Subject;
use kaizen_domain::change::{Change, FileEdit, FileMode, FileState, NotAChange};
use kaizen_domain::hash::ContentHash;
use kaizen_domain::hypothesis::Leader;
use kaizen_domain::path::RepoPath;
use kaizen_sandbox::workspace::{Content, FileWrite};

/// Source code under `[levers.code]`.
pub struct Code;

impl Subject for Code {
    fn name(&self) -> &'static str {
        "code"
    }

    fn may_change(&self, config: &Config, path: &RepoPath) -> bool {
        config.levers.code.as_ref().is_some_and(|lever| lever.files.matches(path))
    }
}

/// One file of a candidate, with its bytes at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Which file.
    pub path: RepoPath,
    /// Its bytes in the baseline; `None` where it is new.
    pub before: Option<Vec<u8>>,
    /// What it becomes; `None` removes it.
    pub after: Option<(FileMode, Vec<u8>)>,
}

/// A candidate: drafts and a line that describes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The edits.
    pub drafts: Vec<Draft>,
    /// One line for people: `src/top.py:18  counts[:n-1] -> counts[:n]`.
    pub summary: String,
    /// How it was made, where one of Kaizen's operators did.
    pub made: Option<Made>,
}

/// What an operator says of an edit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// The operator's name.
    pub operator: &'static str,
    /// Whether the edit only takes something away, or answers with a constant: such edits pass more often than they are right.
    pub blunt: bool,
    /// Whether it is several edits in one: worth a try only where no single one mends anything.
    pub combined: bool,
}

impl Candidate {
    /// The candidate as a change; its blobs are not stored yet.
    pub fn change(&self) -> Result<Change, NotAChange> {
        Change::new(self.drafts.iter().map(Draft::edit).collect())
    }

    /// The candidate for a jail.
    pub fn writes(&self) -> Vec<FileWrite> {
        self.drafts.iter().map(|draft| file_write(&draft.path, draft.after.as_ref())).collect()
    }

    /// Stores the blobs and the change, so that the candidate can lead a search.
    pub async fn keep(&self, context: &Context, change: &Change) -> Result<Leader, EngineError> {
        for draft in &self.drafts {
            if let Some((_, bytes)) = &draft.after {
                context.store.put_blob(bytes).await?;
            }
        }
        let text = serde_json::to_vec(change).map_err(|source| EngineError::Stored { what: "change", source })?;
        let stored = context.store.put_blob(&text).await?;
        Ok(Leader { change: stored, identity: change.hash(), summary: self.summary.clone(), flaky: None })
    }
}

impl Draft {
    /// The first line of the baseline's file that it changes, from 1; `None` where the file is new or removed.
    pub fn first_line(&self) -> Option<u32> {
        let before = self.before.as_deref()?;
        let (_, after) = self.after.as_ref()?;
        let same = before.iter().zip(after).take_while(|(one, other)| one == other).count();
        let lines = before[..same].iter().filter(|byte| **byte == b'\n').count();
        u32::try_from(lines + 1).ok()
    }

    fn edit(&self) -> FileEdit {
        let after = match &self.after {
            None => FileState::Absent,
            Some((mode, bytes)) => FileState::Present { mode: *mode, content: ContentHash::of(bytes) },
        };
        FileEdit { path: self.path.clone(), before: self.before.as_deref().map(ContentHash::of), after }
    }
}

/// One file for a jail; `None` removes it.
pub fn file_write(path: &RepoPath, after: Option<&(FileMode, Vec<u8>)>) -> FileWrite {
    let content = after.map(|(mode, bytes)| match mode {
        FileMode::Symlink => Content::Symlink(bytes.clone()),
        FileMode::Regular | FileMode::Executable => Content::File { bytes: bytes.clone(), executable: *mode == FileMode::Executable },
    });
    FileWrite { path: path.as_path().to_owned(), content }
}

/// Reads a stored change back.
pub async fn load(context: &Context, leader: &Leader) -> Result<Change, EngineError> {
    let bytes = blob(context, &leader.change).await?;
    serde_json::from_slice(&bytes).map_err(|source| EngineError::Stored { what: "change", source })
}

async fn blob(context: &Context, hash: &ContentHash) -> Result<Vec<u8>, EngineError> {
    context.store.blob(hash).await?.ok_or_else(|| {
        EngineError::environment(
            format!("the store lost content {}", hash.short()),
            "restore the store from a backup, or run `kaizen improve` again",
        )
    })
}

/// A stored change for a jail.
pub async fn writes(context: &Context, change: &Change) -> Result<Vec<FileWrite>, EngineError> {
    let edits = tree_edits(context, change).await?;
    Ok(edits.iter().map(|edit| file_write(&edit.path, edit.content.as_ref())).collect())
}

/// A stored change for a git tree.
pub async fn tree_edits(context: &Context, change: &Change) -> Result<Vec<TreeEdit>, EngineError> {
    let mut edits = Vec::with_capacity(change.edits().len());
    for edit in change.edits() {
        let content = match &edit.after {
            FileState::Absent => None,
            FileState::Present { mode, content } => Some((*mode, blob(context, content).await?)),
        };
        edits.push(TreeEdit { path: edit.path.clone(), content });
    }
    Ok(edits)
}
