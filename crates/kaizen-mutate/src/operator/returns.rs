//! What a function returns: negated, another variable, or forgotten.

use super::boolean::negation;
use super::variable::candidates;
use crate::site::{Change, Site};
use crate::syntax::{is_comparison, operator_of};
use tree_sitter::Node;

/// Variables offered for one return.
const BUDGET: usize = 4;

pub(super) fn negate(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let value = if node.kind() == "function_item" { boolean_tail(site) } else { node.named_child(0) };
    let Some(value) = value else { return };
    let weight = match value.kind() {
        "boolean_operator" => 0.8,
        "binary_expression" if operator_of(value).is_some_and(|token| matches!(token.kind(), "&&" | "||")) => 0.8,
        "call" | "call_expression" => 0.5,
        "identifier" if node.kind() == "function_item" => 0.5,
        _ if is_comparison(value) => 0.6,
        _ => return,
    };
    out.push(site.replace(value, negation(site, value), weight));
}

/// The last expression of a function that returns a `bool`.
fn boolean_tail<'t>(site: &Site<'_, 't>) -> Option<Node<'t>> {
    let returns_bool = site.node().child_by_field_name("return_type").is_some_and(|kind| site.text(kind) == "bool");
    let body = site.node().child_by_field_name("body").filter(|_| returns_bool)?;
    let last = u32::try_from(body.named_child_count()).ok()?.checked_sub(1)?;
    body.named_child(last)
}

pub(super) fn variable(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let value = site.node().named_child(0).filter(|value| value.kind() != "identifier");
    let Some(value) = value else { return };
    for (rank, (name, fit)) in candidates(site).into_iter().take(BUDGET).enumerate() {
        out.push(site.replace(value, name, fit / (1.0 + 0.3 * rank as f64)));
    }
}

/// A call as a statement whose value may have been meant to be returned.
pub(super) fn missing(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let call = node.named_child(0).filter(|child| child.kind() == "call" && node.named_child_count() == 1);
    let (Some(call), Some(function)) = (call, site.function()) else { return };
    let last = node.next_named_sibling().is_none();
    let own = call.child_by_field_name("function").is_some_and(|callee| site.text(callee).ends_with(function.name));
    let weight = match (own, last, function.returns_value) {
        (true, _, _) => 1.0,
        (false, true, true) => 0.7,
        (false, true, false) => 0.4,
        (false, false, _) => return,
    };
    out.push(Change { start: call.start_byte(), end: call.start_byte(), replacement: "return ".to_owned(), weight });
}
