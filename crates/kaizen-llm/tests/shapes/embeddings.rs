//! Embeddings: passed on, packed, and out of Ollama's shape.

use crate::call::{malformed, out, sent, whole};
use kaizen_domain::money::Usage;
use kaizen_llm::face::{Face, Tongue};
use serde_json::json;

const FLOATS: &str = r#"{"model":"m","input":["a","b"],"dimensions":2}"#;
const PACKED: &str = r#"{"model":"m","input":"a","encoding_format":"base64"}"#;
const ANSWER: &str = r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1.0, -2.5]}],"model":"e","usage":{"prompt_tokens":3,"total_tokens":3},"x":1.50}"#;
/// 1.0 and -2.5 as 32-bit floats, little end first.
const BASE64: &str = "AACAPwAAIMA=";

#[test]
fn they_pass_untouched_and_are_seen() {
    let (got, seen) = whole(Face::Embeddings, Tongue::OpenAi, FLOATS, ANSWER);
    assert_eq!(got, serde_json::from_str::<serde_json::Value>(ANSWER).unwrap());
    assert_eq!((seen.usage, seen.complete), (Some(Usage { input: 3, ..Usage::default() }), true));
    assert_eq!(out(Face::Embeddings, Tongue::OpenAi, FLOATS).unwrap().body, FLOATS.replace("\"m\"", "\"upstream-model\""));
}

#[test]
fn an_upstream_that_cannot_pack_is_helped() {
    let mut reader = out(Face::Embeddings, Tongue::OpenAi, PACKED).unwrap().reader;
    let got = reader.whole(crate::call::bytes(ANSWER)).unwrap();
    assert_eq!(got, ANSWER.replace("[1.0, -2.5]", &format!("\"{BASE64}\"")), "only the numbers change");
    let packed = ANSWER.replace("[1.0, -2.5]", &format!("\"{BASE64}\""));
    assert_eq!(whole(Face::Embeddings, Tongue::OpenAi, PACKED, &packed).0["data"][0]["embedding"], BASE64);
}

#[test]
fn ollamas_are_put_into_openais_shape() {
    assert_eq!(sent(Face::Embeddings, Tongue::Ollama, FLOATS), json!({"model":"upstream-model","input":["a","b"],"dimensions":2}));
    let answer = r#"{"model":"e","embeddings":[[1.0,-2.5],[0.10,0]],"prompt_eval_count":4}"#;
    let (got, seen) = whole(Face::Embeddings, Tongue::Ollama, FLOATS, answer);
    let expected = json!({"object":"list","model":"e","usage":{"prompt_tokens":4,"total_tokens":4},
        "data":[{"object":"embedding","index":0,"embedding":[1.0,-2.5]},{"object":"embedding","index":1,"embedding":[0.10,0]}]});
    assert_eq!(got, expected);
    assert_eq!(seen.usage.map(|usage| usage.input), Some(4));
    let (packed, _) = whole(Face::Embeddings, Tongue::Ollama, PACKED, answer);
    assert_eq!(packed["data"][0]["embedding"], BASE64);
    let (failed, seen) = whole(Face::Embeddings, Tongue::Ollama, PACKED, r#"{"error":"no such model"}"#);
    assert_eq!((&failed["error"]["message"], seen.complete), (&json!("no such model"), false));
}

#[test]
fn inputs_that_are_none_are_refused() {
    let param = |input: &str| malformed(Face::Embeddings, &format!("{{\"model\":\"m\",\"input\":{input}}}")).param.unwrap();
    assert_eq!((param("[]").as_str(), param("5").as_str(), param("[{}]").as_str()), ("input", "input", "input[0]"));
    let format = malformed(Face::Embeddings, r#"{"model":"m","input":"a","encoding_format":"int8"}"#);
    assert_eq!(format.param.as_deref(), Some("encoding_format"));
    assert!(out(Face::Embeddings, Tongue::OpenAi, r#"{"model":"m","input":[[1,2],[3]]}"#).is_ok());
    assert!(out(Face::Embeddings, Tongue::Ollama, r#"{"model":"m","input":[1,2]}"#).is_err(), "Ollama takes no tokens");
}
