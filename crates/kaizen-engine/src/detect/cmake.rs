//! C and C++ projects that CMake builds and `ctest` tests.

use super::named;
use super::tree::Tree;
use super::{Detected, directory_name};
use crate::config::benchmark::Format;
use std::collections::BTreeSet;

const LISTS: &str = "CMakeLists.txt";
const ENDINGS: &[&str] = &["c", "cc", "cpp", "cxx", "h", "hh", "hpp", "hxx"];
/// What says that there are tests.
const SIGNS: &[&str] =
    &["enable_testing", "include(CTest)", "add_test", "gtest_discover_tests", "catch_discover_tests", "doctest_discover_tests"];

/// The candidate of a project with tests; none without a `CMakeLists.txt` in the root.
pub(super) fn candidates(tree: &Tree) -> Vec<Detected> {
    let lists: String = tree.texts().filter(|(path, _)| path.ends_with(LISTS)).map(|(_, text)| text).collect();
    if !tree.has(LISTS) || !SIGNS.iter().any(|sign| lists.contains(sign)) {
        return Vec::new();
    }
    let options: String = named::cmake_options(tree, &lists).iter().map(|option| format!(" {option}")).collect();
    let command = format!("cmake -S . -B build{options} && cmake --build build && ctest --test-dir build");
    vec![Detected {
        command,
        format: Format::Ctest,
        report: None,
        source: LISTS.to_owned(),
        levers: levers(tree),
        protect: Vec::new(),
        ignored_layers: Vec::new(),
        name: project(tree.text(LISTS)).map_or_else(|| directory_name(tree), str::to_owned),
        holdout: None,
        notes: vec!["what CMake would fetch must be there: the sandbox has no network".to_owned()]
            .into_iter()
            .filter(|_| lists.contains("FetchContent"))
            .collect(),
    }]
}

/// Where code may change.
pub(super) fn levers(tree: &Tree) -> Vec<String> {
    if !tree.has(LISTS) {
        return Vec::new();
    }
    let aside = [
        "test",
        "tests",
        "examples",
        "example",
        "docs",
        "doc",
        "benchmark",
        "benchmarks",
        "third_party",
        "extern",
        "external",
        "deps",
        "cmake",
        "fuzz",
        "holdout",
    ];
    let ending = |path: &str| path.rsplit_once('.').map(|(_, ending)| ending).filter(|ending| ENDINGS.contains(ending)).map(str::to_owned);
    let own = tree.files.iter().filter(|path| !path.split('/').any(|part| aside.contains(&part)));
    let lever = |path: &String| {
        let ending = ending(path)?;
        Some(path.split_once('/').map_or_else(|| format!("*.{ending}"), |(top, _)| format!("{}/**/*.{ending}", globset::escape(top))))
    };
    own.filter_map(lever).collect::<BTreeSet<_>>().into_iter().collect()
}

/// `project(NAME ...)`.
fn project(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("project(")?;
    rest.split([' ', ')', '\n', '\t']).find(|word| !word.is_empty())
}
