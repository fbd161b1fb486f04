//! pytest-benchmark, versions 4 and 5, with the pytest each of them works with.
//!
//! A plugin of the judge's inside pytest sets the options, whatever the command line and the project's configuration say: benchmarks are
//! on, without warm-up, and repeat a function for a tenth of a second, at least once; what a benchmark's own source asks for (`pedantic`,
//! a marker) stays. An id is the test's, `tests/test_speed.py::test_words[10]`, its quantity the mean time of a call in seconds. A test
//! that fails makes the run a fault; tests that measure nothing are no cases here.

use super::quantity::{Benchmarks, read};
use super::text::last_lines;
use super::{Adapter, Finished, Invocation, Reading, Request, python};
use kaizen_domain::scorecard::RunFault;
use serde::Deserialize;

/// See the module.
pub(super) struct PytestBenchmark;

impl Adapter for PytestBenchmark {
    fn name(&self) -> &'static str {
        "pytest-benchmark"
    }

    fn channel(&self) -> &'static str {
        "A plugin of the judge's inside pytest writes what pytest-benchmark measured to a file of the judge's, with a secret of this run."
    }

    fn unprevented(&self) -> &'static str {
        "Code under test runs in the process that measures: it can find the secret in its memory, change the clock, or do less work than was asked for."
    }

    /// As for `pytest`, and where benchmarks use to lie.
    fn protected(&self) -> Vec<&'static str> {
        let own = ["**/conftest.py", "**/pytest.ini", "**/.pytest.ini", "**/pytest.toml", "**/.pytest.toml", "pytest.py", "pytest/**"];
        let benchmarks = ["_pytest/**", "pytest_benchmark/**", "benchmarks/**", "**/bench_*.py", "**/*_bench.py"];
        [&python::PROTECTED[..], &own, &benchmarks].concat()
    }

    fn judge_files(&self) -> &'static [(&'static str, &'static str)] {
        &[("kaizen_pytest_benchmark.py", include_str!("reporter/kaizen_pytest_benchmark.py")), python::REPORT_PY]
    }

    fn prepare(&self, request: &Request<'_>) -> Invocation {
        python::invocation(self.name(), &Request { only: None, trace: false, ..*request })
            .with("PYTEST_PLUGINS", "kaizen_pytest_benchmark")
            .with("PYTEST_ADDOPTS", "-p no:cacheprovider --color=no")
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        let lines = finished.report.unwrap_or_default().split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        let lines: Vec<&[u8]> = lines.collect();
        for (index, line) in lines.iter().enumerate() {
            let signed: Option<Signed> = serde_json::from_slice(line).ok();
            if signed.is_some_and(|signed| signed.nonce != request.nonce) {
                return Err(RunFault::Forged { detail: format!("line {} does not carry this run's secret", index + 1) });
            }
        }
        let reading = read(self, request, finished, |benchmarks| {
            lines.iter().try_for_each(|line| serde_json::from_slice::<Session>(line).map_err(|error| error.to_string())?.add_to(benchmarks))
        });
        reading.map_err(|fault| explained(fault, finished))
    }
}

/// Why there may be no benchmark although nothing failed.
fn explained(fault: RunFault, finished: &Finished<'_>) -> RunFault {
    match fault {
        RunFault::NothingRan { .. } => {
            let hint = "no benchmark of pytest-benchmark was measured: is it installed where the command runs, and pytest-xdist (-n) off?";
            RunFault::NothingRan { detail: format!("{hint} last output: {}", last_lines(finished)) }
        }
        other => other,
    }
}

#[derive(Deserialize)]
struct Signed {
    nonce: String,
}

/// What one pytest measured.
#[derive(Deserialize)]
struct Session {
    benchmarks: Vec<Measured>,
}

#[derive(Deserialize)]
struct Measured {
    fullname: String,
    mean: f64,
}

impl Session {
    fn add_to(&self, benchmarks: &mut Benchmarks) -> Result<(), String> {
        self.benchmarks.iter().try_for_each(|one| benchmarks.add(&one.fullname, one.mean, "s"))
    }
}
