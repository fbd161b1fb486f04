//! Embeddings: the inputs of a request.

use super::fields::kind_of;
use super::text::Text;
use super::top::Top;
use crate::face::{Malformed, Tongue};
use crate::translate::Target;
use crate::translate::request::Written;
use serde::Serialize;
use serde_json::value::RawValue;

/// Refuses what is no input: a text, texts, the tokens of a text, or lists of tokens are.
pub(crate) fn check(raw: &RawValue) -> Result<(), Malformed> {
    let wrong = || Malformed::wrong_type("input", "a string or an array", kind_of(raw.get()));
    if raw.get().starts_with('"') {
        return Ok(());
    }
    let items: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|_| wrong())?;
    match items.first().map(|first| kind_of(first.get())) {
        None => Err(Malformed { code: Some("empty_array"), ..Malformed::value("input", "expected at least one input") }),
        Some("an integer" | "a string" | "an array") => Ok(()),
        Some(other) => Err(Malformed::wrong_type("input[0]", "a string or an array of tokens", other)),
    }
}

/// The request in Ollama's shape, `/api/embed`. Anthropic has no embeddings.
pub(crate) fn written(target: &Target<'_>, top: &Top<'_>) -> Result<Written, Malformed> {
    if target.tongue == Tongue::Anthropic {
        return Err(Malformed::unsupported("model", "its provider has no embeddings"));
    }
    let input = top.given("input").ok_or_else(|| Malformed::missing("input"))?;
    let texts = input.get().starts_with('"') || serde_json::from_str::<Vec<Text<'_>>>(input.get()).is_ok();
    if !texts {
        return Err(Malformed::value("input", "Ollama takes texts, not tokens"));
    }
    let keep = target.keep_alive.map(|json| RawValue::from_string(json.to_owned())).transpose().map_err(Malformed::body)?;
    let keep_alive = top.given("keep_alive").map(ToOwned::to_owned).or(keep);
    let request = OllamaRequest { model: target.model, input, dimensions: top.count("dimensions")?, keep_alive };
    let read = ["model", "input", "dimensions", "encoding_format", "keep_alive"];
    let unread = top.entries.iter().filter(|entry| !read.contains(&&*entry.key));
    let dropped = unread.map(|entry| entry.key.to_string()).collect();
    Ok(Written { body: serde_json::to_vec(&request).map_err(Malformed::body)?, dropped })
}

#[derive(Serialize)]
struct OllamaRequest<'a> {
    model: &'a str,
    input: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_alive: Option<Box<RawValue>>,
}
