//! From bytes to messages: media type, decompression within a limit, protobuf or JSON.

use super::{Bad, Encoding, Reading, Refused, Signal, json};
use flate2::read::MultiGzDecoder;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1::ResourceLogs;
use opentelemetry_proto::tonic::metrics::v1::ResourceMetrics;
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use prost::Message;
use std::borrow::Cow;
use std::io::Read;

/// A request's records, whichever way they were written.
pub(super) enum Payload {
    Traces(Vec<ResourceSpans>),
    Logs(Vec<ResourceLogs>),
    Metrics(Vec<ResourceMetrics>),
}

/// The encoding a media type names; parameters do not matter.
pub(super) fn encoding(content_type: Option<&str>) -> Result<Encoding, Refused> {
    let named = content_type.unwrap_or_default();
    let bare = named.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match bare.as_str() {
        "application/x-protobuf" | "application/protobuf" => Ok(Encoding::Protobuf),
        "application/json" => Ok(Encoding::Json),
        _ => Err(Refused::MediaType(shown(named))),
    }
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// The body as it was before compression, never more than `limit` bytes of it.
pub(super) fn decompress<'a>(compression: Option<&str>, body: &'a [u8], limit: usize) -> Result<Cow<'a, [u8]>, Refused> {
    let named = compression.unwrap_or_default().trim();
    match named.to_ascii_lowercase().as_str() {
        "" | "identity" if body.len() > limit => Err(Refused::TooLarge { limit }),
        "" | "identity" => Ok(Cow::Borrowed(body)),
        "gzip" | "x-gzip" => gunzip(body, limit).map(Cow::Owned),
        _ => Err(Refused::Compression(shown(named))),
    }
}

fn gunzip(body: &[u8], limit: usize) -> Result<Vec<u8>, Refused> {
    let mut plain = Vec::with_capacity(body.len().saturating_mul(4).min(limit));
    let mut source = MultiGzDecoder::new(body).take(limit as u64 + 1);
    source.read_to_end(&mut plain).map_err(|error| Refused::Garbage(format!("gzip: {error}")))?;
    match plain.len() > limit {
        true => Err(Refused::TooLarge { limit }),
        false => Ok(plain),
    }
}

/// The records of a body. What is wrong with one of them only goes to `bad`.
pub(super) fn payload(signal: Signal, encoding: Encoding, body: &[u8], reading: &Reading, bad: &mut Vec<Bad>) -> Result<Payload, Refused> {
    let garbage = |error: prost::DecodeError| Refused::Garbage(error.to_string());
    Ok(match (encoding, signal) {
        (Encoding::Protobuf, Signal::Traces) => Payload::Traces(ExportTraceServiceRequest::decode(body).map_err(garbage)?.resource_spans),
        (Encoding::Protobuf, Signal::Logs) => Payload::Logs(ExportLogsServiceRequest::decode(body).map_err(garbage)?.resource_logs),
        (Encoding::Protobuf, Signal::Metrics) => {
            Payload::Metrics(ExportMetricsServiceRequest::decode(body).map_err(garbage)?.resource_metrics)
        }
        (Encoding::Json, signal) => {
            let document = serde_json::from_slice(body).map_err(|error| Refused::Garbage(error.to_string()))?;
            json::payload(signal, document, reading, bad).map_err(Refused::Garbage)?
        }
    })
}
