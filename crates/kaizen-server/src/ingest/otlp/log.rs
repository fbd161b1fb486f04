//! Log records to operations, and to the content of operations that spans tell.
//!
//! Only the records of EVENTS tell of work; every other log is passed over. A call that a span tells too is never told twice:
//! Claude Code's span and event share the id of their request, and an inference's details belong to its span.

use super::attribute::{self, cut};
use super::entity::{self, Beside, Work};
use super::event::{self, Tells};
use super::names::{Dialect, Field, Fields};
use super::span::failure;
use super::{Bad, Reading, Received, Said, content};
use kaizen_domain::operation::{Content, Failure, Operation, OperationId, Outcome, Source};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs};
use prost::Message;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What was said in the inference of one span, gathered over its records.
#[derive(Default)]
struct Conversation {
    input: Vec<Value>,
    output: Vec<Value>,
    whole: Option<Content>,
}

/// A record with what was understood of it.
struct Told<'a> {
    record: &'a LogRecord,
    service: Option<&'a str>,
    plain: bool,
    fields: Fields<'a>,
}

/// Reads the records of a request.
pub(super) fn read(resources: Vec<ResourceLogs>, reading: &Reading, received: &mut Received) {
    let mut conversations = BTreeMap::new();
    for resource in &resources {
        let attributes = resource.resource.as_ref().map_or(&[][..], |resource| &resource.attributes);
        let service = attribute::find(attributes, "service.name");
        for record in resource.scope_logs.iter().flat_map(|scope| &scope.log_records) {
            one(record, service, reading, received, &mut conversations);
        }
    }
    let said = conversations.into_iter().filter_map(|(id, talk)| Some(Said { operation: id.parse().ok()?, content: talk.content()? }));
    received.said.extend(said);
}

fn one(
    record: &LogRecord,
    service: Option<&str>,
    reading: &Reading,
    received: &mut Received,
    conversations: &mut BTreeMap<String, Conversation>,
) {
    let Some((dialect, tells)) = named(record) else {
        received.passed_over += 1;
        return;
    };
    let plain = matches!(dialect, Dialect::ClaudeCode | Dialect::Codex | Dialect::GeminiCli);
    let told = Told { record, service, plain, fields: Fields::of(&record.attributes, plain) };
    if told.of_a_span(tells) {
        if reading.content {
            told.join(tells, conversations);
        }
        received.passed_over += 1;
        return;
    }
    match told.operation(tells, reading) {
        Ok(Some(operation)) => received.operations.push(operation),
        Ok(None) => received.passed_over += 1,
        Err(reason) => received.bad.push(Bad::message(format!("log record: {reason}"), record, reading)),
    }
}

fn beside(tells: Tells) -> Beside {
    match tells {
        Tells::Call { beside } => beside,
        _ => Beside::Nothing,
    }
}

/// How the record is read, by any of the places where its name may stand.
fn named(record: &LogRecord) -> Option<(Dialect, Tells)> {
    let body = record.body.as_ref().and_then(|body| match &body.value {
        Some(Any::StringValue(text)) => Some(text.as_str()),
        _ => None,
    });
    let attribute = attribute::find(&record.attributes, "event.name");
    event::known([Some(record.event_name.as_str()), attribute, body].into_iter().flatten())
}

impl Told<'_> {
    /// Whether a span tells of the work, and this adds what was said. Gemini CLI repeats its calls in this form.
    fn of_a_span(&self, tells: Tells) -> bool {
        let has_span = entity::is_id(&self.record.span_id, 8) && entity::is_id(&self.record.trace_id, 16);
        match tells {
            Tells::Inference => has_span || self.service == Some("gemini-cli"),
            Tells::Message { .. } | Tells::Choice => true,
            _ => false,
        }
    }

    /// Adds what was said to the conversation of the span.
    fn join(&self, tells: Tells, conversations: &mut BTreeMap<String, Conversation>) {
        let Ok(id) = entity::span_operation(None, &self.record.trace_id, &self.record.span_id) else { return };
        let talk = conversations.entry(id.to_string()).or_default();
        match tells {
            Tells::Message { role } => talk.input.push(self.message(Some(role))),
            Tells::Choice => talk.output.push(self.message(None)),
            _ => talk.whole = content::of_record(&self.record.attributes, &self.fields),
        }
    }

    fn message(&self, role: Option<&str>) -> Value {
        let mut message = role.map(|role| Map::from_iter([("role".to_owned(), json!(role))])).unwrap_or_default();
        match self.record.body.as_ref().map(attribute::json) {
            Some(Value::Object(body)) => message.extend(body),
            Some(Value::Null) | None => {}
            Some(other) => {
                message.insert("content".to_owned(), other);
            }
        }
        Value::Object(message)
    }

    /// The operation it tells of; `None` where another record tells of it.
    fn operation(&self, tells: Tells, reading: &Reading) -> Result<Option<Operation>, String> {
        let (work, failed) = match tells {
            Tells::Call { .. } => (Work::Chat, false),
            Tells::FailedCall => (Work::Chat, true),
            Tells::Tool => (Work::Tool, self.fields.truth(Field::Success) == Some(false)),
            Tells::Inference => (self.fields.work().unwrap_or(Work::Chat), self.fields.text(Field::ErrorType).is_some()),
            Tells::CodexStream | Tells::CodexAttempt => match self.codex(tells) {
                Some(failed) => (Work::Chat, failed),
                None => return Ok(None),
            },
            Tells::Message { .. } | Tells::Choice => return Ok(None),
        };
        self.whole(work, failed, tells, reading).map(Some)
    }

    /// Whether a record of Codex tells of a call's end, and whether that is a failure.
    fn codex(&self, tells: Tells) -> Option<bool> {
        let error = self.fields.text(Field::ErrorText).is_some();
        let refused = self.fields.count(Field::HttpStatus).is_some_and(|status| status >= 400);
        if error || refused {
            return Some(true);
        }
        let completed = attribute::find(&self.record.attributes, "event.kind") == Some("response.completed");
        (tells == Tells::CodexStream && completed).then_some(false)
    }

    fn whole(&self, work: Work, failed: bool, tells: Tells, reading: &Reading) -> Result<Operation, String> {
        let record = self.record;
        let end = if record.time_unix_nano == 0 { record.observed_time_unix_nano } else { record.time_unix_nano };
        let millis = self.fields.number(Field::DurationMillis).filter(|millis| *millis >= 0.0);
        let moment = entity::moment(end.saturating_sub((millis.unwrap_or(0.0) * 1e6) as u64), end, reading.now)?;
        let inference = work.is_inference();
        let mut operation = Operation {
            id: self.id()?,
            kind: entity::kind(&self.fields, work.word())?,
            started_at: moment.started_at,
            duration_us: moment.duration_us,
            first_token_us: entity::first_token(&self.fields),
            outcome: if failed { Outcome::Failed } else { Outcome::Ok },
            error: failed.then(|| self.failure()),
            session: entity::session(&self.fields, &record.trace_id),
            parent: None,
            tenant: None,
            model: if inference { entity::model(&self.fields) } else { None },
            usage: if inference { entity::usage(&self.fields, beside(tells)) } else { None },
            cost: if inference { entity::cost(&self.fields) } else { None },
            offline: None,
            cache: None,
            route: None,
            quality: None,
            source: Source::Otlp,
            content: if reading.content { content::of_record(&record.attributes, &self.fields) } else { None },
            attributes: entity::rest(&record.attributes, self.plain),
        };
        self.note(&mut operation, moment.note, millis.is_none());
        Ok(operation)
    }

    fn note(&self, operation: &mut Operation, clock: Option<String>, no_duration: bool) {
        let mut put = |name: &str, value: Value| operation.attributes.insert(name.to_owned(), value);
        if let Some(service) = self.service {
            put("service.name", Value::String(cut(service.to_owned(), attribute::TEXT_LIMIT)));
        }
        if let Some(clock) = clock {
            put("clock", Value::String(clock));
        }
        if no_duration {
            put("duration", json!("not said"));
        }
    }

    fn failure(&self) -> Failure {
        let named = self.fields.text(Field::ErrorType);
        let status = self.fields.text(Field::HttpStatus).map(|status| format!("http_{status}"));
        failure(named.or(status).unwrap_or_else(|| "error".to_owned()), self.fields.text(Field::ErrorText))
    }

    /// The id of the call where the sender gave one; else the record's content, so that sending it again changes nothing.
    fn id(&self) -> Result<OperationId, String> {
        if let Some(id) = self.fields.text(Field::Request).as_deref().and_then(entity::request_operation) {
            return Ok(id);
        }
        // When it was observed differs from one sending to the next, unless it is all the time there is.
        let observed_time_unix_nano = if self.record.time_unix_nano == 0 { self.record.observed_time_unix_nano } else { 0 };
        let told = LogRecord { observed_time_unix_nano, ..self.record.clone() };
        format!("log:{}", entity::digest(&told.encode_to_vec())).try_into().map_err(|error| format!("{error}"))
    }
}

impl Conversation {
    fn content(self) -> Option<Content> {
        let list = |messages: Vec<Value>| (!messages.is_empty()).then(|| Value::Array(messages).to_string());
        let (input, output) = (list(self.input), list(self.output));
        match self.whole {
            Some(whole) => content::some(whole.input.or(input), whole.output.or(output)),
            None => content::some(input, output),
        }
    }
}
