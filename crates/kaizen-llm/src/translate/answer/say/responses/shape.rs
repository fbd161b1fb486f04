//! The objects of the Responses API as they are written.

use super::super::super::Gathered;
use super::super::super::gathered::Item;
use super::super::Head;
use crate::wire::top::Top;
use kaizen_domain::money::Usage;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// An event with its name and number.
#[derive(Serialize)]
pub(super) struct Numbered<'b, B: Serialize> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub sequence_number: u64,
    #[serde(flatten)]
    pub body: &'b B,
}

#[derive(Serialize)]
pub(super) struct Whole<'a> {
    pub response: Response<'a>,
}

#[derive(Serialize)]
pub(super) struct ItemAt<'a> {
    pub output_index: usize,
    pub item: ItemOf<'a>,
}

/// Where something belongs.
#[derive(Clone, Serialize)]
pub(super) struct At {
    pub item_id: String,
    pub output_index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_index: Option<u64>,
}

#[derive(Serialize)]
pub(super) struct PartAt<'a> {
    #[serde(flatten)]
    pub at: At,
    pub part: PartOf<'a>,
}

#[derive(Serialize)]
pub(super) struct Delta<'a> {
    #[serde(flatten)]
    pub at: At,
    pub delta: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<[(); 0]>,
}

#[derive(Serialize)]
pub(super) struct Done<'a> {
    #[serde(flatten)]
    at: At,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logprobs: Option<[(); 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arguments: Option<&'a str>,
}

impl<'a> Done<'a> {
    pub(super) fn of(at: At, kept: &'a Item) -> Self {
        let blank = Self { at, text: None, logprobs: None, refusal: None, name: None, arguments: None };
        match kept {
            Item::Text(text) => Self { text: Some(text), logprobs: Some([]), ..blank },
            Item::Thought { text, .. } => Self { text: Some(text), ..blank },
            Item::Refusal(refusal) => Self { refusal: Some(refusal), ..blank },
            Item::Call { name, arguments, .. } => Self { name: Some(name), arguments: Some(arguments), ..blank },
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ItemOf<'a> {
    Message { id: String, status: &'static str, role: &'static str, content: Vec<PartOf<'a>> },
    FunctionCall { id: String, status: &'static str, call_id: String, name: &'a str, arguments: &'a str },
    Reasoning { id: String, summary: [(); 0], content: Vec<PartOf<'a>>, encrypted_content: Option<()>, status: &'static str },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum PartOf<'a> {
    OutputText { text: &'a str, annotations: [(); 0], logprobs: [(); 0] },
    Refusal { refusal: &'a str },
    ReasoningText { text: &'a str },
}

pub(super) fn part(kept: &Item) -> PartOf<'_> {
    match kept {
        Item::Refusal(refusal) => PartOf::Refusal { refusal },
        Item::Thought { text, .. } => PartOf::ReasoningText { text },
        Item::Text(text) | Item::Call { arguments: text, .. } => PartOf::OutputText { text, annotations: [], logprobs: [] },
    }
}

pub(super) fn item_id(head: &Head, index: usize, kept: &Item) -> String {
    let prefix = match kept {
        Item::Text(_) | Item::Refusal(_) => "msg",
        Item::Thought { .. } => "rs",
        Item::Call { .. } => "fc",
    };
    format!("{prefix}_{}_{index}", head.id)
}

/// An item; one that has only begun has no content yet.
pub(super) fn item<'a>(head: &Head, index: usize, kept: &'a Item, status: &'static str) -> ItemOf<'a> {
    let id = item_id(head, index, kept);
    let content = if status == "in_progress" { Vec::new() } else { vec![part(kept)] };
    match kept {
        Item::Text(_) | Item::Refusal(_) => ItemOf::Message { id, status, role: "assistant", content },
        Item::Thought { .. } => ItemOf::Reasoning { id, summary: [], content, encrypted_content: None, status },
        Item::Call { id: call, name, arguments } => ItemOf::FunctionCall { id, status, call_id: head.call(call, index), name, arguments },
    }
}

pub(super) fn items<'a>(head: &Head, gathered: &'a Gathered) -> Vec<ItemOf<'a>> {
    gathered.items.iter().enumerate().map(|(index, kept)| item(head, index, kept, "completed")).collect()
}

#[derive(Serialize)]
pub(super) struct ErrorOf<'a> {
    pub code: &'a str,
    pub message: &'a str,
}

#[derive(Serialize)]
struct UsageOf {
    input_tokens: u64,
    input_tokens_details: InputDetails,
    output_tokens: u64,
    output_tokens_details: OutputDetails,
    total_tokens: u64,
}

#[derive(Serialize)]
struct InputDetails {
    cached_tokens: u64,
}

#[derive(Serialize)]
struct OutputDetails {
    reasoning_tokens: u64,
}

impl From<Usage> for UsageOf {
    fn from(usage: Usage) -> Self {
        Self {
            input_tokens: usage.input,
            input_tokens_details: InputDetails { cached_tokens: usage.cache_read },
            output_tokens: usage.output,
            output_tokens_details: OutputDetails { reasoning_tokens: usage.reasoning },
            total_tokens: usage.total(),
        }
    }
}

/// What of its request an answer repeats, and what stands there where the request says nothing.
const ECHOED: [(&str, &str); 12] = [
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("metadata", "{}"),
    ("parallel_tool_calls", "true"),
    ("reasoning", r#"{"effort":null,"summary":null}"#),
    ("temperature", "null"),
    ("text", r#"{"format":{"type":"text"}}"#),
    ("tool_choice", "\"auto\""),
    ("tools", "[]"),
    ("top_p", "null"),
    ("truncation", "\"disabled\""),
    ("user", "null"),
];

/// What an answer repeats of its request.
#[derive(Debug)]
pub(super) struct Echo(Vec<(&'static str, Option<Box<RawValue>>)>);

impl Echo {
    pub(super) fn of(request: &Top<'_>) -> Self {
        let said = |key: &'static str, unsaid: &str| {
            let raw = request.given(key).map(ToOwned::to_owned);
            (key, raw.or_else(|| RawValue::from_string(unsaid.to_owned()).ok()))
        };
        Self(ECHOED.into_iter().map(|(key, unsaid)| said(key, unsaid)).collect())
    }
}

/// A response: as far as it has come, or whole.
pub(super) struct Response<'a> {
    pub head: &'a Head,
    pub status: &'static str,
    pub error: Option<ErrorOf<'a>>,
    pub gathered: &'a Gathered,
    pub echo: &'a Echo,
}

#[derive(Serialize)]
struct Incomplete {
    reason: &'static str,
}

impl Serialize for Response<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { head, status, error, gathered, echo } = self;
        let incomplete = (*status == "incomplete")
            .then(|| Incomplete { reason: if gathered.reason() == "length" { "max_output_tokens" } else { "content_filter" } });
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &format_args!("resp_{}", head.id))?;
        map.serialize_entry("object", "response")?;
        map.serialize_entry("created_at", &head.created)?;
        map.serialize_entry("status", status)?;
        map.serialize_entry("background", &false)?;
        map.serialize_entry("error", error)?;
        map.serialize_entry("incomplete_details", &incomplete)?;
        map.serialize_entry("model", &head.model)?;
        map.serialize_entry("output", &super::outputs(head, gathered, status))?;
        map.serialize_entry("previous_response_id", &None::<()>)?;
        map.serialize_entry("store", &false)?;
        for (key, raw) in &echo.0 {
            map.serialize_entry(key, raw)?;
        }
        map.serialize_entry("usage", &gathered.usage.map(UsageOf::from))?;
        map.end()
    }
}
