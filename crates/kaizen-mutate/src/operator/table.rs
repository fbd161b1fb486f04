//! The rows of the table: slips, then repairs.

mod repairs;
mod slips;

use super::{OperatorInfo, Propose};
use crate::language::Language::{self, C, Cpp, Go, Java, JavaScript, Python, Rust, Tsx, TypeScript};
use crate::language::description::Kind;
use std::sync::LazyLock;

const ALL: &[Language] = &Language::ALL;
const PYTHON: &[Language] = &[Python];
const RUST: &[Language] = &[Rust];
const GO: &[Language] = &[Go];
const JS: &[Language] = &[JavaScript, TypeScript, Tsx];
const BRACES: &[Language] = &[Rust, JavaScript, TypeScript, Tsx, Go, Java, C, Cpp];
const WITH_SLICES: &[Language] = &[Python, Go];
const WITH_UPDATE: &[Language] = &[JavaScript, TypeScript, Tsx, Go, Java, C, Cpp];
const WITH_NOTHING: &[Language] = &[Python, JavaScript, TypeScript, Tsx, Go, Java, C, Cpp];
const WITH_TRAILING_ARGUMENTS: &[Language] = &[Python, JavaScript, TypeScript, Tsx];
const NAMED_FIELDS: &[Language] = &[Rust, JavaScript, TypeScript, Tsx, Go, Java, C, Cpp];

type Examples = &'static [(&'static [Language], &'static str)];

const fn row(
    name: &'static str,
    languages: &'static [Language],
    prior: f64,
    kinds: &'static [Kind],
    propose: Propose,
    description: &'static str,
    examples: Examples,
) -> OperatorInfo {
    OperatorInfo { name, languages, description, examples, prior, kinds, propose }
}

const COMPARISONS: &[Kind] = &[Kind::Comparison, Kind::Binary];
const BINARY: &[Kind] = &[Kind::Binary];
const CONDITIONALS: &[Kind] = &[Kind::If, Kind::While, Kind::For, Kind::Ternary, Kind::Filter, Kind::Binary];
const CALLS: &[Kind] = &[Kind::Call];
const NUMBERS: &[Kind] = &[Kind::Number];
const NUMERIC: &[Kind] =
    &[Kind::Identifier, Kind::Member, Kind::Call, Kind::Index, Kind::Cast, Kind::Binary, Kind::Parentheses, Kind::Unary];
const SIGNABLE: &[Kind] = &[Kind::Unary, Kind::Identifier, Kind::Member, Kind::Call, Kind::Index];
const BRANCHES: &[Kind] = &[Kind::If, Kind::While];

const VALUES: &[Kind] =
    &[Kind::Identifier, Kind::Member, Kind::Call, Kind::Index, Kind::Binary, Kind::Comparison, Kind::Number, Kind::Unary];
const WRAPPED: &[Kind] = &[Kind::Identifier, Kind::Member, Kind::Call, Kind::Index, Kind::Binary];
const STATEMENTS: &[Kind] = &[Kind::AnyStatement];
const EXCEPTIONS: &[Kind] = &[Kind::Identifier, Kind::New];
const GUARDED: &[Language] = &[Python, Rust, JavaScript, TypeScript, Tsx, Go, Java, Cpp];
const LIMITED: &[Language] = &[Python, Rust, JavaScript, TypeScript, Tsx, Go, Java, Cpp];

/// The table.
pub(crate) static OPERATORS: LazyLock<Vec<OperatorInfo>> = LazyLock::new(|| slips::ROWS.iter().chain(repairs::ROWS).copied().collect());
