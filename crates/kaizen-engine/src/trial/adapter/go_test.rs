//! `go test`, in the JSON that it writes with `-json`.
//!
//! Ids are `PACKAGE::TestName/subtest`; a test and its subtests are cases of their own. A package that could not be built, or whose test
//! binary did not come to its end (a panic, `os.Exit`, a time-out), is one error, `PACKAGE::<package>`, in place of all its cases: those
//! that were still to run are unknown. `-json -count=1` goes into every visible call of `go test`, and through `GOFLAGS` into others.

mod command;
mod events;

use super::sound::{exit_code, no_worse_than};
use super::stand_in::{fold, mark_missing};
use super::text::last_lines;
use super::{Adapter, Finished, Invocation, Reading, Request, StandIn, whole};
use kaizen_domain::scorecard::{CaseId, RunFault};

/// What stands for a whole package.
const PACKAGE: &str = "::<package>";

/// See the module.
pub(super) struct GoTest;

impl Adapter for GoTest {
    fn name(&self) -> &'static str {
        "go-test"
    }

    fn channel(&self) -> &'static str {
        "The JSON lines of `go test -json` on standard output: every test that begins must end, and so must its package."
    }

    fn unprevented(&self) -> &'static str {
        "A test binary holds the code under test, and `go test` reads results from what it prints: it can print the lines of tests that pass."
    }

    /// Besides tests: what they read by convention, what is compiled, and by what.
    fn protected(&self) -> Vec<&'static str> {
        vec!["**/*_test.go", "**/testdata/**", "test/**", "tests/**", "**/go.mod", "**/go.sum", "go.work", "go.work.sum", "vendor/**"]
    }

    fn can_select(&self, command: &str) -> bool {
        command::calls_go_test(command)
    }

    fn stands_for(&self, case: &CaseId) -> Option<StandIn> {
        let package = case.0.strip_suffix(PACKAGE)?;
        Some(StandIn { prefixes: vec![format!("{package}::")], listed: false })
    }

    fn prepare(&self, request: &Request<'_>) -> Invocation {
        let invocation = Invocation::shell(&whole::marked(&command::rewrite(request.command, request.only)));
        if command::calls_go_test(request.command) { invocation } else { invocation.with("GOFLAGS", "-json -count=1") }
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        let code = exit_code(finished)?;
        let output = events::Output::parse(&whole::whole(finished)?)?;
        if output.is_empty() {
            let detail =
                format!("no package reported, exit code {code}: the command must call go test; last output: {}", last_lines(finished));
            return Err(RunFault::Incomplete { detail });
        }
        let cases = output.cases(&String::from_utf8_lossy(finished.stderr))?;
        no_worse_than(&cases, code, finished)?;
        let mut reading = Reading::of(cases, finished);
        fold(&mut reading, request.stand_ins);
        // Selected cases of a package that did not come to its end are errors.
        mark_missing(&mut reading, request.only.unwrap_or_default(), PACKAGE);
        reading.select(request.only)
    }
}
