//! What an edit is, and the way from sources to ranked edits.

use crate::evidence::Evidence;
use crate::pair::pairs;
use crate::rank::rank;
use crate::search::in_file;
use crate::zone;
use kaizen_domain::path::RepoPath;

/// A file that may be edited.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'a> {
    /// Where it is; decides its language.
    pub path: &'a RepoPath,
    /// Its whole text.
    pub text: &'a str,
}

/// One proposed change of one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The file.
    pub path: RepoPath,
    /// First byte replaced.
    pub start: usize,
    /// The byte after the last one replaced; equal to `start` for an insertion.
    pub end: usize,
    /// What takes their place.
    pub replacement: String,
    /// The line of the first byte, counted from 1.
    pub line: u32,
    /// The operator's name.
    pub operator: &'static str,
    /// The operators of its parts: its own one, or those of the edits that it combines.
    pub parts: Vec<&'static str>,
    /// Tokens that it replaces or brings, whichever are more.
    pub tokens: u32,
    /// Whether it only takes away.
    pub deletes: bool,
    /// Whether it makes a function return a literal.
    pub constant_return: bool,
    /// The smallest expression around the edit before and after, in one line.
    pub summary: String,
    /// How promising it is; only comparable within one list.
    pub score: f64,
}

/// The text with the edit made. An edit that does not fit the text (it was made for another one) leaves it as it is.
pub fn apply(text: &str, edit: &Edit) -> String {
    match (text.get(..edit.start), text.get(edit.start..edit.end), text.get(edit.end..)) {
        (Some(before), Some(_), Some(after)) => [before, &edit.replacement, after].concat(),
        _ => text.to_owned(),
    }
}

/// The edits of the files that are worth trying, best first: single ones (at most 2,000 per file), then combinations of
/// two.
///
/// Each leaves its file without a new syntax error and differs from every other by the resulting text and, as far as the
/// syntax tells, by its meaning. Files in no known language, test files and the tests inside files are left out. `seed`
/// decides the order of exactly equal scores only (0 keeps the order of the source).
pub fn edits(files: &[SourceFile<'_>], evidence: &Evidence, seed: u64) -> Vec<Edit> {
    let open = || files.iter().filter(|file| !zone::is_test_file(file.path));
    let singles = rank(open().flat_map(|file| in_file(file, evidence)).collect(), seed);
    let both = pairs(files, &singles);
    singles.into_iter().map(|candidate| candidate.edit).chain(both).collect()
}
