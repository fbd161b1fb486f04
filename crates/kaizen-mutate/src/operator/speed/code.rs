//! A file as a flat list of its named nodes, each with what is above it: optimisers look up and down the tree all the time.
//!
//! Only named nodes are listed; tokens are asked of the grammar library. Nothing here knows what an edit is good for.

use std::collections::HashMap;
use std::ops::Range;
use tree_sitter::Node;

/// The place of a node in the list: a node comes before everything below it.
pub(crate) type At = usize;

/// A parsed file.
pub(crate) struct Code<'t> {
    pub(crate) text: &'t str,
    nodes: Vec<Node<'t>>,
    above: Vec<At>,
    fields: Vec<&'t str>,
    last: Vec<At>,
    /// Where each identifier stands, ascending.
    names: HashMap<&'t str, Vec<At>>,
}

/// What holds statements.
const BODIES: [&str; 6] = ["block", "module", "statement_block", "program", "source_file", "declaration_list"];
/// What repeats its body.
const LOOPS: [&str; 7] =
    ["for_statement", "while_statement", "for_in_statement", "do_statement", "for_expression", "while_expression", "loop_expression"];
/// What is called.
const FUNCTIONS: [&str; 8] = [
    "function_definition",
    "lambda",
    "function_declaration",
    "function_expression",
    "arrow_function",
    "method_definition",
    "function_item",
    "closure_expression",
];

impl<'t> Code<'t> {
    pub(crate) fn of(text: &'t str, root: Node<'t>) -> Self {
        let (nodes, above, fields, last, names) = Default::default();
        let mut code = Self { text, nodes, above, fields, last, names };
        let mut cursor = root.walk();
        let mut path: Vec<At> = Vec::new();
        loop {
            if cursor.node().is_named() {
                let at = code.nodes.len();
                code.nodes.push(cursor.node());
                code.above.push(path.last().copied().unwrap_or(at));
                code.fields.push(cursor.field_name().unwrap_or(""));
                code.last.push(at + 1);
                if cursor.node().kind().ends_with("identifier") {
                    code.names.entry(&text[cursor.node().byte_range()]).or_default().push(at);
                }
                if cursor.goto_first_child() {
                    path.push(at);
                    continue;
                }
            }
            while !cursor.goto_next_sibling() {
                let Some(done) = path.pop() else { return code };
                code.last[done] = code.nodes.len();
                if !cursor.goto_parent() {
                    return code;
                }
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn kind(&self, at: At) -> &'t str {
        self.nodes[at].kind()
    }

    pub(crate) fn is(&self, at: At, kind: &str) -> bool {
        self.kind(at) == kind
    }

    pub(crate) fn text(&self, at: At) -> &'t str {
        &self.text[self.span(at)]
    }

    pub(crate) fn span(&self, at: At) -> Range<usize> {
        self.nodes[at].byte_range()
    }

    /// The lines of a node, from 1.
    pub(crate) fn lines(&self, at: At) -> Range<u32> {
        let row = |row: usize| u32::try_from(row).unwrap_or(u32::MAX - 2);
        row(self.nodes[at].start_position().row) + 1..row(self.nodes[at].end_position().row) + 2
    }

    /// The field of its parent that a node fills, empty where none.
    pub(crate) fn field(&self, at: At) -> &'t str {
        self.fields[at]
    }

    pub(crate) fn up(&self, at: At) -> Option<At> {
        (at > 0).then(|| self.above[at])
    }

    /// Whether a node's parent is of a kind and holds it in this field.
    pub(crate) fn fills(&self, at: At, kind: &str, field: &str) -> bool {
        self.up(at).is_some_and(|up| self.is(up, kind)) && self.field(at) == field
    }

    /// What is above, nearest first.
    pub(crate) fn ancestors(&self, at: At) -> impl Iterator<Item = At> + '_ {
        std::iter::successors(self.up(at), |at| self.up(*at))
    }

    /// Everything below.
    pub(crate) fn below(&self, at: At) -> Range<At> {
        at + 1..self.last[at]
    }

    pub(crate) fn holds(&self, at: At, inner: At) -> bool {
        at == inner || self.below(at).contains(&inner)
    }

    /// The named children without comments.
    pub(crate) fn kids(&self, at: At) -> Vec<At> {
        let (mut kids, mut next) = (Vec::new(), at + 1);
        while next < self.last[at] {
            if !self.kind(next).ends_with("comment") {
                kids.push(next);
            }
            next = self.last[next];
        }
        kids
    }

    pub(crate) fn child(&self, at: At, field: &str) -> Option<At> {
        self.kids(at).into_iter().find(|kid| self.field(*kid) == field)
    }

    /// The only named child.
    pub(crate) fn only(&self, at: At) -> Option<At> {
        match self.kids(at).as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    /// The tokens between the named children.
    pub(crate) fn tokens(&self, at: At) -> Vec<&'t str> {
        let node = self.nodes[at];
        let mut cursor = node.walk();
        node.children(&mut cursor).filter(|child| !child.is_named()).map(|child| child.kind()).collect()
    }

    /// All nodes of a kind.
    pub(crate) fn all<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = At> + 's {
        (0..self.len()).filter(move |at| self.is(*at, kind))
    }

    pub(crate) fn is_loop(&self, at: At) -> bool {
        LOOPS.contains(&self.kind(at))
    }

    pub(crate) fn is_function(&self, at: At) -> bool {
        FUNCTIONS.contains(&self.kind(at))
    }

    /// The statement around a node: a child of a body.
    pub(crate) fn statement(&self, at: At) -> Option<At> {
        std::iter::once(at).chain(self.ancestors(at)).find(|at| self.up(*at).is_some_and(|up| BODIES.contains(&self.kind(up))))
    }

    /// The statements of the body that a statement stands in, and its place among them.
    pub(crate) fn siblings(&self, statement: At) -> Option<(Vec<At>, usize)> {
        let kids = self.kids(self.up(statement)?);
        let place = kids.iter().position(|kid| *kid == statement)?;
        Some((kids, place))
    }

    pub(crate) fn next(&self, statement: At) -> Option<At> {
        let (kids, place) = self.siblings(statement)?;
        kids.get(place + 1).copied()
    }

    pub(crate) fn function(&self, at: At) -> Option<At> {
        self.ancestors(at).find(|at| self.is_function(*at))
    }

    /// The child of the file that holds a node.
    pub(crate) fn top(&self, at: At) -> At {
        std::iter::once(at).chain(self.ancestors(at)).find(|at| self.above[*at] == 0).unwrap_or(at)
    }

    /// The loops that run a node again and again, innermost first, within its function. What a loop goes over is evaluated once.
    pub(crate) fn loops(&self, at: At) -> Vec<At> {
        let mut found = Vec::new();
        let mut inner = at;
        for up in self.ancestors(at) {
            if self.is_function(up) {
                break;
            }
            if self.is_loop(up) && !matches!(self.field(inner), "right" | "value" | "initializer" | "alternative") {
                found.push(up);
            }
            inner = up;
        }
        found
    }

    /// The white space before a statement that is the first of its line.
    pub(crate) fn indent(&self, statement: At) -> Option<&'t str> {
        let start = self.span(statement).start;
        let line = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let before = &self.text[line..start];
        before.trim().is_empty().then_some(before)
    }

    /// The end of a statement's last line, where nothing but a comment follows the statement.
    pub(crate) fn line_end(&self, statement: At) -> Option<usize> {
        let end = self.span(statement).end;
        let newline = self.text[end..].find('\n').map_or(self.text.len(), |at| end + at);
        let rest = self.text[end..newline].trim();
        (rest.is_empty() || rest.starts_with('#') || rest.starts_with("//")).then_some(newline)
    }

    /// Every identifier of that text at or below a node.
    pub(crate) fn named(&self, within: At, name: &str) -> &[At] {
        let all = self.names.get(name).map_or(&[][..], Vec::as_slice);
        let (start, end) = (all.partition_point(|at| *at < within), all.partition_point(|at| *at < self.last[within]));
        &all[start..end]
    }

    /// A name that the file does not use yet.
    pub(crate) fn fresh(&self, wish: &str) -> String {
        let plain: String = wish.chars().map(|letter| if letter.is_alphanumeric() || letter == '_' { letter } else { '_' }).collect();
        let numbered = (2..).map(|number| format!("{plain}_{number}"));
        let mut names = std::iter::once(plain.clone()).chain(numbered);
        names.find(|name| !self.names.contains_key(name.as_str())).unwrap_or(plain)
    }
}
