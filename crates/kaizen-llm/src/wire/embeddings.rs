//! Embeddings: the inputs of a request.

use super::fields::kind_of;
use crate::face::Malformed;
use serde_json::value::RawValue;

/// How many inputs a request has: a text, texts, the tokens of a text, or lists of tokens.
pub(crate) fn inputs(raw: &RawValue) -> Result<u64, Malformed> {
    let wrong = || Malformed::wrong_type("input", "a string or an array", kind_of(raw.get()));
    if raw.get().starts_with('"') {
        return Ok(1);
    }
    let items: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|_| wrong())?;
    match items.first().map(|first| kind_of(first.get())) {
        None => Err(Malformed { code: Some("empty_array"), ..Malformed::value("input", "expected at least one input") }),
        Some("an integer") => Ok(1),
        Some("a string" | "an array") => Ok(items.len() as u64),
        Some(other) => Err(Malformed::wrong_type("input[0]", "a string or an array of tokens", other)),
    }
}
