//! Whatever is sent: nothing panics, and tokens are counted once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_domain::operation::Operation;
use kaizen_server::ingest::otlp::{Reading, Signal, receive, success};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use proptest::prelude::*;
use prost::Message;

const NOW: i64 = 1_800_000_000_000;
const SIGNALS: [Signal; 3] = [Signal::Traces, Signal::Logs, Signal::Metrics];

proptest! {
    #[test]
    fn random_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..400), gzip: bool, json: bool, signal in 0usize..3) {
        let media = if json { "application/json" } else { "application/x-protobuf" };
        let read = receive(SIGNALS[signal], Some(media), gzip.then_some("gzip"), &body, &Reading::at(NOW));
        prop_assert!(read.is_err() || read.is_ok_and(|received| success(&received).status == 200));
    }

    #[test]
    fn bytes_that_nearly_are_a_request_never_panic(at: prop::sample::Index, byte: u8, signal in 0usize..3) {
        let mut body = request(&[(0, Sort::Agent, 5), (0, Sort::Chat, 7), (1, Sort::Plain, 0)]).encode_to_vec();
        let place = at.index(body.len());
        body[place] = byte;
        let _whatever: bool = receive(SIGNALS[signal], Some("application/x-protobuf"), None, &body, &Reading::at(NOW)).is_ok();
    }

    #[test]
    fn a_tree_counts_the_tokens_of_its_calls_and_nothing_else(spans in tree()) {
        let body = request(&spans).encode_to_vec();
        let received = receive(Signal::Traces, Some("application/x-protobuf"), None, &body, &Reading::at(NOW)).unwrap();
        prop_assert_eq!(&received.bad, &[]);
        let counted: u64 = received.operations.iter().filter_map(|operation| operation.usage).map(|usage| usage.total()).sum();
        // A call with calls below it repeats them; every other one counts.
        let around = |at: usize| (0..spans.len()).any(|below| spans[below].1 == Sort::Chat && above(&spans, below).contains(&at));
        let expected: u64 = (0..spans.len()).filter(|at| spans[*at].1 == Sort::Chat && !around(*at)).map(|at| spans[at].2 * 3).sum();
        prop_assert_eq!(counted, expected);
        prop_assert!(received.operations.iter().all(|operation| hangs_right(operation, &received.operations)));
    }
}

/// Every parent is an operation: nothing hangs below a span that was passed over.
fn hangs_right(operation: &Operation, all: &[Operation]) -> bool {
    operation.parent.as_ref().is_none_or(|parent| all.iter().any(|other| other.id == *parent))
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Sort {
    Plain,
    Agent,
    Chat,
}

/// The place of the parent (the span's own for a root), the sort, and half of the output tokens.
type Node = (usize, Sort, u64);

fn tree() -> impl Strategy<Value = Vec<Node>> {
    let sort = prop_oneof![Just(Sort::Plain), Just(Sort::Agent), Just(Sort::Chat)];
    let node = (any::<prop::sample::Index>(), sort, 0u64..1000);
    proptest::collection::vec(node, 1..40)
        .prop_map(|nodes| nodes.into_iter().enumerate().map(|(at, (parent, sort, tokens))| (parent.index(at + 1), sort, tokens)).collect())
}

fn above(spans: &[Node], mut at: usize) -> Vec<usize> {
    let mut all = Vec::new();
    while spans[at].0 != at {
        at = spans[at].0;
        all.push(at);
    }
    all
}

fn request(spans: &[Node]) -> ExportTraceServiceRequest {
    let spans = spans.iter().enumerate().map(|(at, node)| span(at, *node)).collect();
    let scope = InstrumentationScope { name: "test".to_owned(), ..InstrumentationScope::default() };
    let scope_spans = vec![ScopeSpans { scope: Some(scope), spans, ..ScopeSpans::default() }];
    ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }] }
}

fn span(at: usize, (parent, sort, tokens): Node) -> Span {
    let id = |at: usize| (at as u64 + 1).to_be_bytes().to_vec();
    let name = match sort {
        Sort::Plain => None,
        Sort::Agent => Some("invoke_agent"),
        Sort::Chat => Some("chat"),
    };
    let work = name.map(|name| ("gen_ai.operation.name", Value::StringValue(name.to_owned())));
    let counts =
        [("gen_ai.usage.input_tokens", Value::IntValue(tokens as i64)), ("gen_ai.usage.output_tokens", Value::IntValue(2 * tokens as i64))];
    let pairs = work.into_iter().chain(counts);
    let attributes = pairs.map(|(key, value)| KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }) }).collect();
    Span {
        trace_id: vec![7; 16],
        span_id: id(at),
        parent_span_id: if parent == at { Vec::new() } else { id(parent) },
        start_time_unix_nano: NOW as u64 * 1_000_000 - 5_000_000,
        end_time_unix_nano: NOW as u64 * 1_000_000 - 1_000_000,
        attributes,
        ..Span::default()
    }
}
