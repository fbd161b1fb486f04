//! What can be wrong with a space, an expression, a setting in a file, or an answer. Each message names the key and what would be
//! right; the caller adds the file's name.

use crate::space::value::Value;

/// Why a space cannot be searched, a setting cannot be read or written, or an answer does not fit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TuneError {
    /// A parameter or constraint that makes no sense by itself.
    #[error("{name}: {what}")]
    Parameter {
        /// The parameter's name or the constraint's text.
        name: String,
        /// What is wrong and what would be right.
        what: String,
    },
    /// There is no parameter at all.
    #[error("there is nothing to tune: the space has no parameter")]
    Empty,
    /// There is exactly one configuration, so nothing can be chosen.
    #[error("there is nothing to tune: the space has a single point ({0})")]
    OnePoint(String),
    /// No configuration satisfies every constraint.
    #[error("no configuration satisfies the constraints ({0}); widen a range or drop a constraint")]
    Unsatisfiable(String),
    /// The present value is not one the parameter may take.
    #[error("{name} is {value}, which is outside what it may be: {expected}")]
    OutOfRange {
        /// The parameter.
        name: String,
        /// Its value.
        value: Value,
        /// What it may be.
        expected: String,
    },
    /// A configuration lacks an active parameter, or has one that is unknown or not active.
    #[error("{name}: {what}")]
    Misfit {
        /// The parameter.
        name: String,
        /// What is wrong with it.
        what: String,
    },
    /// A configuration violates a constraint.
    #[error("the configuration violates \"{0}\"")]
    Violated(String),
    /// A text that is no expression.
    #[error("\"{text}\" is not a condition: {what} at position {at}")]
    Expression {
        /// The whole text.
        text: String,
        /// The position in characters, from 1.
        at: usize,
        /// What is wrong there.
        what: String,
    },
    /// A file that is not what its name says.
    #[error("not valid {format}: {what}")]
    Broken {
        /// The format.
        format: &'static str,
        /// What the parser says, with the line.
        what: String,
    },
    /// A text that is no path to a setting.
    #[error("\"{0}\" is not a key: write names with dots, [0] for a list's items, quotes around odd names")]
    Key(String),
    /// The key is not in the file.
    #[error("{key} is not there{hint}")]
    Missing {
        /// The key.
        key: String,
        /// What could be meant, or empty.
        hint: String,
    },
    /// The key is there more than once, so which one counts cannot be known.
    #[error("{key} is there twice, at lines {first} and {second}: keep one")]
    Duplicate {
        /// The key.
        key: String,
        /// The line of the first, from 1.
        first: usize,
        /// The line of the second, from 1.
        second: usize,
    },
    /// What stands there is not a single value that can be replaced in place.
    #[error("{key} is {what}, not a plain value that can be replaced in place")]
    NotScalar {
        /// The key.
        key: String,
        /// What it is.
        what: String,
    },
    /// The new value is of another type than the one in the file.
    #[error("{key} is {found} in the file, {wanted} would change its type")]
    Mismatch {
        /// The key.
        key: String,
        /// What is in the file.
        found: String,
        /// What was to be written.
        wanted: String,
    },
    /// The value cannot be written so that it reads back as itself.
    #[error("{key}: {value} cannot be written there ({what})")]
    Unwritable {
        /// The key.
        key: String,
        /// The value.
        value: Value,
        /// Why.
        what: String,
    },
    /// An answer that does not belong to the question.
    #[error("the answer does not fit what was asked: {0}")]
    Answer(String),
}
