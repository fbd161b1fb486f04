//! A value where it stands in a text, and what formats share in writing one.

use crate::error::TuneError;
use crate::space::value::Value;
use std::ops::Range;

/// How a text is enclosed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    None,
    Single,
    Double,
}

/// A value and the bytes it is written in, quotes included.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub(super) span: Range<usize>,
    pub(super) raw: String,
    pub(super) value: Value,
    pub(super) quote: Quote,
}

/// The line of a byte, from 1.
pub(super) fn line(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Refuses a value of another type than the one it replaces. A number stays a number, with or without a point.
pub(super) fn must_fit(key: &str, place: &Place, value: &Value) -> Result<(), TuneError> {
    let numbers = place.value.number().is_some() && value.number().is_some();
    let alike = numbers || std::mem::discriminant(&place.value) == std::mem::discriminant(value);
    if alike || spelling(&place.raw, value).is_some() {
        return Ok(());
    }
    Err(TuneError::Mismatch { key: key.to_owned(), found: place.value.described(), wanted: value.described() })
}

/// `on` becomes `off` and not `false`: a truth value in the words and letters of the one it replaces.
pub(super) fn spelling(raw: &str, value: &Value) -> Option<String> {
    let Value::Bool(truth) = value else { return None };
    const WORDS: [[&str; 2]; 3] = [["off", "on"], ["no", "yes"], ["false", "true"]];
    let pair = WORDS.iter().find(|pair| pair.contains(&raw.to_ascii_lowercase().as_str()));
    let word = match (pair, raw) {
        (Some(pair), _) => pair[usize::from(*truth)],
        (None, "0" | "1") => ["0", "1"][usize::from(*truth)],
        _ => return None,
    };
    let first_is_large = raw.starts_with(|c: char| c.is_ascii_uppercase());
    let all_are_large = first_is_large && raw.chars().all(|c| c.is_ascii_uppercase());
    Some(match (first_is_large, all_are_large) {
        (_, true) => word.to_ascii_uppercase(),
        (true, _) => word[..1].to_ascii_uppercase() + &word[1..],
        _ => word.to_owned(),
    })
}

/// A number with point and signed exponent, as even the parsers that ask for both read it: `1.0e-7`, `1.0e+20`.
pub(super) fn float(number: f64) -> String {
    let shortest = format!("{number:?}");
    let Some((digits, exponent)) = shortest.split_once('e') else { return shortest };
    let point = if digits.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with('-') { "" } else { "+" };
    format!("{digits}{point}e{sign}{exponent}")
}

/// What an untyped text looks like.
pub(super) fn guessed(text: &str) -> Value {
    let canonical = |value: Value| (value.to_string() == text).then_some(value);
    let whole = text.parse().ok().map(Value::Int).and_then(canonical);
    let looks = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    let real = || text.parse().ok().filter(|number: &f64| looks && number.is_finite()).map(Value::Float);
    whole.or_else(real).unwrap_or_else(|| Value::Text(text.to_owned()))
}

/// An untyped value that stands at `span`; the quotes, where there are any, belong to it.
pub(super) fn untyped(text: &str, span: Range<usize>) -> Place {
    let raw = text[span.clone()].to_owned();
    let inner = |mark: char| raw.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark)).map(str::to_owned);
    let (quote, bare) = match (inner('\''), inner('"')) {
        (Some(inner), _) => (Quote::Single, inner),
        (_, Some(inner)) => (Quote::Double, inner),
        _ => (Quote::None, raw),
    };
    Place { span, value: guessed(&bare), raw: bare, quote }
}

/// The key is there more than once.
pub(super) fn duplicate(text: &str, key: &str, first: usize, second: usize) -> TuneError {
    TuneError::Duplicate { key: key.to_owned(), first: line(text, first), second: line(text, second) }
}

/// The key is not there; `near` are keys that are.
pub(super) fn missing<'a>(key: &str, near: impl IntoIterator<Item = &'a str>) -> TuneError {
    let near: Vec<&str> = near.into_iter().take(8).collect();
    let hint = if near.is_empty() { String::new() } else { format!("; there are: {}", near.join(", ")) };
    TuneError::Missing { key: key.to_owned(), hint }
}

/// What stands there is no plain value.
pub(super) fn not_scalar(key: &str, what: &str) -> TuneError {
    TuneError::NotScalar { key: key.to_owned(), what: what.to_owned() }
}
