//! Lines of `NAME=value`, with `export` in front where somebody wrote it. Values with escapes or variables inside are refused:
//! programs disagree about what they mean.

use super::ini::end_of;
use super::scalar::{Place, Quote, duplicate, missing, not_scalar, untyped};
use crate::error::TuneError;
use std::ops::Range;

/// Where the value of a variable stands.
pub(super) fn place(text: &str, key: &str) -> Result<Place, TuneError> {
    let lines = lines(text);
    let mut fitting = lines.iter().filter(|line| line.name == key);
    match (fitting.next(), fitting.next()) {
        (Some(first), Some(second)) => Err(duplicate(text, key, first.value.start, second.value.start)),
        (Some(only), None) if only.goes_on => Err(not_scalar(key, "a text of several lines")),
        (Some(only), None) => {
            let place = untyped(text, only.value.clone());
            if place.raw.contains(['\\', '$', '`']) { Err(not_scalar(key, "a text with escapes or variables")) } else { Ok(place) }
        }
        (None, _) => Err(missing(key, lines.iter().map(|line| line.name))),
    }
}

struct Line<'a> {
    name: &'a str,
    value: Range<usize>,
    /// A quote begins that this line does not end.
    goes_on: bool,
}

/// Names and where their values stand. What looks like one inside a text of several lines is none.
fn lines(text: &str) -> Vec<Line<'_>> {
    let mut found = Vec::new();
    let (mut at, mut inside) = (0, 0);
    for whole in text.split_inclusive('\n') {
        let from = at;
        at += whole.len();
        let line = whole.split_once('=').filter(|_| from >= inside && !whole.trim_start().starts_with('#'));
        let Some((name, value)) = line else { continue };
        let name = name.trim();
        let bare = name.strip_prefix("export ").map_or(name, str::trim_start);
        let begin = from + whole.len() - value.trim_start_matches([' ', '\t']).len();
        let body = text[begin..at].trim_end_matches(['\n', '\r']);
        let goes_on = body.starts_with(['"', '\'']) && closed(body).is_none();
        if goes_on {
            inside = closed(&text[begin..]).map_or(at, |length| begin + length);
        }
        found.push(Line { name: bare, value: begin..begin + body[..end_of(body)].trim_end().len(), goes_on });
    }
    found
}

/// Where the quote at the front is closed: the length up to there. In double quotes a backslash takes the next character.
fn closed(text: &str) -> Option<usize> {
    let mut characters = text.char_indices();
    let (_, quote) = characters.next()?;
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' if quote == '"' => drop(characters.next()),
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
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
