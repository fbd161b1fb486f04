//! Python's `unittest`, however the command reaches it: `python -m unittest`, a Makefile, a script that calls `unittest.main`.
//!
//! A case's id is its `id()`, `tests.test_top.TopTest.test_ties`. A failed subtest fails its case. A class or module whose set-up
//! failed is a case of its own, `setUpClass (tests.test_top.TopTest)`, and the cases it kept from running are errors. A test module
//! that cannot be imported is one error, `unittest.loader._FailedTest.tests.test_top`.

use super::{Adapter, Finished, Invocation, Reading, Request, StandIn, python};
use kaizen_domain::scorecard::{CaseId, RunFault};

/// See the module.
pub(super) struct Unittest;

impl Adapter for Unittest {
    fn name(&self) -> &'static str {
        "unittest"
    }

    fn channel(&self) -> &'static str {
        "A reporter of the judge's inside the test process appends to a file of the judge's, each line with a secret of this run; number and end of the cases are part of it."
    }

    fn unprevented(&self) -> &'static str {
        "Code under test that imports the reporter's module can find the secret in its memory and forge lines; it can also tell from the stack that it is tested."
    }

    /// Besides tests: what changes how they are found or what their imports mean. A local `unittest` would shadow the real one.
    fn protected(&self) -> Vec<&'static str> {
        let own = ["unittest.py", "unittest/**"];
        [&python::PROTECTED[..], &own].concat()
    }

    fn judge_files(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("sitecustomize.py", include_str!("reporter/sitecustomize.py")),
            ("kaizen_unittest.py", include_str!("reporter/kaizen_unittest.py")),
            python::REPORT_PY,
            python::PROBE_PY,
            python::BATCH_PY,
        ]
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

    /// A module that could not be imported, or the set-up of a class or module.
    fn stands_for(&self, case: &CaseId) -> Option<StandIn> {
        if let Some(module) = case.0.strip_prefix("unittest.loader._FailedTest.") {
            return Some(StandIn { prefixes: vec![format!("{module}.")], listed: false });
        }
        let (fixture, place) = case.0.strip_suffix(')')?.split_once(" (")?;
        let is_fixture = ["setUpClass", "setUpModule", "tearDownClass", "tearDownModule"].contains(&fixture);
        is_fixture.then(|| StandIn { prefixes: vec![format!("{place}.")], listed: true })
    }

    fn prepare(&self, request: &Request<'_>) -> Invocation {
        python::invocation(self.name(), request)
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        python::read(request, finished, |_, _| None)
    }
}
