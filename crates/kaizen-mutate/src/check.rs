//! Whether an edit keeps the syntax intact, and whether it changes anything at all.
//!
//! Each edit is checked by parsing the innermost statement around it on its own, and only what the edit changes of its
//! tree: cost follows the edit, not the file nor a table of a thousand lines. Top-level items that do not parse as they
//! stand are never edited.

use crate::language::Language;
use crate::language::description::{Kind, Layout};
use crate::normal::normal;
use crate::site::{Change, Reach, Step};
use std::collections::HashMap;
use std::ops::Range;
use tree_sitter::{InputEdit, Node, Parser, Point, Tree};

/// The meaning of an edit, as far as it is known: the span of the expression that it changes and that expression's
/// normal form. Edits of one meaning compute the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Meaning {
    place: (usize, usize),
    form: String,
}

/// What becomes of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// It breaks the syntax, tears a statement apart or changes nothing.
    Refused,
    /// It makes another program.
    New(Option<Meaning>),
}

/// The parser of a file's language.
pub(crate) struct Checker<'t> {
    language: Language,
    parser: Parser,
    text: &'t str,
    /// The statement parsed last, as it stands: the next edit is often of the same one.
    last: Option<(Range<usize>, Tree)>,
    /// What is known of whole statements that were parsed by themselves.
    known: HashMap<String, bool>,
}

impl<'t> Checker<'t> {
    /// `None` when the grammar does not load.
    pub(crate) fn new(language: Language, text: &'t str) -> Option<Self> {
        Some(Self { language, parser: language.parser()?, text, last: None, known: HashMap::new() })
    }

    /// What becomes of a change. `path` leads to a node at or above it.
    pub(crate) fn judge(&mut self, path: &[Step<'_>], change: &Change) -> Judgement {
        let Some(original) = self.text.get(change.start..change.end) else { return Judgement::Refused };
        let indented = change.reach == Reach::Statements && self.language.description().layout == Layout::Indented;
        let same = if indented { original == change.replacement } else { same_tokens(original, &change.replacement) };
        if same || !self.is_sound(path) {
            return Judgement::Refused;
        }
        match change.reach {
            Reach::Token => Judgement::New(None),
            Reach::Within => self.within(path, change).unwrap_or(Judgement::Refused),
            Reach::Statements if self.are_statements(path, change).unwrap_or(false) => Judgement::New(None),
            Reach::Statements => Judgement::Refused,
        }
    }

    /// Whether the item around the end of the path parses as it stands.
    fn is_sound(&self, path: &[Step<'_>]) -> bool {
        let holds_items = |node: Node<'_>| matches!(self.language.kind(node), Kind::Container | Kind::Members | Kind::Body);
        let item = path.iter().skip(1).find(|step| !holds_items(step.node));
        item.is_some_and(|item| !item.node.has_error()) && !path.iter().any(|step| step.node.is_error())
    }

    fn within(&mut self, path: &[Step<'_>], change: &Change) -> Option<Judgement> {
        let (body, statement) = self.statement_around(path, change)?;
        let head = self.text.get(statement.start_byte()..change.start)?;
        let tail = self.text.get(change.end..statement.end_byte())?;
        let (open, close) = self.frame(body);
        let before = self.unchanged(statement.byte_range(), (open, close))?;
        let mut edited = before.clone();
        let start = open.len() + head.len();
        let (old_end_byte, new_end_byte) = (open.len() + change.end - statement.start_byte(), start + change.replacement.len());
        // The trees are asked for errors and children only: points may stay behind.
        let at = Point::new(0, 0);
        edited.edit(&InputEdit {
            start_byte: start,
            old_end_byte,
            new_end_byte,
            start_position: at,
            old_end_position: at,
            new_end_position: at,
        });
        let text = [open, head, &change.replacement, tail, close].concat();
        let tree = self.parser.parse(&text, Some(&edited))?;
        let span = open.len()..new_end_byte + tail.len();
        if tree.root_node().has_error() || !self.is_one_statement(tree.root_node(), span) {
            return Some(Judgement::Refused);
        }
        let top = self.top_expression(tree.root_node(), start..new_end_byte)?;
        let form = normal(self.language, top, &text);
        let old_end = (top.end_byte() + old_end_byte) - new_end_byte;
        let in_file = |byte: usize| (byte + statement.start_byte()).checked_sub(open.len());
        let place = (in_file(top.start_byte())?, in_file(old_end)?);
        let was = before.root_node().descendant_for_byte_range(top.start_byte(), old_end);
        let was = was.filter(|node| node.start_byte() == top.start_byte() && node.end_byte() == old_end);
        let old_text = || Some([open, self.text.get(statement.byte_range())?, close].concat());
        match was.is_some_and(|node| old_text().is_some_and(|text| normal(self.language, node, &text) == form)) {
            true => Some(Judgement::Refused),
            false => Some(Judgement::New(Some(Meaning { place, form }))),
        }
    }

    /// The outermost expression or simple statement around a span: below the nearest body, branch or loop.
    fn top_expression<'n>(&self, root: Node<'n>, span: Range<usize>) -> Option<Node<'n>> {
        let mut node = root.named_descendant_for_byte_range(span.start, span.end)?;
        while let Some(above) = node.parent() {
            let holds_statements = matches!(
                self.language.kind(above),
                Kind::Body
                    | Kind::Members
                    | Kind::Container
                    | Kind::Function
                    | Kind::Lambda
                    | Kind::If
                    | Kind::While
                    | Kind::For
                    | Kind::ForEach
                    | Kind::Loop
            );
            if holds_statements || above.parent().is_none() || above.kind().contains("switch") || above.kind().contains("match") {
                break;
            }
            node = above;
        }
        Some(node)
    }

    /// Whether whole statements parse on their own, where they stand.
    fn are_statements(&mut self, path: &[Step<'_>], change: &Change) -> Option<bool> {
        let (body, statement) = self.statement_around(path, change)?;
        let (head, tail) = match change.start == change.end {
            true => ("", ""),
            false => (self.text.get(statement.start_byte()..change.start)?, self.text.get(change.end..statement.end_byte())?),
        };
        let (open, close) = self.frame(body);
        let indent = self.indent_of(statement.start_byte());
        let open = match self.language.description().layout {
            Layout::Indented if !indent.is_empty() => format!("if 1:\n{indent}"),
            _ => open.to_owned(),
        };
        let text = [&open, head, &change.replacement, tail, close].concat();
        if let Some(known) = self.known.get(&text) {
            return Some(*known);
        }
        let right = !self.parser.parse(&text, None)?.root_node().has_error();
        self.known.insert(text, right);
        Some(right)
    }

    /// The white space before a byte, up to the start of its line.
    fn indent_of(&self, byte: usize) -> &'t str {
        let line = self.text[..byte].rfind('\n').map_or(0, |newline| newline + 1);
        let before = &self.text[line..byte];
        if before.trim().is_empty() { before } else { "" }
    }

    /// The innermost statement or item that holds the whole change, and the kind of what holds it.
    fn statement_around<'n>(&self, path: &[Step<'n>], change: &Change) -> Option<(&'n str, Node<'n>)> {
        let bodies = |node: Node<'_>| matches!(self.language.kind(node), Kind::Body | Kind::Members);
        let pairs = path.windows(2).rev().filter(|pair| bodies(pair[0].node));
        let holds = |node: &Node<'_>| node.start_byte() <= change.start && change.end <= node.end_byte();
        pairs.map(|pair| (pair[0].node.kind(), pair[1].node)).find(|(_, node)| holds(node))
    }
}

impl Checker<'_> {
    /// What a child of a body needs around it to be a file.
    fn frame(&self, body: &str) -> (&'static str, &'static str) {
        let frames = self.language.description().frames;
        let own = frames.iter().find(|(kind, _, _)| *kind == body).or(frames.first());
        own.map_or(("", ""), |(_, open, close)| (*open, *close))
    }

    /// The tree of a statement as it stands.
    fn unchanged(&mut self, span: Range<usize>, (open, close): (&str, &str)) -> Option<Tree> {
        if let Some((_, tree)) = self.last.as_ref().filter(|(known, _)| *known == span) {
            return Some(tree.clone());
        }
        let tree = self.parser.parse([open, self.text.get(span.clone())?, close].concat(), None)?;
        self.last = Some((span, tree.clone()));
        Some(tree)
    }

    /// An edit that turns one statement into two has broken it apart: no node but a body spans both.
    fn is_one_statement(&self, root: Node<'_>, span: Range<usize>) -> bool {
        let Some(node) = root.named_descendant_for_byte_range(span.start, span.end) else { return false };
        let bare_body = matches!(node.kind(), "module" | "program" | "source_file" | "translation_unit" | "statement_list");
        node.byte_range() == span && !bare_body
    }
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
        let change = Change::within(start, start + from.len(), to, 1.0);
        let tree = language.parse(text).unwrap();
        let mut checker = Checker::new(language, text).unwrap();
        let mut verdict = None;
        walk(tree.root_node(), |path| {
            let node = path[path.len() - 1].node;
            if node.start_byte() <= change.start && change.end <= node.end_byte() {
                verdict = Some(checker.judge(path, &change) != Judgement::Refused);
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
                    let change = Change::within(node.start_byte(), node.end_byte(), replacement, 1.0);
                    verdicts.push(checker.judge(path, &change) != Judgement::Refused);
                }
            }
            true
        });
        assert_eq!(verdicts, [true, false, true, false, true].repeat(4));
    }
}
