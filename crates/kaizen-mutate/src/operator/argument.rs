//! Arguments and indexes: exchanged, dropped, defaults of lookups.

use super::constant::raises;
use crate::language::description::Kind;
use crate::site::{Change, Site};
use crate::syntax::{callee, index_parts};
use tree_sitter::Node;

/// Calls with more arguments than this are left alone: pairs grow with the square.
const MOST: usize = 6;

pub(super) fn swap(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let arguments = site.arguments(site.node());
    if arguments.len() > MOST {
        return;
    }
    for (index, first) in arguments.iter().enumerate() {
        for (distance, second) in arguments[index + 1..].iter().enumerate() {
            out.extend(exchange(site, *first, *second, if distance == 0 { 1.0 } else { 0.6 }));
        }
    }
}

/// Two nodes exchanged, nothing when they read the same or are given by name.
fn exchange<'t>(site: &Site<'_, 't>, first: Node<'t>, second: Node<'t>, weight: f64) -> Option<Change> {
    let positional = |node: Node<'_>| {
        !matches!(node.kind(), "keyword_argument" | "list_splat" | "dictionary_splat" | "spread_element" | "variadic_argument")
    };
    let (a, b) = (site.text(first), site.text(second));
    let between = site.facts.text.get(first.end_byte()..second.start_byte())?;
    let useful = a != b && positional(first) && positional(second);
    useful.then(|| Change::within(first.start_byte(), second.end_byte(), format!("{b}{between}{a}"), weight))
}

pub(super) fn drop_one(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let arguments = site.arguments(site.node());
    for (index, argument) in arguments.iter().enumerate() {
        let last = index + 1 == arguments.len();
        let keyword = site.kind(*argument) == Kind::Named;
        if !(keyword || last && index > 0) || (keyword && raises(site, *argument)) {
            continue;
        }
        let (start, end) = match (index.checked_sub(1), arguments.get(index + 1)) {
            (_, Some(next)) => (argument.start_byte(), next.start_byte()),
            (Some(before), None) => (arguments[before].end_byte(), argument.end_byte()),
            (None, None) => (argument.start_byte(), argument.end_byte()),
        };
        out.push(Change::within(start, end, "", if keyword { 1.0 } else { 0.6 }));
    }
}

pub(super) fn default(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    const DEFAULTS: &[&str] = &["None", "0", "1", "\"\"", "[]", "False", "{}"];
    let Some((name, object)) = callee(site.language(), site.node()) else { return };
    let method = site.text(name);
    match (method, object.is_some(), site.arguments(site.node()).as_slice()) {
        ("get", true, [key]) => {
            out.extend(DEFAULTS[1..].iter().map(|value| site.replace(*key, format!("{}, {value}", site.text(*key)), 0.7)))
        }
        ("pop", true, [key]) => out.push(site.replace(*key, format!("{}, None", site.text(*key)), 0.5)),
        ("get" | "pop" | "setdefault", true, [_, value]) | ("getattr", false, [_, _, value]) => {
            out.extend(DEFAULTS.iter().filter(|other| **other != site.text(*value)).map(|other| site.replace(*value, *other, 1.0)));
        }
        _ => {}
    }
}

/// `a[i][j]` and Python's `a[i, j]`.
pub(super) fn index_swap(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some((value, indexes)) = index_parts(site.language(), site.node()) else { return };
    if let [first, second] = indexes.as_slice() {
        out.extend(exchange(site, *first, *second, 0.6));
    }
    let inner = index_parts(site.language(), value);
    if let (Some((_, before)), [outer]) = (inner, indexes.as_slice())
        && let [first] = before.as_slice()
        && site.kind(*first) != Kind::Slice
        && site.kind(*outer) != Kind::Slice
    {
        out.extend(exchange(site, *first, *outer, 1.0));
    }
}
