//! The shapes clients speak, and what the gateway has to know of a request before it decides anything.
//!
//! A request is read once, without a tree of it being built; what is not known here is not looked at and stays as it is.
//! A key that the gateway acts upon must not be given twice: which of the two an upstream takes is anybody's guess, and money
//! is reserved by what is read here. Nothing here knows providers.

mod read;
mod said;

use crate::wire::top::Top;
use bytes::Bytes;
use std::collections::BTreeMap;

pub use said::{KEPT, Said};

/// What an image counts for in [`Asked::input_bound`], in tokens.
pub const IMAGE_TOKENS: u64 = 2_000;

/// The shape a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Face {
    /// `POST /v1/chat/completions`.
    Chat,
    /// `POST /v1/messages`.
    Messages,
    /// `POST /v1/messages/count_tokens`: as `Messages`, but nothing is generated. Only Anthropic's upstream counts; for any
    /// other see [`crate::translate::counted`].
    CountTokens,
    /// `POST /v1/responses`, stateless.
    Responses,
    /// `POST /v1/embeddings`.
    Embeddings,
    /// `POST /api/chat`.
    OllamaChat,
    /// `POST /api/generate`.
    OllamaGenerate,
}

/// The shape a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tongue {
    /// OpenAI's API and everything compatible with it.
    OpenAi,
    /// Anthropic's API.
    Anthropic,
    /// Ollama's own API.
    Ollama,
}

impl Face {
    /// The tongue in which this face's bytes are passed on unchanged. Responses have none: they become chat completions.
    pub fn tongue(self) -> Option<Tongue> {
        match self {
            Self::Chat | Self::Embeddings => Some(Tongue::OpenAi),
            Self::Messages | Self::CountTokens => Some(Tongue::Anthropic),
            Self::OllamaChat | Self::OllamaGenerate => Some(Tongue::Ollama),
            Self::Responses => None,
        }
    }

    /// The content type of this face's answers.
    pub fn content_type(self, stream: bool) -> &'static str {
        match self {
            _ if !stream => "application/json",
            Self::OllamaChat | Self::OllamaGenerate => "application/x-ndjson",
            _ => "text/event-stream",
        }
    }
}

/// What the gateway must know of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The shape it came in.
    pub face: Face,
    /// The model's name as the client gave it.
    pub model: String,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// The most tokens *one* choice of the answer may have, where the client limits it (see `choices`). Of several limits
    /// the largest. A negative `num_predict` of Ollama's is no limit.
    pub max_output: Option<u64>,
    /// How many answers are asked for: `n`, else 1. For embeddings the number is always 1.
    pub choices: u64,
    /// An upper bound of its input tokens: the bytes of the body, with [`IMAGE_TOKENS`] for each image instead of its base64.
    /// No tokenizer makes more tokens than bytes.
    pub input_bound: u64,
    /// Whether the client wants to see the usage chunk of a stream.
    pub wants_usage: bool,
    /// The strings, numbers and truth values among its metadata, as text.
    pub metadata: BTreeMap<String, String>,
    /// How freely the model chooses; absent leaves it to the upstream, which samples.
    pub temperature: Option<f64>,
    /// Whether it may call tools.
    pub has_tools: bool,
    /// How many images it shows.
    pub images: u64,
    /// Embeddings: whether the client wants base64 instead of numbers.
    pub base64: bool,
    /// Whether reasoning was asked for in a shape that has to be told (Messages).
    pub wants_thinking: bool,
}

/// A request that cannot be read, or that a provider's shape cannot carry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Malformed {
    /// A sentence for people, worded as OpenAI words it.
    pub message: String,
    /// The parameter at fault: `messages[0].role`.
    pub param: Option<String>,
    /// OpenAI's code: `missing_required_parameter`, `invalid_type`, `invalid_value`, `unsupported_parameter`.
    pub code: Option<&'static str>,
}

impl Malformed {
    /// A request that is no JSON, or no object.
    pub(crate) fn body(why: impl std::fmt::Display) -> Self {
        let message = format!("We could not parse the JSON body of your request: {why}");
        Self { message, param: None, code: None }
    }

    pub(crate) fn missing(param: &str) -> Self {
        let message = format!("Missing required parameter: '{param}'.");
        Self { message, param: Some(param.into()), code: Some("missing_required_parameter") }
    }

    /// `expected` and `got` with their articles: `a string`, `an array`.
    pub(crate) fn wrong_type(param: &str, expected: &str, got: &str) -> Self {
        let message = format!("Invalid type for '{param}': expected {expected}, but got {got} instead.");
        Self { message, param: Some(param.into()), code: Some("invalid_type") }
    }

    pub(crate) fn value(param: &str, why: impl std::fmt::Display) -> Self {
        Self { message: format!("Invalid value for '{param}': {why}."), param: Some(param.into()), code: Some("invalid_value") }
    }

    pub(crate) fn unsupported(param: &str, why: impl std::fmt::Display) -> Self {
        let message = format!("Unsupported parameter: '{param}': {why}.");
        Self { message, param: Some(param.into()), code: Some("unsupported_parameter") }
    }
}

/// Reads a request of this shape.
pub fn read(face: Face, body: &Bytes) -> Result<Asked, Malformed> {
    read::read(face, &Top::of_request(body)?)
}

/// The words of a request of this shape; what cannot be read has none.
pub fn text_in(face: Face, body: &Bytes) -> Said {
    Top::of_request(body).map(|top| said::told(face, &top)).unwrap_or_default()
}

/// [`read`] and [`text_in`] at once: the body is gone through a time less.
pub fn heard(face: Face, body: &Bytes) -> (Result<Asked, Malformed>, Said) {
    match Top::of_request(body) {
        Ok(top) => (read::read(face, &top), said::told(face, &top)),
        Err(malformed) => (Err(malformed), Said::default()),
    }
}
