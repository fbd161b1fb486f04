//! Operations: what an observed system did, one record each, and what became of it.
//!
//! An operation is written once under an id; the same id sent again changes nothing. Only its feedback may come later, and a better
//! kind than one that was guessed.

use crate::money::{Usage, Usd};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The longest id, kind or name of a session, in bytes.
pub const NAME_LIMIT: usize = 200;
/// The longest message of an error that is kept, in bytes.
pub const MESSAGE_LIMIT: usize = 4_000;

/// A name that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{shown}' is no {what}: 1 to {NAME_LIMIT} bytes, no control characters")]
pub struct NotAName {
    /// What it should have been.
    pub what: &'static str,
    /// Its beginning.
    pub shown: String,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAName;
            fn try_from(text: String) -> Result<Self, NotAName> {
                match (1..=NAME_LIMIT).contains(&text.len()) && !text.chars().any(char::is_control) {
                    true => Ok(Self(text)),
                    false => Err(NotAName { what: $what, shown: text.chars().filter(|c| !c.is_control()).take(40).collect() }),
                }
            }
        }

        impl FromStr for $name {
            type Err = NotAName;
            fn from_str(text: &str) -> Result<Self, NotAName> {
                text.to_owned().try_into()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// Names one operation within a project: the sender's own id, or one of ours.
    OperationId, "operation id"
}
name! {
    /// What sort of work it was, in the user's words: `chat`, `summarise`, `deploy`.
    Kind, "kind"
}
name! {
    /// What belongs together: a conversation, a run, a trace.
    SessionId, "session"
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did what it was for.
    Ok,
    /// It did not.
    Failed,
    /// Whoever asked went away.
    Cancelled,
    /// It was not begun: no budget, no right, no such model.
    Refused,
}

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A stable word to group by: `timeout`, `http_500`, `ValueError`.
    pub kind: String,
    /// What was said, at most [`MESSAGE_LIMIT`] bytes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// Which model was asked for and which one answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelUse {
    /// The name the caller gave.
    pub asked: String,
    /// The model that answered, as its provider names it; absent where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<String>,
    /// Who served it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
}

/// How a choice between candidates was made, so that another choice can be estimated later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RouteTaken {
    /// Who chose: a rule's name, or a router and its version.
    pub by: String,
    /// What there was to choose from, in the order of preference.
    pub candidates: Vec<String>,
    /// The place of the chosen one in `candidates`.
    pub chosen: usize,
    /// The probability with which it was chosen, above 0 and at most 1.
    pub propensity: f64,
}

/// What the response cache did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheUse {
    /// Answered from it.
    Hit,
    /// Looked up in vain.
    Miss,
    /// Waited for an identical call that was already under way.
    Joined,
    /// Not asked for.
    Off,
}

/// How good the result was, and who says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// 0 (useless) to 1 (perfect).
    pub score: f64,
    /// Who judged.
    pub evaluator: String,
}

/// What went in and what came out, already redacted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Content {
    /// What went in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// What came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

/// How an operation reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A call through the gateway.
    Gateway,
    /// Sent to the HTTP interface.
    Api,
    /// `kaizen record`.
    Record,
    /// OpenTelemetry.
    Otlp,
    /// Kaizen's own work.
    Own,
}

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Unique within the project.
    pub id: OperationId,
    /// What sort of work.
    pub kind: Kind,
    /// When it began, in milliseconds since 1970-01-01 UTC.
    pub started_at: i64,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// How long until the first piece of the answer, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token_us: Option<u64>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// What it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// The operation it is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<OperationId>,
    /// For whom: the name of a gateway key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelUse>,
    /// Its tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What it cost; absent where the price is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Usd>,
    /// Whether it stayed on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offline: Option<bool>,
    /// What the response cache did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheUse>,
    /// How the model was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<RouteTaken>,
    /// How good it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// How it reached us.
    pub source: Source,
    /// What went in and came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// Anything else, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_printable() {
        assert!("run-7/ä".parse::<OperationId>().is_ok());
        for wrong in ["", "a\nb", &"x".repeat(NAME_LIMIT + 1)] {
            assert!(wrong.parse::<OperationId>().is_err(), "{wrong:?}");
        }
        assert!(serde_json::from_str::<Kind>("\"a\\u0007\"").is_err());
    }

    #[test]
    fn what_is_absent_stays_absent() {
        let text = r#"{"id":"o1","kind":"chat","started_at":5,"duration_us":7,"outcome":"ok","source":"api"}"#;
        let operation: Operation = serde_json::from_str(text).unwrap();
        assert_eq!((operation.cost, operation.usage), (None, None));
        assert_eq!(serde_json::to_string(&operation).unwrap(), text);
    }
}
