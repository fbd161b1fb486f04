//! A path in JSON, such as `.totals.runs[0].seconds`: keys, places in lists, and keys in quotes where they hold other characters,
//! `.metrics["p(95)"]`. A list at the top begins with its place: `.[0].score`.

use std::fmt;

/// The path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl JsonPath {
    /// Reads a path; `None` where it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('.').filter(|rest| !rest.is_empty())?;
        let mut steps = Vec::new();
        let mut dotted = true;
        while !rest.is_empty() {
            rest = match (dotted, rest.strip_prefix('['), rest.strip_prefix('.')) {
                (_, Some(bracket), _) => bracketed(bracket, &mut steps)?,
                (false, None, Some(next)) => plain(next, &mut steps)?,
                (true, None, None) => plain(rest, &mut steps)?,
                _ => return None,
            };
            dotted = false;
        }
        Some(Self(steps))
    }

    /// The key, of a path that is nothing else: how a metric among JSON lines is named.
    pub fn key(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Step::Key(key)] => Some(key),
            _ => None,
        }
    }

    /// What the path leads to, where it leads anywhere.
    pub fn find<'v>(&self, value: &'v serde_json::Value) -> Option<&'v serde_json::Value> {
        self.0.iter().try_fold(value, |at, step| match step {
            Step::Key(key) => at.get(key),
            Step::Index(index) => at.get(index),
        })
    }
}

/// Takes a key as far as it is plain; the rest.
fn plain<'t>(text: &'t str, steps: &mut Vec<Step>) -> Option<&'t str> {
    let (key, rest) = text.split_at(text.find(|c| !is_plain(c)).unwrap_or(text.len()));
    (!key.is_empty()).then(|| steps.push(Step::Key(key.to_owned())))?;
    Some(rest)
}

fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

/// Takes what stands between brackets; the rest.
fn bracketed<'t>(text: &'t str, steps: &mut Vec<Step>) -> Option<&'t str> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (index, rest) = text.split_once(']')?;
        steps.push(Step::Index(index.parse().ok()?));
        return Some(rest);
    };
    let (key, rest) = quoted.split_once("\"]")?;
    steps.push(Step::Key(key.to_owned()));
    Some(rest)
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            let dot = if place == 0 { "." } else { "" };
            match step {
                Step::Key(key) if !key.is_empty() && key.chars().all(is_plain) => write!(f, ".{key}")?,
                Step::Key(key) => write!(f, "{dot}[\"{key}\"]")?,
                Step::Index(index) => write!(f, "{dot}[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_path_finds_nested_values_and_prints_as_it_was_written() {
        let path = JsonPath::parse(".runs[1].seconds").unwrap();
        let value = serde_json::json!({ "runs": [{}, { "seconds": 0.5 }] });
        assert_eq!(path.find(&value), Some(&serde_json::json!(0.5)));
        assert_eq!(path.to_string(), ".runs[1].seconds");
        assert_eq!(path.find(&serde_json::json!({})), None);
    }

    #[test]
    fn keys_of_any_characters_stand_in_quotes_and_a_list_may_be_the_whole() {
        let value = serde_json::json!([{ "metrics": { "http.req": { "p(95)": 7, "": 8 } } }]);
        for (text, found) in [(".[0].metrics[\"http.req\"][\"p(95)\"]", 7), (".[0][\"metrics\"][\"http.req\"][\"\"]", 8)] {
            let path = JsonPath::parse(text).unwrap();
            assert_eq!(path.find(&value), Some(&serde_json::json!(found)), "{text}");
            assert_eq!(JsonPath::parse(&path.to_string()), Some(path));
        }
        let quoted = JsonPath::parse(".[\"a b\"].c").unwrap();
        assert_eq!(quoted.to_string(), ".[\"a b\"].c");
    }

    #[test]
    fn what_is_not_a_path_is_refused() {
        for bad in ["", "seconds", ".", "..a", ".a[", ".a[x]", ".a[0]b", ".a b", ".a.", ".a.[0]", "[0]", ".[\"a]", ".a[\"b\"c]"] {
            assert_eq!(JsonPath::parse(bad), None, "{bad:?} was accepted");
        }
    }
}
