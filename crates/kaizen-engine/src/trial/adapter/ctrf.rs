//! The Common Test Report Format: JSON files that reporters for many tools write, at `benchmark.report`.
//!
//! Ids are `FILE::SUITE > NAME`, without what a reporter leaves out; the same one again gets `#2` and so on. `pending` is a skipped case,
//! `other` an error. A report must list as many cases of each kind as it counts.

use super::sound::{add_numbered, exit_code, no_worse_than};
use super::text::last_lines;
use super::{Adapter, Finished, RawCase, Reading, ReportFile, Request, text};
use kaizen_domain::scorecard::{CaseOutcome, RunFault};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// See the module.
pub(super) struct Ctrf;

impl Adapter for Ctrf {
    fn name(&self) -> &'static str {
        "ctrf"
    }

    fn channel(&self) -> &'static str {
        "CTRF files that the run wrote, at `benchmark.report` or below `ctrf/`; each must list as many cases of each kind as it counts."
    }

    fn unprevented(&self) -> &'static str {
        "Code under test runs with the right to write where the reports lie, often in the process that writes them: it can write its own."
    }

    /// What tests are called differs from tool to tool; these are the common places.
    fn protected(&self) -> Vec<&'static str> {
        vec!["test/**", "tests/**", "e2e/**", "**/__tests__/**", "**/*.test.*", "**/*.spec.*", "**/package.json", "**/*.config.*s"]
    }

    fn report_files(&self) -> &'static [&'static str] {
        &["**/ctrf/*.json", "**/ctrf-report.json"]
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        let code = exit_code(finished)?;
        if finished.reports.is_empty() {
            let hint = "benchmark.report must name the CTRF files that the command writes";
            let detail = format!("no report was written, exit code {code}: {hint}; last output: {}", last_lines(finished));
            return Err(RunFault::Incomplete { detail });
        }
        let mut cases = BTreeMap::new();
        for file in finished.reports {
            let unreadable = |why: String| RunFault::Unreadable { detail: format!("{}: {why}", file.path) };
            for test in results(file).map_err(unreadable)?.tests {
                add_numbered(&mut cases, &test.id(), test.case().map_err(unreadable)?);
            }
        }
        no_worse_than(&cases, code, finished)?;
        Reading::of(cases, finished).select(request.only)
    }
}

#[derive(Deserialize)]
struct Report {
    results: Results,
}

#[derive(Deserialize)]
struct Results {
    summary: Summary,
    tests: Vec<Test>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
struct Summary {
    tests: u64,
    passed: u64,
    failed: u64,
    skipped: u64,
    pending: u64,
    other: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    name: String,
    status: Status,
    duration: Option<f64>,
    suite: Option<Suite>,
    file_path: Option<String>,
    message: Option<String>,
    trace: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Passed,
    Failed,
    Skipped,
    Pending,
    Other,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Suite {
    One(String),
    Path(Vec<String>),
}

fn results(file: &ReportFile) -> Result<Results, String> {
    let results = serde_json::from_slice::<Report>(&file.content).map_err(|error| error.to_string())?.results;
    let count = |status| results.tests.iter().filter(|test| test.status == status).count() as u64;
    let shown = Summary {
        tests: results.tests.len() as u64,
        passed: count(Status::Passed),
        failed: count(Status::Failed),
        skipped: count(Status::Skipped),
        pending: count(Status::Pending),
        other: count(Status::Other),
    };
    if shown == results.summary { Ok(results) } else { Err(format!("it counts {:?} and lists {shown:?}", results.summary)) }
}

impl Test {
    fn id(&self) -> String {
        let suites: Vec<&str> = match &self.suite {
            Some(Suite::One(suite)) => vec![suite],
            Some(Suite::Path(path)) => path.iter().map(String::as_str).collect(),
            None => Vec::new(),
        };
        let names: Vec<String> = suites.into_iter().chain([self.name.as_str()]).map(text::name).filter(|name| !name.is_empty()).collect();
        let file = self.file_path.as_deref().filter(|path| !path.starts_with('/')).map(|path| format!("{}::", text::name(path)));
        file.unwrap_or_default() + &names.join(" > ")
    }

    fn case(&self) -> Result<RawCase, String> {
        let outcome = match self.status {
            Status::Passed => CaseOutcome::Pass,
            Status::Failed => CaseOutcome::Fail,
            Status::Skipped | Status::Pending => CaseOutcome::Skip,
            Status::Other => CaseOutcome::Error,
        };
        let seconds = self.duration.map(|milliseconds| Duration::try_from_secs_f64(milliseconds / 1000.0)).transpose();
        let duration = seconds.map_err(|error| format!("duration of {:?}: {error}", self.name))?;
        let said = [&self.message, &self.trace].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("\n");
        let message = outcome.is_failing().then(|| text::message(&said)).flatten();
        Ok(RawCase { duration, message, ..RawCase::of(outcome) })
    }
}
