//! OTLP requests: what is refused, what is rejected with a reason, and what becomes an operation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use flate2::Compression;
use flate2::write::GzEncoder;
use kaizen_domain::money::Usage;
use kaizen_domain::operation::{Operation, Outcome};
use kaizen_server::ingest::otlp::{Answer, Encoding, Reading, Received, Refused, Signal, receive, refusal, success};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use prost::Message;
use serde_json::{Value, json};
use std::io::Write;

const NOW: i64 = 1_800_000_000_000;
const JSON: Option<&str> = Some("application/json");
const PROTOBUF: Option<&str> = Some("application/x-protobuf");
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn nanos(millis_ago: i64) -> String {
    ((NOW - millis_ago) * 1_000_000).to_string()
}

fn value(value: &Value) -> Value {
    match value {
        Value::String(text) => json!({"stringValue": text}),
        Value::Bool(truth) => json!({"boolValue": truth}),
        Value::Number(number) if number.is_i64() => json!({"intValue": number.to_string()}),
        Value::Number(number) => json!({"doubleValue": number}),
        other => panic!("{other}"),
    }
}

fn attributes(pairs: &Value) -> Value {
    pairs.as_object().unwrap().iter().map(|(key, of)| json!({"key": key, "value": value(of)})).collect()
}

/// A span with this number, 1 to 9, below the one with number `parent`; 0 is none.
fn span(number: u8, parent: u8, pairs: &Value) -> Value {
    let id = |number: u8| if number == 0 { String::new() } else { format!("000000000000000{number}") };
    json!({"traceId": TRACE, "spanId": id(number), "parentSpanId": id(parent), "name": format!("span {number}"), "kind": 3,
        "startTimeUnixNano": nanos(1000 - i64::from(number)), "endTimeUnixNano": nanos(500), "attributes": attributes(pairs)})
}

fn with(mut record: Value, more: Value) -> Value {
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    record
}

fn chat(number: u8, parent: u8, input: u64, output: u64) -> Value {
    let pairs = json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "small", "gen_ai.usage.input_tokens": input,
        "gen_ai.usage.output_tokens": output});
    span(number, parent, &pairs)
}

fn traces(spans: Vec<Value>) -> Value {
    json!({"resourceSpans": [{"scopeSpans": [{"scope": {"name": "test"}, "spans": spans}]}]})
}

fn logs(service: &str, records: Vec<Value>) -> Value {
    let resource = json!({"attributes": attributes(&json!({"service.name": service}))});
    json!({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]})
}

fn event(name: &str, pairs: &Value) -> Value {
    json!({"timeUnixNano": nanos(100), "eventName": name, "attributes": attributes(pairs)})
}

fn read(signal: Signal, document: &Value) -> Received {
    receive(signal, JSON, None, document.to_string().as_bytes(), &Reading::at(NOW)).unwrap()
}

fn read_spans(spans: Vec<Value>) -> Received {
    read(Signal::Traces, &traces(spans))
}

fn of(received: &Received, id: u8) -> &Operation {
    let id = format!("{TRACE}:000000000000000{id}");
    received.operations.iter().find(|operation| operation.id.as_str() == id).unwrap_or_else(|| panic!("{id}: {received:?}"))
}

fn usage(input: u64, output: u64) -> Option<Usage> {
    Some(Usage { input, output, ..Usage::default() })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn refused(content_type: Option<&str>, compression: Option<&str>, body: &[u8]) -> (Refused, Answer) {
    let refused = receive(Signal::Traces, content_type, compression, body, &Reading::at(NOW)).unwrap_err();
    let answer = refusal(content_type, &refused);
    (refused, answer)
}

#[test]
fn other_media_types_and_compressions_are_refused_with_415() {
    for (media, compression) in [(Some("text/plain"), None), (None, None), (JSON, Some("br"))] {
        let (_, answer) = refused(media, compression, b"{}");
        assert_eq!((answer.status, answer.content_type), (415, "application/json"));
        assert_eq!(serde_json::from_slice::<Value>(&answer.body).unwrap()["code"], 3);
    }
}

#[test]
fn garbage_is_refused_in_the_encoding_it_claims_to_have() {
    let (why, answer) = refused(Some("application/json; charset=utf-8"), None, b"{\"resourceSpans\": 3}");
    assert_eq!(why, Refused::Garbage("resourceSpans is no list".to_owned()));
    assert_eq!((answer.status, answer.content_type), (400, "application/json"));

    let (_, answer) = refused(PROTOBUF, None, b"\xff\xff\xff");
    assert_eq!((answer.status, answer.content_type), (400, "application/x-protobuf"));
    assert_eq!(answer.body[..2], [8, 3], "google.rpc.Status: field 1, INVALID_ARGUMENT");
    assert_eq!(refused(PROTOBUF, Some("gzip"), b"no gzip").1.status, 400);
}

#[test]
fn a_body_for_another_address_is_refused_with_the_right_one() {
    let (why, _) = refused(JSON, None, logs("x", vec![]).to_string().as_bytes());
    assert_eq!(why.to_string(), "the body cannot be read: resourceLogs belong to /v1/logs");
}

#[test]
fn a_bomb_is_refused_before_it_unfolds() {
    let mut bomb = gzip(&vec![b' '; 30 << 20]);
    // Whoever reads on to the end meets a wrong checksum there.
    *bomb.iter_mut().nth_back(5).unwrap() ^= 1;
    assert!(bomb.len() < 64 << 10);
    let (why, answer) = refused(JSON, Some("gzip"), &bomb);
    assert_eq!((why, answer.status), (Refused::TooLarge { limit: Reading::BODY_LIMIT }, 413));
    let reading = Reading { body_limit: 10, ..Reading::at(NOW) };
    assert!(receive(Signal::Traces, JSON, None, b"{            }", &reading).is_err(), "uncompressed bodies have the same limit");
}

#[test]
fn compressed_requests_tell_the_same() {
    let document = traces(vec![chat(1, 0, 5, 7)]).to_string();
    let plain = receive(Signal::Traces, JSON, None, document.as_bytes(), &Reading::at(NOW)).unwrap();
    let packed = receive(Signal::Traces, JSON, Some("gzip"), &gzip(document.as_bytes()), &Reading::at(NOW)).unwrap();
    assert_eq!(plain, packed);
    assert_eq!(of(&plain, 1).usage, usage(5, 7));
}

#[test]
fn json_and_protobuf_tell_the_same() {
    let document = traces(vec![
        chat(1, 0, 5, 7),
        span(2, 1, &json!({"x": 0.5, "y": true, "gen_ai.tool.name": "look", "gen_ai.operation.name": "execute_tool"})),
    ]);
    let request: ExportTraceServiceRequest = serde_json::from_value(document.clone()).unwrap();
    let protobuf = receive(Signal::Traces, PROTOBUF, None, &request.encode_to_vec(), &Reading::at(NOW)).unwrap();
    assert_eq!(protobuf.operations, read(Signal::Traces, &document).operations);
    assert_eq!(protobuf.operations.len(), 2);
}

#[test]
fn json_knows_enums_by_name_and_numbers_as_numbers() {
    let failed = with(
        chat(1, 0, 5, 7),
        json!({"kind": "SPAN_KIND_CLIENT", "status": {"code": "STATUS_CODE_ERROR", "message": "no"},
        "startTimeUnixNano": (NOW - 10) * 1_000_000, "unknown": {"field": [1]}}),
    );
    let received = read_spans(vec![failed]);
    let operation = of(&received, 1);
    assert_eq!((operation.outcome, operation.started_at), (Outcome::Failed, NOW - 10));
    assert_eq!(operation.error.as_ref().unwrap().message, "no");
}

#[test]
fn a_broken_record_is_rejected_with_its_reason_and_its_neighbours_are_kept() {
    let mut broken = chat(2, 0, 1, 1);
    broken["traceId"] = json!("xyz1");
    let short = with(chat(3, 0, 1, 1), json!({"spanId": "00"}));
    let endless = with(chat(4, 0, 1, 1), json!({"endTimeUnixNano": "0"}));
    let kind = with(chat(5, 0, 1, 1), json!({"kind": "SPAN_KIND_NONSENSE"}));
    let received = read_spans(vec![chat(1, 0, 5, 7), broken.clone(), short, endless, kind]);
    assert_eq!(received.operations.len(), 1);
    let reasons: Vec<&str> = received.bad.iter().map(|bad| bad.reason.as_str()).collect();
    let expected = [
        "traceId is not hexadecimal",
        "kind: no such name: 'SPAN_KIND_NONSENSE'",
        "span 'span 3': its span id is not 8 bytes, or all zero",
        "span 'span 4': it has no end",
    ];
    assert_eq!(reasons, expected);
    assert_eq!(serde_json::from_str::<Value>(&received.bad[0].raw).unwrap(), broken, "the record as it came");
    assert_eq!(serde_json::from_str::<Value>(&received.bad[2].raw).unwrap()["name"], "span 3");

    let answer = success(&received);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let message = format!("{}; {}; {}; and 1 more", expected[0], expected[1], expected[2]);
    assert_eq!((answer.status, body), (200, json!({"partialSuccess": {"rejectedSpans": "4", "errorMessage": message}})));
    let protobuf = success(&Received { encoding: Encoding::Protobuf, ..received });
    let partial = ExportTraceServiceResponse::decode(&protobuf.body[..]).unwrap().partial_success.unwrap();
    assert_eq!((partial.rejected_spans, partial.error_message), (4, message));
}

#[test]
fn a_whole_success_says_nothing_more() {
    let received = read_spans(vec![chat(1, 0, 5, 7)]);
    assert_eq!(success(&received), Answer { status: 200, content_type: "application/json", body: b"{}".to_vec() });
    assert_eq!(success(&Received { encoding: Encoding::Protobuf, ..received }).body, b"");
}

#[test]
fn the_same_request_names_the_same_operations() {
    let spans = traces(vec![chat(1, 0, 5, 7)]);
    assert_eq!(read(Signal::Traces, &spans), read(Signal::Traces, &spans));
    let record = event("gemini_cli.tool_call", &json!({"function_name": "look", "success": true, "duration_ms": 5}));
    let sent = read(Signal::Logs, &logs("gemini-cli", vec![with(record.clone(), json!({"observedTimeUnixNano": nanos(90)}))]));
    let again = read(Signal::Logs, &logs("gemini-cli", vec![with(record, json!({"observedTimeUnixNano": nanos(10)}))]));
    assert_eq!(sent.operations[0].id, again.operations[0].id, "when it was observed is not part of what it says");
}

#[test]
fn tokens_of_parents_that_repeat_them_are_counted_once() {
    let agent = json!({"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "small", "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 14});
    let chain = json!({"openinference.span.kind": "CHAIN", "llm.token_count.prompt": 12});
    let received = read_spans(vec![span(1, 0, &chain), span(2, 1, &agent), chat(3, 2, 5, 7), chat(4, 2, 7, 7)]);
    let kinds: Vec<&str> = received.operations.iter().map(|operation| operation.kind.as_str()).collect();
    assert_eq!(kinds, ["workflow", "agent", "chat", "chat"]);
    let counted: Vec<_> = received.operations.iter().map(|operation| operation.usage).collect();
    assert_eq!(counted, [None, None, usage(5, 7), usage(7, 7)]);
    assert_eq!(of(&received, 2).attributes["usage.repeated"], json!({"input": 12, "output": 14}));
}

#[test]
fn a_call_around_other_calls_repeats_their_tokens() {
    let received = read_spans(vec![chat(1, 0, 12, 14), chat(2, 1, 5, 7), chat(3, 1, 7, 7)]);
    assert_eq!([1, 2, 3].map(|id| of(&received, id).usage), [None, usage(5, 7), usage(7, 7)]);
}

#[test]
fn parts_of_the_tokens_are_never_added_on_top() {
    let pairs = json!({"openinference.span.kind": "LLM", "llm.model_name": "m", "llm.token_count.prompt": 100,
        "llm.token_count.completion": 50, "llm.token_count.total": 150, "llm.token_count.prompt_details.cache_read": 80,
        "llm.token_count.completion_details.reasoning": 30});
    let received = read_spans(vec![span(1, 0, &pairs)]);
    let expected = Usage { input: 100, output: 50, cache_read: 80, cache_write: 0, reasoning: 30 };
    assert_eq!(of(&received, 1).usage, Some(expected));
}

#[test]
fn a_part_larger_than_its_whole_was_counted_beside_it() {
    let pairs = json!({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 12, "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.cache_read.input_tokens": 300, "gen_ai.usage.reasoning.output_tokens": 20});
    let expected = Usage { input: 312, output: 25, cache_read: 300, cache_write: 0, reasoning: 20 };
    assert_eq!(of(&read_spans(vec![span(1, 0, &pairs)]), 1).usage, Some(expected));
}

#[test]
fn the_preferred_of_two_names_is_read_wherever_it_stands() {
    let pairs = json!({"gen_ai.operation.name": "chat", "gen_ai.usage.prompt_tokens": 99, "gen_ai.usage.input_tokens": 5,
        "gen_ai.usage.completion_tokens": 99, "gen_ai.usage.output_tokens": 7, "gen_ai.system": "openai", "gen_ai.provider.name": "azure"});
    let received = read_spans(vec![span(1, 0, &pairs)]);
    assert_eq!(of(&received, 1).usage, usage(5, 7));
}

#[test]
fn one_call_told_by_two_instrumentations_is_one_operation() {
    let response = json!({"key": "gen_ai.response.id", "value": {"stringValue": "r-1"}});
    let mut outer = chat(2, 1, 5, 8);
    let mut inner = chat(3, 1, 5, 7);
    outer["attributes"].as_array_mut().unwrap().push(response.clone());
    inner["attributes"].as_array_mut().unwrap().push(response);
    let scoped = |name: &str, spans: Vec<Value>| json!({"scope": {"name": name}, "spans": spans});
    let both = |inner: &Value, teller| {
        let scopes = [scoped("sdk", vec![inner.clone()]), scoped(teller, vec![outer.clone(), span(1, 0, &json!({}))])];
        read(Signal::Traces, &json!({"resourceSpans": [{"scopeSpans": scopes}]}))
    };
    let received = both(&inner, "instrumentation");
    assert_eq!(received.operations.len(), 2, "the root and the call");
    assert_eq!(of(&received, 2).usage, usage(5, 7), "what stands closer to the wire is believed");
    assert_eq!(both(&inner, "sdk").operations.len(), 3, "one instrumentation does not tell a call twice");
    inner["attributes"][3] = json!({"key": "gen_ai.response.id", "value": {"stringValue": "r-2"}});
    inner["attributes"].as_array_mut().unwrap().truncate(4);
    assert_eq!(both(&inner, "instrumentation").operations.len(), 3, "another response is another call");
}

#[test]
fn spans_in_between_are_passed_over_and_what_hung_below_them_hangs_higher() {
    let inner = span(2, 1, &json!({"db.system.name": "postgresql"}));
    let failed = with(span(4, 2, &json!({"http.request.method": "POST"})), json!({"status": {"code": 2}}));
    let server = with(span(5, 2, &json!({"http.request.method": "GET"})), json!({"kind": 2}));
    let received = read_spans(vec![span(1, 0, &json!({"http.route": "/"})), inner, chat(3, 2, 5, 7), failed, server]);
    let shown: Vec<_> = received.operations.iter().map(|operation| (operation.kind.as_str(), operation.parent.as_ref())).collect();
    let root = Some(&of(&received, 1).id);
    assert_eq!(shown, [("span", None), ("chat", root), ("http", root), ("http", root)]);
    assert_eq!(received.passed_over, 1);
}

#[test]
fn a_parent_in_another_request_is_taken_at_its_word() {
    let received = read_spans(vec![chat(2, 1, 5, 7)]);
    assert_eq!(of(&received, 2).parent.as_ref().unwrap().as_str(), format!("{TRACE}:0000000000000001"));
}

#[test]
fn a_circle_of_parents_ends() {
    let received = read_spans(vec![span(1, 2, &json!({})), span(2, 1, &json!({})), chat(3, 1, 5, 7), chat(4, 4, 1, 1)]);
    assert_eq!(received.operations.len(), 2);
}

#[test]
fn an_exception_is_the_failure() {
    let exception = json!([{"name": "exception", "timeUnixNano": nanos(600),
        "attributes": attributes(&json!({"exception.type": "openai.RateLimitError", "exception.message": "slow down"}))}]);
    let failed = |status: Value| with(chat(1, 0, 0, 0), json!({"events": exception, "status": status}));
    let received = read_spans(vec![failed(json!({"code": 2}))]);
    let operation = of(&received, 1);
    let error = operation.error.as_ref().unwrap();
    assert_eq!((operation.outcome, error.kind.as_str(), error.message.as_str()), (Outcome::Failed, "openai.RateLimitError", "slow down"));
    assert_eq!(of(&read_spans(vec![failed(json!({}))]), 1).outcome, Outcome::Ok, "an exception that was caught is no failure");
}

#[test]
fn a_cancelled_call_is_no_failure() {
    let pairs = json!({"gen_ai.operation.name": "chat", "error.type": "asyncio.exceptions.CancelledError"});
    assert_eq!(of(&read_spans(vec![span(1, 0, &pairs)]), 1).outcome, Outcome::Cancelled);
}

#[test]
fn clocks_that_are_somewhat_off_are_mended_and_said() {
    let backwards = with(chat(1, 0, 5, 7), json!({"startTimeUnixNano": nanos(100), "endTimeUnixNano": nanos(400)}));
    let ahead = with(chat(2, 0, 5, 7), json!({"startTimeUnixNano": nanos(-3_600_000), "endTimeUnixNano": nanos(-3_601_000)}));
    let received = read_spans(vec![backwards, ahead]);
    let shown = |id| (of(&received, id).started_at, of(&received, id).duration_us, of(&received, id).attributes["clock"].as_str().unwrap());
    assert_eq!(shown(1), (NOW - 100, 0, "ended 300 ms before it began, taken as 0 ms long"));
    assert_eq!(shown(2), (NOW, 1_000_000, "began 3600000 ms in the future, taken as now"));
}

#[test]
fn clocks_that_cannot_be_true_are_rejected() {
    let future = with(chat(1, 0, 5, 7), json!({"endTimeUnixNano": nanos(-86_500_000)}));
    let millis = with(chat(2, 0, 5, 7), json!({"startTimeUnixNano": NOW.to_string(), "endTimeUnixNano": NOW.to_string()}));
    let reasons: Vec<String> = read_spans(vec![future, millis]).bad.into_iter().map(|bad| bad.reason).collect();
    let expected =
        ["span 'span 1': it lies more than a day in the future", "span 'span 2': it began before the year 2000: times are in nanoseconds"];
    assert_eq!(reasons, expected);
}

#[test]
fn content_is_read_when_asked_for_and_leaks_nowhere_else() {
    let secret = "the secret of the house";
    let pairs = json!({"gen_ai.operation.name": "chat", "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": secret,
        "gen_ai.completion.0.content": secret, "llm.input_messages.0.message.content": secret, "gen_ai.system_instructions": secret,
        "input.value": secret, "retrieval.documents.0.document.content": secret, "gen_ai.tool.call.arguments": secret, "user.id": "u-1"});
    let document = traces(vec![span(1, 0, &pairs)]).to_string();
    let without = Reading { content: false, ..Reading::at(NOW) };
    let received = receive(Signal::Traces, JSON, None, document.as_bytes(), &without).unwrap();
    assert!(!serde_json::to_string(&received.operations).unwrap().contains(secret));
    assert_eq!(of(&received, 1).attributes["user.id"], "u-1");
    let broken = document.replace(&nanos(500), "0");
    let bad = receive(Signal::Traces, JSON, None, broken.as_bytes(), &without).unwrap().bad;
    let unreadable = document.replace(&nanos(500), "x");
    let worse = receive(Signal::Traces, JSON, None, unreadable.as_bytes(), &without).unwrap().bad;
    assert!([&bad[0], &worse[0]].iter().all(|bad| bad.raw.contains("span 1") && !bad.raw.contains(secret)));
    assert!(read(Signal::Traces, &serde_json::from_str(&document).unwrap()).operations[0].content.is_some());
}

#[test]
fn numbered_messages_are_put_together_in_order() {
    let mut pairs = json!({"gen_ai.operation.name": "chat"});
    for number in (0..12).rev() {
        pairs[format!("gen_ai.prompt.{number}.content")] = json!(format!("m{number}"));
    }
    let received = read_spans(vec![span(1, 0, &pairs)]);
    let input: Value = serde_json::from_str(of(&received, 1).content.as_ref().unwrap().input.as_ref().unwrap()).unwrap();
    let expected: Value = (0..12).map(|number| json!({"content": format!("m{number}")})).collect();
    assert_eq!(input, expected);
}

#[test]
fn long_texts_are_cut_at_a_character() {
    let pairs = json!({"gen_ai.operation.name": "chat", "note": "ä".repeat(600), "input.value": "ö".repeat(100_000)});
    let received = read_spans(vec![span(1, 0, &pairs)]);
    assert_eq!(of(&received, 1).attributes["note"], json!("ä".repeat(256)));
    assert_eq!(of(&received, 1).content.as_ref().unwrap().input.as_ref().unwrap().len(), 64 << 10);
}

#[test]
fn a_senders_own_kind_and_session_are_kept() {
    let pairs = json!({"kaizen.kind": "triage", "session.id": "s".repeat(300)});
    let received = read_spans(vec![span(1, 9, &pairs)]);
    let operation = of(&received, 1);
    assert_eq!(operation.kind.as_str(), "triage", "a span in between that names its kind is an operation");
    assert!(operation.session.as_ref().unwrap().as_str().starts_with("sha256:"), "a name too long still groups");
}

#[test]
fn codex_tells_each_call_once() {
    let common = json!({"conversation.id": "c-1", "model": "gpt-5", "app.version": "1"});
    let record = |name: &str, more: Value| event(name, &with(common.clone(), more));
    let sent = vec![
        record("codex.api_request", json!({"duration_ms": "900", "http.response.status_code": 200, "attempt": 1})),
        record("codex.sse_event", json!({"event.kind": "response.output_item.done", "duration_ms": "5"})),
        record(
            "codex.sse_event",
            json!({"event.kind": "response.completed", "input_token_count": "1000", "output_token_count": "60",
            "cached_token_count": 900, "reasoning_token_count": 50, "tool_token_count": "1060"}),
        ),
        record("codex.api_request", json!({"duration_ms": "10", "http.response.status_code": 500, "error.message": "down"})),
        record("codex.tool_result", json!({"tool_name": "shell", "duration_ms": "30", "success": "true", "arguments": "ls"})),
    ];
    let received = read(Signal::Logs, &logs("codex_cli_rs", sent));
    let shown: Vec<_> = received.operations.iter().map(|o| (o.kind.as_str(), o.outcome, o.usage.map(Usage::total))).collect();
    assert_eq!(shown, [("chat", Outcome::Ok, Some(1060)), ("chat", Outcome::Failed, None), ("tool", Outcome::Ok, None)]);
    assert_eq!(received.operations[1].error.as_ref().unwrap().kind, "http_500");
    assert_eq!(received.operations[0].attributes["duration"], "not said");
    assert_eq!((received.passed_over, received.operations[2].duration_us), (2, 30_000));
}

#[test]
fn gemini_cli_tells_each_call_once() {
    let response = json!({"model": "gemini-pro", "duration_ms": 1200, "input_token_count": 100, "output_token_count": 10,
        "cached_content_token_count": 60, "thoughts_token_count": 25, "tool_token_count": 5, "session.id": "g-1"});
    let details = json!({"gen_ai.request.model": "gemini-pro", "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10});
    let sent = vec![event("gemini_cli.api_response", &response), event("gen_ai.client.inference.operation.details", &details)];
    let received = read(Signal::Logs, &logs("gemini-cli", sent));
    let expected = Usage { input: 105, output: 35, cache_read: 60, cache_write: 0, reasoning: 25 };
    assert_eq!(received.operations.iter().map(|o| o.usage).collect::<Vec<_>>(), [Some(expected)]);
    assert_eq!(received.operations[0].started_at, NOW - 1300);
}

#[test]
fn a_call_of_claude_code_told_as_span_and_event_has_one_id() {
    let pairs = json!({"span.type": "llm_request", "model": "opus", "input_tokens": 2, "output_tokens": 9, "cache_read_tokens": 80,
        "request_id": "req_7", "ttft_ms": 250, "session.id": "s"});
    let told = read_spans(vec![with(span(1, 9, &pairs), json!({"name": "claude_code.llm_request"}))]);
    let event = event(
        "claude_code.api_request",
        &json!({"model": "opus", "input_tokens": 2, "output_tokens": 9,
        "cache_read_tokens": 80, "request_id": "req_7", "duration_ms": 400}),
    );
    let also = read(Signal::Logs, &logs("claude-code", vec![event]));
    assert_eq!(told.operations[0].id, also.operations[0].id);
    assert_eq!(told.operations[0].usage, also.operations[0].usage);
    assert_eq!(told.operations[0].first_token_us, Some(250_000));
    assert_eq!(told.operations[0].usage.unwrap().input, 82);
}

#[test]
fn plain_names_of_other_programs_mean_nothing() {
    let pairs = json!({"gen_ai.operation.name": "chat", "model": "car", "input_tokens": 5, "success": false});
    let received = read_spans(vec![span(1, 0, &pairs)]);
    let operation = of(&received, 1);
    assert_eq!((operation.model.as_ref(), operation.usage, operation.outcome), (None, None, Outcome::Ok));
    assert_eq!(operation.attributes["model"], "car");
}

#[test]
fn other_logs_are_passed_over() {
    let received = read(Signal::Logs, &logs("shop", vec![json!({"timeUnixNano": nanos(1), "body": {"stringValue": "hello"}})]));
    assert_eq!((received.operations.len(), received.bad.len(), received.passed_over), (0, 0, 1));
}

#[test]
fn points_are_samples_and_numbers_that_are_none_are_rejected() {
    let point = |more: Value| with(json!({"timeUnixNano": nanos(5), "startTimeUnixNano": nanos(50)}), more);
    let metrics = json!([
        {"name": "a", "unit": "1", "gauge": {"dataPoints": [point(json!({"asDouble": 0.5})), point(json!({"asDouble": "NaN"}))]}},
        {"name": "b", "sum": {"aggregationTemporality": 1, "isMonotonic": true, "dataPoints": [point(json!({"asInt": "7"}))]}},
        {"name": "c", "histogram": {"aggregationTemporality": "AGGREGATION_TEMPORALITY_CUMULATIVE",
            "dataPoints": [point(json!({"count": "4", "sum": 2.5, "bucketCounts": ["1", "3"], "explicitBounds": [1.0]}))]}},
        {"name": "d", "gauge": {"dataPoints": [point(json!({"flags": 1}))]}},
    ]);
    let received = read(Signal::Metrics, &json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]}));
    let shown: Value = received.samples.iter().map(|sample| serde_json::to_value(sample).unwrap()).collect();
    let expected = json!([
        {"name": "a", "unit": "1", "value": 0.5, "measure": "level", "at": NOW - 5},
        {"name": "b", "value": 7.0, "measure": "added", "at": NOW - 5, "since": NOW - 50},
        {"name": "c", "value": 2.5, "measure": "total", "count": 4, "at": NOW - 5, "since": NOW - 50},
    ]);
    assert_eq!(shown, expected);
    assert_eq!(received.bad.iter().map(|bad| bad.reason.as_str()).collect::<Vec<_>>(), ["data point of 'a': it has no number"]);
    assert_eq!(received.passed_over, 1, "a point that says it has no value");
}
