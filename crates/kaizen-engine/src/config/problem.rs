//! What is wrong with a `kaizen.toml` or the user's settings: where, which key, what, and what would be right. Every problem of a file
//! is collected, so that a person mends them in one go.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A value that cannot be what its key needs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Wrong {
    /// What is wrong, naming the value.
    pub what: String,
    /// What would be right.
    pub hint: String,
}

impl Wrong {
    pub(crate) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }

    /// A text that should be a regular expression; the last line of what is said of it tells why it is none.
    pub(crate) fn no_pattern(text: &str, error: &regex::Error, hint: &str) -> Self {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
        Self::new(format!("{text:?} is no regular expression: {why}"), hint)
    }
}

/// One problem of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file as the caller named it.
    pub file: PathBuf,
    /// The line, from 1; 0 where the value comes from no file and `file` names a variable of the environment.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The key's path (`benchmark.timeout`); empty where the file is not TOML at all.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub hint: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: ", self.file.display())?,
            line => write!(f, "{}:{line}: ", self.file.display())?,
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what)
    }
}

/// A configuration that cannot be used. Prints one line a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

impl ConfigError {
    /// The problems in the order of the file; `None` where there is none.
    pub(crate) fn of(mut problems: Vec<Problem>) -> Option<Self> {
        problems.sort_by_key(|problem| (problem.line, problem.column));
        (!problems.is_empty()).then_some(Self { problems })
    }

    pub(crate) fn one(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }

    /// Every problem, in the order of the file; at least one.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What would mend the first problem.
    pub fn hint(&self) -> &str {
        self.problems.first().map_or("", |problem| &problem.hint)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.problems.iter().map(Problem::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

/// A file's text, for turning byte offsets into places.
pub(crate) struct Source<'a> {
    pub(crate) file: &'a Path,
    pub(crate) text: &'a str,
}

impl Source<'_> {
    /// Line and column of a byte offset, both from 1.
    pub(crate) fn place(&self, offset: usize) -> (u32, u32) {
        let before = &self.text[..self.text.floor_char_boundary(offset)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }

    pub(crate) fn problem(&self, span: Range<usize>, key: String, wrong: Wrong) -> Problem {
        let (line, column) = self.place(span.start);
        Problem { file: self.file.to_owned(), line, column, key, what: wrong.what, hint: wrong.hint }
    }
}

/// Declares what every type around a text can do; how it is read is the type's own.
macro_rules! text_type {
    ($type:ident) => {
        impl $type {
            /// As it was written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use text_type;

/// Declares the JSON schema of a type that is written as text; the format's name leads to the type's own check.
macro_rules! text_schema {
    ($type:ty, $format:literal, $example:literal) => {
        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "format": $format, "examples": [$example] })
            }
        }
    };
}
pub(crate) use text_schema;
