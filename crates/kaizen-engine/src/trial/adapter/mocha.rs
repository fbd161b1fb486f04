//! mocha, however the command reaches it: `npx mocha`, `npm test`, a script that makes a `Mocha` and runs it.
//!
//! Its reporter and `bail` are the judge's. Selected cases run alone; their files are all loaded. With `--parallel` mocha does not know
//! which cases a failed hook kept from running.

use super::{Adapter, Finished, Invocation, Reading, Request, StandIn, node};
use kaizen_domain::scorecard::{CaseId, RunFault};

/// See the module.
pub(super) struct Mocha;

impl Adapter for Mocha {
    fn name(&self) -> &'static str {
        "mocha"
    }

    fn channel(&self) -> &'static str {
        node::CHANNEL
    }

    fn unprevented(&self) -> &'static str {
        node::UNPREVENTED
    }

    /// Besides tests: where the runner's options come from.
    fn protected(&self) -> Vec<&'static str> {
        let own = ["**/.mocharc*", "**/test-setup.*"];
        [&node::PROTECTED[..], &own].concat()
    }

    fn judge_files(&self) -> &'static [(&'static str, &'static str)] {
        &[("kaizen_mocha.cjs", include_str!("reporter/kaizen_mocha.cjs")), node::HOOK_JS]
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
