//! OpenAI's responses: the items of a request.

use super::content::{Content, Link};
use super::text::Text;
use serde::Deserialize;
use serde_json::value::RawValue;

/// An item of `input`. All items in one: which fields are there depends on `type`.
#[derive(Debug, Deserialize)]
pub(crate) struct Item<'a> {
    #[serde(borrow, default, rename = "type")]
    pub kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub role: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub content: Content<'a, Part<'a>>,
    #[serde(borrow, default)]
    pub call_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub name: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub arguments: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub output: Content<'a, Part<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Part<'a> {
    #[serde(borrow, default, rename = "type")]
    pub kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub text: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub refusal: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub image_url: Option<Link<'a>>,
    #[serde(borrow, default)]
    pub file_data: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub filename: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Tool<'a> {
    #[serde(borrow, default, rename = "type")]
    pub kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub name: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub description: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub parameters: Option<&'a RawValue>,
    #[serde(default)]
    pub strict: Option<bool>,
}
