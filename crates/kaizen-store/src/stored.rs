//! How domain values become text columns and come back. Text that cannot be read back is refused before it is written.

use crate::error::StoreError;
use kaizen_domain::hash::ContentHash;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::borrow::Cow;

/// A value as JSON.
pub(crate) fn to_json<T: Serialize>(what: &str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::corrupt(what, error))
}

/// A value as JSON, checked to read back: JSON writes infinity and NaN as null, and would do so silently.
pub(crate) fn to_checked_json<T: Serialize + DeserializeOwned + PartialEq>(what: &str, value: &T) -> Result<String, StoreError> {
    let text = to_json(what, value)?;
    match from_json::<T>(what, &text)? == *value {
        true => Ok(text),
        false => Err(StoreError::corrupt(what, "it would not read back as it is")),
    }
}

/// A value from JSON.
pub(crate) fn from_json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(what, error))
}

/// A field-less enum as the word it has in JSON.
pub(crate) fn to_word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Ok(word),
        Ok(other) => Err(StoreError::corrupt(other, "it is not a word")),
        Err(error) => Err(StoreError::corrupt("a word", error)),
    }
}

/// A field-less enum from its word.
pub(crate) fn from_word<T: DeserializeOwned>(what: &str, word: String) -> Result<T, StoreError> {
    serde_json::from_value(Value::String(word)).map_err(|error| StoreError::corrupt(what, error))
}

/// A hash from its text.
pub(crate) fn to_hash(what: &str, text: &str) -> Result<ContentHash, StoreError> {
    text.parse().map_err(|error| StoreError::corrupt(what, error))
}

/// A small number from its column.
pub(crate) fn to_u32(what: &str, number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|error| StoreError::corrupt(what, error))
}

/// A count for its column.
pub(crate) fn to_i64(what: &str, count: u64) -> Result<i64, StoreError> {
    i64::try_from(count).map_err(|error| StoreError::corrupt(what, error))
}

/// A count from outside for its column: the most that fits stands for more.
pub(crate) fn at_most(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Text from outside without the one character that PostgreSQL's columns cannot hold.
pub(crate) fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}
