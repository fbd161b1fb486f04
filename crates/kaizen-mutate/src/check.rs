//! Whether an edit keeps the syntax intact, and whether it changes anything at all.
//!
//! Each edit is checked by parsing the innermost statement around it on its own, and only what the edit changes of its
//! tree: cost follows the edit, not the file nor a table of a thousand lines. Top-level items that do not parse as they
//! stand are never edited.

use crate::language::Language;
use crate::site::{Change, Step};
use std::ops::Range;
use tree_sitter::{InputEdit, Node, Parser, Point, Tree};

/// The nodes whose children are statements or items.
const BODIES: &[&str] = &["module", "source_file", "block", "declaration_list"];

/// The parser of a file's language.
pub(crate) struct Checker<'t> {
    language: Language,
    parser: Parser,
    text: &'t str,
    /// The statement parsed last, as it stands: the next edit is often of the same one.
    last: Option<(Range<usize>, Tree)>,
}

impl<'t> Checker<'t> {
    /// `None` when the grammar does not load.
    pub(crate) fn new(language: Language, text: &'t str) -> Option<Self> {
        Some(Self { language, parser: language.parser()?, text, last: None })
    }

    /// Whether the changed text parses and differs from the original in more than layout. `path` leads to a node at or
    /// above the change.
    pub(crate) fn accepts(&mut self, path: &[Step<'_>], change: &Change) -> bool {
        let Some(original) = self.text.get(change.start..change.end) else { return false };
        let parsed = path.get(1).is_some_and(|item| !item.node.has_error());
        parsed && !same_tokens(original, &change.replacement) && self.keeps_syntax(path, change).unwrap_or(false)
    }

    fn keeps_syntax(&mut self, path: &[Step<'_>], change: &Change) -> Option<bool> {
        let statement = statement_around(path, change)?;
        let head = self.text.get(statement.start_byte()..change.start)?;
        let tail = self.text.get(change.end..statement.end_byte())?;
        let (open, close) = self.frame();
        let mut before = self.unchanged(statement.byte_range())?;
        let start = open.len() + head.len();
        let (old_end_byte, new_end_byte) = (open.len() + change.end - statement.start_byte(), start + change.replacement.len());
        // The trees are asked for errors and children only: points may stay behind.
        let at = Point::new(0, 0);
        before.edit(&InputEdit {
            start_byte: start,
            old_end_byte,
            new_end_byte,
            start_position: at,
            old_end_position: at,
            new_end_position: at,
        });
        let tree = self.parser.parse([open, head, &change.replacement, tail, close].concat(), Some(&before))?;
        Some(!tree.root_node().has_error() && is_one_statement(self.language, tree.root_node()))
    }
}

impl Checker<'_> {
    /// What a statement needs around it to be a file.
    fn frame(&self) -> (&'static str, &'static str) {
        match self.language {
            Language::Python => ("", "\n"),
            Language::Rust => ("fn f() {", "}"),
        }
    }

    /// The tree of a statement as it stands.
    fn unchanged(&mut self, span: Range<usize>) -> Option<Tree> {
        if let Some((_, tree)) = self.last.as_ref().filter(|(known, _)| *known == span) {
            return Some(tree.clone());
        }
        let (open, close) = self.frame();
        let tree = self.parser.parse([open, self.text.get(span.clone())?, close].concat(), None)?;
        self.last = Some((span, tree.clone()));
        Some(tree)
    }
}

/// The innermost statement or item that holds the whole change.
fn statement_around<'t>(path: &[Step<'t>], change: &Change) -> Option<Node<'t>> {
    let pairs = path.windows(2).rev().filter(|pair| BODIES.contains(&pair[0].node.kind()));
    pairs.map(|pair| pair[1].node).find(|node| node.start_byte() <= change.start && change.end <= node.end_byte())
}

/// An edit that turns one statement into two has broken it apart.
fn is_one_statement(language: Language, root: Node<'_>) -> bool {
    let body = match language {
        Language::Python => Some(root),
        Language::Rust => root.named_child(0).and_then(|function| function.child_by_field_name("body")),
    };
    root.named_child_count() == 1 && body.is_some_and(|body| body.named_child_count() == 1)
}

/// Whether two pieces differ in layout or in parentheses around the whole only.
fn same_tokens(a: &str, b: &str) -> bool {
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (a, b) = (squeeze(a), squeeze(b));
    a == b || a == format!("({b})") || b == format!("({a})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::walk;

    /// Whether replacing the only `from` of the text by `to` is accepted.
    fn accepts(language: Language, text: &str, from: &str, to: &str) -> bool {
        let start = text.find(from).unwrap();
        let change = Change { start, end: start + from.len(), replacement: to.to_owned(), weight: 1.0 };
        let tree = language.parse(text).unwrap();
        let mut checker = Checker::new(language, text).unwrap();
        let mut verdict = None;
        walk(tree.root_node(), |path| {
            let node = path[path.len() - 1].node;
            if node.start_byte() <= change.start && change.end <= node.end_byte() {
                verdict = Some(checker.accepts(path, &change));
            }
            true
        });
        verdict.unwrap()
    }

    #[test]
    fn an_edit_that_breaks_the_syntax_or_splits_a_statement_is_refused() {
        let python = "class C:\n    def f(self, a):\n        if a:\n            return a[1]\n";
        assert!(accepts(Language::Python, python, "a[1]", "a[2]"));
        assert!(!accepts(Language::Python, python, "a[1]", "a[1"));
        assert!(!accepts(Language::Python, python, "a[1]", "a; b"));
        let rust = "impl C {\n    fn f(&self) -> u8 {\n        self.a[1]\n    }\n}\n";
        assert!(accepts(Language::Rust, rust, "[1]", "[2]"));
        assert!(!accepts(Language::Rust, rust, "[1]", "[1"));
        assert!(!accepts(Language::Rust, rust, "[1]", "; 1"));
    }

    #[test]
    fn an_edit_of_layout_or_of_outer_parentheses_is_no_edit() {
        let text = "def f(a, b):\n    return a + b\n";
        assert!(!accepts(Language::Python, text, "a + b", "a  +  b"));
        assert!(!accepts(Language::Python, text, "a + b", "(a + b)"));
    }

    #[test]
    fn the_edits_of_one_statement_do_not_remember_each_other() {
        let text = "TABLE = {\n    'a': [1, 2],\n    'b': [3, 4],\n}\n";
        let tree = Language::Python.parse(text).unwrap();
        let mut checker = Checker::new(Language::Python, text).unwrap();
        let mut verdicts = Vec::new();
        walk(tree.root_node(), |path| {
            let node = path[path.len() - 1].node;
            if node.kind() == "integer" {
                for replacement in ["10", "[", "5", "(1", "x + 1"] {
                    let change =
                        Change { start: node.start_byte(), end: node.end_byte(), replacement: replacement.to_owned(), weight: 1.0 };
                    verdicts.push(checker.accepts(path, &change));
                }
            }
            true
        });
        assert_eq!(verdicts, [true, false, true, false, true].repeat(4));
    }
}
