//! Secrets are taken out of whatever is recorded, before the first write, and replaced by `[redacted:kind]`.
//!
//! Known by their shape (keys of providers, tokens, private keys, passwords in assignments and addresses) or by their value.
//! What has no such shape cannot be known: a user's own patterns help there. The time is linear in the text, and redacting
//! twice changes nothing: a mark is never touched again.

mod shape;

use crate::grant::secret::Secrets;
use crate::settings::record::{KeepContent, PATTERN_SIZE, Record};
use kaizen_domain::operation::Operation;
use kaizen_domain::trajectory::{Feedback, Trajectory};
use regex::{Captures, Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde_json::Value;
use shape::{PERSONAL, SECRETS, Shape};
use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

/// How often all shapes are looked for again, at most.
const ROUNDS: usize = 4;
/// Memory for all shapes together, compiled.
const SET_SIZE: usize = 64 << 20;

static MARK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\[redacted:[a-z-]+\]").ok());

/// A pattern of this list does not compile. The built-in ones do: a test sees to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a redaction cannot be used: {0}")]
pub struct Unusable(String);

impl From<regex::Error> for Unusable {
    fn from(error: regex::Error) -> Self {
        Self(error.to_string())
    }
}

/// Takes secrets out of texts.
#[derive(Clone)]
pub struct Redactor {
    any: RegexSet,
    rules: Vec<Rule>,
    own: Vec<Regex>,
    known: Secrets,
    content: KeepContent,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("rules", &self.rules.len()).field("own", &self.own.len()).finish_non_exhaustive()
    }
}

#[derive(Clone)]
struct Rule {
    shape: &'static Shape,
    /// Compiled when the set first finds it: most never are, and together they are megabytes.
    pattern: OnceLock<Option<Regex>>,
}

impl Redactor {
    /// As the user's settings ask. `known` are values that are secrets whatever they look like.
    pub fn new(record: &Record, known: Secrets) -> Result<Self, Unusable> {
        let personal = if record.content == KeepContent::Redacted { PERSONAL } else { &[] };
        let shapes: Vec<&'static Shape> = SECRETS.iter().chain(personal).collect();
        let any = RegexSetBuilder::new(shapes.iter().map(|shape| shape.pattern)).size_limit(SET_SIZE).dfa_size_limit(SET_SIZE).build()?;
        let rules = shapes.into_iter().map(|shape| Rule { shape, pattern: OnceLock::new() }).collect();
        let own = record.redact.iter().map(|own| RegexBuilder::new(own.as_str()).size_limit(PATTERN_SIZE).build());
        let own: Result<Vec<Regex>, regex::Error> = own.collect();
        Ok(Self { any, rules, own: own?, known, content: record.content })
    }

    /// The text without its secrets.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = match self.known.is_empty() {
            true => Cow::Borrowed(text),
            false => Cow::Owned(self.known.redact(text)),
        };
        // What one shape or pattern leaves behind may complete another's.
        for _ in 0..ROUNDS {
            match self.once(&text) {
                Some(next) if next != text => text = Cow::Owned(next),
                _ => break,
            }
        }
        text
    }

    /// All shapes and patterns once; `None` where none is found.
    fn once(&self, text: &str) -> Option<String> {
        let found = self.any.matches(text);
        let rules = found.into_iter().filter_map(|index| self.rules.get(index));
        let shaped = rules.fold(None, |next: Option<String>, rule| Some(rule.apply(next.as_deref().unwrap_or(text))));
        self.own.iter().fold(shaped, |next, own| {
            let text = next.as_deref().unwrap_or(text);
            if own.is_match(text) { Some(between_marks(text, |part| own.replace_all(part, "[redacted:own]"))) } else { next }
        })
    }

    /// A JSON value without its secrets: texts, and whatever stands under a name like `password`.
    pub fn json(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.string(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| self.named(name, value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn named(&self, name: &str, value: &mut Value) {
        match value {
            Value::String(text) if shape::is_secret_name(name) && !is_mark(text) => *text = "[redacted:secret]".to_owned(),
            value => self.json(value),
        }
    }

    fn string(&self, text: &mut String) {
        if let Cow::Owned(clean) = self.text(text) {
            *text = clean;
        }
    }

    /// An operation as it may be kept; its content only where that is kept.
    pub fn operation(&self, operation: &mut Operation) {
        if self.content == KeepContent::None {
            operation.content = None;
        }
        if let Some(error) = &mut operation.error {
            self.string(&mut error.message);
        }
        if let Some(model) = &mut operation.model {
            self.string(&mut model.asked);
        }
        if let Some(content) = &mut operation.content {
            content.input.iter_mut().chain(content.output.iter_mut()).for_each(|text| self.string(text));
        }
        operation.attributes.iter_mut().for_each(|(name, value)| self.named(name, value));
    }

    /// A trajectory as it may be kept.
    pub fn trajectory(&self, trajectory: &mut Trajectory) {
        if self.content == KeepContent::None {
            trajectory.input = None;
        }
        trajectory.input.iter_mut().for_each(|text| self.string(text));
    }

    /// Feedback as it may be kept. It is addressed to us: its words are kept even where content is not.
    pub fn feedback(&self, feedback: &mut Feedback) {
        feedback.text.iter_mut().chain(feedback.by.iter_mut()).for_each(|text| self.string(text));
    }
}

impl Rule {
    /// Replaces what the group `secret` found, or the whole match where there is none.
    fn apply(&self, text: &str) -> String {
        // The set compiled the same pattern; were this one too large alone, nothing of the text would be kept.
        let Some(pattern) = self.pattern.get_or_init(|| Regex::new(self.shape.pattern).ok()) else {
            return format!("[redacted:{}]", self.shape.kind);
        };
        let replace = |found: &Captures<'_>| {
            let whole = found.get_match();
            let secret = found.name("secret").unwrap_or(whole);
            if is_mark(secret.as_str()) || !(self.shape.check)(secret.as_str()) {
                return whole.as_str().to_owned();
            }
            let (before, after) = (&text[whole.start()..secret.start()], &text[secret.end()..whole.end()]);
            format!("{before}[redacted:{}]{after}", self.shape.kind)
        };
        pattern.replace_all(text, replace).into_owned()
    }
}

/// Whether a text is nothing but a mark.
fn is_mark(text: &str) -> bool {
    let kind = text.strip_prefix("[redacted:").and_then(|rest| rest.strip_suffix(']'));
    kind.is_some_and(|kind| !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
}

/// The text with what is not a mark replaced part by part.
fn between_marks<'t>(text: &'t str, replace: impl Fn(&'t str) -> Cow<'t, str>) -> String {
    let (mut clean, mut from) = (String::with_capacity(text.len()), 0);
    for mark in MARK.iter().flat_map(|marks| marks.find_iter(text)) {
        clean += &replace(&text[from..mark.start()]);
        clean += mark.as_str();
        from = mark.end();
    }
    clean + &replace(&text[from..])
}

#[cfg(test)]
mod tests;
