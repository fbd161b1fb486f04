//! The script provider: rules answer every shape, always in the same way, in their time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use bytes::Bytes;
use kaizen_llm::face::Face;
use kaizen_llm::provider::Provider;
use kaizen_llm::provider::script::Script;
use kaizen_llm::send::{Answer, Body, Failed};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use support::{ask, drain, text};
use tokio::time::Instant;

fn scripted(rules: &str) -> Provider {
    Provider::scripted("demo", Script::parse(Path::new("demo.toml"), rules).unwrap()).unwrap()
}

async fn say(provider: &Provider, words: &str) -> Result<Answer, Failed> {
    let body = Bytes::from(serde_json::json!({"model": "x", "messages": [{"role": "user", "content": words}]}).to_string());
    ask(provider, Face::Chat, &body, Duration::from_secs(600)).await
}

async fn said(provider: &Provider, words: &str) -> String {
    let answer: Value = serde_json::from_str(text(&say(provider, words).await.unwrap())).unwrap();
    answer["choices"][0]["message"]["content"].as_str().unwrap().to_string()
}

#[tokio::test]
async fn the_first_rule_that_matches_answers_and_the_default_after_them() {
    let provider = scripted(
        r#"
        [[rule]]
        contains = "France"
        text = "Paris."
        [[rule]]
        contains = "count"
        call = 2
        text = "second"
        [[rule]]
        contains = "count"
        text = "not the second"
        [[rule]]
        model = "other*"
        text = "never"
        [default]
        text = "You said: {last}"
        "#,
    );
    assert_eq!(said(&provider, "capital of France").await, "Paris.");
    assert_eq!(said(&provider, "hello").await, "You said: hello");
    assert_eq!(
        [said(&provider, "count").await, said(&provider, "count").await, said(&provider, "count").await],
        ["not the second", "second", "not the second"]
    );
}

#[tokio::test]
async fn nothing_that_matches_is_an_error_and_not_a_guess() {
    let failed = say(&scripted("[[rule]]\ncontains = \"x\"\ntext = \"y\"\n"), "hello").await.unwrap_err();
    assert!(matches!(failed, Failed::Refused { status: 404, .. }));
    assert_eq!(failed.refusal().message, "no rule of the script matches this request for 'm-1'");
}

#[tokio::test]
async fn the_same_requests_get_the_same_answers_byte_for_byte() {
    let rules = "[default]\ntext = \"one two {last}\"\n";
    let (one, other) = (scripted(rules), scripted(rules));
    for words in ["a", "b", "a"] {
        assert_eq!(text(&say(&one, words).await.unwrap()), text(&say(&other, words).await.unwrap()));
    }
}

#[tokio::test]
async fn tools_json_usage_and_the_end_are_as_the_rule_has_them() {
    let provider = scripted(
        r#"
        [[rule]]
        contains = "weather"
        tool_calls = [{ name = "weather", arguments = { city = "Paris" } }]
        [[rule]]
        contains = "json"
        json = { answer = 42 }
        usage = { input = 7, output = 3, cache_read = 2 }
        finish = "length"
        "#,
    );
    let answer: Value = serde_json::from_str(text(&say(&provider, "weather?").await.unwrap())).unwrap();
    let choice = &answer["choices"][0];
    assert_eq!(choice["message"]["tool_calls"][0]["function"]["arguments"], r#"{"city":"Paris"}"#);
    assert_eq!((&choice["finish_reason"], &choice["message"]["content"]), (&"tool_calls".into(), &Value::Null));

    let answer = say(&provider, "json!").await.unwrap();
    let Body::Whole(_, seen) = &answer.body else { panic!("streamed") };
    let usage = seen.usage.unwrap();
    assert_eq!((usage.input, usage.output, usage.cache_read, seen.finish.as_deref()), (7, 3, 2, Some("length")));
    assert_eq!(seen.output, r#"{"answer":42}"#);
}

async fn stream(provider: &Provider, face: Face, body: &str) -> (String, Option<Failed>) {
    let Body::Stream(mut stream) = ask(provider, face, &Bytes::from(body.to_string()), Duration::from_secs(600)).await.unwrap().body else {
        panic!("not streamed")
    };
    drain(&mut stream).await
}

const STREAMED: &str = r#"{"model":"x","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;

#[tokio::test(start_paused = true)]
async fn a_stream_keeps_its_times_and_its_pieces() {
    let provider = scripted("[default]\ntext = \"abcdef\"\ndelay = \"3s\"\nbetween = \"2s\"\npieces = 3\n");
    let began = Instant::now();
    let (all, failed) = stream(&provider, Face::Chat, STREAMED).await;
    assert!(failed.is_none());
    let parts: Vec<&str> = all.split("\"content\":\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(parts, ["", "ab", "cd", "ef"]);
    assert!(all.ends_with("data: [DONE]\n\n") && !all.contains("prompt_tokens"), "the usage was not asked for: {all}");
    // Before the first of six events three seconds, before each other one two.
    assert_eq!(began.elapsed(), Duration::from_secs(3 + 5 * 2));
}

#[tokio::test]
async fn every_shape_of_a_client_is_answered() {
    let provider = scripted("[default]\ntext = \"You said: {last}\"\n");
    for (face, body, sign) in [
        (Face::Chat, STREAMED, "data: [DONE]"),
        (
            Face::Messages,
            r#"{"model":"x","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#,
            "event: message_stop",
        ),
        (Face::OllamaChat, r#"{"model":"x","messages":[{"role":"user","content":"hi"}]}"#, "\"done\":true"),
        (Face::Responses, r#"{"model":"x","stream":true,"input":"hi"}"#, "response.completed"),
    ] {
        let (all, failed) = stream(&provider, face, body).await;
        assert!(failed.is_none() && all.contains(sign) && all.contains("said"), "{face:?}: {all} {failed:?}");
    }
}

#[tokio::test]
async fn a_stream_breaks_off_where_the_rule_says() {
    let provider = scripted("[default]\ntext = \"a b c d\"\ncut_after = 3\n");
    let (all, failed) = stream(&provider, Face::Chat, STREAMED).await;
    assert!(matches!(failed, Some(Failed::Cut { .. })));
    assert!(all.contains("\"a \"") && all.contains("\"b \"") && !all.contains("\"c \""), "{all}");
}

#[tokio::test(start_paused = true)]
async fn errors_of_a_script_are_tried_again_like_any_providers() {
    let provider = scripted(
        "[[rule]]\ncall = 1\nerror = { status = 429, message = \"slow\", retry_after = \"5s\" }\n[[rule]]\ncontains = \"no\"\nerror = { status = 400, code = \"bad\" }\n[default]\ntext = \"fine\"\n",
    );
    let began = Instant::now();
    let answer = say(&provider, "hi").await.unwrap();
    assert_eq!(answer.attempts, 2);
    assert!(began.elapsed() >= Duration::from_secs(5));
    assert_eq!(say(&provider, "no").await.unwrap_err().refusal().code.as_deref(), Some("bad"));
}

#[tokio::test]
async fn embeddings_are_made_from_the_text_or_given() {
    let embed = async |provider: &Provider| {
        let body = Bytes::from(r#"{"model":"x","input":["a","b","a"]}"#);
        let answer: Value =
            serde_json::from_str(text(&ask(provider, Face::Embeddings, &body, Duration::from_secs(9)).await.unwrap())).unwrap();
        answer["data"].as_array().unwrap().iter().map(|one| one["embedding"].clone()).collect::<Vec<_>>()
    };
    let made = embed(&scripted("[default]\ntext = \"x\"\n")).await;
    assert!(made[0] == made[2] && made[0] != made[1] && made[0].as_array().unwrap().len() == 4);
    assert_eq!(embed(&scripted("[default]\nembedding = [1.0, 0.5]\n")).await[1], serde_json::json!([1.0, 0.5]));
}

#[test]
fn a_script_that_is_not_there_is_an_error_with_its_name() {
    let error = Script::load(Path::new("/nowhere/demo.toml")).unwrap_err();
    assert!(error.to_string().starts_with("/nowhere/demo.toml:"), "{error}");
}
