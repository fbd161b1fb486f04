//! Answers for Ollama's clients, from the others.

use crate::call::{lines, stream, whole};
use crate::{to_chat, to_messages};
use kaizen_llm::face::{Face, Tongue};
use kaizen_llm::translate::Garbled;
use serde_json::json;

const CHAT: &str = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
const GENERATE: &str = r#"{"model":"m","prompt":"hi"}"#;

#[test]
fn chunks_become_lines() {
    let got = stream(Face::OllamaChat, Tongue::OpenAi, CHAT, &to_messages::gpt());
    assert_eq!(got.end, Ok(()));
    let at = "1970-01-01T00:00:07Z";
    let line = |message| json!({"model":"gpt","created_at":at,"message":message,"done":false});
    let expected = [
        line(json!({"role":"assistant","content":"","thinking":"hm"})),
        line(json!({"role":"assistant","content":"Hö"})),
        line(json!({"role":"assistant","content":"ren"})),
        line(
            json!({"role":"assistant","content":"","tool_calls":[{"id":"c1","function":{"name":"f","arguments":{"a":1}}},{"id":"c2","function":{"name":"g","arguments":{}}}]}),
        ),
        json!({"model":"gpt","created_at":at,"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":9,"eval_count":4}),
    ];
    assert_eq!(lines(&got.text), expected);
}

#[test]
fn a_generated_text_is_called_response() {
    let got = lines(&stream(Face::OllamaGenerate, Tongue::Anthropic, GENERATE, &to_chat::claude()).text);
    assert_eq!(got[0]["thinking"], "I should look");
    assert_eq!((&got[1]["response"], &got[1]["done"]), (&json!("Schön, \"ja\""), &json!(false)));
    let last = got.last().unwrap();
    assert_eq!((&last["response"], &last["done"], &last["prompt_eval_count"]), (&json!(""), &json!(true), &json!(7)));
    assert!(last.get("message").is_none());
}

#[test]
fn a_whole_answer_is_one_object() {
    let answer = r#"{"id":"1","created":7,"model":"g","choices":[{"index":0,"message":{"content":"x"},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
    let (got, _) = whole(Face::OllamaChat, Tongue::OpenAi, CHAT, answer);
    let expected = json!({"model":"g","created_at":"1970-01-01T00:00:07Z","message":{"role":"assistant","content":"x"},"done":true,"done_reason":"length","prompt_eval_count":1,"eval_count":2});
    assert_eq!(got, expected);
}

#[test]
fn arguments_that_are_no_object_have_no_place_here() {
    let answer = "data: {\"id\":\"1\",\"model\":\"g\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"{oops\"}}]},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n";
    let got = stream(Face::OllamaChat, Tongue::OpenAi, CHAT, answer);
    assert!(matches!(got.end, Err(Garbled::NotAnAnswer(_))), "{:?}", got.end);
}

#[test]
fn ollamas_own_generate_passes_and_is_seen() {
    let answer = concat!(
        "{\"model\":\"q\",\"created_at\":\"2026-11-01T10:00:00Z\",\"response\":\"He\",\"done\":false}\n",
        "{\"model\":\"q\",\"created_at\":\"2026-11-01T10:00:00Z\",\"response\":\"\",\"done\":true,\"done_reason\":\"stop\",\"context\":[1,2],\"eval_count\":2}\n"
    );
    let got = stream(Face::OllamaGenerate, Tongue::Ollama, GENERATE, answer);
    assert_eq!((got.text.as_str(), got.seen.output.as_str(), got.seen.complete), (answer, "He", true));
}
