//! `cargo xtask docs`: writes the pages of docs/reference that the code can tell about itself.
//!
//! The pages are made by tests, which compare them on every other run: they cannot fall behind.

use crate::Outcome;
use crate::step::cargo_with;
use std::path::Path;

/// Crate, test target and test, and hint of each page or set of pages.
const PAGES: [(&str, [&str; 2], &str); 5] = [
    ("kaizen-cli", ["reference", ""], "the binary has to answer `--help` and `schema`"),
    ("kaizen-mutate", ["reference", ""], "docs/reference has to be writable"),
    ("kaizen-engine", ["reference", ""], "docs/reference has to be writable"),
    ("kaizen-server", ["reference", ""], "docs/reference has to be writable"),
    ("kaizen-sandbox", ["escapes", "the_page_says_what_the_suite_says"], "docs/reference has to be writable"),
];

/// Writes the pages anew.
pub(crate) fn run(root: &Path) -> Outcome {
    let write = |(name, [target, test], hint): (&str, [&str; 2], &str)| {
        cargo_with(root, &["test", "--quiet", "-p", name, "--test", target, test], ("KAIZEN_DOCS", "write"), hint)
    };
    PAGES.into_iter().try_for_each(write)
}
