//! One JSON object, read field by field: what is absent or null is the default, as protobuf has it.

use serde_json::{Map, Value};

/// What was read, or why not, for the sender.
pub(super) type Outcome<T> = Result<T, String>;

/// An object.
pub(super) struct Object<'a>(&'a Map<String, Value>);

impl<'a> Object<'a> {
    /// `value`, when it is one.
    pub(super) fn of(value: &'a Value, what: &str) -> Outcome<Self> {
        value.as_object().map(Self).ok_or_else(|| format!("{what} is no JSON object"))
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn object(&self, key: &str) -> Outcome<Option<Object<'a>>> {
        self.value(key).map(|value| Self::of(value, key)).transpose()
    }

    pub(super) fn list(&self, key: &str) -> Outcome<&'a [Value]> {
        match self.value(key) {
            None => Ok(&[]),
            Some(value) => value.as_array().map(Vec::as_slice).ok_or_else(|| format!("{key} is no list")),
        }
    }

    /// Every object of the list below `key`, read.
    pub(super) fn each<T>(&self, key: &str, mut read: impl FnMut(Object<'a>) -> Outcome<T>) -> Outcome<Vec<T>> {
        self.list(key)?.iter().map(|value| Self::of(value, key).and_then(&mut read)).collect()
    }

    pub(super) fn text(&self, key: &str) -> Outcome<String> {
        self.value(key).map_or(Ok(String::new()), |value| text(value, key))
    }

    pub(super) fn truth(&self, key: &str) -> Outcome<bool> {
        self.value(key).map_or(Ok(false), |value| value.as_bool().ok_or_else(|| format!("{key} is neither true nor false")))
    }

    /// A whole number, written as one or as text.
    pub(super) fn whole<N: TryFrom<i128> + Default>(&self, key: &str) -> Outcome<N> {
        self.value(key).map_or(Ok(N::default()), |value| whole(value, key))
    }

    pub(super) fn real(&self, key: &str) -> Outcome<Option<f64>> {
        self.value(key).map(|value| real(value, key)).transpose()
    }

    /// An enum by number or by name.
    pub(super) fn choice(&self, key: &str, named: impl Fn(&str) -> Option<i32>) -> Outcome<i32> {
        match self.value(key) {
            Some(Value::String(name)) if name.parse::<i32>().is_err() => {
                named(name).ok_or_else(|| format!("{key}: no such name: '{}'", name.chars().take(40).collect::<String>()))
            }
            _ => self.whole(key),
        }
    }

    pub(super) fn hex(&self, key: &str) -> Outcome<Vec<u8>> {
        let Some(value) = self.value(key) else { return Ok(Vec::new()) };
        let text = value.as_str().ok_or_else(|| format!("{key} is no text"))?;
        let wrong = || format!("{key} is not hexadecimal");
        if text.len() % 2 != 0 {
            return Err(wrong());
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).ok_or_else(wrong);
        text.as_bytes().chunks_exact(2).map(|pair| Ok((digit(pair[0])? * 16 + digit(pair[1])?) as u8)).collect()
    }
}

pub(super) fn text(value: &Value, key: &str) -> Outcome<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("{key} is no text"))
}

pub(super) fn whole<N: TryFrom<i128>>(value: &Value, key: &str) -> Outcome<N> {
    let read = match value {
        Value::String(text) => text.trim().parse::<i128>().ok(),
        Value::Number(number) => number.as_i128().or_else(|| number.as_f64().filter(|real| real.fract() == 0.0).map(|real| real as i128)),
        _ => None,
    };
    read.and_then(|number| N::try_from(number).ok()).ok_or_else(|| format!("{key} is no whole number of its size"))
}

pub(super) fn real(value: &Value, key: &str) -> Outcome<f64> {
    let read = match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    read.ok_or_else(|| format!("{key} is no number"))
}
