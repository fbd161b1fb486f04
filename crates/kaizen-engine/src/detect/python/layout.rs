//! Where a Python project keeps its code and its tests, read from names alone.

use crate::detect::tree::{Tree, is_test_file};
use std::collections::BTreeSet;

/// Directories below which packages are looked for, beside the root itself.
const SOURCE_ROOTS: &[&str] = &["src", "lib", "python"];
/// Top-level names that hold no code of the project's own.
const NOT_CODE: &[&str] = &[
    "tests",
    "test",
    "testing",
    "docs",
    "doc",
    "examples",
    "example",
    "benchmarks",
    "benchmark",
    "bench",
    "scripts",
    "tools",
    "ci",
    "holdout",
    "setup.py",
    "conftest.py",
    "noxfile.py",
    "fabfile.py",
    "tasks.py",
    "versioneer.py",
    "ez_setup.py",
    "distribute_setup.py",
    "updatezinfo.py",
    "conf.py",
    "benchmark.py",
    "benchmarks.py",
    "bench.py",
];

/// Where code may change.
pub(in crate::detect) fn levers(tree: &Tree) -> Vec<String> {
    let mut levers = BTreeSet::new();
    for root in source_roots(tree) {
        levers.insert(format!("{root}/**/*.py"));
    }
    let own = |name: &&str| !NOT_CODE.contains(name) && !name.starts_with('.') && !is_test_file(name);
    let names: Vec<&str> = tree.children("").into_iter().filter(own).collect();
    for name in &names {
        if tree.has(&format!("{name}/__init__.py")) {
            levers.insert(format!("{}/**/*.py", globset::escape(name)));
        } else if name.ends_with(".py") {
            levers.insert(globset::escape(name));
        }
    }
    if levers.is_empty() {
        let loose = names.iter().filter(|name| tree.children(name).iter().any(|child| child.ends_with(".py")));
        levers.extend(loose.map(|name| format!("{}/**/*.py", globset::escape(name))));
    }
    levers.into_iter().collect()
}

/// The directories that are no package themselves and hold packages or modules.
pub(in crate::detect) fn source_roots(tree: &Tree) -> Vec<&'static str> {
    let holds = |root: &&str| {
        let children = tree.children(root);
        let package = children.iter().any(|name| tree.has(&format!("{root}/{name}/__init__.py")) || name.ends_with(".py"));
        // A namespace package has its own files one level further down.
        let nested = || *root == "src" && tree.files.iter().any(|path| path.starts_with("src/") && path.ends_with(".py"));
        !tree.has(&format!("{root}/__init__.py")) && (package || nested())
    };
    SOURCE_ROOTS.iter().copied().filter(|root| holds(root)).collect()
}

/// The directory a test belongs to: up to `tests` or `test` in its path, else its own.
pub(in crate::detect) fn home(path: &str) -> &str {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut end = 0;
    for part in directory.split('/') {
        end += part.len();
        if part == "tests" || part == "test" {
            return &directory[..end];
        }
        end += 1;
    }
    directory
}

pub(in crate::detect) fn is_counted(path: &str) -> bool {
    let aside = ["holdout", "docs", "doc", "examples", "example", "benchmarks", "benchmark", "fixtures", "testdata"];
    is_test_file(path) && !path.split('/').any(|part| aside.contains(&part))
}

/// The directories that lie in no other of them.
pub(in crate::detect) fn outermost(homes: &[String]) -> Vec<String> {
    let inner = |home: &String| homes.iter().any(|other| home.starts_with(&format!("{other}/")));
    let mut outer: Vec<String> = homes.iter().filter(|home| !home.is_empty() && !inner(home)).cloned().collect();
    outer.sort();
    outer
}
