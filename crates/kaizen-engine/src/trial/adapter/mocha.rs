//! mocha, however the command reaches it: `npx mocha`, `npm test`, a script that makes a `Mocha` and runs it.
//!
//! Its reporter and `bail` are the judge's. Selected cases run alone; their files are all loaded. With `--parallel` mocha does not know
//! which cases a failed hook kept from running.

use super::node::{HOOK_JS, Runner};

/// See the module.
pub(super) const MOCHA: Runner = Runner {
    name: "mocha",
    protected: &["**/.mocharc*", "**/test-setup.*"],
    files: &[("kaizen_mocha.cjs", include_str!("reporter/kaizen_mocha.cjs")), HOOK_JS],
};
