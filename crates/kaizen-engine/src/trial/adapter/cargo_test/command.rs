//! Rewrites the `cargo test` calls of a line of shell: every target runs, output names every test, selected cases only.
//!
//! What it does not recognise stays as it is.

use super::super::shell::{LONGEST_SELECTION, edited, simple_commands, stands_first};
use kaizen_domain::scorecard::CaseId;
use std::ops::Range;

/// Options of `cargo test` that choose targets.
const TARGETS: [&str; 11] =
    ["--lib", "--bin", "--bins", "--test", "--tests", "--example", "--examples", "--bench", "--benches", "--all-targets", "--doc"];
/// Options of cargo, before the subcommand, whose value is the next word.
const VALUED: [&str; 4] = ["--config", "-C", "-Z", "--color"];
/// Options of the harness that hide names or mix the tests' output into the results.
const DROPPED: [&str; 5] = ["-q", "--quiet", "--nocapture", "--no-capture", "--show-output"];

/// Whether a call of `cargo test` is visible in the line.
pub(super) fn calls_cargo_test(command: &str) -> bool {
    !calls(command).is_empty()
}

/// The line with its calls rewritten.
pub(super) fn rewrite(command: &str, only: Option<&[CaseId]>) -> String {
    let names = only.and_then(names).filter(|names| names.len() <= LONGEST_SELECTION);
    edited(command, calls(command).iter().flat_map(|call| call.edits(command, names.as_deref())).collect())
}

/// The tests' own names, quoted; `None` when a documentation test is among them: the tool names it by its line, the id does not.
fn names(only: &[CaseId]) -> Option<String> {
    let mut names = Vec::new();
    for id in only {
        let (suite, name) = id.0.split_once("::")?;
        if suite.starts_with("doc") {
            return None;
        }
        names.push(shell_words::quote(name).into_owned());
    }
    names.dedup();
    Some(names.join(" "))
}

/// One `cargo test`: its words, from `test` to the end.
struct Call {
    words: Vec<Range<usize>>,
}

impl Call {
    fn edits(&self, line: &str, names: Option<&str>) -> Vec<(Range<usize>, String)> {
        let word = |range: &Range<usize>| &line[range.clone()];
        let split = self.words.iter().position(|range| word(range) == "--").unwrap_or(self.words.len());
        let (cargo, harness) = (&self.words[..split], self.words.get(split + 1..).unwrap_or_default());
        let has = |words: &[Range<usize>], option: &str| {
            words.iter().any(|range| word(range).strip_prefix(option).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')))
        };
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        let unreadable = cargo.iter().filter(|range| matches!(word(range), "-q" | "--quiet" | "-v" | "-vv" | "--verbose"));
        let dropped = unreadable.chain(harness.iter().filter(|range| DROPPED.contains(&word(range))));
        edits.extend(dropped.map(|range| (range.clone(), String::new())));
        let mut added = String::new();
        if !has(cargo, "--no-fail-fast") {
            added.push_str(" --no-fail-fast");
        }
        if names.is_some() && !TARGETS.iter().any(|option| has(cargo, option)) {
            added.push_str(" --tests");
        }
        let after_test = self.words[0].end;
        edits.push((after_test..after_test, added));
        if let Some(names) = names {
            let end = self.words[self.words.len() - 1].end;
            let dashes = if split == self.words.len() { " --" } else { "" };
            let exact = if has(harness, "--exact") { "" } else { " --exact" };
            edits.push((end..end, format!("{dashes}{exact} {names}")));
        }
        edits
    }
}

/// Every call of `cargo test` in the line.
fn calls(line: &str) -> Vec<Call> {
    simple_commands(line).into_iter().filter_map(|words| call(line, words)).collect()
}

fn call(line: &str, words: Vec<Range<usize>>) -> Option<Call> {
    let text: Vec<&str> = words.iter().map(|range| &line[range.clone()]).collect();
    let cargo = text.iter().position(|word| *word == "cargo" || word.ends_with("/cargo"))?;
    if !stands_first(&text[..cargo]) {
        return None;
    }
    let mut at = cargo + 1;
    while let Some(word) = text.get(at).filter(|word| word.starts_with(['+', '-'])) {
        at += if VALUED.contains(word) { 2 } else { 1 };
    }
    matches!(*text.get(at)?, "test" | "t").then(|| Call { words: words[at..].to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(command: &str) -> String {
        rewrite(command, Some(&[CaseId("lib::a::b".into()), CaseId("tests/it::c".into())]))
    }

    #[test]
    fn every_target_runs_and_every_test_is_named() {
        assert_eq!(rewrite("cargo test", None), "cargo test --no-fail-fast");
        assert_eq!(rewrite("cargo test --no-fail-fast", None), "cargo test --no-fail-fast");
        assert_eq!(rewrite("cargo +nightly -q t -q -- --nocapture x", None), "cargo +nightly -q t --no-fail-fast  --  x");
    }

    #[test]
    fn the_call_is_found_among_other_commands() {
        assert_eq!(
            rewrite("cargo fmt --check && (RUSTFLAGS='-D a; b' cargo test -p x 2>&1) | cat; cargo build", None),
            "cargo fmt --check && (RUSTFLAGS='-D a; b' cargo test --no-fail-fast -p x 2>&1) | cat; cargo build"
        );
        for not_a_call in ["make test", "echo cargo test", "cargo build --test x", "cargo nextest run", "'cargo test'", ""] {
            assert_eq!(rewrite(not_a_call, None), not_a_call);
            assert!(!calls_cargo_test(not_a_call));
        }
    }

    #[test]
    fn selected_tests_are_named_to_the_harness_in_the_right_place() {
        assert_eq!(selected("cargo test"), "cargo test --no-fail-fast --tests -- --exact a::b c");
        assert_eq!(selected("cargo test --lib 2>&1 && x"), "cargo test --no-fail-fast --lib 2>&1 -- --exact a::b c && x");
        assert_eq!(selected("cargo test --test=it -- --exact z"), "cargo test --no-fail-fast --test=it -- --exact z a::b c");
    }

    #[test]
    fn a_selection_that_does_not_fit_an_argument_runs_everything() {
        let many: Vec<CaseId> = (0..20_000).map(|number| CaseId(format!("lib::a::{number}"))).collect();
        assert_eq!(rewrite("cargo test", Some(&many)), "cargo test --no-fail-fast");
    }

    #[test]
    fn a_documentation_test_among_the_selected_runs_everything() {
        assert_eq!(rewrite("cargo test", Some(&[CaseId("doc::src/lib.rs - add".into())])), "cargo test --no-fail-fast");
    }
}
