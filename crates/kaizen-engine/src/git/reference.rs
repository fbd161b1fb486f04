//! Refs and the state of the checkout. The one writer is a compare-and-swap.

use super::{Git, bytes_to_path, first_line, run, split_nul};
use crate::error::EngineError;
use std::path::PathBuf;
use std::process::Output;

/// A linked or main working tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worktree {
    /// Where it is.
    pub path: PathBuf,
    /// The full ref it has checked out; `None` when detached.
    pub branch: Option<String>,
}

impl Git {
    /// The commit checked out; `None` before the first commit.
    pub fn head(&self) -> Result<Option<String>, EngineError> {
        self.resolve("HEAD")
    }

    /// The full ref checked out; `None` when detached.
    pub fn branch(&self) -> Result<Option<String>, EngineError> {
        let mut command = self.command();
        command.args(["symbolic-ref", "--quiet", "HEAD"]);
        let output = run(command, &[], "symbolic-ref")?;
        unless_absent("symbolic-ref", &output)
    }

    /// The commit a name stands for, if it stands for one.
    pub fn resolve(&self, name: &str) -> Result<Option<String>, EngineError> {
        let mut command = self.command();
        command.args(["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")]);
        let output = run(command, &[], "rev-parse")?;
        match output.status.code() {
            Some(0) => Ok(Some(first_line(&output.stdout))),
            _ if output.stderr.is_empty() => Ok(None),
            _ => Err(super::failed("rev-parse", &output)),
        }
    }

    /// Whether `ancestor` is reachable from `descendant`.
    pub fn is_ancestor(&self, ancestor: &str, descendant: &str) -> Result<bool, EngineError> {
        let mut command = self.command();
        command.args(["merge-base", "--is-ancestor", ancestor, descendant]);
        let output = run(command, &[], "merge-base")?;
        match output.status.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(super::failed("merge-base", &output)),
        }
    }

    /// The common ancestor of two commits, if they have one here (shallow clones may not).
    pub fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>, EngineError> {
        let mut command = self.command();
        command.args(["merge-base", one, other]);
        let output = run(command, &[], "merge-base")?;
        unless_absent("merge-base", &output)
    }

    /// Paths that differ from HEAD: modified, staged, untracked (not ignored).
    pub fn dirty_paths(&self) -> Result<Vec<Vec<u8>>, EngineError> {
        let listing = self.read(["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=all"])?;
        Ok(split_nul(&listing).filter(|line| line.len() > 3).map(|line| line[3..].to_vec()).collect())
    }

    /// Every working tree of the repository, the main one first.
    pub fn worktrees(&self) -> Result<Vec<Worktree>, EngineError> {
        let listing = self.read(["worktree", "list", "--porcelain", "-z"])?;
        let mut trees: Vec<Worktree> = Vec::new();
        for line in split_nul(&listing) {
            if let Some(path) = line.strip_prefix(b"worktree ") {
                trees.push(Worktree { path: bytes_to_path(path), branch: None });
            } else if let (Some(name), Some(tree)) = (line.strip_prefix(b"branch "), trees.last_mut()) {
                tree.branch = Some(String::from_utf8_lossy(name).into_owned());
            }
        }
        Ok(trees)
    }

    /// A branch whose name makes `reference` impossible: a leading part of it, or one that goes on below it.
    pub fn obstacle(&self, reference: &str) -> Result<Option<String>, EngineError> {
        let parent = reference.rsplit_once('/').map_or(reference, |(parent, _)| parent);
        let listing = self.read(["for-each-ref", "--format=%(refname)", parent])?;
        let below = format!("{reference}/");
        let text = String::from_utf8_lossy(&listing);
        Ok(text.lines().find(|name| *name == parent || name.starts_with(&below)).map(str::to_owned))
    }

    /// Moves `reference` from `old` to `new`; `old` of `None` means it must not exist yet. One atomic step: it
    /// fails when the ref is elsewhere, and then nothing changed.
    pub fn swap_ref(&self, reference: &str, old: Option<&str>, new: &str, why: &str) -> Result<(), EngineError> {
        let zero = "0".repeat(new.len());
        self.read(["update-ref", "--create-reflog", "-m", why, reference, new, old.unwrap_or(&zero)]).map(drop)
    }

    /// Deletes `reference` if it still stands at `old`.
    pub fn delete_ref(&self, reference: &str, old: &str) -> Result<(), EngineError> {
        self.read(["update-ref", "-d", reference, old]).map(drop)
    }

    /// The whole message of a commit.
    pub fn message(&self, commit: &str) -> Result<String, EngineError> {
        let text = self.read(["log", "-1", "--no-show-signature", "--format=%B", commit])?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// The line of a command that says by exit code 1 that there is none.
fn unless_absent(name: &str, output: &Output) -> Result<Option<String>, EngineError> {
    match output.status.code() {
        Some(0) => Ok(Some(first_line(&output.stdout))),
        Some(1) => Ok(None),
        _ => Err(super::failed(name, output)),
    }
}
