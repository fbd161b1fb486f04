//! Whole statements: leaving and continuing loops, a branch that should repeat.

use crate::language::Language;
use crate::language::description::Kind;
use crate::site::{Change, Site};
use tree_sitter::Node;

pub(super) fn loop_control(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let keyword = node.child(0).filter(|keyword| matches!(keyword.kind(), "break" | "continue")).unwrap_or(node);
    let carries_value = node.kind() == "break_expression"
        && (0..node.named_child_count() as u32).filter_map(|index| node.named_child(index)).any(|child| child.kind() != "label");
    if carries_value {
        return;
    }
    let other = if site.text(keyword) == "break" { "continue" } else { "break" };
    out.push(site.replace(keyword, other, 1.0));
    out.push(site.replace(node, site.words().pass, 0.7));
}

/// Only a branch without an else: a loop with an else means something else.
pub(super) fn repeat(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let pure = node.child_by_field_name("alternative").is_none() && (!site.is(Language::Rust) || site.kind_above(1) == Kind::Statement);
    let keyword = node.child(0).filter(|_| pure);
    let repeats = if site.is(Language::Go) { "for" } else { "while" };
    let other = keyword.and_then(|keyword| match keyword.kind() {
        "if" if node.child_by_field_name("initializer").is_none() => Some((keyword, repeats)),
        "while" if !has_loop_control(node) => Some((keyword, "if")),
        _ => None,
    });
    out.extend(other.map(|(keyword, other)| site.replace(keyword, other, 1.0)));
}

/// Whether the body leaves or continues this loop, which an if cannot.
fn has_loop_control(node: Node<'_>) -> bool {
    let mut found = false;
    crate::site::walk(node, |path| {
        found |= matches!(
            path[path.len() - 1].node.kind(),
            "break_statement" | "continue_statement" | "break_expression" | "continue_expression"
        );
        !found
    });
    found
}
