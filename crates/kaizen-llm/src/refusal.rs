//! Errors in the shape that the client of each face expects, and what an upstream's error says.
//!
//! The shapes: OpenAI `{"error":{message,type,param,code}}`, Anthropic `{"type":"error","error":{type,message}}` with a type
//! that follows from the status, Ollama `{"error":"…"}`. Headers (`retry-after`, `x-should-retry`) are the server's to write
//! from [`Refusal::retry_after`] and [`Refusal::retry`].

use crate::face::{Face, Malformed, Tongue};
use crate::wire::text::{Text, at_most};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use std::time::Duration;

const JSON: &str = "application/json";
/// How much of an upstream's page that is no known error is quoted, in bytes.
const QUOTED: usize = 500;

/// Why a request is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// OpenAI's type: `invalid_request_error`, `insufficient_quota`, `server_error`…
    pub kind: &'static str,
    /// OpenAI's code, where there is one: `model_not_found`.
    pub code: Option<String>,
    /// The parameter at fault.
    pub param: Option<String>,
    /// A sentence for people.
    pub message: String,
    /// Whether the client's library should try again by itself; `None` leaves it to the status.
    pub retry: Option<bool>,
    /// When it makes sense to try again.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// A refusal of this status with the type that belongs to it.
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        let kind = openai_kind(status);
        Self { status, kind, code: None, param: None, message: message.into(), retry: None, retry_after: None }
    }

    /// What an upstream said inside an answer that had a good status.
    pub fn inside(kind: &str, message: &str) -> Self {
        let status = match kind {
            "overloaded_error" => 529,
            "rate_limit_error" | "rate_limit_exceeded" => 429,
            "timeout_error" => 504,
            "invalid_request_error" => 400,
            "api_error" | "server_error" => 500,
            _ => 502,
        };
        Self::new(status, message)
    }

    /// What an upstream reported in place of an answer, though with a good status: it failed, whatever it calls it.
    pub fn reported(kind: &str, message: &str) -> Self {
        let status = if kind == "overloaded_error" { 529 } else { 502 };
        let kind = known_kind(kind.to_owned()).unwrap_or(openai_kind(status));
        Self { kind, ..Self::new(status, message) }
    }

    /// What an upstream answered with a status that is no success, whatever the shape of its body.
    pub fn heard(status: u16, body: &[u8]) -> Self {
        let told = serde_json::from_slice::<ErrorBody>(body).ok().and_then(|body| told(body.error?));
        let Some(told) = told else { return Self::new(status, quoted(status, body)) };
        let kind = told.kind.and_then(known_kind).unwrap_or(openai_kind(status));
        Self { kind, code: told.code, param: told.param, ..Self::new(status, told.message) }
    }
}

impl From<Malformed> for Refusal {
    fn from(malformed: Malformed) -> Self {
        let code = malformed.code.map(str::to_owned);
        Self { code, param: malformed.param, ..Self::new(400, malformed.message) }
    }
}

/// The answer to a request that is refused: status, body and content type.
pub fn refusal(face: Face, refusal: &Refusal) -> (u16, Bytes, &'static str) {
    (refusal.status, Bytes::from(body(face, refusal)), JSON)
}

/// An error inside a stream that already began; whatever follows it is not for the client any more.
pub fn stream_refusal(face: Face, refusal: &Refusal) -> Bytes {
    let body = body(face, refusal);
    Bytes::from(match face {
        Face::Messages | Face::CountTokens => format!("event: error\ndata: {body}\n\n"),
        Face::OllamaChat | Face::OllamaGenerate => format!("{body}\n"),
        Face::Responses => format!("event: error\ndata: {}\n\n", responses_error(refusal)),
        Face::Chat | Face::Embeddings => format!("data: {body}\n\n"),
    })
}

/// An upstream's refusal in the client's shape; with the same tongue, and where the body is JSON, its very bytes.
pub fn passed_on(face: Face, tongue: Tongue, status: u16, upstream: &Bytes) -> (u16, Bytes, &'static str) {
    let told = || serde_json::from_slice::<ErrorBody>(upstream).is_ok_and(|body| body.error.is_some());
    if face.tongue() == Some(tongue) && told() {
        return (status, upstream.clone(), JSON);
    }
    refusal(face, &Refusal::heard(status, upstream))
}

fn body(face: Face, refusal: &Refusal) -> String {
    let Refusal { kind, code, param, message, status, .. } = refusal;
    match face {
        Face::Messages | Face::CountTokens => {
            json!({"type": "error", "error": {"type": anthropic_kind(*status), "message": message}}).to_string()
        }
        Face::OllamaChat | Face::OllamaGenerate => json!({"error": message}).to_string(),
        Face::Chat | Face::Responses | Face::Embeddings => {
            json!({"error": {"message": message, "type": kind, "param": param, "code": code}}).to_string()
        }
    }
}

/// The error event of the Responses API. Its place in the stream is not known here: it is the last one.
fn responses_error(refusal: &Refusal) -> String {
    let code = refusal.code.as_deref().unwrap_or(refusal.kind);
    json!({"type": "error", "code": code, "message": refusal.message, "param": refusal.param, "sequence_number": u32::MAX}).to_string()
}

/// OpenAI's type for a status; a model that is not found is an invalid request there.
pub(crate) fn openai_kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "insufficient_quota",
        403 => "permission_error",
        408 | 504 => "timeout_error",
        429 => "rate_limit_error",
        status if status >= 500 => "server_error",
        _ => "invalid_request_error",
    }
}

/// Anthropic's type for a status.
pub(crate) fn anthropic_kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        408 | 504 => "timeout_error",
        503 | 529 => "overloaded_error",
        status if status >= 500 => "api_error",
        _ => "invalid_request_error",
    }
}

const KNOWN: [&str; 16] = [
    "invalid_request_error",
    "authentication_error",
    "permission_error",
    "permission_denied",
    "not_found_error",
    "rate_limit_error",
    "rate_limit_exceeded",
    "insufficient_quota",
    "billing_error",
    "request_too_large",
    "server_error",
    "api_error",
    "overloaded_error",
    "timeout_error",
    "tokens",
    "requests",
];

fn known_kind(kind: String) -> Option<&'static str> {
    KNOWN.into_iter().find(|known| *known == kind)
}

#[derive(Deserialize)]
struct ErrorBody<'a> {
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// An error as an upstream worded it.
#[derive(Debug)]
pub(crate) struct Told {
    pub kind: Option<String>,
    pub code: Option<String>,
    pub param: Option<String>,
    pub message: String,
}

#[derive(Deserialize)]
struct ErrorObject<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    param: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<Text<'a>>,
}

/// Reads what stands behind `error`: an object or a plain sentence; `None` for null.
pub(crate) fn told(error: &RawValue) -> Option<Told> {
    let text = error.get();
    if let Ok(object) = serde_json::from_str::<ErrorObject<'_>>(text) {
        let message = object.message.map_or_else(|| text.to_owned(), |message| message.to_string());
        return Some(Told { kind: word(object.kind), code: word(object.code), param: word(object.param), message });
    }
    let message = serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned());
    (message != "null").then_some(Told { kind: None, code: None, param: None, message })
}

/// A string or a number as text; codes come as both.
fn word(raw: Option<&RawValue>) -> Option<String> {
    let text = raw?.get();
    match text {
        "null" => None,
        _ => Some(serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned())),
    }
}

fn quoted(status: u16, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    match at_most(text.trim(), QUOTED) {
        "" => format!("the upstream answered with status {status} and no explanation"),
        text => format!("the upstream answered with status {status}: {text}"),
    }
}
