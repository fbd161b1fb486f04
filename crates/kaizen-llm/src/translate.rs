//! From the shape a client speaks to the shape a provider speaks, and back.
//!
//! Where both are the same, bytes are passed on: of a request only the model's name and the wish for usage are written anew,
//! of an answer nothing. Everything else goes through one middle: requests become chat completions ([`crate::wire::chat`])
//! and answers become [`piece::Piece`]s. One file per direction and shape; nothing here does I/O or knows the time.

mod answer;
pub(crate) mod piece;
mod reader;
pub(crate) mod request;

use crate::face::{Asked, Face, Malformed, Tongue};
use crate::wire::top::{Top, edited};
use bytes::Bytes;

pub use answer::counted;
pub use reader::Reader;

/// For whom a request is meant, and what is said there that the client left open.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// What the provider speaks.
    pub tongue: Tongue,
    /// The provider's name of the model.
    pub model: &'a str,
    /// The most tokens the answer may have, where the client gives no limit and the shape wants one (Anthropic).
    pub max_output: u64,
    /// Ollama: the size of the context, where the client asks for none.
    pub num_ctx: Option<u64>,
    /// Ollama: how long the model stays loaded, as JSON (`"5m"`, `-1`), where the client says nothing.
    pub keep_alive: Option<&'a str>,
}

/// What an answer may have where the client gives no limit and the shape wants one; every model of Anthropic's takes it.
pub const MAX_OUTPUT_UNSAID: u64 = 4_096;

impl<'a> Target<'a> {
    /// With nothing said but the model.
    pub fn new(tongue: Tongue, model: &'a str) -> Self {
        Self { tongue, model, max_output: MAX_OUTPUT_UNSAID, num_ctx: None, keep_alive: None }
    }
}

/// The request for a provider, and the reader of its answer.
#[derive(Debug)]
pub struct Upstream {
    /// Behind the provider's base URL: `/chat/completions` (OpenAI's base URL ends in `/v1`), `/v1/messages`, `/api/chat`.
    pub path: &'static str,
    /// The body.
    pub body: Bytes,
    /// Reads the answer.
    pub reader: Box<Reader>,
    /// What the client asked for that the provider's shape has no place for and that does not change what the answer means
    /// (`seed`, `user`…): worth a header, no reason to refuse. Empty with the same tongue; at most 20 names of at most 60
    /// printable ASCII characters, since unknown keys are the client's own words.
    pub dropped: Vec<String>,
}

/// The request for a provider. `Malformed` when its shape cannot carry what the client asks for.
pub fn outgoing(face: Face, tongue: Tongue, model: &str, asked: &Asked, body: &Bytes) -> Result<Upstream, Malformed> {
    outgoing_to(face, &Target::new(tongue, model), asked, body)
}

/// As [`outgoing`], with what the target says where the client says nothing.
pub fn outgoing_to(face: Face, target: &Target<'_>, asked: &Asked, body: &Bytes) -> Result<Upstream, Malformed> {
    if face.tongue() == Some(target.tongue) {
        return same(face, target, asked, body);
    }
    let top = Top::of_request(body)?;
    let request::Written { body, dropped } = request::written(face, target, asked, &top)?;
    let reader = Box::new(Reader::translating(face, target.tongue, asked, &top));
    let path = path(face, target.tongue);
    Ok(Upstream { path, body: Bytes::from(body), reader, dropped: dropped.iter().take(20).map(|name| printable(name)).collect() })
}

fn path(face: Face, tongue: Tongue) -> &'static str {
    match (tongue, face) {
        (Tongue::OpenAi, Face::Embeddings) => "/embeddings",
        (Tongue::OpenAi, _) => "/chat/completions",
        (Tongue::Anthropic, Face::CountTokens) => "/v1/messages/count_tokens",
        (Tongue::Anthropic, _) => "/v1/messages",
        (Tongue::Ollama, Face::Embeddings) => "/api/embed",
        (Tongue::Ollama, Face::OllamaGenerate) => "/api/generate",
        (Tongue::Ollama, _) => "/api/chat",
    }
}

/// The client's own bytes with the provider's name of the model; where nothing has to be changed they are not looked at again.
fn same(face: Face, target: &Target<'_>, asked: &Asked, body: &Bytes) -> Result<Upstream, Malformed> {
    // The same name stays as it was written, escapes and all.
    let renamed = target.model != asked.model;
    let counted = face == Face::Chat && asked.stream && !asked.wants_usage;
    let settled = target.tongue == Tongue::Ollama && (target.num_ctx.is_some() || target.keep_alive.is_some());
    let reader = Box::new(Reader::passing(face, target.tongue, asked));
    let mut upstream = Upstream { path: path(face, target.tongue), body: body.clone(), reader, dropped: Vec::new() };
    if !(renamed || counted || settled) {
        return Ok(upstream);
    }
    let top = Top::of_request(body)?;
    let mut edits = Vec::new();
    if renamed {
        edits.extend(top.set("model", &quoted(target.model)));
    }
    if counted {
        edits.extend(top.set_inner("stream_options", "include_usage", "true"));
    }
    if settled {
        edits.extend(request::settings(target, &top));
    }
    if !edits.is_empty() {
        upstream.body = Bytes::from(edited(top.text, edits));
    }
    Ok(upstream)
}

fn printable(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(60).collect()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Why an answer cannot be passed on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Garbled {
    /// It ended before it said that it was complete.
    #[error("the upstream's answer broke off")]
    Cut,
    /// One event is larger than [`crate::sse::FRAME_LIMIT`].
    #[error("the upstream sent an event of more than 8 MiB")]
    TooLong,
    /// It is no text.
    #[error("the upstream's answer is not valid UTF-8")]
    NotUtf8,
    /// It is no JSON where JSON has to be.
    #[error("the upstream's answer is not valid JSON: {0}")]
    NotJson(String),
    /// It is JSON, but no answer of the provider's shape.
    #[error("the upstream's answer has not the shape that was expected: {0}")]
    NotAnAnswer(String),
}

impl Garbled {
    pub(crate) fn json(error: &serde_json::Error) -> Self {
        match error.is_data() {
            true => Self::NotAnAnswer(error.to_string()),
            false => Self::NotJson(error.to_string()),
        }
    }
}
