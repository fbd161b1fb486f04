//! What a function returns: negated, another variable, or forgotten.

use super::boolean::negation;
use super::variable::candidates;
use crate::language::Language;
use crate::language::description::Kind;
use crate::site::{Change, Site};
use crate::syntax::returned;
use tree_sitter::Node;

/// Variables offered for one return.
const BUDGET: usize = 4;

pub(super) fn negate(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let tail = site.kind(node) == Kind::Function;
    let value = if tail { boolean_tail(site) } else { returned(node) };
    let Some(value) = value else { return };
    let weight = match site.kind(value) {
        _ if site.is_connective(value) => 0.8,
        Kind::Call => 0.5,
        Kind::Identifier if tail => 0.5,
        _ if site.is_comparison(value) => 0.6,
        _ => return,
    };
    out.push(site.replace(value, negation(site, value), weight));
}

/// The last expression of a Rust function that returns a `bool`.
fn boolean_tail<'t>(site: &Site<'_, 't>) -> Option<Node<'t>> {
    if !site.is(Language::Rust) {
        return None;
    }
    let returns_bool = site.node().child_by_field_name("return_type").is_some_and(|kind| site.text(kind) == "bool");
    let body = site.node().child_by_field_name("body").filter(|_| returns_bool)?;
    let last = u32::try_from(body.named_child_count()).ok()?.checked_sub(1)?;
    body.named_child(last)
}

pub(super) fn variable(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let value = returned(site.node()).filter(|value| site.kind(*value) != Kind::Identifier);
    let Some(value) = value else { return };
    for (rank, (name, fit)) in candidates(site).into_iter().take(BUDGET).enumerate() {
        out.push(site.replace(value, name, fit / (1.0 + 0.3 * rank as f64)));
    }
}

/// A call as a statement whose value may have been meant to be returned.
pub(super) fn missing(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let call = node.named_child(0).filter(|child| site.kind(*child) == Kind::Call && node.named_child_count() == 1);
    let (Some(call), Some(function)) = (call, site.function()) else { return };
    if site.handles_exception() {
        return;
    }
    let last = node.next_named_sibling().is_none();
    let own = call.child_by_field_name("function").is_some_and(|callee| site.text(callee).ends_with(function.name));
    let weight = match (own, last, function.returns_value) {
        (true, _, _) => 1.0,
        (false, true, true) => 0.7,
        (false, true, false) => 0.4,
        (false, false, _) => return,
    };
    out.push(Change::within(call.start_byte(), call.start_byte(), "return ", weight));
}
