//! jest, however the command reaches it: `npx jest`, `npm test`, `react-scripts test`, a script that calls `runCLI`.
//!
//! Its reporters, `bail`, coverage and watching are the judge's; snapshots are compared and never written. Selected cases run alone.

use super::node::{HOOK_JS, Runner};

/// See the module.
pub(super) const JEST: Runner = Runner {
    name: "jest",
    protected: &["**/jest.config.*", "**/jest.setup.*", "**/jest-*.*js", "**/setupTests.*"],
    files: &[("kaizen_jest.cjs", include_str!("reporter/kaizen_jest.cjs")), HOOK_JS],
};
