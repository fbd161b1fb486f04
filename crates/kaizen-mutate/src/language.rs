//! The languages we can edit and their grammars.
//!
//! A file whose path names no known language is never parsed. Parsing cannot fail on text: wrong text gives a tree with
//! error nodes, and [`parses`] reports it.

use kaizen_domain::path::RepoPath;
use std::path::Path;
use tree_sitter::{Parser, Tree};

/// A language whose sources can be edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Python 3.
    Python,
    /// Rust.
    Rust,
}

impl Language {
    /// The language of a file by its extension; `None` when we have no grammar for it.
    pub fn of_path(path: &RepoPath) -> Option<Self> {
        match Path::new(path.as_str()?).extension()?.to_str()? {
            "py" => Some(Self::Python),
            "rs" => Some(Self::Rust),
            _ => None,
        }
    }

    /// The language's grammar.
    pub(crate) fn grammar(self) -> tree_sitter::Language {
        match self {
            Self::Python => tree_sitter_python::LANGUAGE.into(),
            Self::Rust => tree_sitter_rust::LANGUAGE.into(),
        }
    }

    /// A parser for the language; `None` only if the grammar was built for another version of the parser library.
    pub(crate) fn parser(self) -> Option<Parser> {
        let mut parser = Parser::new();
        parser.set_language(&self.grammar()).is_ok().then_some(parser)
    }

    /// The syntax tree of a text.
    pub(crate) fn parse(self, text: &str) -> Option<Tree> {
        self.parser()?.parse(text, None)
    }
}

/// Whether a text is syntactically right as far as the grammar can tell.
pub fn parses(language: Language, text: &str) -> bool {
    language.parse(text).is_some_and(|tree| !tree.root_node().has_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_grammars_load_and_tell_right_from_wrong() {
        assert!(parses(Language::Python, "def f(a):\n    return a[1:]\n"));
        assert!(!parses(Language::Python, "def f(a:\n    return a[1\n"));
        assert!(parses(Language::Rust, "fn f(a: &[u8]) -> &[u8] { &a[1..] }"));
        assert!(!parses(Language::Rust, "fn f(a: &[u8] { &a[1..] }"));
    }

    #[test]
    fn only_known_extensions_have_a_language() {
        let of = |path: &str| Language::of_path(&path.parse().unwrap());
        assert_eq!((of("a/b.py"), of("src/x.rs"), of("README.md"), of("py")), (Some(Language::Python), Some(Language::Rust), None, None));
    }
}
