//! C and C++ projects that CMake builds and `ctest` tests.

use super::named;
use super::tree::Tree;
use super::{Detected, alike};
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
    let name = project(tree.text(LISTS)).map(str::to_owned);
    let fetches = lists.contains("FetchContent").then(|| "what CMake would fetch must be there: the sandbox has no network".to_owned());
    let detected = Detected::new(tree, name, command, Format::Ctest, LISTS.to_owned());
    vec![Detected { levers: levers(tree), notes: fetches.into_iter().collect(), ..detected }]
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
    let own = tree.files.iter().filter(|path| !path.split('/').any(|part| aside.contains(&part)));
    own.filter_map(|path| path.rsplit_once('.').filter(|(_, ending)| ENDINGS.contains(ending)).map(|(_, ending)| alike(path, ending)))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// `project(NAME ...)`.
fn project(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("project(")?;
    rest.split([' ', ')', '\n', '\t']).find(|word| !word.is_empty())
}
