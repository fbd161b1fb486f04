//! Conditions: and / or, a side dropped, negated, a negation dropped.

use crate::language::Language;
use crate::site::{Change, Site};
use crate::syntax::{is_comparison, is_tight, operator_of};
use tree_sitter::Node;

fn counterpart(operator: &str) -> Option<&'static str> {
    match operator {
        "and" => Some("or"),
        "or" => Some("and"),
        "&&" => Some("||"),
        "||" => Some("&&"),
        _ => None,
    }
}

pub(super) fn connective(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some(token) = operator_of(site.node()) else { return };
    if let Some(other) = counterpart(token.kind()) {
        out.push(site.replace(token, other, 1.0));
    }
}

pub(super) fn operand(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    if operator_of(node).and_then(|token| counterpart(token.kind())).is_none() {
        return;
    }
    for side in ["left", "right"].into_iter().filter_map(|side| node.child_by_field_name(side)) {
        if !matches!(side.kind(), "let_condition" | "let_chain") {
            out.push(site.replace(node, site.text(side), if side.kind() == node.kind() { 0.5 } else { 1.0 }));
        }
    }
}

/// Conditions of branches and loops, and the sides of and / or, which are conditions too.
pub(super) fn negate(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let conditions: Vec<Node<'_>> = match node.kind() {
        "boolean_operator" | "binary_expression" if operator_of(node).and_then(|token| counterpart(token.kind())).is_none() => return,
        "boolean_operator" | "binary_expression" => {
            ["left", "right"].into_iter().filter_map(|side| node.child_by_field_name(side)).collect()
        }
        "conditional_expression" => node.named_child(1).into_iter().collect(),
        "if_clause" => node.named_child(0).into_iter().collect(),
        _ => node.child_by_field_name("condition").into_iter().collect(),
    };
    let weight = if matches!(node.kind(), "boolean_operator" | "binary_expression") { 0.6 } else { 1.0 };
    out.extend(
        conditions
            .into_iter()
            .filter(|condition| is_negatable(*condition))
            .map(|condition| site.replace(condition, negation(site, condition), weight)),
    );
}

/// A negation is dropped rather than doubled, and a comparison has its own operator.
fn is_negatable(condition: Node<'_>) -> bool {
    let connective = operator_of(condition).is_some_and(|token| counterpart(token.kind()).is_some());
    match condition.kind() {
        "not_operator" | "let_condition" | "let_chain" | "true" | "false" | "boolean_literal" => false,
        "unary_expression" => condition.child(0).is_none_or(|sign| sign.kind() != "!"),
        _ => connective || !is_comparison(condition),
    }
}

/// The negation of a condition in the site's language.
pub(super) fn negation<'t>(site: &Site<'_, 't>, condition: Node<'t>) -> String {
    let (sign, text) = (if site.is(Language::Python) { "not " } else { "!" }, site.text(condition));
    let plain = is_tight(condition) || (site.is(Language::Python) && condition.kind() == "comparison_operator");
    if plain { format!("{sign}{text}") } else { format!("{sign}({text})") }
}

pub(super) fn drop_not(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let negates = node.child(0).is_some_and(|sign| matches!(sign.kind(), "not" | "!"));
    if let (true, Some(inner)) = (negates, node.named_child(0)) {
        out.push(site.replace(node, site.text(inner), 1.0));
    }
}
