//! OTLP's JSON to the messages that protobuf gives: ids in hexadecimal, 64-bit numbers as strings or numbers, enums by number
//! or by name, unknown fields ignored.
//!
//! The readers of the protobuf crate are not used here: they give up a whole request for one odd attribute, and know no enum
//! names. A broken record becomes a [`Bad`]; a broken envelope is an error.

mod metric;
mod reader;

use super::decode::Payload;
use super::{Bad, Reading, Signal};
use metric::metric;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use reader::{Object, Outcome};
use serde_json::Value;

/// The records of a document.
pub(super) fn payload(signal: Signal, document: Value, reading: &Reading, bad: &mut Vec<Bad>) -> Result<Payload, String> {
    let mut reject = |reason: String, record: &Value| bad.push(Bad::of(reason, record.clone(), reading));
    let whole = Object::of(&document, "the body")?;
    belongs(signal, &whole)?;
    Ok(match signal {
        Signal::Traces => Payload::Traces(whole.each("resourceSpans", |resource| {
            Ok(ResourceSpans {
                resource: owner(&resource)?,
                scope_spans: resource.each("scopeSpans", |scope| {
                    Ok(ScopeSpans {
                        scope: self::scope(&scope)?,
                        spans: records(&scope, "spans", span, &mut reject)?,
                        ..ScopeSpans::default()
                    })
                })?,
                ..ResourceSpans::default()
            })
        })?),
        Signal::Logs => Payload::Logs(whole.each("resourceLogs", |resource| {
            Ok(ResourceLogs {
                resource: owner(&resource)?,
                scope_logs: resource.each("scopeLogs", |scope| {
                    let log_records = records(&scope, "logRecords", log_record, &mut reject)?;
                    Ok(ScopeLogs { scope: self::scope(&scope)?, log_records, ..ScopeLogs::default() })
                })?,
                ..ResourceLogs::default()
            })
        })?),
        Signal::Metrics => Payload::Metrics(whole.each("resourceMetrics", |resource| {
            Ok(ResourceMetrics {
                resource: owner(&resource)?,
                scope_metrics: resource.each("scopeMetrics", |scope| {
                    let metrics = records(&scope, "metrics", metric, &mut reject)?;
                    Ok(ScopeMetrics { scope: self::scope(&scope)?, metrics, ..ScopeMetrics::default() })
                })?,
                ..ResourceMetrics::default()
            })
        })?),
    })
}

/// A body for another address is refused with that address, instead of being ignored as unknown fields.
fn belongs(signal: Signal, whole: &Object<'_>) -> Result<(), String> {
    let keys = [(Signal::Traces, "resourceSpans"), (Signal::Logs, "resourceLogs"), (Signal::Metrics, "resourceMetrics")];
    if keys.iter().any(|(of, key)| *of == signal && whole.has(key)) {
        return Ok(());
    }
    match keys.iter().find(|(_, key)| whole.has(key)) {
        Some((other, key)) => Err(format!("{key} belong to /v1/{}", other.word())),
        None => Ok(()),
    }
}

fn owner(holder: &Object<'_>) -> Outcome<Option<Resource>> {
    holder
        .object("resource")?
        .map(|resource| Ok(Resource { attributes: attributes(&resource, "attributes")?, ..Resource::default() }))
        .transpose()
}

fn scope(holder: &Object<'_>) -> Outcome<Option<InstrumentationScope>> {
    let read = |scope: Object<'_>| {
        Ok(InstrumentationScope { name: scope.text("name")?, version: scope.text("version")?, ..InstrumentationScope::default() })
    };
    holder.object("scope")?.map(read).transpose()
}

/// The records below `key`: the broken ones are rejected.
fn records<T>(
    holder: &Object<'_>,
    key: &str,
    read: impl Fn(&Object<'_>) -> Outcome<T>,
    reject: &mut impl FnMut(String, &Value),
) -> Outcome<Vec<T>> {
    let mut good = Vec::new();
    for value in holder.list(key)? {
        match Object::of(value, "a record").and_then(|record| read(&record)) {
            Ok(record) => good.push(record),
            Err(reason) => reject(reason, value),
        }
    }
    Ok(good)
}

fn span(record: &Object<'_>) -> Outcome<Span> {
    Ok(Span {
        trace_id: record.hex("traceId")?,
        span_id: record.hex("spanId")?,
        parent_span_id: record.hex("parentSpanId")?,
        flags: record.whole("flags")?,
        name: record.text("name")?,
        kind: record.choice("kind", |name| SpanKind::from_str_name(name).map(i32::from))?,
        start_time_unix_nano: record.whole("startTimeUnixNano")?,
        end_time_unix_nano: record.whole("endTimeUnixNano")?,
        attributes: attributes(record, "attributes")?,
        events: record.each("events", |event| span_event(&event))?,
        links: record.each("links", |link| Ok(Link { trace_id: link.hex("traceId")?, span_id: link.hex("spanId")?, ..Link::default() }))?,
        status: record.object("status")?.map(|status| self::status(&status)).transpose()?,
        ..Span::default()
    })
}

fn span_event(event: &Object<'_>) -> Outcome<Event> {
    Ok(Event {
        time_unix_nano: event.whole("timeUnixNano")?,
        name: event.text("name")?,
        attributes: attributes(event, "attributes")?,
        ..Event::default()
    })
}

fn status(status: &Object<'_>) -> Outcome<Status> {
    let code = status.choice("code", |name| StatusCode::from_str_name(name).map(i32::from))?;
    Ok(Status { message: status.text("message")?, code })
}

fn log_record(record: &Object<'_>) -> Outcome<LogRecord> {
    Ok(LogRecord {
        time_unix_nano: record.whole("timeUnixNano")?,
        observed_time_unix_nano: record.whole("observedTimeUnixNano")?,
        body: record.value("body").map(any).transpose()?,
        attributes: attributes(record, "attributes")?,
        trace_id: record.hex("traceId")?,
        span_id: record.hex("spanId")?,
        event_name: record.text("eventName")?,
        ..LogRecord::default()
    })
}

fn attributes(holder: &Object<'_>, key: &str) -> Outcome<Vec<KeyValue>> {
    holder.each(key, |pair| Ok(KeyValue { key: pair.text("key")?, value: pair.value("value").map(any).transpose()? }))
}

fn any(value: &Value) -> Outcome<AnyValue> {
    let object = Object::of(value, "an attribute's value")?;
    let value = if let Some(text) = object.value("stringValue") {
        Some(Any::StringValue(reader::text(text, "stringValue")?))
    } else if let Some(number) = object.value("intValue") {
        Some(Any::IntValue(reader::whole(number, "intValue")?))
    } else if let Some(number) = object.value("doubleValue") {
        Some(Any::DoubleValue(reader::real(number, "doubleValue")?))
    } else if let Some(truth) = object.value("boolValue") {
        Some(Any::BoolValue(truth.as_bool().ok_or("boolValue is neither true nor false")?))
    } else if let Some(list) = object.object("arrayValue")? {
        let values = list.list("values")?.iter().map(any).collect::<Outcome<_>>()?;
        Some(Any::ArrayValue(ArrayValue { values }))
    } else if let Some(list) = object.object("kvlistValue")? {
        Some(Any::KvlistValue(KeyValueList { values: attributes(&list, "values")? }))
    } else {
        // Bytes say nothing here, and an empty value is allowed.
        None
    };
    Ok(AnyValue { value })
}
