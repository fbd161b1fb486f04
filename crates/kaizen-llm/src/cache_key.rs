//! The name under which an answer is kept: a hash of everything that decides about it, and of nothing else.
//!
//! The order of keys, blanks and the spelling of numbers do not matter; nor do `user`, `metadata`, `stream` and their like. A
//! body with the same key twice has no name: programs disagree about which one counts. Whether the answer would be drawn
//! anew each time (a temperature that is not 0) is said beside the name; who keeps answers decides what to do about it.

use crate::face::Face;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// They say who asks, how the answer travels or what is kept of it; not what it is.
const NO_MATTER: [&str; 9] = [
    "user",
    "metadata",
    "stream",
    "stream_options",
    "store",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "keep_alive",
];

/// The name of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CacheKey {
    /// SHA-256.
    pub hash: [u8; 32],
    /// The same request may get another answer the next time.
    pub sampled: bool,
}

/// The request has no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the request cannot be compared with others: {0}")]
pub struct Uncacheable(String);

/// Names the answer of `model` (as `provider/model`) to `body`, in the shape of `face`.
///
/// `besides` holds whatever else decides about the answer, such as the values of beta headers.
pub fn cache_key(face: Face, model: &str, body: &[u8], besides: &[&str]) -> Result<CacheKey, Uncacheable> {
    let parsed = serde_json::from_slice(body).map_err(|e| Uncacheable(e.to_string()))?;
    let Canon::Map(mut body) = parsed else { return Err(Uncacheable("it is no JSON object".to_string())) };
    NO_MATTER.iter().chain(&["model"]).for_each(|key| drop(body.remove(*key)));
    body.retain(|_, value| !matches!(value, Canon::Null));
    let drawn = !matches!(face, Face::Embeddings | Face::CountTokens);
    let sampled = drawn && !is_fixed(&body);
    let mut hash = Sha256::new();
    [format!("{face:?}").as_str(), model].iter().chain(besides).for_each(|text| feed(&mut hash, b'"', text.as_bytes()));
    Canon::Map(body).stir(&mut hash);
    Ok(CacheKey { hash: hash.finalize().into(), sampled })
}

/// A temperature of exactly 0, at the top or among Ollama's options.
fn is_fixed(body: &BTreeMap<String, Canon>) -> bool {
    let zero = |map: &BTreeMap<String, Canon>| matches!(map.get("temperature"), Some(Canon::Number(n)) if n == "0");
    zero(body) || matches!(body.get("options"), Some(Canon::Map(options)) if zero(options))
}

/// JSON without what does not matter: the order of keys and the spelling of numbers.
enum Canon {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Canon>),
    Map(BTreeMap<String, Canon>),
}

/// A mark and a length before each piece, so that no two values are the same bytes.
fn feed(hash: &mut Sha256, mark: u8, bytes: &[u8]) {
    hash.update([mark]);
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

impl Canon {
    fn stir(&self, hash: &mut Sha256) {
        match self {
            Self::Null => feed(hash, b'n', b""),
            Self::Bool(value) => feed(hash, b'b', &[u8::from(*value)]),
            Self::Number(text) => feed(hash, b'0', text.as_bytes()),
            Self::Text(text) => feed(hash, b'"', text.as_bytes()),
            Self::List(items) => {
                feed(hash, b'[', &(items.len() as u64).to_le_bytes());
                items.iter().for_each(|item| item.stir(hash));
            }
            Self::Map(map) => {
                feed(hash, b'{', &(map.len() as u64).to_le_bytes());
                for (key, value) in map {
                    feed(hash, b'"', key.as_bytes());
                    value.stir(hash);
                }
            }
        }
    }

    fn number(value: f64) -> Self {
        // A whole number is the same number with and without a point; beyond 2^53 a float says less than its digits.
        let whole = value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0;
        Self::Number(if whole { (value as i64).to_string() } else { value.to_string() })
    }
}

impl<'de> Deserialize<'de> for Canon {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Canon;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Canon, E> {
        Ok(Canon::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Canon, E> {
        Ok(Canon::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Canon, E> {
        Ok(Canon::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Canon, E> {
        Ok(Canon::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Canon, E> {
        Ok(Canon::number(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Canon, E> {
        Ok(Canon::Text(text.to_string()))
    }

    fn visit_string<E>(self, text: String) -> Result<Canon, E> {
        Ok(Canon::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Canon, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Canon::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Canon, A::Error> {
        let mut map = BTreeMap::new();
        while let Some((key, value)) = entries.next_entry::<String, Canon>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key '{key}' appears twice")));
            }
            map.insert(key, value);
        }
        Ok(Canon::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(body: &str) -> CacheKey {
        cache_key(Face::Chat, "openai/gpt-4o", body.as_bytes(), &[]).unwrap()
    }

    const PLAIN: &str = r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":0}"#;

    #[test]
    fn order_blanks_numbers_and_who_asks_do_not_matter() {
        for same in [
            r#"{ "temperature": 0.0, "messages": [ {"content": "hi", "role": "user"} ] }"#,
            r#"{"messages":[{"role":"user","content":"h\u0069"}],"temperature":-0.0,"user":"u","metadata":{"a":"b"},"stream":true,"stream_options":{"include_usage":true}}"#,
            r#"{"messages":[{"role":"user","content":"hi"}],"temperature":0e0,"tools":null,"model":"kaizen/auto"}"#,
        ] {
            assert_eq!(key(same), key(PLAIN), "{same}");
        }
    }

    #[test]
    fn whatever_decides_about_the_answer_does_matter() {
        let mut seen = vec![key(PLAIN).hash];
        for other in [
            r#"{"messages":[{"role":"user","content":"hi "}],"temperature":0}"#,
            r#"{"messages":[{"role":"system","content":"hi"}],"temperature":0}"#,
            r#"{"messages":[{"role":"user","content":"hi"}],"temperature":0.1}"#,
            r#"{"messages":[{"role":"user","content":"hi"}],"temperature":0,"max_tokens":5}"#,
            r#"{"messages":[{"role":"user","content":"hi"}],"temperature":0,"tools":[]}"#,
            r#"{"messages":[{"role":"user","content":["hi"]}],"temperature":0}"#,
            r#"{"messages":[{"role":"user","content":"hi","name":null}],"temperature":0}"#,
            r#"{"messages":[{"role":"user","content":"hi"}],"temperature":"0"}"#,
            r#"{"messages":[{"role":"user","content":"hi"}],"temperature":0,"seed":9007199254740993}"#,
            r#"{"messages":[{"role":"user","content":"hi"}],"temperature":0,"seed":9007199254740992}"#,
        ] {
            let hash = key(other).hash;
            assert!(!seen.contains(&hash), "{other}");
            seen.push(hash);
        }
        for (face, model, besides) in
            [(Face::Messages, "openai/gpt-4o", &[][..]), (Face::Chat, "other/gpt-4o", &[]), (Face::Chat, "openai/gpt-4o", &["beta"])]
        {
            let hash = cache_key(face, model, PLAIN.as_bytes(), besides).unwrap().hash;
            assert!(!seen.contains(&hash));
            seen.push(hash);
        }
    }

    #[test]
    fn only_a_temperature_of_zero_gives_the_same_answer_again() {
        assert!(!key(PLAIN).sampled);
        assert!(!key(r#"{"options":{"temperature":0}}"#).sampled);
        for drawn in [r#"{"messages":[]}"#, r#"{"temperature":0.7}"#, r#"{"temperature":null}"#, r#"{"temperature":"0"}"#, r#"{"seed":1}"#]
        {
            assert!(key(drawn).sampled, "{drawn}");
        }
        assert!(!cache_key(Face::Embeddings, "m", br#"{"input":"x"}"#, &[]).unwrap().sampled);
    }

    #[test]
    fn a_body_that_programs_read_differently_has_no_name() {
        for (body, why) in [
            (r#"{"a":1,"a":2}"#, "the key 'a' appears twice"),
            (r#"{"messages":[{"role":"user","role":"system"}]}"#, "the key 'role' appears twice"),
            ("[]", "it is no JSON object"),
            ("{", "EOF"),
            (r#"{"a":1e999}"#, "number out of range"),
        ] {
            let error = cache_key(Face::Chat, "m", body.as_bytes(), &[]).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
