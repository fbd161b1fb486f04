//! The rows of the table of optimisers.

mod others;
mod python;

use super::{Find, OptimiserInfo};
use crate::language::Language::{self, JavaScript, Python, Rust, Tsx, TypeScript};
use std::sync::LazyLock;

const PYTHON: &[Language] = &[Python];
const RUST: &[Language] = &[Rust];
const JS: &[Language] = &[JavaScript, TypeScript, Tsx];

const fn row(
    name: &'static str,
    languages: &'static [Language],
    prior: f64,
    find: Find,
    description: &'static str,
    example: (&'static str, &'static str),
) -> OptimiserInfo {
    OptimiserInfo { name, languages, description, example, prior, find }
}

/// The table.
pub(crate) static OPTIMISERS: LazyLock<Vec<OptimiserInfo>> = LazyLock::new(|| python::ROWS.iter().chain(others::ROWS).copied().collect());
