//! vitest 3 and later, started by its command line however that is reached: `npx vitest`, `npm test`.
//!
//! Its reporters, `bail`, coverage, watching and snapshots are the judge's. Selected cases run alone; their files are all loaded.

use super::{Adapter, Finished, Invocation, Reading, Request, StandIn, node};
use kaizen_domain::scorecard::{CaseId, RunFault};

/// See the module.
pub(super) struct Vitest;

impl Adapter for Vitest {
    fn name(&self) -> &'static str {
        "vitest"
    }

    fn channel(&self) -> &'static str {
        node::CHANNEL
    }

    fn unprevented(&self) -> &'static str {
        node::UNPREVENTED
    }

    /// Besides tests: where the runner's options come from.
    fn protected(&self) -> Vec<&'static str> {
        let own = ["**/vitest.config.*", "**/vitest.workspace.*", "**/vitest.setup.*", "**/vite.config.*"];
        [&node::PROTECTED[..], &own].concat()
    }

    fn judge_files(&self) -> &'static [(&'static str, &'static str)] {
        &[("kaizen_vitest.mjs", include_str!("reporter/kaizen_vitest.mjs")), node::HOOK_JS]
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
