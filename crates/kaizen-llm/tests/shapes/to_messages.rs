//! Answers for clients of Anthropic's messages, from OpenAI-compatible servers and Ollama.

use crate::call::{events, out, stream, whole};
use kaizen_llm::face::{Face, Tongue};
use kaizen_llm::translate::{Garbled, counted};
use serde_json::{Value, json};

const PLAIN: &str = r#"{"model":"m","max_tokens":50,"messages":[{"role":"user","content":"hi"}]}"#;
const STREAM: &str = r#"{"model":"m","max_tokens":50,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
const THINKS: &str = r#"{"model":"m","max_tokens":5000,"stream":true,"thinking":{"type":"enabled","budget_tokens":1024},"messages":[{"role":"user","content":"hi"}]}"#;

fn chunk(delta: &str, finish: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-7\",\"created\":7,\"model\":\"gpt\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]}}\n\n"
    )
}

/// Reasoning, text, and two calls whose arguments come by turns.
pub(crate) fn gpt() -> String {
    [
        chunk(r#"{"role":"assistant","content":""}"#, "null"),
        chunk(r#"{"reasoning_content":"hm"}"#, "null"),
        chunk(r#"{"content":"Hö"}"#, "null"),
        chunk(r#"{"content":"ren"}"#, "null"),
        chunk(r#"{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}]}"#, "null"),
        chunk(r#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}"#, "null"),
        chunk(r#"{"tool_calls":[{"index":1,"id":"c2","type":"function","function":{"name":"g","arguments":"{"}}]}"#, "null"),
        chunk(r#"{"tool_calls":[{"index":0,"function":{"arguments":":1}"}},{"index":1,"function":{"arguments":"}"}}]}"#, "null"),
        chunk("{}", "\"tool_calls\""),
        "data: {\"id\":\"chatcmpl-7\",\"model\":\"gpt\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4,\"prompt_tokens_details\":{\"cached_tokens\":2}}}\n\n".into(),
        "data: [DONE]\n\n".into(),
    ]
    .concat()
}

#[test]
fn chunks_become_anthropics_events() {
    let got = stream(Face::Messages, Tongue::OpenAi, STREAM, &gpt());
    assert_eq!(got.end, Ok(()));
    let expected = [
        json!({"type":"message_start","message":{"id":"msg_7","type":"message","role":"assistant","model":"gpt","content":[],"stop_reason":null,"stop_sequence":null,
            "usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}),
        json!({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}),
        json!({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hö"}}),
        json!({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ren"}}),
        json!({"type":"content_block_stop","index":0}),
        json!({"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"c1","name":"f","input":{}}}),
        json!({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}}),
        json!({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":":1}"}}),
        json!({"type":"content_block_stop","index":1}),
        json!({"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"c2","name":"g","input":{}}}),
        json!({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{}"}}),
        json!({"type":"content_block_stop","index":2}),
        json!({"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},
            "usage":{"input_tokens":7,"cache_creation_input_tokens":0,"cache_read_input_tokens":2,"output_tokens":4}}),
        json!({"type":"message_stop"}),
    ];
    assert_eq!(events(&got.text), expected);
    let names: Vec<&str> = got.text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    let types: Vec<&str> = expected.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(names, types);
}

#[test]
fn reasoning_is_told_to_who_asked_for_it() {
    let got = events(&stream(Face::Messages, Tongue::OpenAi, THINKS, &gpt()).text);
    assert_eq!(got[1], json!({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}));
    assert_eq!(got[2]["delta"], json!({"type":"thinking_delta","thinking":"hm"}));
    assert_eq!(got[4]["index"], 1);
}

#[test]
fn a_completion_becomes_anthropics_answer() {
    let answer = r#"{"id":"chatcmpl-1","created":1,"model":"gpt","choices":[{"index":0,"message":{"role":"assistant","content":"a","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"x\":1.0}"}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":4}}"#;
    let (got, _) = whole(Face::Messages, Tongue::OpenAi, PLAIN, answer);
    let expected = json!({"id":"msg_1","type":"message","role":"assistant","model":"gpt","content":[{"type":"text","text":"a"},{"type":"tool_use","id":"c","name":"f","input":{"x":1.0}}],
        "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":9,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":4}});
    assert_eq!(got, expected);
    let broken = answer.replace("{\\\"x\\\":1.0}", "{oops");
    let mut reader = out(Face::Messages, Tongue::OpenAi, PLAIN).unwrap().reader;
    assert!(matches!(reader.whole(crate::call::bytes(&broken)), Err(Garbled::NotAnAnswer(_))));
}

#[test]
fn a_refusal_and_a_full_answer_have_their_reasons() {
    let stop = |message: &str, finish: &str| -> Value {
        let answer =
            format!("{{\"id\":\"1\",\"model\":\"g\",\"choices\":[{{\"index\":0,\"message\":{message},\"finish_reason\":\"{finish}\"}}]}}");
        whole(Face::Messages, Tongue::OpenAi, PLAIN, &answer).0["stop_reason"].clone()
    };
    assert_eq!(stop(r#"{"content":null,"refusal":"no"}"#, "stop"), "refusal");
    assert_eq!(stop(r#"{"content":"x"}"#, "length"), "max_tokens");
    assert_eq!(stop(r#"{"content":"x"}"#, "content_filter"), "refusal");
    assert_eq!(stop(r#"{"content":"x"}"#, "eos"), "end_turn");
}

#[test]
fn ollamas_stream_becomes_anthropics_events() {
    let answer = concat!(
        "{\"model\":\"q\",\"created_at\":\"2026-11-01T10:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"x\"},\"done\":false}\n",
        "{\"model\":\"q\",\"created_at\":\"2026-11-01T10:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"length\",\"prompt_eval_count\":1,\"eval_count\":2}\n"
    );
    let got = events(&stream(Face::Messages, Tongue::Ollama, STREAM, answer).text);
    assert_eq!(got[2]["delta"]["text"], "x");
    assert_eq!((&got[4]["delta"]["stop_reason"], &got[4]["usage"]["output_tokens"]), (&json!("max_tokens"), &json!(2)));
}

#[test]
fn an_error_of_the_upstream_is_an_error_event() {
    let answer = "data: {\"error\":{\"message\":\"busy\",\"type\":\"rate_limit_error\"}}\n\n";
    let got = stream(Face::Messages, Tongue::OpenAi, STREAM, answer);
    assert_eq!(events(&got.text), [json!({"type":"error","error":{"type":"rate_limit_error","message":"busy"}})]);
}

#[test]
fn tokens_are_counted_by_anthropic_and_estimated_elsewhere() {
    let request = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
    let upstream = out(Face::CountTokens, Tongue::Anthropic, request).unwrap();
    assert_eq!(upstream.path, "/v1/messages/count_tokens");
    let (got, seen) = whole(Face::CountTokens, Tongue::Anthropic, request, r#"{"input_tokens":12}"#);
    assert_eq!((got, seen.complete), (json!({"input_tokens":12}), true));
    assert!(out(Face::CountTokens, Tongue::OpenAi, request).is_err());
    let estimate = counted(&crate::call::asked(Face::CountTokens, request));
    assert_eq!(estimate, format!("{{\"input_tokens\":{}}}", request.len().div_ceil(4)));
}
