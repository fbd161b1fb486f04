//! vitest 3 and later, started by its command line however that is reached: `npx vitest`, `npm test`.
//!
//! Its reporters, `bail`, coverage, watching and snapshots are the judge's. Selected cases run alone; their files are all loaded.

use super::node::{HOOK_JS, Runner};

/// See the module.
pub(super) const VITEST: Runner = Runner {
    name: "vitest",
    protected: &["**/vitest.config.*", "**/vitest.workspace.*", "**/vitest.setup.*", "**/vite.config.*"],
    files: &[("kaizen_vitest.mjs", include_str!("reporter/kaizen_vitest.mjs")), HOOK_JS],
};
