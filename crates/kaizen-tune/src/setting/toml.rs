//! TOML, by the places its parser reports. A key that is there twice is no TOML, which the parser says with the line.

use super::key::{self, Step};
use super::scalar::{Place, Quote, missing, not_scalar};
use crate::error::TuneError;
use crate::space::value::Value;
use toml_edit::{Document, Item, TableLike};

/// Where the value at a key stands.
pub(super) fn place(text: &str, key: &str) -> Result<Place, TuneError> {
    let document =
        Document::parse(text).map_err(|error| TuneError::Broken { format: "TOML", what: error.to_string().trim().to_owned() })?;
    let mut item = Seen::Item(document.as_item());
    for step in key::parse(key)? {
        item = item.step(&step, key)?;
    }
    item.place(text, key)
}

/// Lists of tables and lists of values are different types in the parser.
#[derive(Clone, Copy)]
enum Seen<'a> {
    Item(&'a Item),
    Value(&'a toml_edit::Value),
    Table(&'a toml_edit::Table),
}

impl<'a> Seen<'a> {
    fn table(self) -> Option<&'a dyn TableLike> {
        match self {
            Self::Item(item) => item.as_table_like(),
            Self::Value(value) => value.as_inline_table().map(|table| table as &dyn TableLike),
            Self::Table(table) => Some(table),
        }
    }

    fn value(self) -> Option<&'a toml_edit::Value> {
        match self {
            Self::Item(item) => item.as_value(),
            Self::Value(value) => Some(value),
            Self::Table(_) => None,
        }
    }

    fn step(self, step: &Step, key: &str) -> Result<Self, TuneError> {
        match step {
            Step::Name(name) => {
                let table = self.table().ok_or_else(|| missing(key, []))?;
                table.get(name).map(Self::Item).ok_or_else(|| missing(key, table.iter().map(|(name, _)| name)))
            }
            Step::Index(index) => {
                let tables = match self {
                    Self::Item(item) => item.as_array_of_tables().and_then(|tables| tables.get(*index)).map(Self::Table),
                    _ => None,
                };
                let listed = || self.value().and_then(toml_edit::Value::as_array).and_then(|array| array.get(*index)).map(Self::Value);
                tables.or_else(listed).ok_or_else(|| missing(key, []))
            }
        }
    }

    fn place(self, text: &str, key: &str) -> Result<Place, TuneError> {
        let found = self.value().ok_or_else(|| not_scalar(key, "a table"))?;
        let value = match found {
            toml_edit::Value::String(text) => Value::Text(text.value().clone()),
            toml_edit::Value::Integer(number) => Value::Int(*number.value()),
            toml_edit::Value::Float(number) => Value::Float(*number.value()),
            toml_edit::Value::Boolean(truth) => Value::Bool(*truth.value()),
            toml_edit::Value::Datetime(_) => return Err(not_scalar(key, "a date")),
            toml_edit::Value::Array(_) => return Err(not_scalar(key, "a list")),
            toml_edit::Value::InlineTable(_) => return Err(not_scalar(key, "a table")),
        };
        let span = found.span().ok_or_else(|| not_scalar(key, "of unknown place"))?;
        let raw = text[span.clone()].to_owned();
        if raw.starts_with("'''") || raw.starts_with("\"\"\"") {
            return Err(not_scalar(key, "a text of several lines"));
        }
        let quote = if raw.starts_with('\'') { Quote::Single } else { Quote::Double };
        Ok(Place { span, raw, value, quote })
    }
}

/// A text in the quotes of the one it replaces, where these can hold it.
pub(super) fn text(quote: Quote, text: &str) -> String {
    if quote == Quote::Single && !text.contains(|c: char| c == '\'' || c.is_control()) {
        return format!("'{text}'");
    }
    let mut written = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => written.extend(['\\', c]),
            c if c.is_control() => written += &format!("\\u{:04x}", u32::from(c)),
            c => written.push(c),
        }
    }
    written + "\""
}
