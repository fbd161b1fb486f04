//! Exchanges as Anthropic and Ollama document theirs (`tests/exchanges/*.http`), replayed over a real socket: in one piece, byte by
//! byte, and cut in two at every place. However they arrive, every face is told the same, and the same is known of them.
//!
//! The answers are written here after the vendors' descriptions of their interfaces; nothing is copied from a recording.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use kaizen_domain::money::Usage;
use kaizen_llm::face::Face;
use kaizen_llm::provider::Provider;
use kaizen_llm::seen::Seen;
use kaizen_llm::send::{Body, Failed};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use support::*;

const LONG: Duration = Duration::from_secs(60);
const FACES: [Face; 4] = [Face::Chat, Face::Messages, Face::Responses, Face::OllamaChat];

/// An answer as it goes over the wire.
struct Exchange {
    name: &'static str,
    head: String,
    body: String,
}

impl Exchange {
    fn read(name: &'static str) -> Arc<Self> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exchanges").join(name).with_extension("http");
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let (head, body) = text.split_once("\n\n").unwrap();
        Arc::new(Self { name, head: head.replace('\n', "\r\n"), body: body.to_owned() })
    }

    fn kind(&self) -> &'static str {
        if self.name.starts_with("anthropic") { "anthropic" } else { "ollama" }
    }
}

/// How an answer is cut up.
#[derive(Clone, Copy)]
enum Cut {
    /// Not at all.
    Whole,
    /// Head and body, each byte on its own.
    Bytes,
    /// The body in two, one place after the other with each request.
    Everywhere,
}

/// A server that answers every request with the exchange.
async fn replayed(exchange: &Arc<Exchange>, cut: Cut) -> Provider {
    let exchange = Arc::clone(exchange);
    let kind = exchange.kind();
    let upstream = Upstream::start(move |mut peer: Peer| {
        let exchange = Arc::clone(&exchange);
        async move {
            peer.stream.set_nodelay(true).unwrap();
            for at in 0.. {
                if peer.request().await.0.is_empty() {
                    return;
                }
                let body = exchange.body.as_bytes();
                match cut {
                    Cut::Whole => answer(&mut peer, &exchange.head, &[body]).await,
                    Cut::Everywhere => answer(&mut peer, &exchange.head, &[&body[..at], &body[at..]]).await,
                    Cut::Bytes => {
                        let head = format!("{}\r\ncontent-length: {}\r\n\r\n", exchange.head, body.len());
                        for byte in head.as_bytes().iter().chain(body) {
                            peer.say([*byte]).await;
                            tokio::task::yield_now().await;
                        }
                    }
                }
            }
        }
    })
    .await;
    let address = format!("http://{}", upstream.address);
    let mut settings = settings(kind, &address);
    settings.retry.attempts = 1;
    provider(settings)
}

/// Each piece is a chunk of its own, so that none of them is put together again on the way.
async fn answer(peer: &mut Peer, head: &str, pieces: &[&[u8]]) {
    peer.say(format!("{head}\r\ntransfer-encoding: chunked\r\n\r\n")).await;
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        peer.chunk(piece).await;
    }
    peer.end().await;
}

fn request(face: Face, stream: bool) -> bytes::Bytes {
    let messages = json!([{"role": "user", "content": "How warm is it in Zürich and in Rome?"}]);
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let function = json!({"name": "weather", "parameters": schema});
    let tools = match face {
        Face::Messages => json!([{"name": "weather", "input_schema": schema}]),
        Face::Responses => json!([{"type": "function", "name": "weather", "parameters": schema}]),
        _ => json!([{"type": "function", "function": function}]),
    };
    let mut asked = json!({"model": "m-1", "stream": stream, "tools": tools});
    match face {
        Face::Responses => asked["input"] = messages,
        _ => asked["messages"] = messages,
    }
    if face == Face::Messages {
        asked["max_tokens"] = json!(2048);
        asked["thinking"] = json!({"type": "enabled", "budget_tokens": 1024});
    }
    bytes::Bytes::from(asked.to_string())
}

/// What a client got, how it ended, and what was seen.
#[derive(Debug, PartialEq)]
struct Got {
    text: String,
    cut: bool,
    seen: Seen,
}

async fn get(provider: &Provider, face: Face, stream: bool) -> Result<Got, Failed> {
    match ask(provider, face, &request(face, stream), LONG).await?.body {
        Body::Whole(body, seen) => Ok(Got { text: String::from_utf8(body.to_vec()).unwrap(), cut: false, seen: *seen }),
        Body::Stream(mut stream) => {
            let (text, failed) = drain(&mut stream).await;
            Ok(Got { text, cut: failed.is_some(), seen: stream.seen().clone() })
        }
    }
}

/// What every face gets in one piece; the same must come of every way to cut it up.
async fn however(name: &'static str, stream: bool) -> Vec<Got> {
    let exchange = Exchange::read(name);
    let (whole, bytes) = (replayed(&exchange, Cut::Whole).await, replayed(&exchange, Cut::Bytes).await);
    let mut all = Vec::new();
    for face in FACES {
        let got = get(&whole, face, stream).await.unwrap_or_else(|failed| panic!("{name} {face:?}: {failed}"));
        assert_eq!(get(&bytes, face, stream).await.unwrap(), got, "{name} {face:?} byte by byte");
        let cut = replayed(&exchange, Cut::Everywhere).await;
        for at in 0..=exchange.body.len() {
            assert_eq!(get(&cut, face, stream).await.unwrap(), got, "{name} {face:?} cut at {at}");
        }
        all.push(got);
    }
    all
}

fn events(text: &str) -> Vec<Value> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|line| *line != "[DONE]");
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a stream of chat completions says: text, reasoning, and the calls by their places.
fn of_chat(text: &str) -> (String, Vec<(String, Value)>) {
    let (mut said, mut calls) = (String::new(), Vec::<(String, String)>::new());
    for chunk in events(text) {
        let delta = &chunk["choices"][0]["delta"];
        said.push_str(delta["content"].as_str().unwrap_or_default());
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            let place = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
            calls.resize(calls.len().max(place + 1), Default::default());
            calls[place].0.push_str(call["function"]["name"].as_str().unwrap_or_default());
            calls[place].1.push_str(call["function"]["arguments"].as_str().unwrap_or_default());
        }
    }
    (said, calls.into_iter().map(|(name, json)| (name, serde_json::from_str(&json).unwrap())).collect())
}

fn cities(calls: &[(String, Value)]) -> Vec<&str> {
    assert!(calls.iter().all(|(name, _)| name == "weather"), "{calls:?}");
    calls.iter().map(|(_, arguments)| arguments["city"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn anthropics_stream_with_thinking_tools_pings_and_events_nobody_knows() {
    let all = however("anthropic-thinking-and-tools", true).await;
    let usage = Usage { input: 1432, output: 94, cache_read: 1000, cache_write: 20, ..Usage::default() };
    for (got, face) in all.iter().zip(FACES) {
        let seen = &got.seen;
        assert_eq!((seen.output.as_str(), seen.tool_calls, seen.usage), ("I'll look at both 🙂.", 2, Some(usage)), "{face:?}");
        assert_eq!((seen.finish.as_deref(), seen.complete, got.cut), (Some("tool_calls"), true, false), "{face:?}");
        assert!(!got.text.contains("not to be said") || face == Face::Messages, "{face:?}: {}", got.text);
    }
    assert_eq!(all[1].text, Exchange::read("anthropic-thinking-and-tools").body, "its own clients get it byte for byte");
    let (said, calls) = of_chat(&all[0].text);
    assert_eq!((said.as_str(), cities(&calls)), ("I'll look at both 🙂.", vec!["Zürich", "Rome"]), "{}", all[0].text);
    let told: String = events(&all[2].text)
        .iter()
        .filter(|e| e["type"] == "response.output_text.delta")
        .map(|e| e["delta"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told, "I'll look at both 🙂.");
    let lines: Vec<Value> = all[3].text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let thought: String = lines.iter().filter_map(|line| line["message"]["thinking"].as_str()).collect();
    assert_eq!(thought, "Two cities, so two calls – naïve but right.");
    assert_eq!((&lines.last().unwrap()["done"], &lines.last().unwrap()["eval_count"]), (&json!(true), &json!(94)));
}

#[tokio::test]
async fn ollamas_stream_with_thinking_and_tools() {
    let all = however("ollama-thinking-and-tools", true).await;
    let usage = Usage { input: 212, output: 64, ..Usage::default() };
    for (got, face) in all.iter().zip(FACES) {
        let seen = &got.seen;
        assert_eq!((seen.output.as_str(), seen.tool_calls, seen.usage), ("I'll look at both 🙂.", 2, Some(usage)), "{face:?}");
        assert_eq!((seen.finish.as_deref(), seen.complete, got.cut), (Some("tool_calls"), true, false), "{face:?}");
    }
    assert_eq!(all[3].text, Exchange::read("ollama-thinking-and-tools").body, "its own clients get it byte for byte");
    let (said, calls) = of_chat(&all[0].text);
    assert_eq!((said.as_str(), cities(&calls)), ("I'll look at both 🙂.", vec!["Zürich", "Rome"]), "{}", all[0].text);
    let message = events(&all[1].text);
    let kinds: Vec<&str> = message.iter().filter_map(|event| event["content_block"]["type"].as_str()).collect();
    assert_eq!(kinds, ["thinking", "text", "tool_use", "tool_use"], "{}", all[1].text);
}

#[tokio::test]
async fn a_stream_that_fails_midway_says_so_after_what_came_to_every_face() {
    for (name, kind, words) in [
        ("anthropic-overloaded-midway", "overloaded_error", "Overloaded"),
        ("ollama-fails-midway", "api_error", "CUDA error: out of memory"),
    ] {
        for (got, face) in however(name, true).await.iter().zip(FACES) {
            let failure = got.seen.failure.as_ref().unwrap_or_else(|| panic!("{name} {face:?}: {}", got.text));
            assert_eq!((failure.kind.as_str(), got.seen.output.as_str(), got.seen.complete), (kind, "Half an ", false), "{name} {face:?}");
            assert!(failure.message.contains(words) && got.text.contains(words), "{name} {face:?}: {}", got.text);
            assert!(got.text.contains("Half an "), "{name} {face:?}: {}", got.text);
        }
    }
}

#[tokio::test]
async fn whole_answers_with_text_thinking_and_a_call() {
    for name in ["anthropic-whole", "ollama-whole"] {
        let all = however(name, false).await;
        for (got, face) in all.iter().zip(FACES) {
            let usage = Some(Usage { input: 50, output: 31, ..Usage::default() });
            assert_eq!((got.seen.output.as_str(), got.seen.tool_calls, got.seen.usage), ("It is 12 °C.", 1, usage), "{name} {face:?}");
            assert!(got.text.contains("12 °C") && got.text.contains("Zürich"), "{name} {face:?}: {}", got.text);
        }
        let chat: Value = serde_json::from_str(&all[0].text).unwrap();
        let call = &chat["choices"][0]["message"]["tool_calls"][0]["function"];
        assert_eq!(serde_json::from_str::<Value>(call["arguments"].as_str().unwrap()).unwrap(), json!({"city": "Zürich"}), "{chat}");
        assert_eq!(chat["choices"][0]["finish_reason"], "tool_calls", "{chat}");
    }
}

#[tokio::test]
async fn refusals_keep_their_status_and_words_and_say_whether_another_try_may_help() {
    for (name, status, again, words) in [
        ("anthropic-rate-limit", 429, Some(Some(Duration::from_secs(17))), "rate limit of 50 requests"),
        ("anthropic-overloaded", 529, Some(None), "Overloaded"),
        ("ollama-no-model", 404, None, "model 'qwen3:14b' not found"),
        ("ollama-no-tools", 400, None, "does not support tools"),
    ] {
        let exchange = Exchange::read(name);
        for cut in [Cut::Whole, Cut::Bytes] {
            let provider = replayed(&exchange, cut).await;
            for (face, stream) in FACES.into_iter().flat_map(|face| [(face, false), (face, true)]) {
                let failed = get(&provider, face, stream).await.unwrap_err();
                let (told, body, _) = failed.told(face, provider.manner().tongue);
                assert_eq!((told, failed.again(0)), (status, again), "{name} {face:?}");
                assert!(String::from_utf8_lossy(&body).contains(words), "{name} {face:?}: {body:?}");
            }
        }
    }
}
