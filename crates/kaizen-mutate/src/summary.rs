//! An edit in one line: the smallest expression around it, before and after.

use crate::site::Change;
use tree_sitter::Node;

/// Characters kept of each side.
const WIDTH: usize = 60;

const PARTS: &[&str] = &[
    "argument_list",
    "arguments",
    "slice",
    "keyword_argument",
    "parameters",
    "interpolation",
    "token_tree",
    "string_content",
    "block",
    "else_clause",
    "with_clause",
    "with_item",
    "let_chain",
    "statement_block",
    "compound_statement",
    "statement_list",
    "expression_list",
    "condition_clause",
    "subscript_argument_list",
    "class_body",
    "constructor_body",
    "field_declaration_list",
    "declaration_list",
    "string_fragment",
    "range_expression",
    "tuple_pattern",
];

/// `before -> after` for a change of `text`; `around` are the nodes that hold it, innermost last.
pub(crate) fn summary<'t>(text: &str, change: &Change, around: impl DoubleEndedIterator<Item = Node<'t>>) -> String {
    let wider = |node: &Node<'_>| {
        node.start_byte() <= change.start
            && change.end <= node.end_byte()
            && (node.start_byte() < change.start || change.end < node.end_byte())
    };
    let holder = around.rev().filter(wider).find(|node| node.is_named() && !PARTS.contains(&node.kind()));
    let (start, end) = holder.map_or((change.start, change.end), |node| (node.start_byte(), node.end_byte()));
    let line = |at: usize| text[start..at].rfind('\n').map_or(start, |newline| start + newline + 1);
    let start = if text[start..change.start].contains('\n') { line(change.start) } else { start };
    let end = text[change.end..end].find('\n').map_or(end, |newline| change.end + newline);
    let (head, tail) = (&text[start..change.start], &text[change.end..end]);
    let before = shorten(head, &text[change.start..change.end], tail);
    let after = shorten(head, &change.replacement, tail);
    format!("{before} -> {after}")
}

/// `head + middle + tail` in one line; the head loses its start and the tail its end first.
fn shorten(head: &str, middle: &str, tail: &str) -> String {
    let (head, middle, tail) = (one_line(head), one_line(middle), one_line(tail));
    let room = WIDTH.saturating_sub(middle.chars().count());
    let head_room = room.saturating_sub(tail.chars().count().min(room / 2));
    let dropped = head.chars().count().saturating_sub(head_room);
    let head: String = if dropped == 0 { head } else { std::iter::once('…').chain(head.chars().skip(dropped)).collect() };
    let mut text: String = [head, middle, tail].concat().trim().to_owned();
    if text.chars().count() > WIDTH + 1 {
        text = text.chars().take(WIDTH).chain(std::iter::once('…')).collect();
    }
    text
}

/// Runs of white space as one space, kept at both ends because pieces are joined.
fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_whitespace() {
            true if out.ends_with(' ') => {}
            true => out.push(' '),
            false => out.push(c),
        }
    }
    out
}
