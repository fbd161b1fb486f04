//! The Test Anything Protocol, versions 12 to 14, on standard output or in the files of `benchmark.report`.
//!
//! Ids are the descriptions, `OUTER > INNER` for subtests, `test N` where there is none; the same one again gets `#2` and so on. A test
//! and its subtests are cases of their own. `# SKIP` and `# todo` are skipped cases, whatever is said before them. Several streams one
//! after another are one reading. Each must hold as many tests as it plans; a bail-out is a fault.

mod line;
mod stream;

use super::sound::{add_numbered, exit_code, no_worse_than};
use super::{Adapter, Finished, Invocation, Reading, Request, whole};
use kaizen_domain::scorecard::RunFault;
use std::collections::BTreeMap;

/// See the module.
pub(super) struct Tap;

impl Adapter for Tap {
    fn name(&self) -> &'static str {
        "tap"
    }

    fn channel(&self) -> &'static str {
        "TAP on standard output, or in the files of `benchmark.report` that the run wrote: as many tests as were planned."
    }

    fn unprevented(&self) -> &'static str {
        "Code under test that runs in the process that prints the results can print them itself."
    }

    /// What tests are called differs from tool to tool; these are the common places.
    fn protected(&self) -> Vec<&'static str> {
        vec!["t/**", "test/**", "tests/**", "**/*.t", "**/*.bats", "**/*.test.*", "**/package.json"]
    }

    fn prepare(&self, request: &Request<'_>) -> Invocation {
        Invocation::shell(&whole::marked(request.command))
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        let code = exit_code(finished)?;
        let mut found = Vec::new();
        if finished.reports.is_empty() {
            found.extend(stream::parse(&whole::whole(finished)?)?);
        }
        for file in finished.reports {
            found.extend(stream::parse_file(file)?);
        }
        let mut cases = BTreeMap::new();
        found.into_iter().for_each(|(name, case)| add_numbered(&mut cases, &name, case));
        no_worse_than(&cases, code, finished)?;
        Reading::of(cases, finished).select(request.only)
    }
}
