//! Edits that make a program cheaper and, as far as its syntax tells, leave what it answers alone.
//!
//! One row per kind of edit in [`OPTIMISERS`]. Unlike a repair, such an edit may touch several places of a file: an import, a line before
//! a loop, the loop. What the syntax cannot tell (what a method of an unknown object does, what an iterator yields) the project's tests
//! decide. Nothing here knows where a program spends its time, runs code, or judges a gain.

mod batch;
mod building;
mod cache;
mod calls;
mod code;
mod hoist;
mod javascript;
mod laziness;
mod membership;
mod names;
mod piece;
mod purity;
mod queue;
mod regex;
mod rust;
mod table;

use crate::edit::SourceFile;
use crate::language::{Language, parses};
use crate::zone;
use code::{At, Code};
use kaizen_domain::path::RepoPath;
use piece::Found;
use std::collections::BTreeSet;
use std::ops::Range;
pub(crate) use table::OPTIMISERS;

type Find = fn(&Code<'_>, &mut Vec<Found>);

/// One kind of edit that makes a program cheaper.
#[derive(Debug, Clone, Copy)]
pub struct OptimiserInfo {
    /// Its stable name.
    pub name: &'static str,
    /// The languages in which it is used.
    pub languages: &'static [Language],
    /// What it does, in a sentence.
    pub description: &'static str,
    /// A function body before and after.
    pub example: (&'static str, &'static str),
    prior: f64,
    find: Find,
}

impl OptimiserInfo {
    /// How much it is trusted to gain something before anything was learned, in 0..=1.
    pub fn trust(&self) -> f64 {
        self.prior
    }
}

/// All kinds, for search and for the generated reference.
pub fn optimisers() -> &'static [OptimiserInfo] {
    &OPTIMISERS
}

/// An edit that should make a file cheaper.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimisation {
    /// The file.
    pub path: RepoPath,
    /// Its text with the edit.
    pub after: String,
    /// The line that is shown for it, from 1.
    pub line: u32,
    /// The lines whose cost becomes less: a loop, a function, or one statement.
    pub lines: Range<u32>,
    /// The function around them, empty at the top of a file.
    pub function: String,
    /// How many loops are around the place, the place itself included where it is one.
    pub depth: u32,
    /// Who made it.
    pub operator: &'static str,
    /// How promising it is without a profile: the operator's trust times how sure it is here.
    pub worth: f64,
    /// Bytes that it removes or brings.
    pub size: usize,
    /// One line for people.
    pub summary: String,
}

/// The optimising edits of the files, in the order of the source. Every one leaves its file without a syntax error and differs from every
/// other by the resulting text. Test files, files that do not parse and languages without optimisers give none.
pub fn optimisations(files: &[SourceFile<'_>]) -> Vec<Optimisation> {
    files.iter().filter(|file| !zone::is_test_file(file.path)).flat_map(in_file).collect()
}

fn in_file(file: &SourceFile<'_>) -> Vec<Optimisation> {
    let known = Language::of_path(file.path).and_then(|language| Some((language, language.parse(file.text)?)));
    let Some((language, tree)) = known.filter(|(_, tree)| !tree.root_node().has_error()) else { return vec![] };
    let code = Code::of(file.text, tree.root_node());
    let mut all: Vec<Optimisation> = Vec::new();
    let mut texts = BTreeSet::new();
    for row in OPTIMISERS.iter().filter(|row| row.languages.contains(&language)) {
        let mut found = Vec::new();
        (row.find)(&code, &mut found);
        let made = found.into_iter().filter_map(|one| made(&code, file.path, row, one));
        all.extend(made.filter(|one| parses(language, &one.after) && texts.insert(one.after.clone())));
    }
    all.sort_by_key(|one| one.line);
    all
}

/// `None` where the pieces overlap or change nothing.
fn made(code: &Code<'_>, path: &RepoPath, row: &OptimiserInfo, mut found: Found) -> Option<Optimisation> {
    found.pieces.sort_by_key(|(span, _)| (span.start, span.end));
    let (mut after, mut at, mut size) = (String::with_capacity(code.text.len() + 200), 0, 0);
    for (span, text) in &found.pieces {
        after.push_str(code.text.get(at..span.start)?);
        after.push_str(text);
        size += span.len().max(text.len());
        at = span.end;
    }
    after.push_str(code.text.get(at..)?);
    (after != code.text).then_some(())?;
    let function = code.ancestors(found.region).chain([found.region]).find_map(|at| name_of(code, at));
    Some(Optimisation {
        path: path.clone(),
        line: code.lines(found.at).start,
        lines: code.lines(found.region),
        function: function.unwrap_or_default().to_owned(),
        depth: u32::try_from(code.ancestors(found.at).chain([found.at]).filter(|at| code.is_loop(*at)).count()).unwrap_or(u32::MAX),
        operator: row.name,
        worth: row.prior * found.weight,
        size,
        summary: summary(code, &found, row.name),
        after,
    })
}

fn name_of<'t>(code: &Code<'t>, at: At) -> Option<&'t str> {
    code.is_function(at).then(|| code.child(at, "name")).flatten().map(|name| code.text(name))
}

/// The line that changes most before and after, or the one that is shown.
fn summary(code: &Code<'_>, found: &Found, name: &str) -> String {
    let line = |at: usize| {
        let start = code.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = code.text[at..].find('\n').map_or(code.text.len(), |newline| at + newline);
        start..end
    };
    let shown = line(code.span(found.at).start);
    let own: Vec<&piece::Piece> =
        found.pieces.iter().filter(|(span, _)| !span.is_empty() && shown.start <= span.start && span.end <= shown.end).collect();
    let (mut new, mut at) = (String::new(), shown.start);
    for (span, text) in &own {
        new.push_str(code.text.get(at..span.start).unwrap_or_default());
        new.push_str(text);
        at = span.end;
    }
    new.push_str(code.text.get(at..shown.end).unwrap_or_default());
    let brought = || {
        found
            .pieces
            .iter()
            .map(|(_, text)| text.trim())
            .find(|text| !text.is_empty() && !text.starts_with("import "))
            .unwrap_or_default()
            .to_owned()
    };
    let (old, new) = (short(&code.text[shown]), if own.is_empty() { short(&brought()) } else { short(&new) });
    format!("{name}: {old} -> {new}")
}

fn short(text: &str) -> String {
    let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match plain.char_indices().nth(70) {
        Some((end, _)) => format!("{}…", &plain[..end]),
        None => plain,
    }
}
