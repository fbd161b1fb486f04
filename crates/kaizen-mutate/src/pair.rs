//! Combinations of two edits, guided: the best edits of one function together, and one slip that was made at several
//! places.
//!
//! A combination is one edit that spans both places. Their number is bounded; they come after all single edits.

use crate::edit::{Edit, SourceFile};
use crate::rank::Candidate;
use std::collections::{BTreeMap, BTreeSet};

/// Single edits that combinations are made of.
const GUIDES: usize = 400;
/// The best edits of one function that are paired with each other.
const PER_FUNCTION: usize = 8;
/// Combinations in all.
const MOST: usize = 300;
/// Characters of a summary.
const WIDTH: usize = 130;
/// Places of a repeated slip.
const PLACES: usize = 6;

/// Combinations of ranked single edits, best first, each with a score below all of them.
pub(crate) fn pairs(files: &[SourceFile<'_>], singles: &[Candidate]) -> Vec<Edit> {
    let mut functions: BTreeMap<(&str, usize, usize), Vec<&Candidate>> = BTreeMap::new();
    for candidate in singles.iter().take(GUIDES).filter(|candidate| !candidate.function.is_empty()) {
        let path = candidate.edit.path.as_str().unwrap_or("");
        functions.entry((path, candidate.function.start, candidate.function.end)).or_default().push(candidate);
    }
    let mut found = Vec::new();
    for ((path, _, _), members) in functions {
        let Some(file) = files.iter().find(|file| file.path.as_str() == Some(path)) else { continue };
        found.extend(repeated(file.text, &members));
        let best = &members[..members.len().min(PER_FUNCTION)];
        for (index, first) in best.iter().enumerate() {
            found.extend(best[index + 1..].iter().filter_map(|second| together(file.text, "pair", &[first, second], 1.0)));
        }
    }
    finish(found, singles)
}

/// Best first, without doubles, scaled to stay below the single edits.
fn finish(mut found: Vec<Edit>, singles: &[Candidate]) -> Vec<Edit> {
    found.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| (&a.path, a.start, a.end, &a.replacement).cmp(&(&b.path, b.start, b.end, &b.replacement)))
    });
    let mut seen = BTreeSet::new();
    found.retain(|edit| seen.insert((edit.path.clone(), edit.start, edit.end, edit.replacement.clone())));
    found.truncate(MOST);
    let ceiling = singles.last().map_or(1.0, |last| last.worth) / 2.0;
    let highest = found.first().map_or(1.0, |first| first.score);
    for edit in &mut found {
        edit.score = ceiling * edit.score / highest.max(f64::MIN_POSITIVE);
    }
    found
}

/// The same words replaced by the same words at several places of a function.
fn repeated(text: &str, members: &[&Candidate]) -> Vec<Edit> {
    let mut slips: BTreeMap<(&'static str, &str, &str), Vec<&Candidate>> = BTreeMap::new();
    for candidate in members {
        let edit = &candidate.edit;
        let Some(before) = text.get(edit.start..edit.end).filter(|before| !before.is_empty()) else { continue };
        slips.entry((edit.operator, before, &edit.replacement)).or_default().push(candidate);
    }
    let several = slips.into_values().filter(|places| (2..=PLACES).contains(&places.len()));
    several.filter_map(|places| together(text, "repeat", &places, 2.0)).collect()
}

/// Several edits of one file as one, `None` when they overlap or touch.
fn together(text: &str, operator: &'static str, members: &[&Candidate], bonus: f64) -> Option<Edit> {
    let mut edits: Vec<&Edit> = members.iter().map(|candidate| &candidate.edit).collect();
    edits.sort_by_key(|edit| (edit.start, edit.end));
    let (first, last) = (*edits.first()?, *edits.last()?);
    let mut replacement = String::new();
    let mut at = first.start;
    for (index, edit) in edits.iter().enumerate() {
        if index > 0 && edit.start <= at {
            return None;
        }
        replacement.push_str(text.get(at..edit.start)?);
        replacement.push_str(&edit.replacement);
        at = edit.end;
    }
    let summaries: Vec<&str> = edits.iter().map(|edit| edit.summary.as_str()).collect();
    let worth: f64 = members.iter().map(|candidate| candidate.worth).product();
    Some(Edit {
        path: first.path.clone(),
        start: first.start,
        end: last.end,
        replacement,
        line: first.line,
        operator,
        parts: edits.iter().flat_map(|edit| edit.parts.iter().copied()).collect(),
        tokens: edits.iter().map(|edit| edit.tokens).sum(),
        deletes: edits.iter().all(|edit| edit.deletes),
        constant_return: edits.iter().any(|edit| edit.constant_return),
        summary: shortened(&summaries.join("; ")),
        score: bonus * worth.powf(1.0 / members.len() as f64),
    })
}

/// A summary that stays one line of a terminal.
fn shortened(summary: &str) -> String {
    match summary.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{}…", &summary[..at]),
        None => summary.to_owned(),
    }
}
