//! What real instrumented clients export becomes these operations.
//!
//! `tests/golden/*.pb` and `*.json` are bodies as the exporters sent them (`cargo xtask capture` makes
//! them anew); `tests/golden/*.told` is what they tell, with ids numbered and times left out. `KAIZEN_GOLDEN=write` writes the
//! latter anew: read the difference before you keep it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_domain::money::Usage;
use kaizen_domain::operation::{Operation, Outcome};
use kaizen_server::ingest::otlp::{Reading, Received, Signal, receive};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// After every capture, and soon enough after it that no clock looks wrong.
const NOW: i64 = 1_900_000_000_000;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn received(name: &str) -> Received {
    let (signal, media) = match name.split('.').collect::<Vec<_>>()[1..] {
        ["traces", "pb"] => (Signal::Traces, "application/x-protobuf"),
        ["logs", "pb"] => (Signal::Logs, "application/x-protobuf"),
        ["metrics", "pb"] => (Signal::Metrics, "application/x-protobuf"),
        ["traces", "json"] => (Signal::Traces, "application/json"),
        ["logs", "json"] => (Signal::Logs, "application/json"),
        ["metrics", "json"] => (Signal::Metrics, "application/json"),
        _ => panic!("{name}"),
    };
    let received = receive(signal, Some(media), None, &std::fs::read(golden(name)).unwrap(), &Reading::at(NOW)).unwrap();
    assert_eq!(received.bad, []);
    received
}

/// Whole, but the same for every capture: ids are numbered in the order of appearance, times are left out.
fn told(received: &Received) -> String {
    let mut ids = BTreeMap::new();
    let mut text = |value: Value| {
        let written = serde_json::to_string_pretty(&value).unwrap();
        let mut shown = String::new();
        for piece in written.split_inclusive(['"', ':']) {
            let bare = piece.trim_end_matches(['"', ':']);
            let id = (bare.len() == 32 || bare.len() == 16) && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
            let next = ids.len() + 1;
            match id {
                true => shown += &format!("id-{}{}", ids.entry(bare.to_owned()).or_insert(next), &piece[bare.len()..]),
                false => shown += piece,
            }
        }
        shown + "\n"
    };
    let mut operations: Vec<&Operation> = received.operations.iter().collect();
    operations.sort_by_key(|operation| operation.started_at);
    let whole = operations.into_iter().map(|operation| {
        let mut value = serde_json::to_value(operation).unwrap();
        for time in ["started_at", "duration_us", "first_token_us"] {
            value.as_object_mut().unwrap().remove(time);
        }
        let attributes = value["attributes"].as_object_mut().unwrap();
        for changing in ["server.port", "gen_ai.response.time_to_first_chunk", "gen_ai.openai.api_base"] {
            attributes.remove(changing);
        }
        value
    });
    let mut all: String = whole.map(&mut text).collect();
    for said in &received.said {
        all += &text(json!({"operation": said.operation, "content": said.content}));
    }
    for sample in &received.samples {
        let attributes: BTreeMap<_, _> = sample.attributes.iter().filter(|(name, _)| *name != "server.port").collect();
        let value = if sample.unit.contains("oken") { json!(sample.value) } else { json!("measured") };
        all += &text(json!({"sample": sample.name, "unit": sample.unit, "measure": sample.measure, "count": sample.count, "value": value,
            "attributes": attributes}));
    }
    all
}

fn check(name: &str) -> Received {
    let received = received(name);
    let shown = told(&received);
    let file = golden(&format!("{name}.told"));
    if std::env::var_os("KAIZEN_GOLDEN").is_some_and(|wish| wish == "write") {
        std::fs::write(&file, &shown).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(shown == written, "{name} tells something else than {}:\n{shown}", file.display());
    received
}

/// The tokens of one call of the capture's OpenAI client.
const CHAT: Usage = Usage { input: 120, output: 40, cache_read: 100, cache_write: 0, reasoning: 25 };
/// The tokens of one call of its Anthropic client: 12 new, 300 from the cache, 50 into it.
const MESSAGES: Usage = Usage { input: 362, output: 7, cache_read: 300, cache_write: 50, reasoning: 0 };

fn usages(received: &Received, kind: &str) -> Vec<Usage> {
    let mut found: Vec<&Operation> = received.operations.iter().filter(|operation| operation.kind.as_str() == kind).collect();
    found.sort_by_key(|operation| operation.started_at);
    found.into_iter().filter_map(|operation| operation.usage).collect()
}

fn failures(received: &Received) -> Vec<&Operation> {
    received.operations.iter().filter(|operation| operation.outcome == Outcome::Failed).collect()
}

#[test]
fn current_conventions_tell_calls_with_all_sorts_of_tokens() {
    let received = check("genai.traces.pb");
    assert_eq!(usages(&received, "chat"), [CHAT, CHAT]);
    assert_eq!(usages(&received, "embeddings"), [Usage { input: 9, ..Usage::default() }]);
    assert_eq!(failures(&received).len(), 1);
}

#[test]
fn events_of_current_conventions_tell_what_was_said_and_no_second_operation() {
    let received = check("genai.logs.pb");
    assert_eq!(received.operations, []);
    let spans = self::received("genai.traces.pb");
    assert!(!received.said.is_empty());
    for said in &received.said {
        assert!(spans.operations.iter().any(|operation| operation.id == said.operation), "{said:?}");
    }
}

#[test]
fn metrics_are_samples() {
    let received = check("genai.metrics.pb");
    assert_eq!(received.operations, []);
    assert!(received.samples.iter().any(|sample| sample.name == "gen_ai.client.token.usage" && sample.count.is_some()));
}

#[test]
fn the_conventions_before_tell_the_same_calls() {
    let received = check("genai-middle.traces.pb");
    let plain = Usage { cache_read: 0, reasoning: 0, ..CHAT };
    assert_eq!(usages(&received, "chat"), [plain, plain]);
    assert_eq!(failures(&received).len(), 1);
}

#[test]
fn messages_of_the_conventions_before_are_gathered_by_span() {
    let received = check("genai-middle.logs.pb");
    assert_eq!(received.operations, []);
    let spans = self::received("genai-middle.traces.pb");
    let whole = received.said.iter().filter(|said| said.content.input.is_some() && said.content.output.is_some());
    assert_eq!(whole.count(), 2);
    assert!(received.said.iter().all(|said| spans.operations.iter().any(|operation| operation.id == said.operation)));
}

#[test]
fn openllmetry_tells_the_same_calls() {
    let received = check("openllmetry.traces.pb");
    let streamed = Usage { reasoning: 0, ..CHAT };
    assert_eq!(usages(&received, "chat"), [CHAT, streamed, MESSAGES, MESSAGES]);
    assert_eq!(failures(&received).len(), 2);
}

#[test]
fn the_first_openllmetry_tells_the_same_calls() {
    let received = check("openllmetry-first.traces.pb");
    assert!(received.operations.iter().any(|operation| operation.kind.as_str() == "chat"));
}

#[test]
fn openinference_tells_the_same_calls_in_their_session() {
    let received = check("openinference.traces.pb");
    assert_eq!(usages(&received, "chat"), [CHAT, CHAT, MESSAGES, MESSAGES], "Anthropic's SDK tells its calls a second time");
    let sessions: Vec<_> = received.operations.iter().filter(|operation| operation.usage.is_some()).map(|o| o.session.as_ref()).collect();
    assert!(sessions.iter().all(|session| session.is_some_and(|session| session.as_str() == "talk-1")), "{sessions:?}");
}

#[test]
fn json_of_the_node_exporter_is_read_as_protobuf_is() {
    let received = check("node.traces.json");
    assert_eq!(usages(&received, "chat").len(), 1);
    assert_eq!(failures(&received)[0].error.as_ref().unwrap().kind, "TypeError");
}

#[test]
fn an_assistants_events_are_operations() {
    let received = check("node.logs.json");
    assert_eq!(usages(&received, "chat"), [MESSAGES]);
    assert_eq!(received.passed_over, 1, "a prompt alone is no work");
}

#[test]
fn an_assistants_metrics_are_samples() {
    let received = check("node.metrics.json");
    assert_eq!(received.samples.len(), 3);
}
