//! JUnit XML report files, of whatever wrote them: Maven, Gradle, ctest, cargo-nextest, pytest, jest-junit, gotestsum.
//!
//! The files are those of `benchmark.report`, else those in the places where Maven, Gradle and others put them; only files that the run
//! wrote count. Ids are `CLASS::NAME`, or `SUITE > SUITE::NAME` for cases without a class, or `NAME` where class and name are the same.
//! The same id again is the next example, `#2` and so on, in the order of the files' names and then of the cases.

mod document;

use super::sound::{exit_code, no_worse_than};
use super::text::last_lines;
use super::{Adapter, Finished, RawCase, Reading, ReportFile, Request};
use document::Flaw;
use kaizen_domain::scorecard::{CaseId, RunFault};
use std::collections::BTreeMap;

/// See the module.
pub(super) struct Junit;

impl Adapter for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn channel(&self) -> &'static str {
        "JUnit XML files that the run wrote, at `benchmark.report` or where Maven, Gradle and others put them; every suite must hold as many cases as it counts."
    }

    fn unprevented(&self) -> &'static str {
        "Code under test runs with the right to write where the reports lie, often in the process that writes them: it can write its own."
    }

    /// Besides tests: what decides which tests run and what is compiled.
    fn protected(&self) -> Vec<&'static str> {
        vec![
            "test/**",
            "tests/**",
            "**/src/test/**",
            "**/pom.xml",
            "**/build.gradle*",
            "**/settings.gradle*",
            "**/gradle.properties",
            "gradle/**",
            "gradlew",
            "mvnw",
            ".mvn/**",
            "**/CMakeLists.txt",
            "**/*.cmake",
            "CMakePresets.json",
            "**/package.json",
        ]
    }

    fn report_files(&self) -> &'static [&'static str] {
        &[
            "**/target/surefire-reports/TEST-*.xml",
            "**/target/failsafe-reports/TEST-*.xml",
            "**/build/test-results/**/*.xml",
            "**/junit.xml",
            "**/junit-*.xml",
            "**/test-results.xml",
        ]
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        let code = exit_code(finished)?;
        if finished.reports.is_empty() {
            let hint = "benchmark.report must name the JUnit XML files that the command writes";
            let detail = format!("no report was written, exit code {code}: {hint}; last output: {}", last_lines(finished));
            return Err(RunFault::Incomplete { detail });
        }
        reading(finished.reports, code, request, finished)
    }
}

/// The cases of the files, held against the exit code.
pub(super) fn reading(files: &[ReportFile], code: i32, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
    let cases = cases(files)?;
    no_worse_than(&cases, code, finished)?;
    Reading::of(cases, finished).select(request.only)
}

fn cases(files: &[ReportFile]) -> Result<BTreeMap<CaseId, RawCase>, RunFault> {
    let mut cases: BTreeMap<CaseId, RawCase> = BTreeMap::new();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for file in files {
        let parsed = document::parse(&file.content).map_err(|flaw| match flaw {
            Flaw::Lacking(why) => RunFault::Incomplete { detail: format!("{}: {why}", file.path) },
            Flaw::Wrong(why) => RunFault::Unreadable { detail: format!("{}: {why}", file.path) },
        })?;
        for case in parsed {
            let id = if case.class == case.name || case.class.is_empty() { case.name } else { format!("{}::{}", case.class, case.name) };
            // pytest reports a case that failed once more when its tear-down does.
            let torn = case.raw.message.as_deref().is_some_and(|message| message.starts_with("failed on teardown"));
            if let Some(first) = cases.get_mut(&CaseId(id.clone())).filter(|_| torn) {
                first.outcome = case.raw.outcome;
                continue;
            }
            let count = seen.entry(id.clone()).or_default();
            *count += 1;
            let id = if *count == 1 { id } else { format!("{id}#{count}") };
            if cases.insert(CaseId(id.clone()), case.raw).is_some() {
                return Err(RunFault::Unreadable { detail: format!("{}: two cases are named {id}", file.path) });
            }
        }
    }
    Ok(cases)
}
