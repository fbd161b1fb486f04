//! pytest 7 and later, its subtests included.
//!
//! A case's id is its node id, `tests/test_top.py::TopTest::test_ties[3]`. A failed set-up or tear-down is an error, a failed call or
//! subtest a failure, an expected failure a pass. A file that cannot be collected is one error, `tests/test_top.py::<collection>`, and
//! the others still run. What was collected and has no outcome (`-x`, `--maxfail`, a crash) makes the run incomplete.

use super::text::last_lines;
use super::{Adapter, Finished, Invocation, Reading, Request, StandIn, python};
use kaizen_domain::scorecard::{CaseId, RunFault};

/// See the module.
pub(super) struct Pytest;

impl Adapter for Pytest {
    fn name(&self) -> &'static str {
        "pytest"
    }

    fn channel(&self) -> &'static str {
        "A reporter of the judge's inside the test process appends to a file of the judge's, each line with a secret of this run; number and end of the cases are part of it."
    }

    fn unprevented(&self) -> &'static str {
        "Code under test that imports the reporter's module can find the secret in its memory and forge lines; it can also tell from the stack that it is tested."
    }

    /// Besides tests: every file pytest takes options, plugins or paths from, and names that would shadow it.
    fn protected(&self) -> Vec<&'static str> {
        let own = [
            "**/conftest.py",
            "**/pytest.ini",
            "**/.pytest.ini",
            "**/pytest.toml",
            "**/.pytest.toml",
            "pytest.py",
            "pytest/**",
            "_pytest/**",
        ];
        [&python::PROTECTED[..], &own].concat()
    }

    fn judge_files(&self) -> &'static [(&'static str, &'static str)] {
        &[("kaizen_pytest.py", include_str!("reporter/kaizen_pytest.py")), python::REPORT_PY, python::PROBE_PY, python::BATCH_PY]
    }

    fn probes(&self) -> bool {
        true
    }

    fn batches(&self) -> bool {
        true
    }

    fn can_select(&self, _command: &str) -> bool {
        true
    }

    /// A file, package or class that could not be collected.
    fn stands_for(&self, case: &CaseId) -> Option<StandIn> {
        let node = case.0.strip_suffix("::<collection>")?;
        Some(StandIn { prefixes: vec![format!("{node}::"), format!("{node}/")], listed: false })
    }

    fn prepare(&self, request: &Request<'_>) -> Invocation {
        python::invocation(self.name(), request)
            .with("PYTEST_PLUGINS", "kaizen_pytest")
            .with("PYTEST_ADDOPTS", "-p no:cacheprovider --color=no --continue-on-collection-errors")
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        python::read(request, finished, explain)
    }
}

/// pytest's exit codes beside 0 (all passed) and 1 (some failed). A reporter that could not be loaded is not pytest's fault.
fn explain(code: i32, finished: &Finished<'_>) -> Option<RunFault> {
    if last_lines(finished).contains("No module named 'kaizen_pytest'") {
        return None;
    }
    let detail = |what: &str| format!("pytest ended with exit code {code} ({what}): {}", last_lines(finished));
    match code {
        2 => Some(RunFault::Incomplete { detail: detail("interrupted") }),
        3 => Some(RunFault::Incomplete { detail: detail("internal error") }),
        4 => Some(RunFault::NothingRan { detail: detail("wrong use of its command line") }),
        5 => Some(RunFault::NothingRan { detail: detail("no tests collected") }),
        _ => None,
    }
}
