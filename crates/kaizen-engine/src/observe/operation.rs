//! What others send, made fit to keep: one reason for each bad record, limits for all of them, clocks that are ahead set right
//! and said.
//!
//! Nothing is guessed: a record is taken as it is meant or refused. Its secrets are still in it; [`super::redact`] is next.

mod read;

pub use read::{feedback, operation, trajectory};

use kaizen_domain::operation::{Operation, Source};
use kaizen_domain::trajectory::{Feedback, Trajectory};
use serde_json::Value;

/// The longest record that is read, in bytes.
pub const RECORD_LIMIT: usize = 1 << 20;
/// The longest text of what went in or came out, in bytes; the rest is cut off, and said.
pub const CONTENT_LIMIT: usize = 256 << 10;
/// The most attributes of one record, and the most bytes of their JSON.
pub const ATTRIBUTES: (usize, usize) = (128, 64 << 10);
/// How far ahead a sender's clock may be before it is set right, in milliseconds.
pub const CLOCK_LEAD: i64 = 120_000;

/// A record that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Read<T> {
    /// It.
    pub record: T,
    /// What was changed, in words.
    pub notes: Vec<String>,
}

/// Any record.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// One thing that was done.
    Operation(Box<Operation>),
    /// One task.
    Trajectory(Box<Trajectory>),
    /// What somebody thought.
    Feedback(Feedback),
}

/// Why a record is refused, in words for whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(String);

impl Refusal {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// Reads one line of NDJSON. Its `type` says what it is; without one it is an operation.
pub fn line(text: &str, now: i64, source: Source) -> Result<Read<Entry>, Refusal> {
    if text.len() > RECORD_LIMIT {
        return Err(Refusal::new(format!("the record has {} bytes; at most {RECORD_LIMIT} are read", text.len())));
    }
    let value: Value = serde_json::from_str(text).map_err(|error| Refusal::new(format!("this is no JSON: {error}")))?;
    entry(value, now, source)
}

/// Reads one JSON object. Its `type` says what it is; without one it is an operation.
pub fn entry(mut value: Value, now: i64, source: Source) -> Result<Read<Entry>, Refusal> {
    let Some(fields) = value.as_object_mut() else { return Err(Refusal::new("a record is a JSON object: {\"kind\": \"deploy\"}")) };
    let kind = fields.remove("type").unwrap_or_else(|| "operation".into());
    let boxed = |read: Read<Operation>| Read { record: Entry::Operation(Box::new(read.record)), notes: read.notes };
    match kind.as_str() {
        Some("operation") => operation(value, now, source).map(boxed),
        Some("trajectory") => {
            trajectory(value, now).map(|read| Read { record: Entry::Trajectory(Box::new(read.record)), notes: read.notes })
        }
        Some("feedback") => feedback(value, now).map(|read| Read { record: Entry::Feedback(read.record), notes: read.notes }),
        _ => Err(Refusal::new(format!("type {kind} is unknown: \"operation\", \"trajectory\" or \"feedback\""))),
    }
}

#[cfg(test)]
mod tests;
