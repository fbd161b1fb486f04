//! Looks at a directory and says how its project is tested and what may change: candidates in order of
//! preference, for `init` to prove by running. It reads files and starts nothing.
//!
//! A command that people wrote down (AGENTS.md, continuous integration) comes before one guessed from the layout.

mod cmake;
mod go;
mod named;
mod part;
mod python;
mod runner;
mod rust;
mod script;
mod tree;

use crate::config::ProjectName;
use crate::config::benchmark::Format;
pub(crate) use part::{entered, split_directory};
use std::path::{Path, PathBuf};
use tree::Tree;
pub(crate) use tree::is_test_file;

/// One way a project can be measured and improved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected {
    /// The benchmark's command, for a shell in the project's root.
    pub command: String,
    /// How its result is read.
    pub format: Format,
    /// Where it was found, for people: `AGENTS.md`, `pyproject.toml [tool.pytest]`, `tests/ directory`.
    pub source: String,
    /// Patterns of the files that may change.
    pub levers: Vec<String>,
    /// Patterns of the files the judge depends on.
    pub protect: Vec<String>,
    /// The project's name.
    pub name: String,
    /// Cases set aside, where a hold-out was found.
    pub holdout: Option<HoldoutSplit>,
    /// What a person should know, one sentence each.
    pub notes: Vec<String>,
}

/// Cases set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldoutSplit {
    /// The command that runs them.
    pub command: String,
    /// Patterns of their files.
    pub files: Vec<String>,
}

/// Why nothing was detected.
#[derive(Debug, thiserror::Error)]
pub enum Undetected {
    /// A file or directory could not be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing that can be run and read was found.
    #[error("no benchmark was found: {seen}")]
    NoBenchmark {
        /// What was seen instead, for people.
        seen: String,
        /// What was looked for, in order.
        looked_for: Vec<&'static str>,
        /// The lines of `kaizen.toml` that would say it.
        hint: String,
    },
}

/// What [`detect`] looks for, in order.
pub const LOOKED_FOR: &[&str] = &[
    "a test command in AGENTS.md or CLAUDE.md",
    "a test command in CI (.github/workflows, .gitlab-ci.yml, .circleci, .travis.yml)",
    "a test command in Makefile, justfile, tox.ini, noxfile.py, pyproject.toml, package.json or CONTRIBUTING.md",
    "Cargo.toml",
    "pytest's settings (pytest.ini, pyproject.toml, setup.cfg, tox.ini, conftest.py)",
    "Python test files (tests/, test/, test*.py, *_test.py)",
    "jest, vitest, mocha, ava, tape or node:test in package.json and test files",
    "Go tests (go.mod, go.work, *_test.go)",
    "tests of CMake (enable_testing, add_test)",
    "the same in sub-directories with a project of their own",
];

/// The ways the project in `root` can be measured, best first; never an empty list. Where the root has none, those of the projects in
/// its sub-directories.
pub fn detect(root: &Path) -> Result<Vec<Detected>, Undetected> {
    let tree = Tree::read(root)?;
    let mut found = in_tree(&tree);
    if found.is_empty() {
        for part in part::parts(&tree) {
            found.extend(part::candidates(&tree, &part)?);
        }
    }
    if found.is_empty() { Err(nothing(&tree)) } else { Ok(found) }
}

/// The ways the project around a directory below `root` can be measured; none where the root's own tools cover it.
pub fn detect_below(root: &Path, directory: &Path) -> Result<Vec<Detected>, Undetected> {
    let tree = Tree::read(root)?;
    let part = directory.to_str().and_then(|directory| part::around(&tree, directory));
    part.map_or_else(|| Ok(Vec::new()), |part| part::candidates(&tree, part))
}

/// A project of which only the files are known: what may change, and no benchmark.
pub fn bare(root: &Path) -> Result<Detected, Undetected> {
    let tree = Tree::read(root)?;
    Ok(Detected { levers: levers_or_usual(&tree), ..Detected::new(&tree, None, String::new(), Format::ExitCode, String::new()) })
}

/// The candidates of one project, best first.
fn in_tree(tree: &Tree) -> Vec<Detected> {
    let mut found = rust::candidates(tree);
    found.extend(python::candidates(tree));
    found.extend(script::candidates(tree));
    found.extend(go::candidates(tree));
    found.extend(cmake::candidates(tree));
    // Stable: what people wrote down comes first, whatever the language.
    found.sort_by_key(Detected::source_rank);
    let mut kept: Vec<Detected> = Vec::new();
    for candidate in found {
        if !kept.iter().any(|earlier| earlier.command == candidate.command) {
            kept.push(candidate);
        }
    }
    kept
}

/// The files that may change where `kaizen.toml` does not say; empty where no known language was found.
pub fn levers(root: &Path) -> Result<Vec<String>, Undetected> {
    Ok(levers_of(&Tree::read(root)?))
}

fn levers_of(tree: &Tree) -> Vec<String> {
    let mut levers = rust::levers(tree);
    levers.extend(python::levers(tree));
    levers.extend(script::levers(tree));
    levers.extend(go::levers(tree));
    levers.extend(cmake::levers(tree));
    levers
}

/// The levers; the usual place where no known language was found.
fn levers_or_usual(tree: &Tree) -> Vec<String> {
    match levers_of(tree) {
        none if none.is_empty() => vec!["src/**".to_owned()],
        levers => levers,
    }
}

/// The pattern of a file and its like: files with its ending, at any depth below the directory at the top that it lies in.
fn alike(path: &str, ending: &str) -> String {
    path.split_once('/').map_or_else(|| format!("*.{ending}"), |(top, _)| format!("{}/**/*.{ending}", globset::escape(top)))
}

impl Detected {
    /// A command and where it was found; what its language knows beside that is filled in there. Without a name of its own, the
    /// project has its directory's.
    fn new(tree: &Tree, name: Option<String>, command: String, format: Format, source: String) -> Self {
        let name = name.unwrap_or_else(|| directory_name(tree));
        Self { command, format, source, levers: Vec::new(), protect: Vec::new(), name, holdout: None, notes: Vec::new() }
    }

    fn source_rank(&self) -> u8 {
        let begins = |places: &[&str]| places.iter().any(|place| self.source.starts_with(place));
        match (begins(named::AGENTS), begins(named::CI)) {
            (true, _) => 0,
            (_, true) => 1,
            _ => 2,
        }
    }
}

/// The directory's own name, where no file names the project.
fn directory_name(tree: &Tree) -> String {
    let name = tree.root.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    ProjectName::near(&name).as_str().to_owned()
}

fn nothing(tree: &Tree) -> Undetected {
    let seen = match tree.files.iter().find(|path| path.ends_with(".py")) {
        _ if tree.is_empty() => "the directory is empty".to_owned(),
        Some(path) => format!("{path} is Python, but there is no test"),
        None if tree.has("package.json") => "package.json is there, but no test runner that is known".to_owned(),
        None if tree.has("go.mod") => "go.mod is there, but no _test.go".to_owned(),
        None if tree.has("CMakeLists.txt") => "CMakeLists.txt is there, but no test is added to it".to_owned(),
        None => "neither Rust, Python, JavaScript, Go nor CMake".to_owned(),
    };
    let command = named::task(tree).unwrap_or_else(|| "...".to_owned());
    let levers = levers_or_usual(tree);
    let file = format!("[benchmark] command = {command:?}, format = \"exit-code\" and [levers.code] files = {levers:?}");
    let hint = format!("add a test, or write a kaizen.toml with {file}");
    Undetected::NoBenchmark { seen, looked_for: LOOKED_FOR.to_vec(), hint }
}

#[cfg(test)]
mod tests;
