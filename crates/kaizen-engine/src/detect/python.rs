//! Python projects: pytest where anything says so, else unittest; packages at the root or below `src`.

mod evidence;
mod layout;

use super::named::{self, Named};
use super::part;
use super::runner::assignment;
use super::tree::{Tree, is_test_file};
use super::{Detected, HoldoutSplit};
use crate::config::benchmark::Format;
use evidence::{declared_name, holds_a_test};
pub(super) use layout::levers;
use layout::{home, is_counted, outermost, source_roots};
use std::collections::BTreeSet;

/// What says that the root itself is a Python project, and tests below it are its own.
const MANIFESTS: &[&str] = &["pyproject.toml", "setup.py", "setup.cfg", "pytest.ini", "tox.ini", "requirements.txt", "conftest.py"];

/// The candidates of a Python project; none without Python files or without a test.
pub(super) fn candidates(tree: &Tree) -> Vec<Detected> {
    if !tree.files.iter().any(|path| path.ends_with(".py")) {
        return Vec::new();
    }
    let project = Project::of(tree);
    let named = named::commands(tree).into_iter().filter(|named| matches!(named.runner.format, Format::Pytest | Format::Unittest));
    let mut found: Vec<Detected> = named.map(|named| project.named(&named)).collect();
    let pytest = project.pytest_reason();
    match (&pytest, project.tests.is_empty()) {
        (_, true) => {}
        (Some(reason), false) => {
            found.push(project.pytest(reason.clone()));
            found.extend(project.only_unittest().then(|| project.unittest(project.places())));
        }
        (None, false) => found.extend([project.unittest(project.places()), project.pytest(project.places())]),
    }
    found
}

struct Project<'t> {
    tree: &'t Tree,
    /// Test files outside the hold-out, examples and documentation.
    tests: Vec<&'t str>,
    /// Directories that hold tests, most tests first; `""` is the root.
    homes: Vec<String>,
}

impl<'t> Project<'t> {
    fn of(tree: &'t Tree) -> Self {
        let parts = if MANIFESTS.iter().any(|file| tree.has(file)) { Vec::new() } else { part::parts(tree) };
        let is_apart = |path: &str| parts.iter().any(|part| path.starts_with(&format!("{part}/")));
        let tests = tree.files.iter().map(String::as_str).filter(|path| is_counted(path) && !is_apart(path));
        let tests: Vec<&str> = tests.filter(|path| holds_a_test(tree.text(path))).collect();
        let mut homes: Vec<String> = tests.iter().map(|path| home(path).to_owned()).collect::<BTreeSet<_>>().into_iter().collect();
        let counted = |directory: &String| tests.iter().filter(|path| home(path) == directory).count();
        homes.sort_by_key(|directory| std::cmp::Reverse(counted(directory)));
        Self { tree, tests, homes }
    }

    fn places(&self) -> String {
        match self.homes.first().map(String::as_str) {
            Some("") | None => "test files in the root".to_owned(),
            Some(home) => format!("{home}/ directory"),
        }
    }

    fn interpreter(&self) -> &str {
        self.tree.venv_python.as_deref().unwrap_or("python3")
    }

    /// Variables before the command: the packages' parent where nothing else puts it on the path.
    fn prefix(&self, env: &[String]) -> Vec<String> {
        let set = env.iter().any(|word| word.starts_with("PYTHONPATH="));
        let roots = source_roots(self.tree);
        let path = (!set && !roots.is_empty()).then(|| format!("PYTHONPATH={}", roots.join(":")));
        path.into_iter().chain(env.iter().cloned()).collect()
    }

    fn command(&self, env: &[String], module: &[&str], args: &[String]) -> String {
        let rest =
            shell_words::join([self.interpreter(), "-m"].into_iter().chain(module.iter().copied()).chain(args.iter().map(String::as_str)));
        let assignments: Vec<String> = self.prefix(env).iter().map(|word| assignment(word)).collect();
        assignments.into_iter().chain([rest]).collect::<Vec<_>>().join(" ")
    }

    fn named(&self, named: &Named) -> Detected {
        let runner = &named.runner;
        let module: &[&str] = if runner.format == Format::Pytest { &["pytest", "-q"] } else { &["unittest"] };
        named.noted(self.detected(self.command(&runner.env, module, &runner.args), runner.format, named.source.clone()))
    }

    fn pytest(&self, source: String) -> Detected {
        let configured = self.tree.texts().any(|(path, text)| {
            (path.ends_with(".ini") || path.ends_with(".cfg") || path.ends_with(".toml")) && text.contains("testpaths")
        });
        let everywhere = configured || self.homes.iter().any(String::is_empty);
        let homes = if everywhere { Vec::new() } else { outermost(&self.homes) };
        self.detected(self.command(&[], &["pytest", "-q"], &homes), Format::Pytest, source)
    }

    fn unittest(&self, source: String) -> Detected {
        let home = self.homes.first().map_or("", String::as_str);
        let command = self.command(&[], &["unittest"], &self.discovery(home));
        let mut detected = self.detected(command, Format::Unittest, source);
        let other = self.homes.iter().skip(1).filter(|other| home.is_empty() || !other.starts_with(&format!("{home}/")));
        detected
            .notes
            .extend(other.map(|other| format!("tests in {}/ are not run by this command", if other.is_empty() { "." } else { other })));
        detected.notes.extend(self.unreached(home));
        detected
    }

    /// The arguments of unittest's discovery for the tests of one directory.
    fn discovery(&self, home: &str) -> Vec<String> {
        let mut words = vec!["discover".to_owned()];
        if !home.is_empty() {
            words.extend(["-s".to_owned(), home.to_owned()]);
            words.extend(self.top(home).into_iter().flat_map(|top| ["-t".to_owned(), top]));
        }
        let mut here = self.tests.iter().filter(|path| layout::home(path) == home).peekable();
        if here.peek().is_some() && here.all(|path| path.ends_with("_test.py")) {
            words.extend(["-p".to_owned(), "*_test.py".to_owned()]);
        }
        words
    }

    /// The directory above the outermost package the tests are in; none where they are in no package.
    fn top(&self, home: &str) -> Option<String> {
        let mut top = home;
        while self.tree.has(&format!("{top}/__init__.py")) {
            match top.rsplit_once('/') {
                Some((parent, _)) => top = parent,
                None => return Some(".".to_owned()),
            }
        }
        (top != home).then(|| top.to_owned())
    }

    /// Sub-directories unittest does not enter because they are no packages.
    fn unreached(&self, home: &str) -> Vec<String> {
        let below = self
            .tests
            .iter()
            .filter(|path| layout::home(path) == home)
            .filter_map(|path| path.rsplit_once('/'))
            .map(|(directory, _)| directory);
        let closed = below.filter(|directory| *directory != home && !self.tree.has(&format!("{directory}/__init__.py")));
        closed
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(|directory| format!("{directory}/ has no __init__.py: unittest does not look there"))
            .collect()
    }

    fn protect(&self) -> Vec<String> {
        let mut protect: BTreeSet<String> = outermost(&self.homes).iter().map(|home| format!("{}/**", globset::escape(home))).collect();
        protect.extend(self.tests.iter().filter(|path| home(path).is_empty()).map(|path| globset::escape(path)));
        protect.extend(
            ["conftest.py", "pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml"]
                .iter()
                .filter(|file| self.tree.has(file))
                .map(|file| (*file).to_owned()),
        );
        protect.into_iter().collect()
    }

    fn holdout(&self, format: Format) -> Option<HoldoutSplit> {
        let tests = self.tree.files.iter().any(|path| path.starts_with("holdout/") && is_test_file(path));
        let split = || {
            let command = match format {
                Format::Pytest => self.command(&[], &["pytest", "-q"], &["holdout".to_owned()]),
                _ => {
                    let top = self.top("holdout").into_iter().flat_map(|top| ["-t".to_owned(), top]);
                    let words: Vec<String> = ["discover", "-s", "holdout"].into_iter().map(str::to_owned).chain(top).collect();
                    self.command(&[], &["unittest"], &words)
                }
            };
            HoldoutSplit { command, files: vec!["holdout/**".to_owned()] }
        };
        tests.then(split)
    }

    fn detected(&self, command: String, format: Format, source: String) -> Detected {
        Detected {
            levers: levers(self.tree),
            protect: self.protect(),
            holdout: self.holdout(format),
            notes: self.notes(),
            ..Detected::new(self.tree, self.name(), command, format, source)
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let compiled = self.tree.files.iter().find(|path| path.ends_with(".pyx") || path.ends_with("module.c"));
        if let Some(path) = compiled {
            notes.push(format!("{path} has to be built: set benchmark.setup"));
        }
        if source_roots(self.tree).is_empty() && levers(self.tree).is_empty() {
            notes.push("no package or module that may change was found: set levers.code.files".to_owned());
        }
        notes
    }

    fn name(&self) -> Option<String> {
        let pyproject = self.tree.toml("pyproject.toml");
        let poetry = || pyproject.get("tool").and_then(|tool| tool.get("poetry"));
        let declared = pyproject.get("project").or_else(poetry).and_then(|project| project.get("name")).and_then(toml::Value::as_str);
        let legacy = || ["setup.cfg", "setup.py"].iter().find_map(|file| declared_name(self.tree.text(file), file.ends_with(".py")));
        declared.map(str::to_owned).or_else(legacy)
    }
}
