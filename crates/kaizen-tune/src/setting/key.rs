//! The path to a setting: `pool.size`, `servers[0].port`, `"odd.name".x`.

use crate::error::TuneError;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into a table, by name.
    Name(String),
    /// Into a list, from 0.
    Index(usize),
}

/// Reads a path; at least one step, no empty bare name.
pub fn parse(text: &str) -> Result<Vec<Step>, TuneError> {
    let broken = || TuneError::Key(text.to_owned());
    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        let (name, after) = name(rest).ok_or_else(broken)?;
        steps.push(Step::Name(name));
        rest = after;
        while let Some(inside) = rest.strip_prefix('[') {
            let (index, after) = inside.split_once(']').ok_or_else(broken)?;
            steps.push(Step::Index(index.parse().map_err(|_| broken())?));
            rest = after;
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(steps),
            None => return Err(broken()),
        }
    }
}

/// The name at the front, and what follows it.
fn name(text: &str) -> Option<(String, &str)> {
    for quote in ['"', '\''] {
        if let Some(inside) = text.strip_prefix(quote) {
            return inside.split_once(quote).map(|(name, after)| (name.to_owned(), after));
        }
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    (end > 0 && !text[..end].contains(']')).then(|| (text[..end].to_owned(), &text[end..]))
}

/// The names of a path without list steps; nothing where it has some.
pub(super) fn names(text: &str) -> Result<Vec<String>, TuneError> {
    let name = |step| match step {
        Step::Name(name) => Ok(name),
        Step::Index(_) => Err(TuneError::Key(text.to_owned())),
    };
    parse(text)?.into_iter().map(name).collect()
}
