//! Answers for clients of chat completions, from Anthropic and Ollama.

use crate::call::{events, stream, whole};
use kaizen_domain::money::Usage;
use kaizen_llm::face::{Face, Tongue};
use kaizen_llm::translate::Garbled;
use serde_json::{Value, json};

const PLAIN: &str = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
const STREAM: &str = r#"{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}"#;

fn ev(json: &str) -> String {
    let kind = serde_json::from_str::<Value>(json).unwrap()["type"].as_str().unwrap().to_owned();
    format!("event: {kind}\ndata: {json}\n\n")
}

pub(crate) fn claude() -> String {
    [
        r#"{"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant","content":[],"model":"claude-x","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"cache_read_input_tokens":2,"output_tokens":1}}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"I should look"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"ping"}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Schön, \"ja\""}}"#,
        r#"{"type":"content_block_stop","index":1}"#,
        r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"look","input":{}}}"#,
        r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}"#,
        r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"at\":"}}"#,
        r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":" \"home\"}"}}"#,
        r#"{"type":"content_block_stop","index":2}"#,
        r#"{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_2","name":"wait","input":{}}}"#,
        r#"{"type":"content_block_stop","index":3}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":30}}"#,
        r#"{"type":"message_stop"}"#,
    ]
    .map(ev)
    .concat()
}

#[test]
fn anthropics_stream_becomes_chunks() {
    let got = stream(Face::Chat, Tongue::Anthropic, STREAM, &claude());
    assert_eq!(got.end, Ok(()));
    let events = events(&got.text);
    let deltas: Vec<&Value> = events.iter().filter_map(|event| event.get("choices")?.get(0)?.get("delta")).collect();
    let expected = [
        json!({"role":"assistant","content":""}),
        json!({"reasoning_content":"I should look"}),
        json!({"thinking_blocks":[{"type":"thinking","thinking":"I should look","signature":"c2ln"}]}),
        json!({"content":"Schön, \"ja\""}),
        json!({"tool_calls":[{"index":0,"id":"toolu_1","type":"function","function":{"name":"look","arguments":""}}]}),
        json!({"tool_calls":[{"index":0,"function":{"arguments":"{\"at\":"}}]}),
        json!({"tool_calls":[{"index":0,"function":{"arguments":" \"home\"}"}}]}),
        json!({"tool_calls":[{"index":1,"id":"toolu_2","type":"function","function":{"name":"wait","arguments":""}}]}),
        json!({"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]}),
        json!({}),
    ];
    assert_eq!(deltas, expected.iter().collect::<Vec<_>>());
    for event in &events[..events.len() - 1] {
        assert_eq!((&event["id"], &event["model"], &event["created"]), (&json!("chatcmpl-01"), &json!("claude-x"), &json!(1_700_000_000)));
        assert_eq!(event["object"], "chat.completion.chunk");
    }
    assert_eq!(events[events.len() - 3]["choices"][0]["finish_reason"], "tool_calls");
    let usage = &events[events.len() - 2];
    assert_eq!(
        (&usage["choices"], &usage["usage"]["prompt_tokens"], &usage["usage"]["completion_tokens"]),
        (&json!([]), &json!(7), &json!(30))
    );
    assert_eq!(events[events.len() - 1], "[DONE]");
    assert_eq!(got.seen.usage, Some(Usage { input: 7, output: 30, cache_read: 2, ..Usage::default() }));
    assert_eq!((got.seen.output.as_str(), got.seen.tool_calls, got.seen.finish.as_deref()), ("Schön, \"ja\"", 2, Some("tool_calls")));
}

#[test]
fn the_usage_chunk_is_only_for_who_asked() {
    let request = STREAM.replace("\"stream_options\":{\"include_usage\":true},", "");
    let got = stream(Face::Chat, Tongue::Anthropic, &request, &claude());
    assert!(!got.text.contains("usage") && got.text.ends_with("data: [DONE]\n\n"), "{}", got.text);
}

#[test]
fn anthropics_answer_becomes_a_completion() {
    let answer = r#"{"id":"msg_9","type":"message","role":"assistant","model":"claude-x","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"a"},{"type":"tool_use","id":"t","name":"f","input":{"z":1,"a":2}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":3,"cache_creation_input_tokens":4,"output_tokens":5}}"#;
    let (got, seen) = whole(Face::Chat, Tongue::Anthropic, PLAIN, answer);
    let expected = json!({
        "id":"chatcmpl-9","object":"chat.completion","created":1_700_000_000,"model":"claude-x",
        "choices":[{"index":0,"logprobs":null,"finish_reason":"tool_calls","message":{"role":"assistant","content":"a","refusal":null,"reasoning_content":"hm",
            "thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"s"}],
            "tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{\"z\":1,\"a\":2}"}}]}}],
        "usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}
    });
    assert_eq!(got, expected);
    assert_eq!(seen.usage, Some(Usage { input: 7, output: 5, cache_write: 4, ..Usage::default() }));
}

const OLLAMA: &str = concat!(
    "{\"model\":\"q\",\"created_at\":\"2026-11-01T10:00:00.5Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"hm\"},\"done\":false}\n",
    "{\"model\":\"q\",\"created_at\":\"2026-11-01T10:00:01Z\",\"message\":{\"role\":\"assistant\",\"content\":\"ä\"},\"done\":false}\n\n",
    "{\"model\":\"q\",\"created_at\":\"2026-11-01T10:00:01Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"b\":1.0}}},{\"id\":\"given\",\"function\":{\"name\":\"g\",\"arguments\":{}}}]},\"done\":false}\n",
    "{\"model\":\"q\",\"created_at\":\"2026-11-01T10:00:02Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":8,\"eval_count\":3}\n"
);

#[test]
fn ollamas_stream_becomes_chunks() {
    let got = stream(Face::Chat, Tongue::Ollama, STREAM, OLLAMA);
    assert_eq!(got.end, Ok(()));
    let events = events(&got.text);
    assert_eq!(events[0]["created"], 1_793_527_200);
    assert!(events[0]["id"].as_str().unwrap().starts_with("chatcmpl-2026"));
    let deltas: Vec<&Value> = events.iter().filter_map(|event| event.get("choices")?.get(0)?.get("delta")).collect();
    assert_eq!((deltas[1], deltas[2]), (&json!({"reasoning_content":"hm"}), &json!({"content":"ä"})));
    assert_eq!(deltas[3]["tool_calls"][0]["function"]["name"], "f");
    assert!(deltas[3]["tool_calls"][0]["id"].as_str().unwrap().starts_with("call_"));
    assert_eq!(deltas[4], &json!({"tool_calls":[{"index":0,"function":{"arguments":"{\"b\":1.0}"}}]}));
    assert_eq!(deltas[5]["tool_calls"][0]["id"], "given");
    assert_eq!(events[events.len() - 3]["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(events[events.len() - 2]["usage"]["total_tokens"], 11);
    let cut = stream(Face::Chat, Tongue::Ollama, STREAM, &OLLAMA[..OLLAMA.len() / 2]);
    assert_eq!(cut.end, Err(Garbled::Cut));
}

#[test]
fn ollamas_answer_becomes_a_completion() {
    let answer = r#"{"model":"q","created_at":"2026-11-01T11:00:00+01:00","message":{"role":"assistant","content":"x"},"done":true,"done_reason":"length","prompt_eval_count":2,"eval_count":1}"#;
    let (got, _) = whole(Face::Chat, Tongue::Ollama, PLAIN, answer);
    assert_eq!((&got["created"], &got["choices"][0]["finish_reason"]), (&json!(1_793_527_200), &json!("length")));
    assert_eq!((&got["choices"][0]["message"]["content"], &got["usage"]["prompt_tokens"]), (&json!("x"), &json!(2)));
}

#[test]
fn a_sign_of_life_stays_one() {
    let got = stream(Face::Chat, Tongue::Anthropic, STREAM, &format!(": still here\n\n{}", claude()));
    assert!(got.text.starts_with(": waiting\n\ndata: "), "{}", got.text);
}

#[test]
fn an_error_inside_a_translated_stream_is_told_in_the_clients_shape() {
    let answer = ev(r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#);
    let got = stream(Face::Chat, Tongue::Anthropic, STREAM, &answer);
    assert_eq!((got.end, got.seen.complete), (Ok(()), false));
    assert_eq!(events(&got.text)[0]["error"]["message"], "Overloaded");
    assert!(!got.text.contains("[DONE]"));
    let got = stream(Face::Chat, Tongue::Ollama, STREAM, "{\"error\":\"no memory\"}\n");
    assert_eq!(events(&got.text)[0]["error"]["message"], "no memory");
}
