//! Single values of a request's top level, each read as one type or refused with the words OpenAI has for that.

use super::text::Text;
use super::top::Top;
use crate::face::Malformed;
use serde::Deserialize;
use serde_json::value::RawValue;

/// What kind of value a JSON text is, with its article.
pub(crate) fn kind_of(json: &str) -> &'static str {
    match json.trim_start().as_bytes().first() {
        Some(b'"') => "a string",
        Some(b'[') => "an array",
        Some(b'{') => "an object",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ if json.contains(['.', 'e', 'E']) => "a decimal",
        _ => "an integer",
    }
}

impl<'a> Top<'a> {
    /// The object a request has to be.
    pub(crate) fn of_request(body: &'a [u8]) -> Result<Self, Malformed> {
        let text = std::str::from_utf8(body).map_err(|_| Malformed::body("it is not UTF-8."))?;
        match Self::read(text) {
            Ok(top) => Ok(top),
            Err(error) if error.is_data() => Err(Malformed::body(format!("expected an object, but got {} instead.", kind_of(text)))),
            Err(error) => Err(Malformed::body(error)),
        }
    }

    /// Refuses a request that gives one of these keys twice.
    pub(crate) fn once(&self, keys: &[&str]) -> Result<(), Malformed> {
        for (at, entry) in self.entries.iter().enumerate() {
            let again = || self.entries[..at].iter().any(|earlier| earlier.key == entry.key);
            if keys.contains(&&*entry.key) && again() {
                return Err(Malformed::value(&entry.key, "it is given twice"));
            }
        }
        Ok(())
    }

    /// The value of a key that is neither absent nor null.
    pub(crate) fn given(&self, key: &str) -> Option<&'a RawValue> {
        self.get(key).filter(|raw| raw.get() != "null")
    }

    /// The value of a key as one type, named with its article.
    pub(crate) fn typed<T: Deserialize<'a>>(&self, key: &str, expected: &str) -> Result<Option<T>, Malformed> {
        let Some(raw) = self.given(key) else { return Ok(None) };
        let read = serde_json::from_str(raw.get());
        read.map(Some).map_err(|_| Malformed::wrong_type(key, expected, kind_of(raw.get())))
    }

    pub(crate) fn string(&self, key: &str) -> Result<Option<Text<'a>>, Malformed> {
        self.typed(key, "a string")
    }

    pub(crate) fn truth(&self, key: &str) -> Result<Option<bool>, Malformed> {
        self.typed(key, "a boolean")
    }

    /// A count, which may not be negative.
    pub(crate) fn count(&self, key: &str) -> Result<Option<u64>, Malformed> {
        match self.typed::<i128>(key, "an integer")? {
            None => Ok(None),
            Some(count) => u64::try_from(count).map(Some).map_err(|_| Malformed::value(key, "expected a number that is not negative")),
        }
    }

    pub(crate) fn number(&self, key: &str) -> Result<Option<f64>, Malformed> {
        self.typed(key, "a number")
    }

    pub(crate) fn object(&self, key: &str) -> Result<Option<Top<'a>>, Malformed> {
        let Some(raw) = self.given(key) else { return Ok(None) };
        Top::read(raw.get()).map(Some).map_err(|_| Malformed::wrong_type(key, "an object", kind_of(raw.get())))
    }

    pub(crate) fn array(&self, key: &str) -> Result<Option<Vec<&'a RawValue>>, Malformed> {
        self.typed(key, "an array")
    }

    /// The model's name, which every request has.
    pub(crate) fn model(&self) -> Result<String, Malformed> {
        let model = self.string("model")?.filter(|model| !model.trim().is_empty());
        let missing = || Malformed { message: "you must provide a model parameter".into(), ..Malformed::missing("model") };
        model.map(|model| model.to_string()).ok_or_else(missing)
    }
}
