//! OTLP over HTTP: one request's bytes in, operations and samples out, with a reason for each record that is neither.
//!
//! Pure: the clock is handed in, and what leaves here depends on the request alone, so a request that is sent twice names the
//! same operations. A record that cannot be understood never spoils its neighbours; a body that cannot be read is refused as a
//! whole. What is not kept here: the bodies of logs, histogram buckets, links.

pub mod answer;
pub mod attribute;
mod content;
mod decode;
mod entity;
mod event;
mod json;
mod log;
mod metric;
pub mod names;
mod page;
mod span;
mod tree;
mod twin;

pub use answer::{Answer, refusal, success};
pub use page::page;
pub(crate) use span::TELLER;
pub(crate) use twin::closest;

use decode::Payload;
use kaizen_domain::metric::Sample;
use kaizen_domain::operation::{Content, Operation, OperationId};

/// What a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Log records and events.
    Logs,
    /// Data points.
    Metrics,
}

impl Signal {
    /// The last part of its path: `/v1/traces`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
        }
    }
}

/// How a request and its answer are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `application/x-protobuf`.
    Protobuf,
    /// `application/json`.
    Json,
}

/// What reading depends on besides the request.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Now, in milliseconds since 1970-01-01 UTC.
    pub now: i64,
    /// The largest body after decompression, in bytes.
    pub body_limit: usize,
    /// Whether what went in and came out is read at all.
    pub content: bool,
}

impl Reading {
    /// The limit where nobody set another: what collectors accept.
    pub const BODY_LIMIT: usize = 20 << 20;

    /// Everything is read, with the usual limit.
    pub fn at(now: i64) -> Self {
        Self { now, body_limit: Self::BODY_LIMIT, content: true }
    }
}

/// A record that became nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// Why, in words for its sender.
    pub reason: String,
    /// The record as OTLP JSON; without what it may say of content where content is not read.
    pub raw: String,
}

impl Bad {
    fn of(reason: String, mut record: serde_json::Value, reading: &Reading) -> Self {
        if let (false, Some(fields)) = (reading.content, record.as_object_mut()) {
            fields.retain(|name, _| !["attributes", "events", "body", "status"].contains(&name.as_str()));
        }
        Self { reason, raw: record.to_string() }
    }

    /// Of a message that protobuf brought.
    fn message(reason: String, record: &impl serde::Serialize, reading: &Reading) -> Self {
        let written = serde_json::to_value(record);
        Self::of(reason, written.unwrap_or_else(|error| serde_json::json!({"unwritable": error.to_string()})), reading)
    }
}

/// What was said in an inference that a span tells, when it comes as a log record: for an operation that is, or will be, known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The operation of the span.
    pub operation: OperationId,
    /// What went in and came out.
    pub content: Content,
}

/// What a request told.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// What was carried.
    pub signal: Signal,
    /// How it was written.
    pub encoding: Encoding,
    /// The operations, in the order of the request.
    pub operations: Vec<Operation>,
    /// The data points.
    pub samples: Vec<Sample>,
    /// Content of operations told elsewhere.
    pub said: Vec<Said>,
    /// The records that could not be understood.
    pub bad: Vec<Bad>,
    /// How many records were understood and are no operation of their own: inner spans, other logs.
    pub passed_over: usize,
}

/// Why a request was refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not a media type of OTLP.
    #[error("content type '{0}' is not OTLP: application/x-protobuf or application/json")]
    MediaType(String),
    /// Not a compression we know.
    #[error("content encoding '{0}' is not known: gzip, or none")]
    Compression(String),
    /// Too much.
    #[error("the body is larger than {limit} bytes once decompressed")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// Not what it says it is.
    #[error("the body cannot be read: {0}")]
    Garbage(String),
}

impl Refused {
    /// The HTTP status to answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::MediaType(_) | Self::Compression(_) => 415,
            Self::TooLarge { .. } => 413,
            Self::Garbage(_) => 400,
        }
    }
}

/// Reads one request.
pub fn receive(
    signal: Signal,
    content_type: Option<&str>,
    content_encoding: Option<&str>,
    body: &[u8],
    reading: &Reading,
) -> Result<Received, Refused> {
    let encoding = decode::encoding(content_type)?;
    let plain = decode::decompress(content_encoding, body, reading.body_limit)?;
    let mut received =
        Received { signal, encoding, operations: Vec::new(), samples: Vec::new(), said: Vec::new(), bad: Vec::new(), passed_over: 0 };
    match decode::payload(signal, encoding, &plain, reading, &mut received.bad)? {
        Payload::Traces(resources) => span::read(resources, reading, &mut received),
        Payload::Logs(resources) => log::read(resources, reading, &mut received),
        Payload::Metrics(resources) => metric::read(resources, reading, &mut received),
    }
    Ok(received)
}
