//! The languages we can edit, their grammars, and what a node is in words that all of them share.
//!
//! A file whose path names no known language is never parsed. Parsing cannot fail on text: wrong text gives a tree with
//! error nodes, and [`parses`] reports it. Each language is described in its own file.

mod c;
mod cpp;
pub(crate) mod description;
mod go;
mod java;
mod javascript;
mod python;
mod rust;
mod typescript;

use description::{Description, Kind, Words};
use kaizen_domain::path::RepoPath;
use std::path::Path;
use std::sync::OnceLock;
use tree_sitter::{Node, Parser, Tree};

/// A language whose sources can be edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Python 3.
    Python,
    /// Rust.
    Rust,
    /// JavaScript, JSX included.
    JavaScript,
    /// TypeScript.
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
    /// Go.
    Go,
    /// Java.
    Java,
    /// C.
    C,
    /// C++, and headers that do not tell which of the two they are.
    Cpp,
}

impl Language {
    /// Every language, in the order of the reference.
    pub const ALL: [Self; 9] =
        [Self::Python, Self::Rust, Self::JavaScript, Self::TypeScript, Self::Tsx, Self::Go, Self::Java, Self::C, Self::Cpp];

    /// The language of a file by its extension; `None` when we have no grammar for it.
    pub fn of_path(path: &RepoPath) -> Option<Self> {
        let extension = Path::new(path.as_str()?).extension()?.to_str()?;
        Self::ALL.into_iter().find(|language| language.description().extensions.contains(&extension))
    }

    /// Its name as people write it.
    pub fn name(self) -> &'static str {
        self.description().name
    }

    pub(crate) fn description(self) -> &'static Description {
        match self {
            Self::Python => &python::DESCRIPTION,
            Self::Rust => &rust::DESCRIPTION,
            Self::JavaScript => &javascript::DESCRIPTION,
            Self::TypeScript => &typescript::DESCRIPTION,
            Self::Tsx => &typescript::TSX,
            Self::Go => &go::DESCRIPTION,
            Self::Java => &java::DESCRIPTION,
            Self::C => &c::DESCRIPTION,
            Self::Cpp => &cpp::DESCRIPTION,
        }
    }

    pub(crate) fn words(self) -> &'static Words {
        &self.description().words
    }

    /// What a node is. Tokens are [`Kind::Other`].
    pub(crate) fn kind(self, node: Node<'_>) -> Kind {
        static TABLES: [OnceLock<Vec<Kind>>; Language::ALL.len()] = [const { OnceLock::new() }; Language::ALL.len()];
        let table = TABLES[self as usize].get_or_init(|| self.kinds());
        table.get(usize::from(node.kind_id())).copied().unwrap_or(Kind::Other)
    }

    /// The kind of every node id of the grammar. The last row that names a node kind counts: what is built on another
    /// language says what differs.
    fn kinds(self) -> Vec<Kind> {
        let grammar = (self.description().grammar)();
        let rows = || self.description().kinds.iter().copied().flatten();
        let kind_of = |id: u16| {
            let name = grammar.node_kind_for_id(id).filter(|_| grammar.node_kind_is_named(id))?;
            rows().rfind(|(_, names)| names.contains(&name)).map(|(kind, _)| *kind)
        };
        let count = u16::try_from(grammar.node_kind_count()).unwrap_or(u16::MAX);
        (0..count).map(|id| kind_of(id).unwrap_or(Kind::Other)).collect()
    }

    /// A parser for the language; `None` only if the grammar was built for another version of the parser library.
    pub(crate) fn parser(self) -> Option<Parser> {
        let mut parser = Parser::new();
        parser.set_language(&(self.description().grammar)()).is_ok().then_some(parser)
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
    fn every_grammar_loads_and_tells_right_from_wrong() {
        let right = |language| match language {
            Language::Python => "def f(a):\n    return a[1:]\n",
            Language::Rust => "fn f(a: &[u8]) -> &[u8] { &a[1..] }",
            Language::JavaScript => "function f(a) { return a[1]; }",
            Language::TypeScript => "function f(a: number[]): number { return a[1]; }",
            Language::Tsx => "function f(a: string) { return <b>{a}</b>; }",
            Language::Go => "package p\nfunc f(a []int) int { return a[1] }\n",
            Language::Java => "class C { int f(int[] a) { return a[1]; } }",
            Language::C => "int f(int *a) { return a[1]; }",
            Language::Cpp => "int f(std::vector<int> &a) { return a[1]; }",
        };
        for language in Language::ALL {
            assert!(parses(language, right(language)), "{language:?}");
            assert!(!parses(language, &right(language).replacen("return", "return ]", 1).replacen("&a[1..]", "&a[", 1)), "{language:?}");
        }
    }

    #[test]
    fn every_node_kind_that_a_description_names_exists_in_its_grammar() {
        for language in Language::ALL {
            let grammar = (language.description().grammar)();
            // The last table of kinds and the first of places are a language's own: others come from what it builds on.
            let names = language.description().kinds.last().unwrap().iter().flat_map(|(_, names)| *names);
            let places = language.description().places[0].iter().flat_map(|(names, _, _)| *names);
            let frames = language.description().frames.iter().map(|(kind, _, _)| kind);
            for name in names.chain(places).chain(frames).chain(language.description().patterns) {
                assert!(grammar.id_for_node_kind(name, true) != 0, "{language:?} has no {name}");
            }
        }
    }

    #[test]
    fn only_known_extensions_have_a_language() {
        let of = |path: &str| Language::of_path(&path.parse().unwrap());
        assert_eq!((of("a/b.py"), of("src/x.rs"), of("README.md"), of("py")), (Some(Language::Python), Some(Language::Rust), None, None));
        assert_eq!(
            (of("a.mjs"), of("a.tsx"), of("a.h"), of("A.java")),
            (Some(Language::JavaScript), Some(Language::Tsx), Some(Language::Cpp), Some(Language::Java))
        );
    }
}
