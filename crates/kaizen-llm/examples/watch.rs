//! How long it takes to watch and to translate: `cargo run --release -p kaizen-llm --example watch`.

use bytes::{Bytes, BytesMut};
use kaizen_llm::face::{Face, Tongue, read};
use kaizen_llm::translate::{Upstream, outgoing};
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

const REQUEST: &str = r#"{"model":"gpt-4o-mini","stream":true,"temperature":0.7,"messages":[{"role":"system","content":"You are a helpful assistant."},{"role":"user","content":"Tell me something about the history of the lighthouse at Alexandria, in a few sentences."}]}"#;
const MESSAGES: &str =
    r#"{"model":"claude","stream":true,"max_tokens":500,"messages":[{"role":"user","content":"Tell me something about the lighthouse."}]}"#;
const CHUNK: &str = "data: {\"id\":\"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG\",\"object\":\"chat.completion.chunk\",\"created\":1741570283,\"model\":\"gpt-4o-mini-2024-07-18\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_06737a9306\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" lighthouse\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n";
const DELTA: &str = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" lighthouse\"}}\n\n";
const WHOLE: &str = r#"{"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion","created":1741569952,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"Hello! How can I assist you today? The lighthouse of Alexandria was built in the third century before our era and stood for more than a thousand years.","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":40,"total_tokens":59,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_b376dfbbd5"}"#;
const ROUNDS: u32 = 200_000;

fn upstream(face: Face, tongue: Tongue, request: &Bytes) -> Result<Upstream, Box<dyn Error>> {
    Ok(outgoing(face, tongue, "gpt-4o-mini-2024-07-18", &read(face, request)?, request)?)
}

fn time(what: &str, rounds: u32, mut work: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    for _ in 0..rounds {
        work()?;
    }
    println!("{what}: {} ns", start.elapsed().as_nanos() / u128::from(rounds));
    Ok(())
}

fn events(what: &str, face: Face, tongue: Tongue, request: &Bytes, event: &str) -> Result<(), Box<dyn Error>> {
    let mut reader = upstream(face, tongue, request)?.reader;
    let mut out = BytesMut::with_capacity(4096);
    time(what, ROUNDS, || {
        reader.push(black_box(event.as_bytes()), &mut out)?;
        out.clear();
        Ok(())
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let chat = Bytes::from_static(REQUEST.as_bytes());
    let messages = Bytes::from_static(MESSAGES.as_bytes());
    let whole = Bytes::from_static(WHOLE.as_bytes());
    time("read a request", ROUNDS, || {
        black_box(read(Face::Chat, &chat)?);
        Ok(())
    })?;
    let asked = read(Face::Chat, &chat)?;
    time("send it on", ROUNDS, || {
        black_box(outgoing(Face::Chat, Tongue::OpenAi, "other", &asked, &chat)?);
        Ok(())
    })?;
    time("translate it to Anthropic's", ROUNDS, || {
        black_box(outgoing(Face::Chat, Tongue::Anthropic, "other", &asked, &chat)?);
        Ok(())
    })?;
    time("request and whole answer", ROUNDS, || {
        let mut reader = upstream(Face::Chat, Tongue::OpenAi, &chat)?.reader;
        black_box(reader.whole(whole.clone())?);
        Ok(())
    })?;
    events("an event of chat, passed on", Face::Chat, Tongue::OpenAi, &chat, CHUNK)?;
    events("an event of Anthropic's, passed on", Face::Messages, Tongue::Anthropic, &messages, DELTA)?;
    events("an event of Anthropic's as a chunk", Face::Chat, Tongue::Anthropic, &chat, DELTA)?;
    events("a chunk as an event of Anthropic's", Face::Messages, Tongue::OpenAi, &messages, CHUNK)?;
    events("a chunk as a line of Ollama's", Face::OllamaChat, Tongue::OpenAi, &chat, CHUNK)
}
