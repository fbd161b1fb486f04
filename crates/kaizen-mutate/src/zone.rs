//! Where no edit may ever be made: tests, comments, docstrings, imports, decorators, attributes, types.
//!
//! Tests are recognised by path, by name and by attribute; a repair must not weaken what it is judged by.

use crate::language::Language;
use crate::language::description::Kind;
use crate::site::Step;
use kaizen_domain::path::RepoPath;

/// Whether a file holds tests, judged by its path alone.
pub(crate) fn is_test_file(path: &RepoPath) -> bool {
    let text = String::from_utf8_lossy(path.as_bytes());
    let (folders, name) = text.rsplit_once('/').unwrap_or(("", &text));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let named = Language::of_path(path).is_some_and(|language| (language.description().is_test_name)(stem));
    named || folders.split('/').any(|folder| matches!(folder, "tests" | "test" | "__tests__" | "__mocks__" | "testdata"))
}

/// Whether nothing at or below the last node of the path may be edited.
pub(crate) fn is_closed(language: Language, path: &[Step<'_>], text: &str) -> bool {
    let node = path[path.len() - 1].node;
    language.kind(node) == Kind::Closed || (language.description().is_closed)(node, text)
}
