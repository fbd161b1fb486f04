//! Trees, blobs and commits: read and written without touching the user's index or working tree.

use super::{Git, bytes_to_path, checked, first_line, run, split_nul};
use crate::error::{EngineError, io};
use kaizen_domain::change::FileMode;
use kaizen_domain::path::RepoPath;
use std::path::Path;

/// An entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// Git's mode: `100644`, `100755`, `120000`, `160000`.
    pub mode: String,
    /// The object's id.
    pub object: String,
    /// The path as git's bytes.
    pub path: Vec<u8>,
}

/// One edit of a tree; content as in a working tree, git's clean filters are applied here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEdit {
    /// Which path.
    pub path: RepoPath,
    /// Its new mode and bytes; `None` removes it.
    pub content: Option<(FileMode, Vec<u8>)>,
}

/// Two trees changed the same places.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("conflicts in {}", paths.join(", "))]
pub struct MergeConflict {
    /// Where.
    pub paths: Vec<String>,
}

const IDENTITY: [(&str, &str); 4] = [
    ("GIT_AUTHOR_NAME", "Kaizen"),
    ("GIT_AUTHOR_EMAIL", "kaizen@localhost"),
    ("GIT_COMMITTER_NAME", "Kaizen"),
    ("GIT_COMMITTER_EMAIL", "kaizen@localhost"),
];

impl Git {
    /// The tree of a commit.
    pub fn tree_of(&self, commit: &str) -> Result<String, EngineError> {
        self.read_line(["rev-parse", "--verify", "--quiet", &format!("{commit}^{{tree}}")])
    }

    /// Every file of a tree.
    pub fn entries(&self, tree: &str) -> Result<Vec<TreeEntry>, EngineError> {
        let listing = self.read(["ls-tree", "-r", "-z", "--full-tree", tree])?;
        Ok(split_nul(&listing).filter_map(parse_entry).collect())
    }

    /// The tree that results from `base` with `edits`. Writes objects only.
    pub fn write_tree(&self, base: &str, edits: &[TreeEdit]) -> Result<String, EngineError> {
        let temporary = self.temporary()?;
        let index = temporary.path().join("index");
        let work_tree = temporary.path().join("tree");
        std::fs::create_dir(&work_tree).map_err(io("create", &work_tree))?;
        self.load_index(&index, &work_tree, base)?;
        let mut lines = Vec::new();
        for edit in edits {
            lines.extend(self.index_line(&index, &work_tree, edit)?);
        }
        let mut update = self.apart(&index, &work_tree);
        update.args(["update-index", "-z", "--index-info"]);
        checked(update, &lines)?;
        let mut write = self.apart(&index, &work_tree);
        write.arg("write-tree");
        Ok(first_line(&checked(write, &[])?))
    }

    /// Fills an index file of our own with a tree, sparse rules set aside.
    pub(super) fn load_index(&self, index: &Path, work_tree: &Path, tree: &str) -> Result<(), EngineError> {
        let mut command = self.apart(index, work_tree);
        command.args(["read-tree", "--no-sparse-checkout", tree]);
        checked(command, &[]).map(drop)
    }

    fn index_line(&self, index: &Path, work_tree: &Path, edit: &TreeEdit) -> Result<Vec<u8>, EngineError> {
        let head = match &edit.content {
            None => format!("0 {}\t", "0".repeat(self.object_id_length()?)),
            Some((mode, bytes)) => format!("{} {}\t", git_mode(*mode), self.write_blob(index, work_tree, edit, *mode, bytes)?),
        };
        Ok([head.as_bytes(), edit.path.as_bytes(), b"\0"].concat())
    }

    fn write_blob(&self, index: &Path, work_tree: &Path, edit: &TreeEdit, mode: FileMode, bytes: &[u8]) -> Result<String, EngineError> {
        if mode != FileMode::Symlink {
            return self.write_filtered(index, work_tree, edit, bytes);
        }
        let mut command = self.apart(index, work_tree);
        command.args(["hash-object", "-w", "--stdin", "--no-filters"]);
        Ok(first_line(&checked(command, bytes)?))
    }

    /// As `git add` would store it. Only adding to an index asks the tree's own attributes, and what line endings the
    /// stored file has, before it converts anything.
    fn write_filtered(&self, index: &Path, work_tree: &Path, edit: &TreeEdit, bytes: &[u8]) -> Result<String, EngineError> {
        let file = work_tree.join(edit.path.as_path());
        let parent = file.parent().unwrap_or(work_tree);
        std::fs::create_dir_all(parent).map_err(io("create", parent))?;
        std::fs::write(&file, bytes).map_err(io("write", &file))?;
        let mut add = self.apart(index, work_tree);
        add.args(["-c", "core.safecrlf=false", "update-index", "--add", "--replace", "-z", "--stdin"]);
        checked(add, edit.path.as_bytes())?;
        let mut listing = self.apart(index, work_tree);
        listing.args(["--literal-pathspecs", "ls-files", "--stage", "-z", "--"]).arg(edit.path.as_path());
        let said = checked(listing, &[])?;
        let object = said.split(|byte| *byte == b' ').nth(1).map(|name| String::from_utf8_lossy(name).into_owned());
        object.ok_or_else(|| EngineError::Git { command: "ls-files".into(), detail: format!("{} was not added", edit.path) })
    }

    fn object_id_length(&self) -> Result<usize, EngineError> {
        Ok(if self.object_format()? == "sha256" { 64 } else { 40 })
    }

    pub(super) fn object_format(&self) -> Result<String, EngineError> {
        self.read_line(["rev-parse", "--show-object-format"])
    }

    /// Writes a commit object signed by nobody, authored by Kaizen. No ref moves.
    pub fn commit_tree(&self, tree: &str, parents: &[&str], message: &str, at_ms: i64) -> Result<String, EngineError> {
        let mut command = self.command();
        command.envs(IDENTITY);
        let date = format!("@{} +0000", at_ms.div_euclid(1000));
        command.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
        command.args(["-c", "i18n.commitEncoding=UTF-8", "commit-tree", "--no-gpg-sign", tree, "-F", "-"]);
        parents.iter().for_each(|parent| {
            command.args(["-p", parent]);
        });
        Ok(first_line(&checked(command, message.as_bytes())?))
    }

    /// The three-way merge of trees: what led from `base` to `theirs`, applied to `ours`. Writes objects only.
    pub fn merge_trees(&self, base: &str, ours: &str, theirs: &str) -> Result<Result<String, MergeConflict>, EngineError> {
        let root = self.commit_tree(base, &[], "base", 0)?;
        let left = self.commit_tree(ours, &[&root], "ours", 0)?;
        let right = self.commit_tree(theirs, &[&root], "theirs", 0)?;
        let mut command = self.command();
        command.args(["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", &left, &right]);
        let output = run(command, &[], "merge-tree")?;
        let mut parts = split_nul(&output.stdout).map(|part| String::from_utf8_lossy(part).into_owned());
        match (output.status.code(), parts.next()) {
            (Some(0), Some(tree)) => Ok(Ok(tree)),
            (Some(1), Some(_)) => Ok(Err(MergeConflict { paths: parts.collect() })),
            _ => Err(super::failed("merge-tree", &output)),
        }
    }

    /// The difference between two trees or commits, as git prints it, without external helpers.
    pub fn diff(&self, before: &str, after: &str) -> Result<Vec<u8>, EngineError> {
        self.read(["diff", "--no-ext-diff", "--no-textconv", "--no-color", before, after, "--"])
    }

    /// What the last commits up to `head` changed, without context; each begins with a NUL. Merges are told by what they merge.
    pub fn recent_changes(&self, head: &str, commits: usize) -> Result<String, EngineError> {
        let most = format!("-{commits}");
        let plain = ["--no-merges", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--format=%x00", "-p", "-U0"];
        let text = self.read(["log", most.as_str()].into_iter().chain(plain).chain([head, "--"]))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// The paths in which two trees differ.
    pub fn changed_paths(&self, before: &str, after: &str) -> Result<Vec<Vec<u8>>, EngineError> {
        let listing = self.read(["diff-tree", "-r", "-z", "--name-only", "--no-renames", before, after])?;
        Ok(split_nul(&listing).map(<[u8]>::to_vec).collect())
    }

    /// The tree of the working tree as it is, untracked files included, ignored ones not. Writes objects only.
    pub fn working_tree(&self) -> Result<String, EngineError> {
        let temporary = self.temporary()?;
        let index = temporary.path().join("index");
        let root = self.root().to_owned();
        if let Some(head) = self.head()? {
            self.load_index(&index, &root, &head)?;
        }
        let mut add = self.apart(&index, &root);
        add.args(["-c", "core.safecrlf=false", "add", "--all", "--", "."]);
        checked(add, &[])?;
        let mut write = self.apart(&index, &root);
        write.arg("write-tree");
        Ok(first_line(&checked(write, &[])?))
    }

    /// The file a working tree would hold for `path` at `tree` (a tree or commit); `None` where there is none.
    pub fn file_at(&self, tree: &str, path: &RepoPath) -> Result<Option<WorkingFile>, EngineError> {
        let mut listing = self.command();
        listing.args(["--literal-pathspecs", "ls-tree", "-z", "--full-tree", tree, "--"]).arg(path.as_path());
        let found = checked(listing, &[])?;
        let Some(entry) = split_nul(&found).find_map(parse_entry) else { return Ok(None) };
        let mut name = std::ffi::OsString::from(format!("{tree}:"));
        name.push(path.as_path());
        let mut command = self.command();
        command.args(["cat-file", "--filters"]).arg(name);
        Ok(Some(WorkingFile { bytes: checked(command, &[])?, executable: entry.mode == "100755" }))
    }

    /// Makes the user's index say for `paths` what `tree` says. The one function that writes the user's index.
    pub fn refresh_index(&self, tree: &str, paths: &[RepoPath]) -> Result<(), EngineError> {
        let mut command = self.command();
        command.env("GIT_OPTIONAL_LOCKS", "1").args(["--literal-pathspecs", "reset", "--quiet", tree, "--"]);
        command.args(paths.iter().map(RepoPath::as_path));
        checked(command, &[]).map(drop)
    }
}

/// A file as a working tree holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingFile {
    /// Its bytes, smudge filters and line endings applied.
    pub bytes: Vec<u8>,
    /// Whether it has the execute bit.
    pub executable: bool,
}

fn parse_entry(line: &[u8]) -> Option<TreeEntry> {
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let mut fields = std::str::from_utf8(&line[..tab]).ok()?.split(' ');
    let (mode, _kind, object) = (fields.next()?, fields.next()?, fields.next()?);
    Some(TreeEntry { mode: mode.into(), object: object.into(), path: line[tab + 1..].to_vec() })
}

fn git_mode(mode: FileMode) -> &'static str {
    match mode {
        FileMode::Regular => "100644",
        FileMode::Executable => "100755",
        FileMode::Symlink => "120000",
    }
}

/// The submodule checkouts a tree names, by path.
pub(super) fn submodules(entries: &[TreeEntry]) -> impl Iterator<Item = (std::path::PathBuf, &str)> {
    entries.iter().filter(|entry| entry.mode == "160000").map(|entry| (bytes_to_path(&entry.path), entry.object.as_str()))
}
