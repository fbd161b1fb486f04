//! Ollama's own API: what has to be translated of a request, and as much of an answer as is watched.

use super::text::{Count, Text};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Debug, Deserialize)]
pub(crate) struct Message<'a> {
    #[serde(borrow)]
    pub role: Text<'a>,
    #[serde(borrow, default)]
    pub content: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub images: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub tool_calls: Option<Vec<Call<'a>>>,
    #[serde(borrow, default)]
    pub tool_call_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub tool_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub thinking: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Call<'a> {
    #[serde(borrow, default)]
    pub id: Option<Text<'a>>,
    #[serde(borrow)]
    pub function: Called<'a>,
}

/// Arguments are an object here, not the text of one.
#[derive(Debug, Deserialize)]
pub(crate) struct Called<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow, default)]
    pub arguments: Option<&'a RawValue>,
}

/// A whole answer or one line of a stream, of `/api/chat` and `/api/generate`.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer<'a> {
    #[serde(borrow, default)]
    pub model: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub created_at: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub message: Option<Said<'a>>,
    #[serde(borrow, default)]
    pub response: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub thinking: Option<Text<'a>>,
    #[serde(default)]
    pub done: Option<bool>,
    #[serde(borrow, default)]
    pub done_reason: Option<Text<'a>>,
    #[serde(default)]
    pub prompt_eval_count: Count,
    #[serde(default)]
    pub eval_count: Count,
    #[serde(borrow, default)]
    pub error: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Said<'a> {
    #[serde(borrow, default)]
    pub content: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub thinking: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub tool_calls: Option<Vec<Call<'a>>>,
}
