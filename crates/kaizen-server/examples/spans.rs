//! Measures how many spans one core decodes in a second: `cargo run --release -p kaizen-server --example spans`.
//!
//! The request is what an exporter sends: 512 spans of three sorts with the attributes of real ones, in protobuf, in gzip and in
//! JSON.

use kaizen_server::ingest::otlp::{Reading, Signal, receive};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use std::io::Write;
use std::time::{Duration, Instant};

const SPANS: u64 = 512;
const NOW: i64 = 1_800_000_000_000;

fn main() -> std::io::Result<()> {
    let request = request();
    let plain = request.encode_to_vec();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&plain)?;
    let gzip = gzip.finish()?;
    let json = serde_json::to_vec(&request)?;
    measure("protobuf", "application/x-protobuf", None, &plain);
    measure("protobuf, gzip", "application/x-protobuf", Some("gzip"), &gzip);
    measure("json", "application/json", None, &json);
    Ok(())
}

fn measure(name: &str, media: &str, compression: Option<&str>, body: &[u8]) {
    let begun = Instant::now();
    let mut operations = 0;
    let mut spans = 0;
    while begun.elapsed() < Duration::from_secs(2) {
        let received = receive(Signal::Traces, Some(media), compression, body, &Reading::at(NOW));
        operations += received.map_or(0, |received| received.operations.len());
        spans += SPANS;
    }
    let rate = spans as f64 / begun.elapsed().as_secs_f64();
    println!("{name}: {rate:.0} spans/s, {} bytes a span, {} of {spans} became operations", body.len() as u64 / SPANS, operations);
}

fn request() -> ExportTraceServiceRequest {
    let spans = (0..SPANS).map(|at| span(at + 1)).collect();
    let resource = ResourceSpans { scope_spans: vec![ScopeSpans { spans, ..ScopeSpans::default() }], ..ResourceSpans::default() };
    ExportTraceServiceRequest { resource_spans: vec![resource] }
}

/// Of three spans one is an agent, one asks a model, one is a plain inner span.
fn span(at: u64) -> Span {
    let start = NOW as u64 * 1_000_000 - 1_000_000_000 + at;
    Span {
        trace_id: (u128::from(at / 3) + 1).to_be_bytes().to_vec(),
        span_id: at.to_be_bytes().to_vec(),
        parent_span_id: if at.is_multiple_of(3) { Vec::new() } else { (at - at % 3).to_be_bytes().to_vec() },
        name: "chat small-2026".to_owned(),
        kind: 3,
        start_time_unix_nano: start,
        end_time_unix_nano: start + 250_000_000,
        attributes: match at % 3 {
            0 => vec![text("gen_ai.operation.name", "invoke_agent"), text("gen_ai.agent.name", "clerk")],
            1 => inference(),
            _ => vec![text("http.request.method", "POST"), text("url.full", "http://127.0.0.1/v1/chat/completions")],
        },
        ..Span::default()
    }
}

fn inference() -> Vec<KeyValue> {
    let messages = r#"[{"role":"user","parts":[{"type":"text","content":"The capital of Switzerland, and of each of its cantons?"}]}]"#;
    vec![
        text("gen_ai.operation.name", "chat"),
        text("gen_ai.provider.name", "openai"),
        text("gen_ai.request.model", "small"),
        text("gen_ai.response.model", "small-2026"),
        text("gen_ai.response.id", "chatcmpl-123456789"),
        text("server.address", "127.0.0.1"),
        count("server.port", 8400),
        count("gen_ai.request.max_tokens", 500),
        count("gen_ai.usage.input_tokens", 120),
        count("gen_ai.usage.output_tokens", 40),
        count("gen_ai.usage.cache_read.input_tokens", 100),
        text("gen_ai.conversation.id", "talk-1"),
        text("gen_ai.input.messages", messages),
        text("gen_ai.output.messages", messages),
    ]
}

fn text(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(Value::StringValue(value.to_owned())) }) }
}

fn count(key: &str, value: i64) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(Value::IntValue(value)) }) }
}
