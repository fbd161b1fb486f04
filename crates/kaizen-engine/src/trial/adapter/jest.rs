//! jest, however the command reaches it: `npx jest`, `npm test`, `react-scripts test`, a script that calls `runCLI`.
//!
//! Its reporters, `bail`, coverage and watching are the judge's; snapshots are compared and never written. Selected cases run alone.

use super::{Adapter, Finished, Invocation, Reading, Request, StandIn, node};
use kaizen_domain::scorecard::{CaseId, RunFault};

/// See the module.
pub(super) struct Jest;

impl Adapter for Jest {
    fn name(&self) -> &'static str {
        "jest"
    }

    fn channel(&self) -> &'static str {
        node::CHANNEL
    }

    fn unprevented(&self) -> &'static str {
        node::UNPREVENTED
    }

    /// Besides tests: where the runner's options come from.
    fn protected(&self) -> Vec<&'static str> {
        let own = ["**/jest.config.*", "**/jest.setup.*", "**/jest-*.*js", "**/setupTests.*"];
        [&node::PROTECTED[..], &own].concat()
    }

    fn judge_files(&self) -> &'static [(&'static str, &'static str)] {
        &[("kaizen_jest.cjs", include_str!("reporter/kaizen_jest.cjs")), node::HOOK_JS]
    }

    fn can_select(&self, _command: &str) -> bool {
        true
    }

    fn stands_for(&self, case: &CaseId) -> Option<StandIn> {
        node::stands_for(case)
    }

    fn prepare(&self, request: &Request<'_>) -> Invocation {
        node::invocation(self.name(), request)
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        node::read(request, finished)
    }
}
