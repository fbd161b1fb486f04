//! Errors in every face's shape.

use crate::call::bytes;
use kaizen_llm::face::{Face, Malformed, Tongue};
use kaizen_llm::refusal::{Refusal, passed_on, refusal, stream_refusal};
use serde_json::{Value, json};

fn said(face: Face, told: &Refusal) -> Value {
    serde_json::from_slice(&refusal(face, told).1).unwrap()
}

#[test]
fn each_face_has_its_own_error() {
    let told = Refusal { code: Some("model_not_found".into()), param: Some("model".into()), ..Refusal::new(404, "no model 'x'") };
    let openai = json!({"error":{"message":"no model 'x'","type":"invalid_request_error","param":"model","code":"model_not_found"}});
    for face in [Face::Chat, Face::Responses, Face::Embeddings] {
        assert_eq!(said(face, &told), openai);
    }
    for face in [Face::Messages, Face::CountTokens] {
        assert_eq!(said(face, &told), json!({"type":"error","error":{"type":"not_found_error","message":"no model 'x'"}}));
    }
    for face in [Face::OllamaChat, Face::OllamaGenerate] {
        assert_eq!(said(face, &told), json!({"error":"no model 'x'"}));
    }
    assert_eq!(refusal(Face::Chat, &told).0, 404);
}

#[test]
fn anthropics_types_follow_from_the_status() {
    let kind = |status| said(Face::Messages, &Refusal::new(status, ""))["error"]["type"].clone();
    let expected = [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (413, "request_too_large"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (502, "api_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ];
    for (status, name) in expected {
        assert_eq!(kind(status), name, "{status}");
    }
}

#[test]
fn a_malformed_request_keeps_its_parameter_and_code() {
    let malformed = Malformed { message: "m".into(), param: Some("p".into()), code: Some("invalid_type") };
    let told = Refusal::from(malformed);
    assert_eq!((told.status, told.param.as_deref(), told.code.as_deref()), (400, Some("p"), Some("invalid_type")));
    assert_eq!(told.kind, "invalid_request_error");
}

#[test]
fn an_upstreams_error_keeps_its_words_in_another_shape() {
    let anthropic = bytes(r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}"#);
    let (status, same, _) = passed_on(Face::Messages, Tongue::Anthropic, 529, &anthropic);
    assert_eq!((status, same), (529, anthropic.clone()), "in the same shape it is the very bytes");
    let (_, other, _) = passed_on(Face::Chat, Tongue::Anthropic, 529, &anthropic);
    let other: Value = serde_json::from_slice(&other).unwrap();
    assert_eq!(other, json!({"error":{"message":"Overloaded","type":"overloaded_error","param":null,"code":null}}));
    let openai = bytes(r#"{"error":{"message":"slow","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#);
    let told = Refusal::heard(429, &openai);
    assert_eq!((told.message.as_str(), told.kind, told.code.as_deref()), ("slow", "tokens", Some("rate_limit_exceeded")));
    assert_eq!(Refusal::heard(404, br#"{"error":"model 'x' not found"}"#).message, "model 'x' not found");
    let page = Refusal::heard(502, b"<html>Bad Gateway</html>").message;
    assert_eq!(page, "the upstream answered with status 502: <html>Bad Gateway</html>");
    assert_eq!(Refusal::heard(500, b"\xff").message, "the upstream answered with status 500: \u{fffd}");
}

#[test]
fn an_error_in_a_stream_has_the_streams_shape() {
    let told = Refusal::new(502, "gone");
    let text = |face| String::from_utf8(stream_refusal(face, &told).to_vec()).unwrap();
    let chat = "data: {\"error\":{\"code\":null,\"message\":\"gone\",\"param\":null,\"type\":\"server_error\"}}\n\n";
    assert_eq!(text(Face::Chat), chat);
    let messages = "event: error\ndata: {\"error\":{\"message\":\"gone\",\"type\":\"api_error\"},\"type\":\"error\"}\n\n";
    assert_eq!(text(Face::Messages), messages);
    assert_eq!(text(Face::OllamaChat), "{\"error\":\"gone\"}\n");
    assert!(text(Face::Responses).starts_with("event: error\ndata: {\"code\":\"server_error\",\"message\":\"gone\""));
}
