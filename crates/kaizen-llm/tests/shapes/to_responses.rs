//! Answers for clients of the Responses API.

use crate::call::{events, stream, whole};
use crate::{to_chat, to_messages};
use kaizen_llm::face::{Face, Tongue};
use serde_json::{Value, json};

const PLAIN: &str =
    r#"{"model":"m","input":"hi","temperature":0.20,"tools":[{"type":"function","name":"f","parameters":{"z":1,"a":2}}],"store":true}"#;
const STREAM: &str = r#"{"model":"m","input":"hi","stream":true}"#;

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[test]
fn chunks_become_typed_events() {
    let got = stream(Face::Responses, Tongue::OpenAi, STREAM, &to_messages::gpt());
    assert_eq!(got.end, Ok(()));
    let all = events(&got.text);
    let expected = [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.reasoning_text.delta",
        "response.reasoning_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ];
    assert_eq!(kinds(&all), expected);
    let numbers: Vec<u64> = all.iter().map(|event| event["sequence_number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..26).collect::<Vec<u64>>());
    let names: Vec<&str> = got.text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(names, expected);
    assert!(!got.text.contains("[DONE]"));
    assert_eq!((&all[0]["response"]["status"], &all[0]["response"]["output"]), (&json!("in_progress"), &json!([])));
    assert_eq!(all[8]["item"], json!({"type":"message","id":"msg_7_1","status":"in_progress","role":"assistant","content":[]}));
    assert_eq!(
        all[10],
        json!({"type":"response.output_text.delta","sequence_number":10,"item_id":"msg_7_1","output_index":1,"content_index":0,"delta":"Hö","logprobs":[]})
    );
    assert_eq!(all[12]["text"], "Hören");
    assert_eq!(all[13]["part"], json!({"type":"output_text","text":"Hören","annotations":[],"logprobs":[]}));
    assert_eq!((&all[19]["output_index"], &all[20]["output_index"]), (&json!(2), &json!(3)), "calls by turns keep their places");
    assert_eq!((&all[21]["arguments"], &all[21]["name"]), (&json!("{\"a\":1}"), &json!("f")));
    let done = &all[25]["response"];
    assert_eq!(
        (&done["id"], &done["status"], &done["model"], &done["created_at"]),
        (&json!("resp_7"), &json!("completed"), &json!("gpt"), &json!(7))
    );
    assert_eq!(kinds(done["output"].as_array().unwrap()), ["reasoning", "message", "function_call", "function_call"]);
    assert_eq!(
        done["output"][3],
        json!({"type":"function_call","id":"fc_7_3","status":"completed","call_id":"c2","name":"g","arguments":"{}"})
    );
    assert_eq!(
        done["usage"],
        json!({"input_tokens":9,"input_tokens_details":{"cached_tokens":2},"output_tokens":4,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":13})
    );
}

#[test]
fn anthropics_stream_becomes_typed_events() {
    let all = events(&stream(Face::Responses, Tongue::Anthropic, STREAM, &to_chat::claude()).text);
    let done = &all.last().unwrap()["response"];
    assert_eq!((&done["status"], &done["created_at"]), (&json!("completed"), &json!(1_700_000_000)));
    assert_eq!(done["output"][1]["content"][0]["text"], "Schön, \"ja\"");
    assert_eq!((&done["output"][2]["call_id"], &done["output"][2]["arguments"]), (&json!("toolu_1"), &json!("{\"at\": \"home\"}")));
}

#[test]
fn a_completion_becomes_a_response_that_repeats_its_request() {
    let answer = r#"{"id":"chatcmpl-1","created":5,"model":"g","choices":[{"index":0,"message":{"content":"x"},"finish_reason":"stop"}]}"#;
    let (got, _) = whole(Face::Responses, Tongue::OpenAi, PLAIN, answer);
    assert_eq!((&got["object"], &got["status"], &got["store"]), (&json!("response"), &json!("completed"), &json!(false)));
    assert_eq!(
        got["output"],
        json!([{"type":"message","id":"msg_1_0","status":"completed","role":"assistant","content":[{"type":"output_text","text":"x","annotations":[],"logprobs":[]}]}])
    );
    assert_eq!((&got["temperature"], &got["tool_choice"], &got["parallel_tool_calls"]), (&json!(0.2), &json!("auto"), &json!(true)));
    assert_eq!((&got["tools"][0]["name"], &got["usage"], &got["error"]), (&json!("f"), &Value::Null, &Value::Null));
}

#[test]
fn an_answer_that_was_too_long_is_incomplete() {
    let chunk = "data: {\"id\":\"1\",\"created\":5,\"model\":\"g\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"length\"}]}\n\n";
    let all = events(&stream(Face::Responses, Tongue::OpenAi, STREAM, chunk).text);
    let last = all.last().unwrap();
    assert_eq!(
        (&last["type"], &last["response"]["incomplete_details"]),
        (&json!("response.incomplete"), &json!({"reason":"max_output_tokens"}))
    );
}

#[test]
fn a_failure_of_the_upstream_is_a_failed_response() {
    let answer = "data: {\"id\":\"1\",\"created\":5,\"model\":\"g\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\ndata: {\"error\":{\"message\":\"gone\",\"type\":\"server_error\"}}\n\n";
    for answer in [answer, answer.split_once("\n\n").unwrap().1] {
        let all = events(&stream(Face::Responses, Tongue::OpenAi, STREAM, answer).text);
        assert_eq!(all[0]["type"], "response.created");
        let last = all.last().unwrap();
        assert_eq!((&last["type"], &last["response"]["status"]), (&json!("response.failed"), &json!("failed")));
        assert_eq!(last["response"]["error"], json!({"code":"server_error","message":"gone"}));
    }
}

#[test]
fn a_refusal_is_a_part_of_its_own() {
    let chunk = "data: {\"id\":\"1\",\"created\":5,\"model\":\"g\",\"choices\":[{\"index\":0,\"delta\":{\"refusal\":\"no\"},\"finish_reason\":\"stop\"}]}\n\n";
    let all = events(&stream(Face::Responses, Tongue::OpenAi, STREAM, chunk).text);
    assert!(kinds(&all).contains(&"response.refusal.delta") && kinds(&all).contains(&"response.refusal.done"));
    assert_eq!(all.last().unwrap()["response"]["output"][0]["content"], json!([{"type":"refusal","refusal":"no"}]));
}
