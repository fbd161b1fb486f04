//! What is known of a request after it was read, and what is refused.

use crate::call::{asked, bytes, malformed};
use kaizen_llm::face::{Asked, Face, Malformed, read, text_in};

const HI: &str = r#""messages":[{"role":"user","content":"hi"}]"#;

fn refused(face: Face, request: &str) -> (String, Option<String>, Option<&'static str>) {
    let Malformed { message, param, code } = malformed(face, request);
    (message, param, code)
}

#[test]
fn a_chat_request_is_known() {
    let request = r#"{"model":"m","stream":true,"stream_options":{"include_usage":true},"max_tokens":10,"max_completion_tokens":20,"n":3,
        "temperature":0,"metadata":{"a":"b","n":4,"deep":{}},"tools":[{"type":"function","function":{"name":"f"}}],
        "messages":[{"role":"system","content":"s"},{"role":"user","content":"hi"}]}"#;
    let Asked { face, model, stream, max_output, choices, wants_usage, temperature, has_tools, metadata, .. } = asked(Face::Chat, request);
    assert_eq!((face, model.as_str(), stream, max_output, choices), (Face::Chat, "m", true, Some(20), 3));
    assert_eq!((wants_usage, temperature, has_tools), (true, Some(0.0), true));
    let metadata: Vec<(&str, &str)> = metadata.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(metadata, [("a", "b"), ("n", "4")]);
}

#[test]
fn an_image_counts_for_what_models_make_of_it_and_text_for_its_bytes() {
    let data = "A".repeat(100_000);
    let text = format!("{{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{{\"role\":\"user\",\"content\":\"{data}\"}}]}}");
    assert!(asked(Face::Chat, &text).input_bound >= 100_000);
    let bound = |face: Face, request: String| {
        let asked = asked(face, &request);
        assert_eq!(asked.images, 1);
        asked.input_bound
    };
    let chat = format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":[{{"type":"image_url","image_url":{{"url":"data:image/png;base64,{data}"}}}}]}}]}}"#
    );
    let messages = format!(
        r#"{{"model":"m","max_tokens":1,"messages":[{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"t","content":[{{"type":"image","source":{{"type":"base64","media_type":"image/png","data":"{data}"}}}}]}}]}}]}}"#
    );
    let responses = format!(
        r#"{{"model":"m","input":[{{"role":"user","content":[{{"type":"input_image","image_url":"data:image/png;base64,{data}"}}]}}]}}"#
    );
    let ollama = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x","images":["{data}"]}}]}}"#);
    let generate = format!(r#"{{"model":"m","prompt":"x","images":["{data}"]}}"#);
    for (face, request) in [
        (Face::Chat, chat),
        (Face::Messages, messages),
        (Face::Responses, responses),
        (Face::OllamaChat, ollama),
        (Face::OllamaGenerate, generate),
    ] {
        let bound = bound(face, request);
        assert!((2_000..2_300).contains(&bound), "{face:?}: {bound}");
    }
    let smuggled = format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":[{{"type":"text","text":"{data}","image_url":{{"url":"data:image/png;base64,{data}"}}}}]}}]}}"#
    );
    assert!(asked(Face::Chat, &smuggled).input_bound > 200_000, "only what is an image counts as one");
}

#[test]
fn what_is_missing_is_named_as_openai_names_it() {
    assert_eq!(
        refused(Face::Chat, &format!("{{{HI}}}")),
        ("you must provide a model parameter".into(), Some("model".into()), Some("missing_required_parameter"))
    );
    let missing = |face, request: &str| refused(face, request).0;
    assert_eq!(missing(Face::Chat, r#"{"model":"m"}"#), "Missing required parameter: 'messages'.");
    assert_eq!(missing(Face::Messages, &format!("{{\"model\":\"m\",{HI}}}")), "Missing required parameter: 'max_tokens'.");
    assert_eq!(missing(Face::Responses, r#"{"model":"m"}"#), "Missing required parameter: 'input'.");
    assert_eq!(missing(Face::Embeddings, r#"{"model":"m"}"#), "Missing required parameter: 'input'.");
    assert_eq!(missing(Face::Chat, r#"{"model":"m","messages":[{"content":"x"}]}"#), "Missing required parameter: 'messages[0].role'.");
    assert_eq!(refused(Face::Chat, r#"{"model":"m","messages":[]}"#).2, Some("empty_array"));
    assert!(read(Face::CountTokens, &bytes(&format!("{{\"model\":\"m\",{HI}}}"))).is_ok(), "nothing is generated");
    assert!(read(Face::OllamaChat, &bytes(r#"{"model":"m"}"#)).unwrap().stream, "Ollama loads a model so, and streams unless told not to");
}

#[test]
fn a_wrong_type_is_named_with_its_place() {
    let request = |field: &str| format!("{{\"model\":\"m\",{HI},{field}}}");
    let wrong = |field: &str| refused(Face::Chat, &request(field)).0;
    assert_eq!(wrong("\"stream\":\"yes\""), "Invalid type for 'stream': expected a boolean, but got a string instead.");
    assert_eq!(wrong("\"max_tokens\":1.5"), "Invalid type for 'max_tokens': expected an integer, but got a decimal instead.");
    assert_eq!(wrong("\"max_tokens\":-1"), "Invalid value for 'max_tokens': expected a number that is not negative.");
    assert_eq!(wrong("\"tools\":{}"), "Invalid type for 'tools': expected an array, but got an object instead.");
    assert_eq!(wrong("\"stream_options\":[]"), "Invalid type for 'stream_options': expected an object, but got an array instead.");
    let of = |messages: &str| refused(Face::Chat, &format!("{{\"model\":\"m\",\"messages\":{messages}}}"));
    assert_eq!(of("\"hi\"").0, "Invalid type for 'messages': expected an array of objects, but got a string instead.");
    assert_eq!(of("[\"hi\"]").0, "Invalid type for 'messages[0]': expected an object, but got a string instead.");
    assert_eq!(of(r#"[{"role":"user","content":"x"},{"role":1}]"#).1.as_deref(), Some("messages[1].role"));
    assert_eq!(of(r#"[{"role":"user","content":{}}]"#).1.as_deref(), Some("messages[0].content"));
}

#[test]
fn what_is_no_json_object_is_refused() {
    for request in ["", "{", "[]", "5", "{\"model\":\"m\"", "{\"model\":\"m\",}", "nul", "{'model':1}"] {
        let (message, param, _) = refused(Face::Chat, request);
        assert!(message.starts_with("We could not parse the JSON body of your request"), "{request}: {message}");
        assert_eq!(param, None);
    }
    let body = bytes::Bytes::from_static(b"{\"model\":\"\xff\"}");
    assert!(read(Face::Chat, &body).unwrap_err().message.contains("UTF-8"));
}

#[test]
fn a_key_that_counts_must_not_be_given_twice() {
    let twice = |field: &str| refused(Face::Chat, &format!("{{\"model\":\"m\",{HI},{field}}}"));
    let (message, param, _) = twice("\"max_tokens\":1,\"max_tokens\":100000");
    assert_eq!((message.as_str(), param.as_deref()), ("Invalid value for 'max_tokens': it is given twice.", Some("max_tokens")));
    assert_eq!(twice("\"mod\\u0065l\":\"dear\"").1.as_deref(), Some("model"), "also when written with escapes");
    assert_eq!(asked(Face::Chat, &format!("{{\"model\":\"m\",{HI},\"x\":1,\"x\":2}}")).model, "m");
}

#[test]
fn nesting_without_end_is_refused_or_ignored_but_never_followed() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(200_000), close.repeat(200_000));
    let ignored = format!("{{\"model\":\"m\",{HI},\"x\":{}}}", deep("[", "]"));
    assert_eq!(asked(Face::Chat, &ignored).model, "m");
    let followed = format!("{{\"model\":\"m\",\"messages\":[{{\"role\":\"user\",\"content\":{}}}]}}", deep("[{\"content\":", "}]"));
    assert!(read(Face::Chat, &bytes(&followed)).is_err());
    assert!(text_in(Face::Chat, &bytes(&followed)).whole.is_empty());
}

#[test]
fn nothing_is_kept_of_responses() {
    let (message, param, code) = refused(Face::Responses, r#"{"model":"m","input":"x","previous_response_id":"resp_1"}"#);
    assert_eq!((param.as_deref(), code), (Some("previous_response_id"), Some("unsupported_parameter")));
    assert!(message.contains("not kept here"), "{message}");
    assert!(read(Face::Responses, &bytes(r#"{"model":"m","input":"x","store":true,"previous_response_id":null}"#)).is_ok());
}

#[test]
fn the_words_of_a_request_are_found_in_every_shape() {
    let said = |face, request: &str| {
        let said = text_in(face, &bytes(request));
        (said.last, said.whole)
    };
    let chat = r#"{"messages":[{"role":"system","content":"be kind"},{"role":"user","content":[{"type":"text","text":"look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},{"role":"assistant","content":null},{"role":"tool","content":"42"}]}"#;
    assert_eq!(said(Face::Chat, chat), ("look\n[image]".into(), "system: be kind\nuser: look\n[image]\ntool: 42\n".into()));
    let messages = r#"{"system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":"do it"},{"role":"user","content":[{"type":"tool_result","content":"done"}]}]}"#;
    assert_eq!(said(Face::Messages, messages), ("do it".into(), "system: s\nuser: do it\nuser: done\n".into()));
    let responses = r#"{"instructions":"i","input":[{"role":"user","content":[{"type":"input_text","text":"a"}]},{"type":"function_call_output","call_id":"c","output":"r"}]}"#;
    assert_eq!(said(Face::Responses, responses), ("a".into(), "system: i\nuser: a\nfunction_call_output: r\n".into()));
    assert_eq!(said(Face::Responses, r#"{"input":"a"}"#).0, "a");
    assert_eq!(said(Face::Embeddings, r#"{"input":["a","b"]}"#).0, "b");
    assert_eq!(said(Face::OllamaGenerate, r#"{"system":"s","prompt":"p"}"#), ("p".into(), "system: s\nuser: p\n".into()));
}
