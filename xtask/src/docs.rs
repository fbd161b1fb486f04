//! `cargo xtask docs`: writes the pages of docs/reference that the binary can tell about itself.
//!
//! The pages are made by a test of the command line, which compares them on every other run: they cannot fall behind.

use crate::Outcome;
use crate::step::cargo_with;
use std::path::Path;

/// Writes the pages anew.
pub(crate) fn run(root: &Path) -> Outcome {
    let arguments = ["test", "--quiet", "-p", "kaizen-cli", "--test", "reference"];
    cargo_with(root, &arguments, ("KAIZEN_DOCS", "write"), "the binary has to answer `--help` and `schema`")
}
