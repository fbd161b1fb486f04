//! Comparisons: `<`, `<=`, `>`, `>=`, `==`, `!=`, and Python's `in`, `is` and their negations.
//!
//! Next to a literal that has no order (a string, None, true) no order is proposed.

use crate::language::Language;
use crate::language::description::Kind;
use crate::site::{Change, Site};
use crate::syntax::{children, compares, operator_of};
use tree_sitter::Node;

pub(super) fn relation(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let tokens: Vec<Node<'_>> = match site.kind(node) {
        Kind::Comparison => children(node).into_iter().filter(|child| compares(child.kind())).collect(),
        _ => operator_of(node).into_iter().filter(|token| compares(token.kind())).collect(),
    };
    let ordered = !children(node).into_iter().any(|child| has_no_order(site, child));
    for token in tokens {
        for (other, weight) in others(token.kind(), site.is(Language::Python)) {
            if !exists(site.language(), other) {
                continue;
            }
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
        Some(left) => Change::within(left.start_byte(), token.end_byte(), format!("({}) {other}", site.text(left)), weight),
        None => site.replace(token, other, weight),
    }
}

fn has_no_order<'t>(site: &Site<'_, 't>, node: Node<'t>) -> bool {
    site.is_string(node)
        || matches!(site.kind(node), Kind::Nothing | Kind::Boolean | Kind::Array)
        || matches!(node.kind(), "tuple" | "dictionary")
}

/// Whether the language has the operator; `===` is only JavaScript's.
fn exists(language: Language, operator: &str) -> bool {
    let strict = matches!(operator, "===" | "!==");
    !strict || matches!(language, Language::JavaScript | Language::TypeScript | Language::Tsx)
}

fn others(operator: &str, python: bool) -> &'static [(&'static str, f64)] {
    match (operator, python) {
        ("<", _) => &[("<=", 1.0), (">", 0.8), (">=", 0.6), ("!=", 0.4), ("==", 0.3)],
        ("<=", _) => &[("<", 1.0), (">=", 0.8), (">", 0.6), ("==", 0.4), ("!=", 0.3)],
        (">", _) => &[(">=", 1.0), ("<", 0.8), ("<=", 0.6), ("!=", 0.4), ("==", 0.3)],
        (">=", _) => &[(">", 1.0), ("<=", 0.8), ("<", 0.6), ("==", 0.4), ("!=", 0.3)],
        ("==", false) => &[("!=", 0.9), ("<=", 0.6), (">=", 0.6), ("<", 0.4), (">", 0.4), ("===", 0.7)],
        ("!=", false) => &[("==", 0.9), ("<", 0.6), (">", 0.6), ("<=", 0.4), (">=", 0.4), ("!==", 0.7)],
        ("==", true) => &[("!=", 0.9), ("<=", 0.6), (">=", 0.6), ("<", 0.4), (">", 0.4), ("in", 0.3), ("is", 0.2), ("is not", 0.1)],
        ("!=", true) => &[("==", 0.9), ("<", 0.6), (">", 0.6), ("<=", 0.4), (">=", 0.4), ("not in", 0.3), ("is not", 0.2), ("is", 0.1)],
        ("===", _) => &[("!==", 0.9), ("<=", 0.6), (">=", 0.6), ("<", 0.4), (">", 0.4), ("==", 0.3)],
        ("!==", _) => &[("===", 0.9), ("<", 0.6), (">", 0.6), ("<=", 0.4), (">=", 0.4), ("!=", 0.3)],
        ("in", false) => &[],
        ("in", _) => &[("not in", 1.0), ("==", 0.3)],
        ("not in", _) => &[("in", 1.0), ("!=", 0.3)],
        ("is", _) => &[("is not", 1.0), ("==", 0.5), ("!=", 0.2)],
        ("is not", _) => &[("is", 1.0), ("!=", 0.5), ("==", 0.2)],
        _ => &[],
    }
}
