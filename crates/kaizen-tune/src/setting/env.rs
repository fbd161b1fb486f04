//! Lines of `NAME=value`, with `export` in front where somebody wrote it. Values with escapes or variables inside are refused:
//! programs disagree about what they mean.

use super::ini::end_of;
use super::scalar::{Place, Quote, duplicate, missing, not_scalar, untyped};
use crate::error::TuneError;
use std::ops::Range;

/// Where the value of a variable stands.
pub(super) fn place(text: &str, key: &str) -> Result<Place, TuneError> {
    let lines = lines(text);
    let mut fitting = lines.iter().filter(|(name, _)| *name == key);
    match (fitting.next(), fitting.next()) {
        (Some((_, first)), Some((_, second))) => Err(duplicate(text, key, first.start, second.start)),
        (Some((_, only)), None) => {
            let place = untyped(text, only.clone());
            if place.raw.contains(['\\', '$', '`']) { Err(not_scalar(key, "a text with escapes or variables")) } else { Ok(place) }
        }
        (None, _) => Err(missing(key, lines.iter().map(|(name, _)| *name))),
    }
}

fn lines(text: &str) -> Vec<(&str, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let from = at;
        at += whole.len();
        let Some((name, value)) = whole.split_once('=').filter(|_| !whole.trim_start().starts_with('#')) else { continue };
        let name = name.trim();
        let bare = name.strip_prefix("export ").map_or(name, str::trim_start);
        let begin = from + whole.len() - value.trim_start_matches([' ', '\t']).len();
        let body = text[begin..at].trim_end_matches(['\n', '\r']);
        found.push((bare, begin..begin + body[..end_of(body)].trim_end().len()));
    }
    found
}

/// A text as it can stand after the sign; in double quotes where blanks ask for it.
pub(super) fn text(quote: Quote, text: &str) -> Option<String> {
    let odd = text.contains(|c: char| c.is_control() || matches!(c, '\\' | '$' | '`' | '"' | '\''));
    let bare = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | ',' | '+' | '@' | '%' | '='));
    match quote {
        _ if odd => None,
        Quote::Single => Some(format!("'{text}'")),
        Quote::None if bare => Some(text.to_owned()),
        _ => Some(format!("\"{text}\"")),
    }
}
