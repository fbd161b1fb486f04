//! The rules of a script as their file has them, checked so that a mistake names file, line and key.

use super::answer::Heard;
use crate::pattern::fits;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;

/// A file of rules with a mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}: {}{what}", .file.display(), .key.as_ref().map(|key| format!("{key}: ")).unwrap_or_default())]
pub struct BadScript {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The key, where one is at fault.
    pub key: Option<String>,
    /// What is wrong.
    pub what: String,
}

impl BadScript {
    pub(super) fn unreadable(file: &Path, error: &std::io::Error) -> Self {
        Self { file: file.to_path_buf(), line: 0, key: None, what: error.to_string() }
    }
}

/// All rules of a file; the last one is the default, where there is one.
#[derive(Debug)]
pub(super) struct Rules {
    pub rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Spanned<Rule>>,
    default: Option<Spanned<Rule>>,
}

/// One rule.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub model: Option<String>,
    pub contains: Option<String>,
    pub tools: Option<bool>,
    pub call: Option<u64>,

    pub text: Option<String>,
    pub json: Option<Value>,
    pub tool_calls: Option<Vec<Call>>,
    pub error: Option<Refused>,
    pub embedding: Option<Vec<f32>>,

    pub finish: Option<String>,
    pub usage: Option<Tokens>,
    #[serde(default, deserialize_with = "duration")]
    pub delay: Duration,
    #[serde(default, deserialize_with = "duration")]
    pub between: Duration,
    pub pieces: Option<usize>,
    pub cut_after: Option<usize>,
}

/// A tool the model calls.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    pub name: String,
    #[serde(default)]
    pub arguments: Map<String, Value>,
}

/// An error in place of an answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refused {
    pub status: u16,
    pub message: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub code: Option<String>,
    #[serde(default, deserialize_with = "maybe_duration")]
    pub retry_after: Option<Duration>,
}

/// What the usage of an answer says.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tokens {
    pub input: u64,
    pub output: u64,
    #[serde(default)]
    pub cache_read: u64,
    #[serde(default)]
    pub reasoning: u64,
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let parsed = text.parse::<jiff::SignedDuration>().ok().and_then(|span| Duration::try_from(span).ok());
    parsed.ok_or_else(|| D::Error::custom(format!("'{text}' is no time like \"200ms\" or \"2s\"")))
}

fn maybe_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    duration(deserializer).map(Some)
}

impl Rules {
    pub(super) fn parse(file: &Path, text: &str) -> Result<Self, BadScript> {
        let parsed: File = toml::from_str(text).map_err(|e| misread(file, text, &e))?;
        let mut rules = Vec::new();
        let listed = parsed.rule.len();
        for (place, rule) in parsed.rule.into_iter().chain(parsed.default).enumerate() {
            let line = line_of(text, rule.span().start);
            let rule = rule.into_inner();
            let which = if place < listed { format!("rule {}", place + 1) } else { "default".to_string() };
            let fault = rule.fault().or_else(|| if place < listed { None } else { rule.condition() });
            if let Some((key, what)) = fault {
                return Err(BadScript { file: file.to_path_buf(), line, key: Some(key.to_string()), what: format!("{what} ({which})") });
            }
            rules.push(rule);
        }
        Ok(Self { rules })
    }

    /// The first rule that holds. `met` counts a rule whose other conditions hold, and says how often that has been so.
    pub(super) fn choose(&self, asked: &Heard, met: impl Fn(usize) -> u64) -> Option<&Rule> {
        let holds = |(place, rule): &(usize, &Rule)| rule.holds(asked) && rule.call.is_none_or(|nth| met(*place) == nth);
        self.rules.iter().enumerate().find(holds).map(|(_, rule)| rule)
    }
}

impl Rule {
    fn holds(&self, asked: &Heard) -> bool {
        self.model.as_ref().is_none_or(|pattern| fits(pattern, &asked.model))
            && self.contains.as_ref().is_none_or(|part| asked.last.contains(part.as_str()))
            && self.tools.is_none_or(|tools| asked.tools == tools)
    }

    /// A condition, which the default must not have: it always holds.
    fn condition(&self) -> Option<(&'static str, String)> {
        let given = [
            ("model", self.model.is_some()),
            ("contains", self.contains.is_some()),
            ("tools", self.tools.is_some()),
            ("call", self.call.is_some()),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(key, _)| (key, "the default has no conditions".to_string()))
    }

    /// What is wrong with it, and at which key.
    fn fault(&self) -> Option<(&'static str, String)> {
        let answers = [
            ("text", self.text.is_some()),
            ("json", self.json.is_some()),
            ("tool_calls", self.tool_calls.is_some()),
            ("error", self.error.is_some()),
            ("embedding", self.embedding.is_some()),
        ];
        let given: Vec<&str> = answers.iter().filter(|(_, given)| *given).map(|(key, _)| *key).collect();
        match given.as_slice() {
            [] => return Some(("text", "one of text, json, tool_calls, error, embedding has to be given".into())),
            ["text", "tool_calls"] | [_] => {}
            [first, second, ..] => return Some((second, format!("{first} is given too; a rule has one answer"))),
        }
        let error = self.error.as_ref().filter(|error| !(400..600).contains(&error.status));
        if let Some(error) = error {
            return Some(("error.status", format!("{} is no status of an error (400 to 599)", error.status)));
        }
        match (self.call, self.pieces) {
            (Some(0), _) => Some(("call", "calls are counted from 1".into())),
            (_, Some(0)) => Some(("pieces", "a stream has at least one piece".into())),
            _ => None,
        }
    }
}

/// A mistake of the file's form: the line, and the key on it or named in the message.
fn misread(file: &Path, text: &str, error: &toml::de::Error) -> BadScript {
    let start = error.span().map_or(0, |span| span.start);
    let line = line_of(text, start);
    let written = text.lines().nth(line - 1).unwrap_or_default();
    let key = written.split_once('=').map(|(key, _)| key.trim().to_string()).filter(|key| !key.is_empty());
    BadScript { file: file.to_path_buf(), line, key, what: error.message().trim().to_string() }
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(text: &str) -> String {
        Rules::parse(Path::new("demo.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn a_mistake_names_file_line_and_key() {
        for (text, expected) in [
            ("[[rule]]\ntext = \"a\"\ncolour = 3\n", "demo.toml:3: colour: unknown field `colour`, expected one of"),
            ("[[rule]]\n\ntools = \"yes\"\ntext = \"a\"\n", "demo.toml:3: tools: invalid type: string \"yes\", expected a boolean"),
            ("[[rule]]\ndelay = \"soon\"\ntext = \"a\"\n", "demo.toml:2: delay: 'soon' is no time like \"200ms\" or \"2s\""),
            ("[[rule]]\ntext = \"a\"\n\n[[rule]]\nmodel = \"m\"\n", "demo.toml:4: text: one of text, json,"),
            ("[[rule]]\ntext = \"a\"\nerror = { status = 500 }\n", "demo.toml:1: error: text is given too; a rule has one answer (rule 1)"),
            ("[default]\nerror = { status = 200 }\n", "demo.toml:1: error.status: 200 is no status of an error"),
            ("[[rule]]\ntext = \"a\"\ncall = 0\n", "demo.toml:1: call: calls are counted from 1"),
            ("[default]\ntext = \"a\"\nmodel = \"m\"\n", "demo.toml:1: model: the default has no conditions (default)"),
            ("[[rule]\n", "demo.toml:1: "),
        ] {
            let shown = mistake(text);
            assert!(shown.starts_with(expected), "{shown}");
        }
    }

    #[test]
    fn the_example_of_the_documentation_is_a_script() {
        let example: String = include_str!("../script.rs")
            .lines()
            .skip_while(|l| *l != "//! ```toml")
            .skip(1)
            .take_while(|l| *l != "//! ```")
            .map(|l| format!("{}\n", l[3..].trim()))
            .collect();
        assert_eq!(Rules::parse(Path::new("example"), &example).unwrap().rules.len(), 6);
    }
}
