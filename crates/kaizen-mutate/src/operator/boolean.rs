//! Conditions: and / or, a side dropped, negated, a negation dropped.

use crate::language::Language;
use crate::language::description::Kind;
use crate::site::{Change, Site};
use crate::syntax::{condition, counterpart, is_negation, operator_of};
use tree_sitter::Node;

pub(super) fn connective(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some(token) = operator_of(site.node()) else { return };
    if let Some(other) = counterpart(token.kind()) {
        out.push(site.replace(token, other, 1.0));
    }
}

pub(super) fn operand(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    if !site.is_connective(node) {
        return;
    }
    for side in ["left", "right"].into_iter().filter_map(|side| node.child_by_field_name(side)) {
        if !matches!(side.kind(), "let_condition" | "let_chain") {
            out.push(site.replace(node, site.text(side), if site.is_connective(side) { 0.5 } else { 1.0 }));
        }
    }
}

/// Conditions of branches and loops, and the sides of and / or, which are conditions too.
pub(super) fn negate(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let conditions: Vec<Node<'_>> = match site.kind(node) {
        Kind::Binary if !site.is_connective(node) => return,
        Kind::Binary => ["left", "right"].into_iter().filter_map(|side| node.child_by_field_name(side)).collect(),
        _ => condition(site.language(), node).into_iter().collect(),
    };
    let weight = if site.kind(node) == Kind::Binary { 0.6 } else { 1.0 };
    let negatable = conditions.into_iter().filter(|condition| is_negatable(site, *condition));
    out.extend(negatable.map(|condition| site.replace(condition, negation(site, condition), weight)));
}

/// A negation is dropped rather than doubled, and a comparison has its own operator.
fn is_negatable<'t>(site: &Site<'_, 't>, condition: Node<'t>) -> bool {
    match site.kind(condition) {
        Kind::Boolean => false,
        _ if matches!(condition.kind(), "let_condition" | "let_chain" | "declaration") => false,
        _ if is_negation(site.language(), condition) => false,
        _ => site.is_connective(condition) || !site.is_comparison(condition),
    }
}

/// The negation of a condition in the site's language.
pub(super) fn negation<'t>(site: &Site<'_, 't>, condition: Node<'t>) -> String {
    let (sign, text) = (site.words().not, site.text(condition));
    let plain = site.is_tight(condition) || (site.is(Language::Python) && site.kind(condition) == Kind::Comparison);
    if plain { format!("{sign}{text}") } else { format!("{sign}({text})") }
}

pub(super) fn drop_not(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    if let (true, Some(inner)) = (is_negation(site.language(), node), node.named_child(0)) {
        out.push(site.replace(node, site.text(inner), 1.0));
    }
}
