//! A project's files as detection needs them: names to a modest depth, and the text of the few files that say how
//! a project is tested. All reading happens here, before anything is judged.

use super::Undetected;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How deep directories are read below the root.
const DEPTH: usize = 6;
/// How many files are listed at most; a project has shown its layout long before.
const FILES: usize = 50_000;
/// How many test files are read at most.
const TESTS: usize = 400;
/// How much of one file is read, in bytes.
const TEXT: u64 = 256 << 10;

/// Directories that hold no part of the project itself.
const SKIPPED: &[&str] =
    &["node_modules", "target", "venv", "env", "__pycache__", "build", "dist", "site-packages", "vendor", "third_party"];
/// Hidden directories that say how the project is tested.
const HIDDEN: &[&str] = &[".github", ".circleci"];
/// Files whose text says how the project is tested or packaged.
const TOLD: &[&str] = &[
    "AGENTS.md",
    "CLAUDE.md",
    "GEMINI.md",
    ".github/copilot-instructions.md",
    "CONTRIBUTING.md",
    "CONTRIBUTING.rst",
    "DEVELOPMENT.md",
    "README.md",
    "package.json",
    "go.mod",
    "go.work",
    "noxfile.py",
    "tox.toml",
    "justfile",
    "Justfile",
    ".justfile",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "tox.ini",
    "pytest.ini",
    ".pytest.ini",
    "pytest.toml",
    "Makefile",
    "makefile",
    "GNUmakefile",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    ".travis.yml",
];

/// What was read.
pub(super) struct Tree {
    /// The directory.
    pub(super) root: PathBuf,
    /// Relative paths of files, `/` between components.
    pub(super) files: BTreeSet<String>,
    texts: BTreeMap<String, String>,
    /// The interpreter of the project's own virtual environment, relative to the root.
    pub(super) venv_python: Option<String>,
}

impl Tree {
    /// Reads a directory.
    pub(super) fn read(root: &Path) -> Result<Self, Undetected> {
        let root = fs::canonicalize(root).map_err(unreadable(root))?;
        let mut tree = Self { files: BTreeSet::new(), texts: BTreeMap::new(), venv_python: None, root };
        let mut pending = vec![(String::new(), 0)];
        while let Some((directory, depth)) = pending.pop() {
            tree.list(&directory, depth, &mut pending)?;
        }
        for path in tree.told() {
            let text = tree.load(&path)?;
            tree.texts.insert(path, text);
        }
        let interpreters = [".venv/bin/python", "venv/bin/python"];
        tree.venv_python = interpreters.into_iter().find(|path| tree.root.join(path).exists()).map(str::to_owned);
        Ok(tree)
    }

    fn list(&mut self, directory: &str, depth: usize, pending: &mut Vec<(String, usize)>) -> Result<(), Undetected> {
        let place = self.root.join(directory);
        for entry in fs::read_dir(&place).map_err(unreadable(&place))? {
            let entry = entry.map_err(unreadable(&place))?;
            let kind = entry.file_type().map_err(unreadable(&entry.path()))?;
            // A name that is no text cannot be written into a configuration; it is no part of detection.
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            let path = if directory.is_empty() { name.clone() } else { format!("{directory}/{name}") };
            let hidden = name.starts_with('.') && !HIDDEN.contains(&name.as_str());
            if kind.is_dir() {
                if !hidden && depth < DEPTH && !SKIPPED.contains(&name.as_str()) && !name.ends_with(".egg-info") {
                    pending.push((path, depth + 1));
                }
            } else if self.files.len() < FILES {
                self.files.insert(path);
            }
        }
        Ok(())
    }

    fn told(&self) -> Vec<String> {
        let tests = self.files.iter().filter(|path| is_test_file(path)).take(TESTS);
        let other = self.files.iter().filter(|path| {
            let name = path.rsplit('/').next().unwrap_or(path);
            let workflow = path.starts_with(".github/workflows/") && (path.ends_with(".yml") || path.ends_with(".yaml"));
            let requirements = !path.contains('/') && name.contains("requirements") && name.ends_with(".txt");
            TOLD.contains(&path.as_str()) || matches!(name, "Cargo.toml" | "CMakeLists.txt") || workflow || requirements
        });
        tests.chain(other).cloned().collect()
    }

    fn load(&self, path: &str) -> Result<String, Undetected> {
        let place = self.root.join(path);
        // A link that leads nowhere, or to a directory, has no text.
        if !place.is_file() {
            return Ok(String::new());
        }
        let mut bytes = Vec::new();
        let file = fs::File::open(&place).map_err(unreadable(&place))?;
        file.take(TEXT).read_to_end(&mut bytes).map_err(unreadable(&place))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The beginning of any file; empty where it cannot be read: then it says nothing about how it is tested.
    pub(super) fn peek(&self, path: &str) -> String {
        self.load(path).unwrap_or_default()
    }

    /// True without any file.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// True where the file is there.
    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains(path)
    }

    /// True where a file below the directory is there.
    pub(super) fn has_directory(&self, path: &str) -> bool {
        let below = format!("{}/", path.trim_end_matches('/'));
        self.files.range(below.clone()..).next().is_some_and(|file| file.starts_with(&below))
    }

    /// The text of a file that is read; empty where it is not there.
    pub(super) fn text(&self, path: &str) -> &str {
        self.texts.get(path).map_or("", String::as_str)
    }

    /// The files that were read, by path.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// A file as TOML; empty where it is absent or broken, because its owner's tools will say so better.
    pub(super) fn toml(&self, path: &str) -> toml::Table {
        self.text(path).parse().unwrap_or_else(|_| toml::Table::new())
    }

    /// The names directly below a directory (`""` for the root): sub-directories and files.
    pub(super) fn children(&self, directory: &str) -> BTreeSet<&str> {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let below = self.files.iter().filter_map(|path| path.strip_prefix(&prefix));
        below.filter_map(|rest| rest.split('/').next()).collect()
    }
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> Undetected {
    let path = path.to_owned();
    move |source| Undetected::Unreadable { path, source }
}

/// `test*.py` and `*_test.py`.
pub(crate) fn is_test_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".py").is_some_and(|stem| {
        stem.starts_with("test_") || stem.ends_with("_test") || stem.starts_with("test") && stem != "testing" && stem != "testutils"
    })
}
