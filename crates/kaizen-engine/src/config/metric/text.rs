//! A number in the text a benchmark prints, by a regular expression.

use crate::config::problem::Wrong;
use regex::Regex;
use std::fmt;

/// The group that holds the number.
const VALUE: &str = "value";

/// A regular expression with a group named `value`.
#[derive(Debug, Clone)]
pub struct TextPattern(Regex);

impl PartialEq for TextPattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for TextPattern {}

impl TextPattern {
    /// Reads a pattern. Lines end as in text: `^` and `$` match at each.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let hint = r#"write it with a group for the number: "regex:took (?<value>[0-9.]+) s""#;
        let built = regex::RegexBuilder::new(text).multi_line(true).size_limit(1 << 20).build();
        let pattern = built.map_err(|error| Wrong::no_pattern(text, &error, hint))?;
        match pattern.capture_names().flatten().any(|name| name == VALUE) {
            true => Ok(Self(pattern)),
            false => Err(Wrong::new(format!("{text:?} has no group named value"), hint)),
        }
    }

    /// The one number it finds; `None` where it finds nothing. An error says why what it finds is none.
    pub fn find(&self, text: &str) -> Result<Option<f64>, String> {
        let text = without_colours(text);
        let mut found = self.0.captures_iter(&text).filter_map(|captures| captures.name(VALUE));
        let Some(first) = found.next() else { return Ok(None) };
        let others = found.count();
        if others > 0 {
            return Err(format!("its pattern fits {} places, and nothing says which one counts", others + 1));
        }
        let number = first.as_str().trim().parse::<f64>().ok().filter(|number| number.is_finite());
        number.map(Some).ok_or_else(|| format!("its pattern finds {:?}, which is no number", first.as_str()))
    }
}

/// The text without what colours it in a terminal; of a line that was written over, the last state.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..at]);
        let sequence = &rest[at + 2..];
        rest = sequence.find(|c: char| ('@'..='~').contains(&c)).map_or("", |end| &sequence[end + 1..]);
    }
    plain.push_str(rest);
    plain.split('\n').map(last_state).collect::<Vec<_>>().join("\n")
}

fn last_state(line: &str) -> &str {
    line.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default()
}

impl fmt::Display for TextPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(pattern: &str, text: &str) -> Result<Option<f64>, String> {
        TextPattern::parse(pattern).unwrap().find(text)
    }

    #[test]
    fn the_named_group_is_the_number_whatever_colours_and_progress_stand_around_it() {
        assert_eq!(find("took (?<value>[0-9.]+) s", "it took 1.25 s\n"), Ok(Some(1.25)));
        assert_eq!(find("^total: (?P<value>\\S+)$", "a\r\ntotal: -3e2\r\nb"), Ok(Some(-300.0)));
        assert_eq!(find("took (?<value>[0-9.]+) s", "took 1 s\rtook 2 s\r\u{1b}[1mtook \u{1b}[32m3\u{1b}[0m s\n"), Ok(Some(3.0)));
        assert_eq!(find("x(?<value>1)", "nothing"), Ok(None));
    }

    #[test]
    fn two_places_and_words_are_no_number() {
        assert!(find("(?<value>[0-9]+) s", "1 s\n2 s").unwrap_err().contains("fits 2 places"));
        assert!(find("took (?<value>\\S+)", "took NaN").unwrap_err().contains("no number"));
        assert!(find("took (?<value>\\S+)", "took long").unwrap_err().contains("\"long\""));
    }

    #[test]
    fn a_pattern_without_the_group_is_refused() {
        assert!(TextPattern::parse("took ([0-9]+)").unwrap_err().what.contains("no group named value"));
        assert!(TextPattern::parse("took (").unwrap_err().what.contains("no regular expression"));
    }
}
