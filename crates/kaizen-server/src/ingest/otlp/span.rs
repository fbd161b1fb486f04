//! Spans to operations.
//!
//! A span that names its work for a model, agent or tool is an operation of that kind. Of the others only those are that
//! somebody waits for or has to look at: where a trace enters (a root, a server, a consumer), and what failed. The spans
//! between are passed over, and what hung below them hangs below the next one that is kept.

use super::attribute::{self, cut};
use super::entity::{self, Beside, Work};
use super::names::{Field, Fields};
use super::tree::{Above, Node, Tree};
use super::twin::{self, Call};
use super::{Bad, Reading, Received, content};
use kaizen_domain::money::{Usage, Usd};
use kaizen_domain::operation::{Failure, MESSAGE_LIMIT, Operation, OperationId, Outcome, Source};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use serde_json::Value;

/// Exceptions that say that whoever asked went away.
const CANCELLATIONS: [&str; 4] = ["CancelledError", "KeyboardInterrupt", "GeneratorExit", "AbortError"];

/// The attribute that says which instrumentation told of an inference. Nothing else has it.
pub(crate) const TELLER: &str = "scope.name";

/// A span with what was understood of it.
struct Told<'a> {
    span: &'a Span,
    service: Option<&'a str>,
    plain: bool,
    fields: Fields<'a>,
    instrumentation: &'a str,
    sort: Option<Sort>,
    usage: Option<Usage>,
    cost: Option<Usd>,
    first_token: Option<u64>,
}

/// Which kind of operation a span is.
struct Sort {
    word: String,
    inference: bool,
}

/// Reads the spans of a request.
pub(super) fn read(resources: Vec<ResourceSpans>, reading: &Reading, received: &mut Received) {
    let mut told: Vec<Told<'_>> = resources.iter().flat_map(spans).collect();
    join_twins(&mut told);
    let tree = Tree::of(told.iter().map(node).collect());
    let repeats = tree.repeats();
    let ids: Vec<Result<OperationId, String>> = told.iter().map(Told::id).collect();
    for (at, told) in told.iter().enumerate() {
        if told.sort.is_none() {
            received.passed_over += 1;
            continue;
        }
        let parent = match tree.above(at) {
            Above::Nothing => None,
            Above::Node(above) => ids[above].clone().ok(),
            Above::Elsewhere(id) => entity::span_operation(None, &told.span.trace_id, id).ok(),
        };
        match ids[at].clone().and_then(|id| told.operation(id, repeats[at], reading)) {
            Ok(operation) => received.operations.push(Operation { parent, ..operation }),
            Err(reason) => received.bad.push(bad(told.span, &reason, reading)),
        }
    }
}

fn spans(resource: &ResourceSpans) -> impl Iterator<Item = Told<'_>> {
    let attributes = resource.resource.as_ref().map_or(&[][..], |resource| &resource.attributes);
    let service = attribute::find(attributes, "service.name");
    resource.scope_spans.iter().flat_map(move |scope| {
        let instrumentation = scope.scope.as_ref().map_or("", |scope| &scope.name);
        scope.spans.iter().map(move |span| Told::of(span, service, instrumentation))
    })
}

/// Makes one operation of a call that two instrumentations tell.
fn join_twins(told: &mut [Told<'_>]) {
    let asking: Vec<usize> = (0..told.len()).filter(|at| told[*at].sort.as_ref().is_some_and(|sort| sort.inference)).collect();
    let calls: Vec<Call<'_>> = asking.iter().map(|at| told[*at].call()).collect();
    for (outer, inner) in twin::pairs(&calls) {
        let inner = &mut told[asking[inner]];
        inner.sort = None;
        let (usage, cost, first_token) = (inner.usage, inner.cost, inner.first_token);
        let outer = &mut told[asking[outer]];
        outer.usage = twin::closest(outer.usage, usage);
        outer.cost = cost.or(outer.cost);
        outer.first_token = outer.first_token.or(first_token);
    }
}

fn node<'a>(told: &Told<'a>) -> Node<'a> {
    let span = told.span;
    let counts = told.usage.is_some() && told.sort.as_ref().is_some_and(|sort| sort.inference);
    Node { place: (&span.trace_id, &span.span_id), parent: &span.parent_span_id, kept: told.sort.is_some(), counts }
}

fn bad(span: &Span, reason: &str, reading: &Reading) -> Bad {
    let name: String = span.name.chars().filter(|c| !c.is_control()).take(80).collect();
    Bad::message(format!("span '{name}': {reason}"), span, reading)
}

impl<'a> Told<'a> {
    fn of(span: &'a Span, service: Option<&'a str>, instrumentation: &'a str) -> Self {
        let plain = span.name.starts_with("claude_code.");
        let fields = Fields::of(&span.attributes, plain);
        let usage = entity::usage(&fields, if plain { Beside::Cache } else { Beside::Nothing });
        let sort = sort(span, service, &fields, usage.is_some());
        let (cost, first_token) = (entity::cost(&fields), entity::first_token(&fields));
        Self { span, service, plain, fields, instrumentation, sort, usage, cost, first_token }
    }

    fn call(&self) -> Call<'a> {
        let span = self.span;
        Call {
            place: (&span.trace_id, &span.span_id, &span.parent_span_id),
            teller: (self.service.unwrap_or_default(), self.instrumentation),
            asked: entity::model(&self.fields).map(|model| model.asked),
            response: self.fields.text(Field::Response),
            failed: failed(span) || self.fields.text(Field::ErrorType).is_some(),
            times: (span.start_time_unix_nano, span.end_time_unix_nano),
        }
    }

    fn id(&self) -> Result<OperationId, String> {
        if !entity::is_id(&self.span.trace_id, 16) {
            return Err("its trace id is not 16 bytes, or all zero".to_owned());
        }
        if !entity::is_id(&self.span.span_id, 8) {
            return Err("its span id is not 8 bytes, or all zero".to_owned());
        }
        entity::span_operation(self.fields.text(Field::Request).as_deref(), &self.span.trace_id, &self.span.span_id)
    }

    fn operation(&self, id: OperationId, repeats: bool, reading: &Reading) -> Result<Operation, String> {
        let Some(sort) = &self.sort else { return Err("it is no operation".to_owned()) };
        let moment = entity::moment(self.span.start_time_unix_nano, self.span.end_time_unix_nano, reading.now)?;
        let (outcome, error) = outcome(self.span, &self.fields);
        let counted = if sort.inference && !repeats { self.usage } else { None };
        let mut operation = Operation {
            id,
            kind: entity::kind(&self.fields, &sort.word)?,
            started_at: moment.started_at,
            duration_us: moment.duration_us,
            first_token_us: self.first_token,
            outcome,
            error,
            session: entity::session(&self.fields, &self.span.trace_id),
            parent: None,
            tenant: None,
            model: entity::model(&self.fields),
            usage: counted,
            cost: self.cost.filter(|_| counted.is_some()),
            offline: None,
            cache: None,
            route: None,
            quality: None,
            source: Source::Otlp,
            content: None,
            attributes: entity::rest(&self.span.attributes, self.plain),
        };
        if reading.content {
            operation.content = content::of_span(&self.span.attributes, &self.fields, &self.span.events);
        }
        self.note(&mut operation, moment.note, counted);
        Ok(operation)
    }

    /// What has no field of its own: its name, its service, a mended clock, and tokens that are counted further below.
    fn note(&self, operation: &mut Operation, clock: Option<String>, counted: Option<Usage>) {
        let mut put = |name: &str, value: Value| operation.attributes.insert(name.to_owned(), value);
        put("span.name", Value::String(cut(self.span.name.clone(), attribute::TEXT_LIMIT)));
        if let Some(service) = self.service {
            put("service.name", Value::String(cut(service.to_owned(), attribute::TEXT_LIMIT)));
        }
        if self.sort.as_ref().is_some_and(|sort| sort.inference) && !self.instrumentation.is_empty() {
            put(TELLER, Value::String(cut(self.instrumentation.to_owned(), attribute::TEXT_LIMIT)));
        }
        if let Some(clock) = clock {
            put("clock", Value::String(clock));
        }
        if let (Some(usage), None) = (self.usage, counted) {
            put("usage.repeated", serde_json::json!({"input": usage.input, "output": usage.output}));
        }
    }
}

/// The kind of operation a span is; `None` for one that is passed over.
fn sort(span: &Span, service: Option<&str>, fields: &Fields<'_>, tokens: bool) -> Option<Sort> {
    let client = span.kind == i32::from(SpanKind::Client);
    let model = fields.text(Field::Asked).is_some() || fields.text(Field::Served).is_some();
    let work = fields.work().or_else(|| (fields.text(Field::Work).is_none() && client && model && tokens).then_some(Work::Chat));
    match (work, fields.text(Field::Work)) {
        // Gemini CLI tells every call as an event as well, and only there with its tokens.
        (Some(work), _) if work.is_inference() && service == Some("gemini-cli") => None,
        (Some(work), _) => Some(Sort { word: work.word().to_owned(), inference: work.is_inference() }),
        // A word of later conventions: whoever calls a model and counts tokens has asked it.
        (None, Some(word)) => Some(Sort { word: word.to_ascii_lowercase(), inference: client && model && tokens }),
        (None, None) => {
            let enters = span.parent_span_id.iter().all(|byte| *byte == 0)
                || [SpanKind::Server, SpanKind::Consumer].map(i32::from).contains(&span.kind);
            let stands = enters || failed(span) || fields.text(Field::OwnKind).is_some();
            stands.then(|| Sort { word: general(&span.attributes).to_owned(), inference: false })
        }
    }
}

/// The kind of a span that has nothing to do with models.
fn general(attributes: &[KeyValue]) -> &'static str {
    const SORTS: [(&str, &str); 6] = [
        ("http.request.method", "http"),
        ("http.method", "http"),
        ("db.system", "db"),
        ("rpc.system", "rpc"),
        ("messaging.system", "messaging"),
        ("faas.trigger", "function"),
    ];
    let of = |(name, _): &&(&str, &str)| {
        attributes.iter().any(|pair| pair.key.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest == ".name"))
    };
    SORTS.iter().find(of).map_or("span", |(_, word)| word)
}

fn failed(span: &Span) -> bool {
    span.status.as_ref().is_some_and(|status| status.code == i32::from(StatusCode::Error))
}

fn outcome(span: &Span, fields: &Fields<'_>) -> (Outcome, Option<Failure>) {
    let fine = span.status.as_ref().is_some_and(|status| status.code == i32::from(StatusCode::Ok));
    let named = fields.text(Field::ErrorType).filter(|_| !fine);
    if !failed(span) && named.is_none() && fields.truth(Field::Success) != Some(false) {
        return (Outcome::Ok, None);
    }
    let exception = span.events.iter().rev().find(|event| event.name == "exception").map(|event| &event.attributes[..]);
    let said = |name: &str| exception.and_then(|pairs| attribute::find(pairs, name)).filter(|text| !text.is_empty());
    let thrown = said("exception.type");
    let status = || fields.text(Field::HttpStatus).map(|status| format!("http_{status}"));
    let kind = named.or_else(|| thrown.map(str::to_owned)).or_else(status).unwrap_or_else(|| "error".to_owned());
    let status_message = span.status.as_ref().map(|status| status.message.as_str()).filter(|message| !message.is_empty());
    let message = status_message.or_else(|| said("exception.message")).map(str::to_owned).or_else(|| fields.text(Field::ErrorText));
    (ending(&kind), Some(failure(kind, message)))
}

/// How something ended that ended with this kind of error.
fn ending(kind: &str) -> Outcome {
    let last = kind.rsplit(['.', ':']).next().unwrap_or(kind);
    if CANCELLATIONS.contains(&last) { Outcome::Cancelled } else { Outcome::Failed }
}

/// An error within the bounds of the domain.
pub(super) fn failure(kind: String, message: Option<String>) -> Failure {
    use kaizen_domain::operation::NAME_LIMIT;
    Failure { kind: cut(kind, NAME_LIMIT), message: cut(message.unwrap_or_default(), MESSAGE_LIMIT) }
}
