//! Comparisons: `<`, `<=`, `>`, `>=`, `==`, `!=`, and Python's `in`, `is` and their negations.
//!
//! Next to a literal that has no order (a string, None, true) no order is proposed.

use crate::language::Language;
use crate::site::{Change, Site};
use crate::syntax::{children, compares, is_string, operator_of};
use tree_sitter::Node;

pub(super) fn relation(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let tokens: Vec<Node<'_>> = match site.is(Language::Python) {
        true => children(node).into_iter().filter(|child| compares(child.kind())).collect(),
        false => operator_of(node).into_iter().filter(|token| compares(token.kind())).collect(),
    };
    let ordered = !children(node).into_iter().any(has_no_order);
    for token in tokens {
        for (other, weight) in others(token.kind(), site.is(Language::Python)) {
            if ordered || !matches!(*other, "<" | "<=" | ">" | ">=") {
                out.push(replaced(site, token, other, *weight));
            }
        }
    }
}

/// The operator replaced; a Rust cast before `<` gets parentheses, as the compiler reads `x as T < n` as a generic type.
pub(super) fn replaced<'t>(site: &Site<'_, 't>, token: Node<'t>, other: &str, weight: f64) -> Change {
    let cast = site.node().child_by_field_name("left").filter(|left| left.kind() == "type_cast_expression" && other.starts_with('<'));
    match cast {
        Some(left) => {
            Change { start: left.start_byte(), end: token.end_byte(), replacement: format!("({}) {other}", site.text(left)), weight }
        }
        None => site.replace(token, other, weight),
    }
}

fn has_no_order(node: Node<'_>) -> bool {
    is_string(node) || matches!(node.kind(), "none" | "true" | "false" | "boolean_literal" | "list" | "tuple" | "dictionary")
}

fn others(operator: &str, python: bool) -> &'static [(&'static str, f64)] {
    match (operator, python) {
        ("<", _) => &[("<=", 1.0), (">", 0.8), (">=", 0.6), ("!=", 0.4), ("==", 0.3)],
        ("<=", _) => &[("<", 1.0), (">=", 0.8), (">", 0.6), ("==", 0.4), ("!=", 0.3)],
        (">", _) => &[(">=", 1.0), ("<", 0.8), ("<=", 0.6), ("!=", 0.4), ("==", 0.3)],
        (">=", _) => &[(">", 1.0), ("<=", 0.8), ("<", 0.6), ("==", 0.4), ("!=", 0.3)],
        ("==", false) => &[("!=", 0.9), ("<=", 0.6), (">=", 0.6), ("<", 0.4), (">", 0.4)],
        ("!=", false) => &[("==", 0.9), ("<", 0.6), (">", 0.6), ("<=", 0.4), (">=", 0.4)],
        ("==", true) => &[("!=", 0.9), ("<=", 0.6), (">=", 0.6), ("<", 0.4), (">", 0.4), ("in", 0.3), ("is", 0.2), ("is not", 0.1)],
        ("!=", true) => &[("==", 0.9), ("<", 0.6), (">", 0.6), ("<=", 0.4), (">=", 0.4), ("not in", 0.3), ("is not", 0.2), ("is", 0.1)],
        ("in", _) => &[("not in", 1.0), ("==", 0.3)],
        ("not in", _) => &[("in", 1.0), ("!=", 0.3)],
        ("is", _) => &[("is not", 1.0), ("==", 0.5), ("!=", 0.2)],
        ("is not", _) => &[("is", 1.0), ("!=", 0.5), ("==", 0.2)],
        _ => &[],
    }
}
