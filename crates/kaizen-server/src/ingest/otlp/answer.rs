//! What an exporter is answered: an export response, or a `google.rpc.Status`, in the encoding of its request.

use super::{Encoding, Received, Refused, Signal, decode};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
use prost::Message;
use serde_json::json;

/// How many reasons an answer names; the rest is counted.
const REASONS: usize = 3;

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its media type.
    pub content_type: &'static str,
    /// Its body.
    pub body: Vec<u8>,
}

/// `google.rpc.Status`, without details.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

/// The answer to a request that was kept; exporters must not send again what it rejects.
pub fn success(received: &Received) -> Answer {
    let rejected = received.bad.len() as i64;
    let reasons = reasons(received);
    let body = match received.encoding {
        Encoding::Protobuf => partial(received.signal, rejected, reasons),
        Encoding::Json if rejected == 0 => b"{}".to_vec(),
        Encoding::Json => {
            let count = match received.signal {
                Signal::Traces => "rejectedSpans",
                Signal::Logs => "rejectedLogRecords",
                Signal::Metrics => "rejectedDataPoints",
            };
            json!({"partialSuccess": {count: rejected.to_string(), "errorMessage": reasons}}).to_string().into_bytes()
        }
    };
    Answer { status: 200, content_type: media(received.encoding), body }
}

fn partial(signal: Signal, rejected: i64, error_message: String) -> Vec<u8> {
    let some = rejected > 0;
    match signal {
        Signal::Traces => {
            let partial_success = some.then_some(ExportTracePartialSuccess { rejected_spans: rejected, error_message });
            ExportTraceServiceResponse { partial_success }.encode_to_vec()
        }
        Signal::Logs => {
            let partial_success = some.then_some(ExportLogsPartialSuccess { rejected_log_records: rejected, error_message });
            ExportLogsServiceResponse { partial_success }.encode_to_vec()
        }
        Signal::Metrics => {
            let partial_success = some.then_some(ExportMetricsPartialSuccess { rejected_data_points: rejected, error_message });
            ExportMetricsServiceResponse { partial_success }.encode_to_vec()
        }
    }
}

fn reasons(received: &Received) -> String {
    let named: Vec<&str> = received.bad.iter().take(REASONS).map(|bad| bad.reason.as_str()).collect();
    match received.bad.len().saturating_sub(REASONS) {
        0 => named.join("; "),
        more => format!("{}; and {more} more", named.join("; ")),
    }
}

/// The answer to a request that was refused, in the encoding it came in; in JSON where it had none of ours.
pub fn refusal(content_type: Option<&str>, refused: &Refused) -> Answer {
    // The numbers of google.rpc.Code: INVALID_ARGUMENT and RESOURCE_EXHAUSTED.
    let code = if matches!(refused, Refused::TooLarge { .. }) { 8 } else { 3 };
    failure(encoding_for(content_type), refused.status(), code, refused.to_string())
}

/// How whoever sends this media type reads answers; JSON where it is none of ours.
pub fn encoding_for(content_type: Option<&str>) -> Encoding {
    decode::encoding(content_type).unwrap_or(Encoding::Json)
}

/// Any other failure, for what surrounds this: `code` is a number of `google.rpc.Code`.
pub fn failure(encoding: Encoding, status: u16, code: i32, message: String) -> Answer {
    let body = match encoding {
        Encoding::Protobuf => Status { code, message }.encode_to_vec(),
        Encoding::Json => json!({"code": code, "message": message}).to_string().into_bytes(),
    };
    Answer { status, content_type: media(encoding), body }
}

fn media(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Protobuf => "application/x-protobuf",
        Encoding::Json => "application/json",
    }
}
