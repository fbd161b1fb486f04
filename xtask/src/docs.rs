//! `cargo xtask docs`: writes the pages of docs/reference that the code can tell about itself.
//!
//! The pages are made by tests, which compare them on every other run: they cannot fall behind.

use crate::Outcome;
use crate::step::cargo_with;
use std::path::Path;

/// Crate and hint of each test target `reference`.
const PAGES: [(&str, &str); 3] = [
    ("kaizen-cli", "the binary has to answer `--help` and `schema`"),
    ("kaizen-mutate", "docs/reference has to be writable"),
    ("kaizen-engine", "docs/reference has to be writable"),
];

/// Writes the pages anew.
pub(crate) fn run(root: &Path) -> Outcome {
    let write = |(name, hint)| cargo_with(root, &["test", "--quiet", "-p", name, "--test", "reference"], ("KAIZEN_DOCS", "write"), hint);
    PAGES.into_iter().try_for_each(write)
}
