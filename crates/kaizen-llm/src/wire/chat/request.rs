//! Chat completions: the messages, tools and formats of a request that has to be translated.

use crate::wire::content::{Content, Link};
use crate::wire::text::Text;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Debug, Deserialize)]
pub(crate) struct Message<'a> {
    #[serde(borrow)]
    pub role: Text<'a>,
    #[serde(borrow, default)]
    pub content: Content<'a, Part<'a>>,
    #[serde(borrow, default)]
    pub tool_calls: Option<Vec<Call<'a>>>,
    #[serde(borrow, default)]
    pub tool_call_id: Option<Text<'a>>,
    /// Reasoning as some upstreams give it, and as it may come back.
    #[serde(borrow, default)]
    pub reasoning_content: Option<Text<'a>>,
    /// Anthropic's reasoning with its signatures, as answers of ours carry it.
    #[serde(borrow, default)]
    pub thinking_blocks: Option<Vec<&'a RawValue>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Part<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow, default)]
    pub text: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub refusal: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub image_url: Option<Link<'a>>,
    #[serde(borrow, default)]
    pub file: Option<File<'a>>,
    /// Anthropic's mark of what its prompt cache keeps, as an extra field.
    #[serde(borrow, default)]
    pub cache_control: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct File<'a> {
    #[serde(borrow, default)]
    pub file_data: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub filename: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Call<'a> {
    #[serde(borrow, default)]
    pub id: Option<Text<'a>>,
    #[serde(borrow)]
    pub function: Called<'a>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Called<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow, default)]
    pub arguments: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Tool<'a> {
    #[serde(borrow, default, rename = "type")]
    pub kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub function: Option<Function<'a>>,
    #[serde(borrow, default)]
    pub cache_control: Option<&'a RawValue>,
}

/// A tool; the Responses API has these fields at the tool's top level.
#[derive(Debug, Deserialize)]
pub(crate) struct Function<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow, default)]
    pub description: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub parameters: Option<&'a RawValue>,
    #[serde(default)]
    pub strict: Option<bool>,
}

/// `{"type":"function","function":{"name":…}}`, and the Responses API's `{"type":"function","name":…}`.
#[derive(Debug, Deserialize)]
pub(crate) struct Choice<'a> {
    #[serde(borrow, default, rename = "type")]
    pub kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub function: Option<Named<'a>>,
    #[serde(borrow, default)]
    pub name: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Named<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
}

/// A format of the answer; the Responses API has the schema at the format's top level.
#[derive(Debug, Deserialize)]
pub(crate) struct Format<'a> {
    #[serde(borrow, default, rename = "type")]
    pub kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub json_schema: Option<Schema<'a>>,
    #[serde(borrow, default)]
    pub name: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub schema: Option<&'a RawValue>,
    #[serde(default)]
    pub strict: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Schema<'a> {
    #[serde(borrow, default)]
    pub name: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub schema: Option<&'a RawValue>,
    #[serde(default)]
    pub strict: Option<bool>,
}
