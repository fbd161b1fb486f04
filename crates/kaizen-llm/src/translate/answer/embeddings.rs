//! Answers with embeddings: OpenAI's, Ollama's, and numbers as base64.
//!
//! The numbers are not looked at unless they have to be packed; then each is a 32-bit float in little-endian order, which is
//! what OpenAI's client unpacks.

use crate::face::Tongue;
use crate::refusal::told;
use crate::translate::Garbled;
use crate::translate::piece::{Piece, Sink};
use crate::wire::chat::Usage as ChatUsage;
use crate::wire::text::{Count, Text};
use crate::wire::top::{Edit, edited, place_of};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use kaizen_domain::money::Usage;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct OpenAi<'a> {
    #[serde(borrow, default)]
    model: Option<Text<'a>>,
    #[serde(borrow, default)]
    data: Option<Vec<Item<'a>>>,
    #[serde(default)]
    usage: Option<ChatUsage>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    embedding: &'a RawValue,
}

#[derive(Deserialize)]
struct Ollama<'a> {
    #[serde(borrow, default)]
    model: Option<Text<'a>>,
    #[serde(borrow, default)]
    embeddings: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    prompt_eval_count: Count,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct Made<'a> {
    object: &'static str,
    data: Vec<MadeItem<'a>>,
    model: &'a str,
    usage: MadeUsage,
}

#[derive(Serialize)]
struct MadeItem<'a> {
    object: &'static str,
    index: usize,
    embedding: Numbers<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Numbers<'a> {
    Plain(&'a RawValue),
    Packed(String),
}

#[derive(Serialize)]
struct MadeUsage {
    prompt_tokens: u64,
    total_tokens: u64,
}

/// The answer for a client: its very bytes where they are what the client asked for.
pub(crate) fn whole(tongue: Tongue, packed: bool, body: Bytes, text: &str, sink: Sink<'_>) -> Result<Bytes, Garbled> {
    match tongue {
        Tongue::Ollama => ollama(packed, text, sink),
        Tongue::OpenAi | Tongue::Anthropic => Ok(openai(packed, text, sink)?.unwrap_or_else(|| body.clone())),
    }
}

/// Only what a client wants as base64 and an upstream gave as numbers is written anew.
fn openai(packed: bool, text: &str, sink: Sink<'_>) -> Result<Option<Bytes>, Garbled> {
    let answer: OpenAi<'_> = serde_json::from_str(text).map_err(|error| Garbled::json(&error))?;
    if failed(answer.error, sink) {
        return Ok(None);
    }
    let data = answer.data.ok_or_else(|| Garbled::NotAnAnswer("it has no data".into()))?;
    sink(Piece::Start { id: "", model: answer.model.as_deref().unwrap_or_default(), created: 0 });
    if let Some(usage) = answer.usage {
        sink(Piece::Usage(usage.read()));
    }
    sink(Piece::End);
    let mut edits = Vec::new();
    for item in data.iter().filter(|item| packed && item.embedding.get().starts_with('[')) {
        let with = format!("\"{}\"", pack(item.embedding)?);
        edits.push(Edit { place: place_of(text, item.embedding), with });
    }
    Ok((!edits.is_empty()).then(|| Bytes::from(edited(text, edits))))
}

fn ollama(packed: bool, text: &str, sink: Sink<'_>) -> Result<Bytes, Garbled> {
    let answer: Ollama<'_> = serde_json::from_str(text).map_err(|error| Garbled::json(&error))?;
    if let Some(told) = answer.error.and_then(told) {
        sink(Piece::Failed { kind: "api_error", message: &told.message });
        let refusal = crate::refusal::Refusal::inside("api_error", &told.message);
        return Ok(crate::refusal::refusal(crate::face::Face::Embeddings, &refusal).1);
    }
    let embeddings = answer.embeddings.ok_or_else(|| Garbled::NotAnAnswer("it has no embeddings".into()))?;
    let model = answer.model.as_deref().unwrap_or_default();
    let input = answer.prompt_eval_count.or_zero();
    sink(Piece::Start { id: "", model, created: 0 });
    if answer.prompt_eval_count.0.is_some() {
        sink(Piece::Usage(Usage { input, ..Usage::default() }));
    }
    sink(Piece::End);
    let mut data = Vec::with_capacity(embeddings.len());
    for (index, numbers) in embeddings.into_iter().enumerate() {
        let embedding = if packed { Numbers::Packed(pack(numbers)?) } else { Numbers::Plain(numbers) };
        data.push(MadeItem { object: "embedding", index, embedding });
    }
    super::say::bytes(&Made { object: "list", data, model, usage: MadeUsage { prompt_tokens: input, total_tokens: input } })
}

fn failed(error: Option<&RawValue>, sink: Sink<'_>) -> bool {
    let Some(told) = error.and_then(told) else { return false };
    sink(Piece::Failed { kind: told.kind.as_deref().unwrap_or("upstream_error"), message: &told.message });
    true
}

fn pack(numbers: &RawValue) -> Result<String, Garbled> {
    let numbers: Vec<f32> = serde_json::from_str(numbers.get()).map_err(|error| Garbled::json(&error))?;
    let bytes: Vec<u8> = numbers.into_iter().flat_map(f32::to_le_bytes).collect();
    Ok(STANDARD.encode(bytes))
}
