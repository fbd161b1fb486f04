//! What a rule answers, in OpenAI's shape: a body, or the pieces of a stream with their times.

use super::rules::{Refused, Rule, Tokens};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;

/// What a script looks at in a request.
#[derive(Debug)]
pub(super) struct Heard {
    pub model: String,
    /// The text of the last user message, or the first input of embeddings.
    pub last: String,
    pub tools: bool,
    stream: bool,
    letters: usize,
    inputs: Vec<String>,
}

impl Heard {
    pub(super) fn read(body: &Bytes) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let last = messages.iter().rev().find(|message| message["role"] == "user").map(|message| text(&message["content"]));
        let inputs: Vec<String> = match &body["input"] {
            Value::Array(many) => many.iter().map(text).collect(),
            Value::Null => Vec::new(),
            one => vec![text(one)],
        };
        let letters =
            messages.iter().map(|message| text(&message["content"])).chain(inputs.iter().cloned()).map(|t| t.chars().count()).sum();
        Some(Self {
            model: body["model"].as_str().unwrap_or_default().to_string(),
            last: last.or_else(|| inputs.first().cloned()).unwrap_or_default(),
            tools: body["tools"].as_array().is_some_and(|tools| !tools.is_empty()),
            stream: body["stream"] == true,
            letters,
            inputs,
        })
    }
}

/// The text of a message's content, be it one string or parts.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n"),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// An answer before it is played.
#[derive(Debug)]
pub struct Staged {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Playback,
}

/// A body with its times. Dropping it ends it.
#[derive(Debug)]
pub struct Playback {
    delay: Duration,
    between: Duration,
    pieces: VecDeque<Bytes>,
    begun: bool,
    cut: bool,
}

/// A stream of a script that breaks off on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BrokenOff;

impl Playback {
    fn whole(delay: Duration, body: String) -> Self {
        Self { delay, between: Duration::ZERO, pieces: [Bytes::from(body)].into(), begun: false, cut: false }
    }

    /// How long until the head of the answer; what is not streamed says nothing before.
    pub(crate) async fn begin(&mut self) {
        self.begun = true;
        super::pause(std::mem::take(&mut self.delay)).await;
    }

    /// The next piece in its time.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, BrokenOff>> {
        let Some(piece) = self.pieces.pop_front() else { return std::mem::take(&mut self.cut).then_some(Err(BrokenOff)) };
        if !std::mem::take(&mut self.begun) {
            super::pause(self.between).await;
        }
        Some(Ok(piece))
    }
}

fn refused(error: &Refused, delay: Duration) -> Staged {
    let mut headers = HeaderMap::new();
    if let Some(after) = error.retry_after {
        headers.insert("retry-after-ms", HeaderValue::from(u64::try_from(after.as_millis()).unwrap_or(u64::MAX)));
    }
    let kind = error.kind.as_deref().unwrap_or(crate::refusal::openai_kind(error.status));
    let message = error.message.as_deref().unwrap_or("the script says so");
    let body = json!({"error": {"message": message, "type": kind, "param": null, "code": error.code}});
    Staged { status: error.status, headers, body: Playback::whole(delay, body.to_string()) }
}

fn plain(status: u16, message: &str) -> Staged {
    refused(&Refused { status, message: Some(message.to_string()), kind: None, code: None, retry_after: None }, Duration::ZERO)
}

pub(super) fn unreadable() -> Staged {
    plain(400, "the request is no JSON")
}

pub(super) fn no_rule(asked: &Heard) -> Staged {
    plain(404, &format!("no rule of the script matches this request for '{}'", asked.model))
}

/// The answer of a rule. `call` numbers the requests, for ids.
pub(super) fn staged(rule: &Rule, asked: &Heard, path: &str, call: u64) -> Staged {
    if let Some(error) = &rule.error {
        return refused(error, rule.delay);
    }
    let spoken = Spoken::of(rule, asked, call);
    let body = match (path, asked.stream) {
        ("/embeddings", _) => Playback::whole(rule.delay, embeddings(rule, asked)),
        (_, false) => Playback::whole(rule.delay, spoken.whole()),
        (_, true) => played(rule, spoken.stream(rule.pieces)),
    };
    Staged { status: 200, headers: HeaderMap::new(), body }
}

fn played(rule: &Rule, mut pieces: VecDeque<Bytes>) -> Playback {
    if let Some(kept) = rule.cut_after {
        pieces.truncate(kept);
    }
    Playback { delay: rule.delay, between: rule.between, pieces, begun: false, cut: rule.cut_after.is_some() }
}

/// What is said, whatever its form.
struct Spoken<'a> {
    id: String,
    model: &'a str,
    text: Option<String>,
    calls: Vec<Value>,
    finish: &'a str,
    usage: Value,
}

impl<'a> Spoken<'a> {
    fn of(rule: &'a Rule, asked: &'a Heard, call: u64) -> Self {
        let text = rule.text.as_ref().map(|text| text.replace("{last}", &asked.last)).or_else(|| rule.json.as_ref().map(Value::to_string));
        let calls: Vec<Value> = rule
            .tool_calls
            .iter()
            .flatten()
            .enumerate()
            .map(|(place, tool)| {
                let function = json!({"name": tool.name, "arguments": Value::Object(tool.arguments.clone()).to_string()});
                json!({"id": format!("call_script_{call}_{place}"), "type": "function", "function": function})
            })
            .collect();
        let said = text.iter().map(|text| text.chars().count()).chain(calls.iter().map(|call| call["function"].to_string().len())).sum();
        let natural = if calls.is_empty() { "stop" } else { "tool_calls" };
        Self {
            id: format!("chatcmpl-script-{call}"),
            model: &asked.model,
            text,
            calls,
            finish: rule.finish.as_deref().unwrap_or(natural),
            usage: usage(rule.usage, asked.letters, said),
        }
    }

    fn whole(&self) -> String {
        let mut message = json!({"role": "assistant", "content": self.text, "refusal": null});
        if !self.calls.is_empty() {
            message["tool_calls"] = Value::Array(self.calls.clone());
        }
        let choice = json!({"index": 0, "message": message, "logprobs": null, "finish_reason": self.finish});
        json!({"id": self.id, "object": "chat.completion", "created": 0, "model": self.model, "choices": [choice], "usage": self.usage})
            .to_string()
    }

    /// The role, the pieces of the text, each tool call, the end, the usage, and `[DONE]` with it.
    fn stream(&self, pieces: Option<usize>) -> VecDeque<Bytes> {
        let text = self.text.as_deref().unwrap_or_default();
        let mut deltas = vec![json!({"role": "assistant", "content": ""})];
        deltas.extend(cut(text, pieces).into_iter().map(|part| json!({"content": part})));
        deltas.extend(self.calls.iter().enumerate().map(|(index, call)| {
            let mut call = call.clone();
            call["index"] = index.into();
            json!({"tool_calls": [call]})
        }));
        let mut events: VecDeque<String> = deltas.into_iter().map(|delta| self.chunk(delta, Value::Null)).collect();
        events.push_back(self.chunk(json!({}), self.finish.into()));
        let last = json!({"id": self.id, "object": "chat.completion.chunk", "created": 0, "model": self.model, "choices": [], "usage": self.usage});
        events.push_back(format!("data: {last}\n\ndata: [DONE]\n\n"));
        events.into_iter().map(Bytes::from).collect()
    }

    fn chunk(&self, delta: Value, finish: Value) -> String {
        let choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish});
        let chunk = json!({"id": self.id, "object": "chat.completion.chunk", "created": 0, "model": self.model, "choices": [choice], "usage": null});
        format!("data: {chunk}\n\n")
    }
}

/// A text in so many parts, or word by word.
fn cut(text: &str, pieces: Option<usize>) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    match pieces {
        None => text.split_inclusive(' ').map(str::to_string).collect(),
        Some(_) if letters.is_empty() => Vec::new(),
        Some(pieces) => letters.chunks(letters.len().div_ceil(pieces)).map(|part| part.iter().collect()).collect(),
    }
}

fn usage(given: Option<Tokens>, heard: usize, said: usize) -> Value {
    let tokens = |letters: usize| letters.div_ceil(4) as u64;
    let Tokens { input, output, cache_read, reasoning } =
        given.unwrap_or(Tokens { input: tokens(heard), output: tokens(said), cache_read: 0, reasoning: 0 });
    json!({
        "prompt_tokens": input, "completion_tokens": output, "total_tokens": input.saturating_add(output),
        "prompt_tokens_details": {"cached_tokens": cache_read}, "completion_tokens_details": {"reasoning_tokens": reasoning},
    })
}

fn embeddings(rule: &Rule, asked: &Heard) -> String {
    let vector = |text: &String| rule.embedding.clone().unwrap_or_else(|| made_from(text));
    let data: Vec<Value> = asked
        .inputs
        .iter()
        .enumerate()
        .map(|(index, text)| json!({"object": "embedding", "index": index, "embedding": vector(text)}))
        .collect();
    let input = rule.usage.map_or(asked.letters.div_ceil(4) as u64, |usage| usage.input);
    json!({"object": "list", "data": data, "model": asked.model, "usage": {"prompt_tokens": input, "total_tokens": input}}).to_string()
}

/// Four numbers of length one that only the text decides about: equal texts are near, others are somewhere.
fn made_from(text: &str) -> Vec<f32> {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(text.as_bytes());
    let raw: Vec<f32> = hash.iter().take(4).map(|byte| f32::from(*byte) - 127.5).collect();
    let length = raw.iter().map(|x| x * x).sum::<f32>().sqrt();
    raw.into_iter().map(|x| x / length).collect()
}
