//! Projects in sub-directories of a repository: each is looked at as if it were a root, and its commands begin there.

use super::tree::Tree;
use super::{Detected, HoldoutSplit, Undetected, in_tree};
use std::collections::BTreeSet;

/// What says that a directory is a project of its own.
const MANIFESTS: &[&str] = &["Cargo.toml", "pyproject.toml", "setup.py", "package.json", "go.mod", "CMakeLists.txt"];
/// How deep such directories lie at most.
const DEPTH: usize = 3;
/// How many are looked at.
const PARTS: usize = 12;

/// The outermost directories with a manifest.
pub(super) fn parts(tree: &Tree) -> Vec<String> {
    let directories = tree.files.iter().filter_map(|path| {
        let (directory, name) = path.rsplit_once('/')?;
        let near = directory.split('/').count() <= DEPTH;
        (MANIFESTS.contains(&name) && near && is_own(directory)).then_some(directory)
    });
    let all: BTreeSet<&str> = directories.collect();
    let inner = |part: &&str| all.iter().any(|other| part.starts_with(&format!("{other}/")));
    all.iter().copied().filter(|part| !inner(part)).take(PARTS).map(str::to_owned).collect()
}

/// The nearest directory around this one that is a project apart from the root's: with a manifest that the root has none of.
pub(super) fn around<'d>(tree: &Tree, directory: &'d str) -> Option<&'d str> {
    let own = |part: &&str| MANIFESTS.iter().any(|name| tree.has(&format!("{part}/{name}")) && !tree.has(name));
    std::iter::successors(Some(directory), |part| part.rsplit_once('/').map(|(above, _)| above)).filter(|part| !part.is_empty()).find(own)
}

/// What only serves tests or shows something is no project, and no package to improve.
pub(super) fn is_own(directory: &str) -> bool {
    !directory.split('/').any(|name| {
        matches!(name, "tests" | "test" | "examples" | "example" | "benches" | "fuzz" | "fixtures" | "testdata" | "docs" | "doc")
    })
}

/// The candidates of a project in a sub-directory, for a shell in the repository's root.
pub(super) fn candidates(root: &Tree, part: &str) -> Result<Vec<Detected>, Undetected> {
    let mut tree = Tree::read(&root.root.join(part))?;
    // An environment above serves what lies below.
    let up = "../".repeat(part.split('/').count());
    tree.venv_python = tree.venv_python.take().or_else(|| root.venv_python.as_ref().map(|python| format!("{up}{python}")));
    Ok(in_tree(&tree).into_iter().map(|candidate| moved(candidate, part)).collect())
}

fn moved(candidate: Detected, part: &str) -> Detected {
    let below = |patterns: Vec<String>| patterns.into_iter().map(|pattern| format!("{}/{pattern}", globset::escape(part))).collect();
    let holdout = |split: HoldoutSplit| HoldoutSplit { command: entered(&split.command, part), files: below(split.files) };
    Detected {
        command: entered(&candidate.command, part),
        source: format!("{part}/{}", candidate.source),
        levers: below(candidate.levers),
        protect: below(candidate.protect),
        holdout: candidate.holdout.map(holdout),
        ..candidate
    }
}

/// The command, begun in a directory.
pub(crate) fn entered(command: &str, part: &str) -> String {
    format!("cd {} && {command}", shell_words::quote(part))
}

/// The directory a command first goes to, and the rest of the command.
pub(crate) fn split_directory(command: &str) -> (Option<String>, &str) {
    let entered = command.strip_prefix("cd ").and_then(|rest| rest.split_once(" && "));
    let unquoted = |word: &str| shell_words::split(word).ok().filter(|words| words.len() == 1).and_then(|mut words| words.pop());
    let placed = entered.and_then(|(directory, rest)| Some((unquoted(directory)?, rest)));
    placed.map_or((None, command), |(directory, rest)| (Some(directory), rest))
}
