//! CMake's `ctest` from version 3.21 on, by the JUnit file it is made to write.
//!
//! Ids are the names of the tests. Disabled tests, and tests that say they were left out, are skipped cases; one whose program is not
//! there is an error, because `ctest` ends badly for it. Where the line does not show a call of `ctest`, the variable `ARGS` carries the
//! option to it, which `make test` of a build directory passes on.

use super::shell::{LONGEST_SELECTION, calls, edited, left_out};
use super::sound::exit_code;
use super::text::last_lines;
use super::{Adapter, Finished, Invocation, Reading, ReportFile, Request, junit};
use kaizen_domain::scorecard::{CaseId, RunFault};
use std::ops::Range;

/// Options that stop early, repeat, or run a part only of what ran before.
const DROPPED: [&str; 2] = ["--stop-on-failure", "--rerun-failed"];
const VALUED: [&str; 2] = ["--output-junit", "--repeat"];

/// See the module.
pub(super) struct Ctest;

impl Adapter for Ctest {
    fn name(&self) -> &'static str {
        "ctest"
    }

    fn channel(&self) -> &'static str {
        "The JUnit file that `ctest` writes to a file of the judge's when all tests have run."
    }

    fn unprevented(&self) -> &'static str {
        "Each test is a program that holds the code under test, and passes by its exit code or output: that code can end it early."
    }

    /// Besides tests: what decides which tests run and what is compiled.
    fn protected(&self) -> Vec<&'static str> {
        vec![
            "test/**",
            "tests/**",
            "**/*_test.c*",
            "**/test_*.c*",
            "**/CMakeLists.txt",
            "**/*.cmake",
            "CMakePresets.json",
            "**/CTestConfig.cmake",
        ]
    }

    fn can_select(&self, command: &str) -> bool {
        !ctests(command).is_empty()
    }

    fn prepare(&self, request: &Request<'_>) -> Invocation {
        let report = request.report.to_string_lossy();
        let invocation = Invocation::shell(&rewrite(request.command, &report, request.only));
        if ctests(request.command).is_empty() { invocation.with("ARGS", format!("--output-junit {report}")) } else { invocation }
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        let code = exit_code(finished)?;
        let Some(content) = finished.report else {
            let why = format!("ctest reported nothing, exit code {code}: the command must call ctest (from CMake 3.21 on) itself");
            return Err(RunFault::Incomplete { detail: format!("{why}; last output: {}", last_lines(finished)) });
        };
        let file = ReportFile { path: "ctest's report".into(), content: content.to_vec() };
        junit::reading(&[file], code, request, finished)
    }
}

fn ctests(line: &str) -> Vec<Vec<Range<usize>>> {
    calls(line, "ctest", |_| true)
}

fn rewrite(line: &str, report: &str, only: Option<&[CaseId]>) -> String {
    let pattern = only.map(pattern).filter(|pattern| pattern.len() <= LONGEST_SELECTION);
    edited(line, ctests(line).iter().flat_map(|words| edits(line, words, report, pattern.as_deref())).collect())
}

fn edits(line: &str, words: &[Range<usize>], report: &str, pattern: Option<&str>) -> Vec<(Range<usize>, String)> {
    let mut edits = left_out(line, &words[1..], &VALUED, &DROPPED);
    let chooses = words.iter().any(|range| matches!(line[range.clone()].split('=').next(), Some("-R" | "--tests-regex")));
    let select = pattern.filter(|_| !chooses).map(|pattern| format!(" -R {}", shell_words::quote(pattern))).unwrap_or_default();
    let end = words[0].end;
    edits.push((end..end, format!(" --output-junit {}{select}", shell_words::quote(report))));
    edits
}

/// CMake's regular expressions for the names.
fn pattern(only: &[CaseId]) -> String {
    let special = |character: char| "^$.[]-*+?|()\\".contains(character);
    let escaped = |id: &CaseId| id.0.chars().map(|one| if special(one) { format!("\\{one}") } else { one.to_string() }).collect::<String>();
    format!("^({})$", only.iter().map(escaped).collect::<Vec<_>>().join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_goes_to_the_judge_and_every_test_runs_once() {
        assert_eq!(
            rewrite("cmake --build b && ctest --test-dir b --stop-on-failure --repeat until-pass:3 -j2", "/r", None),
            "cmake --build b && ctest --output-junit /r --test-dir b    -j2"
        );
        assert_eq!(rewrite("make test", "/r", None), "make test");
        let only = [CaseId("a.b".into()), CaseId("c".into())];
        assert_eq!(rewrite("cd b; ctest", "/r", Some(&only)), "cd b; ctest --output-junit /r -R '^(a\\.b|c)$'");
        assert_eq!(rewrite("ctest -R x", "/r", Some(&only)), "ctest --output-junit /r -R x");
    }
}
