//! Where a JavaScript or TypeScript project keeps its code, read from names alone.

use crate::detect::alike;
use crate::detect::runner::node::{ENDINGS, is_test};
use crate::detect::tree::Tree;
use std::collections::BTreeSet;

/// Top-level directories that hold no code of the project's own.
const NOT_CODE: &[&str] = &[
    "test",
    "tests",
    "spec",
    "specs",
    "e2e",
    "cypress",
    "docs",
    "doc",
    "website",
    "examples",
    "example",
    "benchmark",
    "benchmarks",
    "bench",
    "scripts",
    "script",
    "tools",
    "types",
    "typings",
    "fixtures",
    "coverage",
    "public",
    "static",
    "assets",
    "dist",
    "build",
    "out",
    "config",
    "migrations",
    "holdout",
];
/// Directories of packages that are projects of one repository.
const PACKAGES: &[&str] = &["packages", "apps", "libs", "modules"];
/// Beginnings of names in the root that steer tools.
const STEERING: &[&str] = &["gulpfile", "gruntfile", "karma", "webpack", "rollup", "benchmark", "bench", "example", "test", "setup"];

/// Where code may change; none without a `package.json`.
pub(in crate::detect) fn levers(tree: &Tree) -> Vec<String> {
    if !tree.has("package.json") {
        return Vec::new();
    }
    let sources: Vec<&str> = tree.files.iter().map(String::as_str).filter(|path| is_code(path)).collect();
    let typed = sources.iter().any(|path| path.starts_with("src/"));
    // Beside `src`, `lib` is what a build leaves.
    let is_built = |path: &str| typed && tree.has("tsconfig.json") && path.starts_with("lib/");
    let levers: BTreeSet<String> = sources.into_iter().filter(|path| !is_built(path)).filter_map(lever).collect();
    levers.into_iter().collect()
}

fn ending(path: &str) -> Option<&str> {
    let (_, ending) = path.rsplit_once('.')?;
    ENDINGS.contains(&ending).then_some(ending)
}

fn is_code(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let steers = name.contains(".config.")
        || name.starts_with('.')
        || name.ends_with(".d.ts")
        || name.ends_with(".d.mts")
        || name.ends_with(".d.cts");
    let in_root = !path.contains('/') && STEERING.iter().any(|begin| name.to_lowercase().starts_with(begin));
    let aside = path.split('/').any(|part| NOT_CODE.contains(&part) || part.starts_with("__"));
    ending(path).is_some() && !is_test(path) && !steers && !in_root && !aside
}

/// The pattern for a file and its like.
fn lever(path: &str) -> Option<String> {
    let ending = ending(path)?;
    match path.split('/').collect::<Vec<_>>()[..] {
        [file] => Some(globset::escape(file)),
        [group, _, below, _, ..] if PACKAGES.contains(&group) => Some(format!("{group}/*/{}/**/*.{ending}", globset::escape(below))),
        [group, _, _] if PACKAGES.contains(&group) => Some(format!("{group}/*/*.{ending}")),
        _ => Some(alike(path, ending)),
    }
}
