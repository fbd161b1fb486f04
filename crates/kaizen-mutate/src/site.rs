//! A place in a syntax tree with everything above it, and the walk that visits such places.
//!
//! The walk keeps its own stack: asking the grammar library for a parent costs a search from the root each time.

use crate::facts::{Facts, Function};
use crate::language::Language;
use crate::language::description::{Kind, Words};
use crate::syntax;
use tree_sitter::Node;

/// One node on the way from the root, with the field of its parent that it fills.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step<'t> {
    pub(crate) node: Node<'t>,
    pub(crate) field: Option<&'t str>,
}

/// Visits every node in source order; `visit` returns whether to go below the node.
pub(crate) fn walk<'t>(root: Node<'t>, mut visit: impl FnMut(&[Step<'t>]) -> bool) {
    let mut cursor = root.walk();
    let mut path = vec![Step { node: root, field: None }];
    loop {
        if visit(&path) && cursor.goto_first_child() {
            path.push(Step { node: cursor.node(), field: cursor.field_name() });
            continue;
        }
        loop {
            if path.len() == 1 {
                return;
            }
            path.pop();
            if cursor.goto_next_sibling() {
                path.push(Step { node: cursor.node(), field: cursor.field_name() });
                break;
            }
            cursor.goto_parent();
        }
    }
}

/// How much of the text around it a change keeps whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// One name or literal, by another one: nothing can break.
    Token,
    /// A part of one statement, which stays one statement.
    Within,
    /// Whole statements: inserted, removed or put around others.
    Statements,
}

/// Replace bytes `start..end` by `replacement`; `weight` in 0..=1 compares the proposals of one operator.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) replacement: String,
    pub(crate) weight: f64,
    pub(crate) reach: Reach,
}

impl Change {
    /// A change of a part of a statement.
    pub(crate) fn within(start: usize, end: usize, replacement: impl Into<String>, weight: f64) -> Self {
        Self { start, end, replacement: replacement.into(), weight, reach: Reach::Within }
    }

    /// A name or literal replaced by another one.
    pub(crate) fn token(node: Node<'_>, replacement: impl Into<String>, weight: f64) -> Self {
        Self { reach: Reach::Token, ..Self::within(node.start_byte(), node.end_byte(), replacement, weight) }
    }

    /// A change of whole statements.
    pub(crate) fn statements(start: usize, end: usize, replacement: impl Into<String>, weight: f64) -> Self {
        Self { start, end, replacement: replacement.into(), weight, reach: Reach::Statements }
    }
}

/// What an operator sees: a node, what is above it, and what is known of its file.
pub(crate) struct Site<'a, 't> {
    pub(crate) path: &'a [Step<'t>],
    pub(crate) facts: &'a Facts<'t>,
}

impl<'a, 't> Site<'a, 't> {
    pub(crate) fn node(&self) -> Node<'t> {
        self.path[self.path.len() - 1].node
    }

    /// The field of the parent that this node fills, empty when none.
    pub(crate) fn field(&self) -> &'t str {
        self.path[self.path.len() - 1].field.unwrap_or("")
    }

    /// The kind of the `n`th node above (1 is the parent), [`Kind::Other`] beyond the root.
    pub(crate) fn kind_above(&self, n: usize) -> Kind {
        self.above(n).map_or(Kind::Other, |node| self.kind(node))
    }

    /// The nth node above.
    pub(crate) fn above(&self, n: usize) -> Option<Node<'t>> {
        self.path.len().checked_sub(n + 1).map(|index| self.path[index].node)
    }

    pub(crate) fn is(&self, language: Language) -> bool {
        self.facts.language == language
    }

    pub(crate) fn language(&self) -> Language {
        self.facts.language
    }

    pub(crate) fn words(&self) -> &'static Words {
        self.facts.language.words()
    }

    pub(crate) fn kind(&self, node: Node<'t>) -> Kind {
        self.facts.language.kind(node)
    }

    pub(crate) fn is_comparison(&self, node: Node<'t>) -> bool {
        syntax::is_comparison(self.facts.language, node)
    }

    pub(crate) fn is_calculation(&self, node: Node<'t>) -> bool {
        syntax::is_calculation(self.facts.language, node)
    }

    pub(crate) fn is_connective(&self, node: Node<'t>) -> bool {
        syntax::is_connective(self.facts.language, node)
    }

    pub(crate) fn is_string(&self, node: Node<'t>) -> bool {
        syntax::is_string(self.facts.language, node)
    }

    pub(crate) fn is_tight(&self, node: Node<'t>) -> bool {
        syntax::is_tight(self.facts.language, node)
    }

    /// A node's text, in parentheses unless it binds tighter than any operator.
    pub(crate) fn tight(&self, node: Node<'t>) -> String {
        syntax::tight(self.facts.language, node, self.text(node))
    }

    pub(crate) fn arguments(&self, call: Node<'t>) -> Vec<Node<'t>> {
        syntax::arguments(self.facts.language, call)
    }

    /// Whether the node is a statement of a function's body.
    pub(crate) fn is_statement(&self) -> bool {
        self.kind_above(1) == Kind::Body
            && self.node().is_named()
            && self.function().is_some_and(|function| function.start < self.node().start_byte())
    }

    /// The white space before the node when it is the first of its line.
    pub(crate) fn indent(&self) -> Option<&'t str> {
        let start = self.node().start_byte();
        let line = self.facts.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let before = &self.facts.text[line..start];
        before.trim().is_empty().then_some(before)
    }

    /// Whether the node is a value by itself: returned, stored, handed over or an index, but no part of a calculation.
    pub(crate) fn is_whole_value(&self) -> bool {
        let listed = self.kind_above(1) == Kind::List;
        match self.kind_above(if listed { 2 } else { 1 }) {
            Kind::Return | Kind::Arguments | Kind::Named => true,
            Kind::Lambda => self.field() == "body",
            Kind::Assignment | Kind::Declaration => {
                let above = self.above(if listed { 2 } else { 1 });
                let left = above.and_then(syntax::assigned).map(|(left, _, _)| left);
                left.is_some_and(|left| left.end_byte() <= self.node().start_byte())
            }
            Kind::Index => self.above(1).and_then(|above| above.named_child(0)).is_some_and(|value| value.id() != self.node().id()),
            _ => false,
        }
    }

    pub(crate) fn text(&self, node: Node<'t>) -> &'t str {
        self.facts.text_of(node)
    }

    /// The innermost function around this node.
    pub(crate) fn function(&self) -> Option<&'a Function<'t>> {
        self.functions().next()
    }

    /// The functions around this node, innermost first.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &'a Function<'t>> + use<'a, 't> {
        let (path, facts) = (self.path, self.facts);
        path.iter().rev().filter_map(|step| facts.function_at(step.node))
    }

    /// Whether a node of one of the kinds is above, below the innermost function.
    pub(crate) fn inside(&self, kinds: &[Kind]) -> bool {
        let above = self.path[..self.path.len() - 1].iter().rev().map(|step| self.kind(step.node));
        above.take_while(|kind| *kind != Kind::Function).any(|kind| kinds.contains(&kind))
    }

    /// Whether the site says what becomes of an exception: to remove, replace, move or leave it could make nothing of the exception.
    pub(crate) fn handles_exception(&self) -> bool {
        const HANDLERS: [&str; 4] = ["except_clause", "except_group_clause", "catch_clause", "finally_clause"];
        self.path.iter().any(|step| HANDLERS.contains(&step.node.kind()))
    }

    /// Replace a whole node.
    pub(crate) fn replace(&self, node: Node<'t>, replacement: impl Into<String>, weight: f64) -> Change {
        Change::within(node.start_byte(), node.end_byte(), replacement, weight)
    }
}
