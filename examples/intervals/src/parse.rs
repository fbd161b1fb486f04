//! Intervals from text: `1-5, 8-12` or `9:00-17:30`.

use crate::Interval;
use std::fmt;

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParseError {
    /// A part has no `-` between two bounds.
    NoRange(String),
    /// A bound is no number.
    NotANumber(String),
    /// Minutes or hours beyond the clock.
    NotATime(String),
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseError::NoRange(part) => write!(f, "'{part}' is not a range"),
            ParseError::NotANumber(bound) => write!(f, "'{bound}' is not a number"),
            ParseError::NotATime(bound) => write!(f, "'{bound}' is not a time of day"),
        }
    }
}

impl std::error::Error for ParseError {}

/// The intervals of a list separated by commas; blank parts are skipped.
pub fn parse(text: &str) -> Result<Vec<Interval>, ParseError> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(parse_one).collect()
}

fn parse_one(part: &str) -> Result<Interval, ParseError> {
    // A sign may open the first bound, so the dash that parts the bounds is looked for behind it.
    let dash = part.char_indices().skip(1).find(|(_, c)| *c == '-').map(|(at, _)| at);
    let dash = dash.ok_or_else(|| ParseError::NoRange(part.to_string()))?;
    Ok(Interval::new(bound(&part[..dash])?, bound(&part[dash + 1..])?))
}

fn bound(text: &str) -> Result<i64, ParseError> {
    let text = text.trim();
    match text.split_once(':') {
        Some((hours, minutes)) => time_of_day(text, number(hours)?, number(minutes)?),
        None => number(text),
    }
}

fn time_of_day(text: &str, hours: i64, minutes: i64) -> Result<i64, ParseError> {
    let total = hours * 60 + minutes;
    if !(0..60).contains(&minutes) || !(0..=24 * 60).contains(&total) {
        return Err(ParseError::NotATime(text.to_string()));
    }
    Ok(total)
}

fn number(text: &str) -> Result<i64, ParseError> {
    text.trim().parse().map_err(|_| ParseError::NotANumber(text.trim().to_string()))
}
