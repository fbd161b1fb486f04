//! `cargo nextest run`, by the JUnit file of a profile of the judge's: nothing of it lies in the project.
//!
//! Ids are `BINARY::path::name`, the binary as nextest names it (`my-crate`, `my-crate::tests_file`, `my-crate::bin/name`). Ignored tests
//! are no cases: nextest does not list them. Retries are off and every test runs. The command must call `cargo nextest run` itself.

use super::shell::{LONGEST_SELECTION, calls, edited, left_out};
use super::sound::exit_code;
use super::text::last_lines;
use super::{Adapter, Finished, Invocation, Reading, ReportFile, Request, junit};
use kaizen_domain::scorecard::{CaseId, RunFault};
use std::collections::BTreeSet;
use std::ops::Range;

/// Options that choose another profile, stop early, or repeat. Those with a value have it in the next word or after `=`.
const VALUED: [&str; 6] = ["--profile", "-P", "--retries", "--max-fail", "--tool-config-file", "--no-tests"];
const PLAIN: [&str; 3] = ["--fail-fast", "--ff", "--no-fail-fast"];

/// See the module.
pub(super) struct Nextest;

impl Adapter for Nextest {
    fn name(&self) -> &'static str {
        "nextest"
    }

    fn channel(&self) -> &'static str {
        "The JUnit file that `cargo nextest run` writes to a file of the judge's when all tests have run."
    }

    fn unprevented(&self) -> &'static str {
        "Each test is a process that holds the code under test, and passes when it ends with 0: that code can end it early. Unit tests inside source files can be edited with the code."
    }

    /// Besides tests: the manifests, and everything else that decides what is compiled and by what.
    fn protected(&self) -> Vec<&'static str> {
        [&super::cargo_test::CargoTest.protected()[..], &["**/.config/nextest.toml"]].concat()
    }

    fn can_select(&self, command: &str) -> bool {
        !runs(command).is_empty()
    }

    fn prepare(&self, request: &Request<'_>) -> Invocation {
        let profile = format!(
            "[profile.kaizen]\nfail-fast = false\nretries = 0\n[profile.kaizen.junit]\npath = {}\n",
            toml::Value::String(request.report.to_string_lossy().into_owned())
        );
        let written =
            format!("kaizen_config=\"$(mktemp)\" && printf '%s' {} > \"$kaizen_config\" || exit 125", shell_words::quote(&profile));
        Invocation::shell(&format!("{written}\n{}", rewrite(request.command, request.only)))
            .with("CARGO_TERM_COLOR", "never")
            .with("CARGO_NET_OFFLINE", "true")
            .with("RUST_BACKTRACE", "1")
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        let code = exit_code(finished)?;
        let Some(content) = finished.report else {
            let why = format!("nextest reported nothing, exit code {code}: the command must call `cargo nextest run` itself");
            return Err(RunFault::Incomplete { detail: format!("{why}; last output: {}", last_lines(finished)) });
        };
        let file = ReportFile { path: "nextest's report".into(), content: content.to_vec() };
        junit::reading(&[file], code, request, finished)
    }
}

/// The calls of `cargo nextest run` or `cargo nextest r` in the line.
fn runs(line: &str) -> Vec<Vec<Range<usize>>> {
    let is_run = |words: &[&str]| {
        let words: Vec<&&str> = words.iter().filter(|word| !word.starts_with('+')).take(2).collect();
        matches!(words[..], [&"nextest", &"run" | &"r"])
    };
    calls(line, "cargo", is_run)
}

fn rewrite(line: &str, only: Option<&[CaseId]>) -> String {
    let selected = only.map(selected).filter(|text| text.len() <= LONGEST_SELECTION);
    edited(line, runs(line).iter().flat_map(|words| edits(line, words, selected.as_deref())).collect())
}

fn edits(line: &str, words: &[Range<usize>], selected: Option<&str>) -> Vec<(Range<usize>, String)> {
    let text = |range: &Range<usize>| &line[range.clone()];
    let Some(run) = words.iter().position(|range| matches!(text(range), "run" | "r")) else { return Vec::new() };
    let own = words[run + 1..].split(|range| text(range) == "--").next().unwrap_or_default();
    let mut edits = left_out(line, own, &VALUED, &PLAIN);
    let select = selected.map(|expression| format!(" -E {}", shell_words::quote(expression))).unwrap_or_default();
    let ours = format!(" --profile kaizen --tool-config-file \"kaizen:$kaizen_config\" --no-fail-fast --retries 0{select}");
    let end = words[run].end;
    edits.push((end..end, ours));
    edits
}

/// Names of tests, wherever the binary's name may end; what else they select is not reported.
fn selected(only: &[CaseId]) -> String {
    let rest = |id: &CaseId| id.0.split_once("::").map(|(_, rest)| rest.to_owned());
    let names = only.iter().filter_map(rest).flat_map(|rest| {
        let shorter = rest.split_once("::").map(|(_, shorter)| shorter.to_owned());
        std::iter::once(rest).chain(shorter)
    });
    names.collect::<BTreeSet<String>>().iter().map(|name| format!("test(={name})")).collect::<Vec<_>>().join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = " --profile kaizen --tool-config-file \"kaizen:$kaizen_config\" --no-fail-fast --retries 0";

    #[test]
    fn the_profile_is_the_judges_whatever_the_command_says() {
        assert_eq!(rewrite("cargo nextest run", None), format!("cargo nextest run{OURS}"));
        assert_eq!(
            rewrite("X=1 cargo +stable nextest r -P ci --workspace --retries=3 --fail-fast -- --skip a && true", None),
            format!("X=1 cargo +stable nextest r{OURS}   --workspace   -- --skip a && true")
        );
        assert_eq!(rewrite("cargo test && make nextest", None), "cargo test && make nextest");
    }

    #[test]
    fn selected_tests_are_named_wherever_the_binary_ends() {
        let only = [CaseId("my-crate::it::works".into())];
        assert_eq!(rewrite("cargo nextest run", Some(&only)), format!("cargo nextest run{OURS} -E 'test(=it::works) | test(=works)'"));
    }
}
