//! Chat completions: as much of an answer as is watched. Requests are beside it.

pub(crate) mod request;

use super::text::{Count, Text};
use serde::Deserialize;
use serde_json::value::RawValue;

/// An answer, or one chunk of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer<'a> {
    #[serde(borrow, default)]
    pub id: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub object: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub model: Option<Text<'a>>,
    #[serde(default)]
    pub created: Count,
    #[serde(borrow, default)]
    pub choices: Option<Vec<Choice<'a>>>,
    #[serde(default)]
    pub usage: Option<Usage>,
    #[serde(borrow, default)]
    pub error: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Choice<'a> {
    #[serde(default)]
    pub index: Count,
    #[serde(borrow, default)]
    pub delta: Option<Said<'a>>,
    #[serde(borrow, default)]
    pub message: Option<Said<'a>>,
    #[serde(borrow, default)]
    pub finish_reason: Option<Text<'a>>,
}

/// What the model said; `reasoning_content` and `reasoning` are two names for the same thing.
#[derive(Debug, Deserialize)]
pub(crate) struct Said<'a> {
    #[serde(borrow, default)]
    pub content: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub reasoning_content: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub reasoning: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub refusal: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub tool_calls: Option<Vec<Calls<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Calls<'a> {
    #[serde(default)]
    pub index: Count,
    #[serde(borrow, default)]
    pub id: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub function: Option<Function<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Function<'a> {
    #[serde(borrow, default)]
    pub name: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub arguments: Option<Text<'a>>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(crate) struct Usage {
    #[serde(default)]
    pub prompt_tokens: Count,
    #[serde(default)]
    pub completion_tokens: Count,
    #[serde(default)]
    pub prompt_tokens_details: Option<InputDetails>,
    #[serde(default)]
    pub completion_tokens_details: Option<OutputDetails>,
    /// DeepSeek's name for `cached_tokens`.
    #[serde(default)]
    pub prompt_cache_hit_tokens: Count,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(crate) struct InputDetails {
    #[serde(default)]
    pub cached_tokens: Count,
    #[serde(default)]
    pub cache_write_tokens: Count,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(crate) struct OutputDetails {
    #[serde(default)]
    pub reasoning_tokens: Count,
}
