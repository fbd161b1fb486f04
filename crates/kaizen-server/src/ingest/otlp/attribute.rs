//! Attribute values: as text, as numbers, as JSON; and the bounds within which they are kept.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use serde_json::{Map, Number, Value};

/// How many attributes of one record are kept.
pub const ATTRIBUTE_LIMIT: usize = 64;
/// The longest text of an attribute that is kept, in bytes.
pub const TEXT_LIMIT: usize = 512;

/// As text: scalars written out, lists and maps as JSON.
pub(super) fn text(value: &AnyValue) -> Option<String> {
    Some(match value.value.as_ref()? {
        Any::StringValue(text) => text.clone(),
        Any::BoolValue(truth) => truth.to_string(),
        Any::IntValue(number) => number.to_string(),
        Any::DoubleValue(number) => number.to_string(),
        Any::ArrayValue(_) | Any::KvlistValue(_) => json(value).to_string(),
        Any::BytesValue(_) => return None,
    })
}

/// As a finite number; some exporters write their numbers as text.
pub(super) fn number(value: &AnyValue) -> Option<f64> {
    match value.value.as_ref()? {
        Any::IntValue(number) => Some(*number as f64),
        Any::DoubleValue(number) => Some(*number),
        Any::StringValue(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

/// As JSON. Bytes, and numbers that are none, become null.
pub(super) fn json(value: &AnyValue) -> Value {
    match &value.value {
        Some(Any::StringValue(text)) => Value::String(text.clone()),
        Some(Any::BoolValue(truth)) => Value::Bool(*truth),
        Some(Any::IntValue(number)) => Value::Number((*number).into()),
        Some(Any::DoubleValue(number)) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
        Some(Any::ArrayValue(list)) => Value::Array(list.values.iter().map(json).collect()),
        Some(Any::KvlistValue(pairs)) => Value::Object(object(&pairs.values)),
        Some(Any::BytesValue(_)) | None => Value::Null,
    }
}

fn object(pairs: &[KeyValue]) -> Map<String, Value> {
    pairs.iter().map(|pair| (pair.key.clone(), pair.value.as_ref().map_or(Value::Null, json))).collect()
}

/// As JSON within [`TEXT_LIMIT`]: a longer text is cut, a longer list or map is left out.
pub(super) fn kept(value: &AnyValue) -> Option<Value> {
    match json(value) {
        Value::Null => None,
        Value::String(text) => Some(Value::String(cut(text, TEXT_LIMIT))),
        value @ (Value::Array(_) | Value::Object(_)) if value.to_string().len() > TEXT_LIMIT => None,
        value => Some(value),
    }
}

/// The text of the attribute `name`.
pub(super) fn find<'a>(pairs: &'a [KeyValue], name: &str) -> Option<&'a str> {
    let pair = pairs.iter().find(|pair| pair.key == name)?;
    match &pair.value.as_ref()?.value {
        Some(Any::StringValue(text)) => Some(text),
        _ => None,
    }
}

/// At most `limit` bytes of `text`, whole characters.
pub(super) fn cut(mut text: String, limit: usize) -> String {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
    }
    text
}
