//! Node.js's own runner, `node --test` or a script that imports `node:test` itself, however the command reaches it.
//!
//! Node.js chooses reporters before any code runs, so the hook starts the same command line again with the judge's. Where cases are
//! selected, `node --test` is given their files.

use super::{Adapter, Finished, Invocation, Reading, Request, StandIn, node};
use kaizen_domain::scorecard::{CaseId, RunFault};

/// See the module.
pub(super) struct NodeTest;

impl Adapter for NodeTest {
    fn name(&self) -> &'static str {
        "node-test"
    }

    fn channel(&self) -> &'static str {
        node::CHANNEL
    }

    fn unprevented(&self) -> &'static str {
        node::UNPREVENTED
    }

    fn protected(&self) -> Vec<&'static str> {
        node::PROTECTED.to_vec()
    }

    fn judge_files(&self) -> &'static [(&'static str, &'static str)] {
        &[("kaizen_node_test.mjs", include_str!("reporter/kaizen_node_test.mjs")), node::HOOK_JS]
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
