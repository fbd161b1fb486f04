//! `[record]` and `[privacy]`: what is kept of calls, for how long, and whether anything may leave this machine.

use crate::config::problem::{Wrong, text_schema, text_type};
use crate::config::quantity::Timespan;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// What is kept of calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Record {
    /// What is kept of requests and answers. Secrets are taken out in every case, before the first write.
    pub content: KeepContent,
    /// How long operations, trajectories and feedback are kept; `0s` for ever.
    pub retention: Timespan,
    /// Patterns (regular expressions) of what else is taken out of everything recorded.
    #[schemars(extend("examples" = [["CUST-[0-9]{6}"]]))]
    pub redact: Vec<Redaction>,
}

impl Default for Record {
    fn default() -> Self {
        Self { content: KeepContent::Full, retention: Timespan(Duration::from_secs(90 * 86_400)), redact: Vec::new() }
    }
}

/// What is kept of requests and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeepContent {
    /// All of it.
    Full,
    /// Without e-mail addresses and the numbers of bank cards.
    Redacted,
    /// Nothing.
    None,
}

/// A regular expression whose matches are taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Redaction(String);

text_type!(Redaction);
text_schema!(Redaction, "kaizen-redaction", "CUST-[0-9]{6}");

/// The most memory one pattern may take when it is compiled.
pub(crate) const PATTERN_SIZE: usize = 1 << 20;

impl TryFrom<String> for Redaction {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let hint = r#"write a regular expression: "CUST-[0-9]{6}""#;
        match regex::RegexBuilder::new(&text).size_limit(PATTERN_SIZE).build() {
            Ok(found) if found.is_match("") => Err(Wrong::new(format!("{text:?} matches nothing at all, everywhere"), hint)),
            Ok(_) => Ok(Self(text)),
            Err(error) => Err(Wrong::no_pattern(&text, &error, hint)),
        }
    }
}

/// What may leave this machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Privacy {
    /// Nothing: no connection but to this machine is opened.
    pub offline: bool,
}
