//! Sections of `key = value` lines, as many programs read them: `;` and `#` begin a comment at the start of a line or after a
//! blank. A file without sections is one, too. The key is the last name of the path, the section everything before it.

use super::key;
use super::scalar::{Place, Quote, duplicate, missing, not_scalar, untyped};
use crate::error::TuneError;
use std::ops::Range;

/// Where the value at a key stands.
pub(super) fn place(text: &str, key: &str) -> Result<Place, TuneError> {
    let names = key::names(key)?;
    let (name, section) = names.split_last().ok_or_else(|| TuneError::Key(key.to_owned()))?;
    let section = section.join(".");
    let lines = lines(text);
    let here: Vec<&Line<'_>> = lines.iter().filter(|line| line.section == section).collect();
    let mut fitting = here.iter().filter(|line| line.key == name);
    match (fitting.next(), fitting.next()) {
        (Some(first), Some(second)) => Err(duplicate(text, key, first.value.start, second.value.start)),
        (Some(only), None) if only.goes_on => Err(not_scalar(key, "a text of several lines")),
        (Some(only), None) => Ok(untyped(text, only.value.clone())),
        (None, _) => Err(missing(key, here.iter().map(|line| line.key))),
    }
}

struct Line<'a> {
    section: String,
    key: &'a str,
    value: Range<usize>,
    /// An indented line without a key follows: it belongs to this value.
    goes_on: bool,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut found: Vec<Line<'_>> = Vec::new();
    let mut section = String::new();
    let mut last_was_value = false;
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let from = at;
        at += whole.len();
        let trimmed = whole.trim();
        if trimmed.is_empty() || trimmed.starts_with([';', '#']) {
            last_was_value = false;
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name) {
            section = name.trim().to_owned();
            last_was_value = false;
        } else if let Some(sign) = whole.find(['=', ':']) {
            found.push(Line { section: section.clone(), key: whole[..sign].trim(), value: value(whole, sign, from), goes_on: false });
            last_was_value = true;
        } else if whole.starts_with([' ', '\t'])
            && last_was_value
            && let Some(last) = found.last_mut()
        {
            last.goes_on = true;
        }
    }
    found
}

/// The bytes of the value after the sign of a line that begins at `from`.
fn value(line: &str, sign: usize, from: usize) -> Range<usize> {
    let after = &line[sign + 1..];
    let begin = sign + 1 + (after.len() - after.trim_start_matches([' ', '\t']).len());
    let body = line[begin..].trim_end_matches(['\n', '\r']);
    let end = begin + body[..end_of(body)].trim_end().len();
    from + begin..from + end
}

/// Where a value ends: at its closing quote, or where a comment begins.
pub(super) fn end_of(body: &str) -> usize {
    if let Some(quote) = body.chars().next().filter(|c| matches!(c, '"' | '\''))
        && let Some(close) = body[1..].find(quote)
    {
        let rest = body[close + 2..].trim_start();
        if rest.is_empty() || rest.starts_with([';', '#']) {
            return close + 2;
        }
    }
    let comment = body.char_indices().find(|(at, c)| matches!(c, ';' | '#') && (*at == 0 || body[..*at].ends_with([' ', '\t'])));
    comment.map_or(body.len(), |(at, _)| at)
}

/// A text as it can stand in a line; nothing where it cannot.
pub(super) fn text(quote: Quote, text: &str) -> Option<String> {
    let plain = !text.contains(['\n', '\r']);
    match quote {
        _ if !plain => None,
        Quote::Single if !text.contains('\'') => Some(format!("'{text}'")),
        Quote::Double if !text.contains('"') => Some(format!("\"{text}\"")),
        Quote::None => Some(text.to_owned()),
        _ => None,
    }
}
