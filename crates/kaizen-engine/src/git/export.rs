//! Exporting a tree as a working tree would hold it, and the synthetic repository that goes with it.

use super::{Git, bare_command, checked, failed, first_line, object};
use crate::error::{EngineError, io};
use kaizen_sandbox::terminal::cut_short;
use std::path::Path;
use std::process::{Command, Stdio};

impl Git {
    /// Writes every file of `tree` below `destination` (an empty directory), smudge filters and line endings
    /// applied, sparse rules ignored, submodules that are present checked out at the recorded commit.
    pub fn export(&self, tree: &str, destination: &Path) -> Result<(), EngineError> {
        let temporary = self.temporary()?;
        let index = temporary.path().join("index");
        self.load_index(&index, destination, tree)?;
        let mut command = self.apart(&index, destination);
        command.args(["checkout-index", "--all", "--force", "--quiet"]);
        checked(command, &[])?;
        self.export_submodules(tree, destination)
    }

    fn export_submodules(&self, tree: &str, destination: &Path) -> Result<(), EngineError> {
        let entries = self.entries(tree)?;
        for (path, commit) in object::submodules(&entries) {
            let inner = self.root().join(&path);
            if !inner.join(".git").exists() {
                continue;
            }
            let below = destination.join(&path);
            std::fs::create_dir_all(&below).map_err(io("create", &below))?;
            let module = Self::discover(&inner, &self.scratch)?;
            if module.resolve(commit)?.is_some() {
                module.export(commit, &below)?;
            }
        }
        Ok(())
    }

    /// Makes `directory/.git` a repository whose only commit is `tree`: no history, remotes, hooks or
    /// configuration of the user, and the exact tag of `commit` where it has one, so that `git describe` and
    /// version tools answer as they do outside.
    pub fn synthesise(&self, tree: &str, commit: Option<&str>, directory: &Path) -> Result<(), EngineError> {
        let mut command = bare_command();
        command.args(["init", "--quiet", "--template=", "--initial-branch=main"]);
        command.arg(format!("--object-format={}", self.object_format()?)).arg(directory);
        checked(command, &[])?;
        self.copy_objects(tree, directory)?;
        let inner = Self { root: directory.to_owned(), directory: directory.join(".git"), scratch: self.scratch.clone(), objects: None };
        let only = inner.commit_tree(tree, &[], "Snapshot", 1_000_000_000_000)?;
        inner.swap_ref("refs/heads/main", None, &only, "snapshot")?;
        let mut index = inner.command();
        index.args(["read-tree", tree]);
        checked(index, &[])?;
        match commit.map(|commit| self.exact_tag(commit)).transpose()?.flatten() {
            Some(tag) => inner.swap_ref(&format!("refs/tags/{tag}"), None, &only, "snapshot"),
            None => Ok(()),
        }
    }

    fn exact_tag(&self, commit: &str) -> Result<Option<String>, EngineError> {
        let mut command = self.command();
        command.args(["describe", "--tags", "--exact-match", commit]);
        let output = super::run(command, &[], "describe")?;
        Ok(output.status.success().then(|| first_line(&output.stdout)))
    }

    /// Packs the objects of one tree, without any history, straight into another repository.
    fn copy_objects(&self, tree: &str, directory: &Path) -> Result<(), EngineError> {
        let mut names = self.command();
        names.args(["rev-list", "--objects", "--no-object-names", "--no-walk", tree]);
        let mut pack = self.command();
        // Looking for new deltas costs more than the disk they would save; known ones are kept.
        pack.args(["pack-objects", "--quiet", "--stdout", "--delta-base-offset", "--window=0", "--compression=1"]);
        let mut unpack = bare_command();
        unpack.arg("-C").arg(directory).args(["index-pack", "--stdin"]);
        pipeline([("rev-list", names), ("pack-objects", pack), ("index-pack", unpack)])
    }
}

/// Runs commands with each one's output as the next one's input; all must succeed.
fn pipeline<const N: usize>(commands: [(&str, Command); N]) -> Result<(), EngineError> {
    let broken = |name: &str, error: &std::io::Error| EngineError::Git { command: name.to_owned(), detail: error.to_string() };
    let mut input = Stdio::null();
    let mut children = Vec::with_capacity(N);
    for (place, (name, mut command)) in commands.into_iter().enumerate() {
        let out = if place + 1 == N { Stdio::null() } else { Stdio::piped() };
        let mut child = command.stdin(input).stdout(out).stderr(Stdio::piped()).spawn().map_err(|error| broken(name, &error))?;
        input = child.stdout.take().map_or_else(Stdio::null, Into::into);
        children.push((name, child));
    }
    drop(input);
    let ends = children.into_iter().map(|(name, child)| Ok((name, child.wait_with_output().map_err(|error| broken(name, &error))?)));
    let ends = ends.collect::<Result<Vec<_>, EngineError>>()?;
    if ends.iter().any(|(_, output)| cut_short(output.status)) {
        return Err(EngineError::Interrupted);
    }
    // Who fails first makes the others fail, without a word of their own.
    let mut failures = ends.iter().filter(|(_, output)| !output.status.success());
    let told = failures.clone().find(|(_, output)| !output.stderr.is_empty()).or_else(|| failures.next());
    told.map_or(Ok(()), |(name, output)| Err(failed(name, output)))
}
