//! What went in and came out, in the ways the dialects write it: whole attributes, numbered attributes, events.
//!
//! Nothing is redacted here; whoever keeps it does that before the first write.

use super::attribute::{self, cut};
use super::names::{Field, Fields};
use kaizen_domain::operation::Content;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::span::Event;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The longest input or output that is kept, in bytes.
pub(super) const CONTENT_LIMIT: usize = 64 << 10;

/// Beginnings of numbered messages, of what goes in and of what comes out.
const NUMBERED_IN: [&str; 3] = ["gen_ai.prompt.", "llm.input_messages.", "llm.prompts."];
const NUMBERED_OUT: [&str; 3] = ["gen_ai.completion.", "llm.output_messages.", "llm.choices."];

/// Of a span; its events stand in for what its attributes do not say.
pub(super) fn of_span(attributes: &[KeyValue], fields: &Fields<'_>, events: &[Event]) -> Option<Content> {
    let own = of_record(attributes, fields);
    events.iter().filter(|event| event.name.starts_with("gen_ai.")).fold(own, |known, event| {
        let told = Fields::of(&event.attributes, false);
        joined(known, of_record(&event.attributes, &told))
    })
}

/// Of one set of attributes.
pub(super) fn of_record(attributes: &[KeyValue], fields: &Fields<'_>) -> Option<Content> {
    let input = fields.text(Field::Said).or_else(|| numbered(attributes, &NUMBERED_IN));
    let output = fields.text(Field::Answered).or_else(|| numbered(attributes, &NUMBERED_OUT));
    some(input, output)
}

/// Both ends within their limit; nothing when neither is there.
pub(super) fn some(input: Option<String>, output: Option<String>) -> Option<Content> {
    let within = |text: Option<String>| text.map(|text| cut(text, CONTENT_LIMIT));
    (input.is_some() || output.is_some()).then(|| Content { input: within(input), output: within(output) })
}

/// What is known, filled up with what else was told.
fn joined(known: Option<Content>, told: Option<Content>) -> Option<Content> {
    match (known, told) {
        (Some(known), Some(told)) => Some(Content { input: known.input.or(told.input), output: known.output.or(told.output) }),
        (known, told) => known.or(told),
    }
}

/// Messages that are spread over attributes (`gen_ai.prompt.0.role`, `gen_ai.prompt.0.content`), as a JSON list.
fn numbered(attributes: &[KeyValue], beginnings: &[&str]) -> Option<String> {
    let mut messages: BTreeMap<u32, Map<String, Value>> = BTreeMap::new();
    for pair in attributes {
        let Some(rest) = beginnings.iter().find_map(|beginning| pair.key.strip_prefix(beginning)) else { continue };
        let Some((number, name)) = rest.split_once('.').and_then(|(number, name)| Some((number.parse().ok()?, name))) else { continue };
        let name = ["message.", "prompt.", "completion."].iter().find_map(|own| name.strip_prefix(own)).unwrap_or(name);
        let value = pair.value.as_ref().map_or(Value::Null, attribute::json);
        messages.entry(number).or_default().insert(name.to_owned(), value);
    }
    (!messages.is_empty()).then(|| Value::Array(messages.into_values().map(Value::Object).collect()).to_string())
}
