//! Node.js's own runner, `node --test` or a script that imports `node:test` itself, however the command reaches it.
//!
//! Node.js chooses reporters before any code runs, so the hook starts the same command line again with the judge's. Where cases are
//! selected, `node --test` is given their files.

use super::node::{HOOK_JS, Runner};

/// See the module.
pub(super) const NODE_TEST: Runner = Runner {
    name: "node-test",
    protected: &[],
    files: &[("kaizen_node_test.mjs", include_str!("reporter/kaizen_node_test.mjs")), HOOK_JS],
};
