//! A call that is missing around a value or before it, a result that is thrown away, a limit that is missing, an
//! exception of the wrong type, a default of the wrong value.

use super::layout::ended;
use crate::facts::{CONTAINER, NUMBER};
use crate::language::Language;
use crate::language::description::Kind;
use crate::site::{Change, Site};
use crate::syntax::{assigned, callee, takes_member};
use tree_sitter::Node;

/// Calls tried around one value.
const WRAPS: usize = 6;

pub(super) fn call(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let (node, text) = (site.node(), site.text(site.node()));
    let receives =
        site.kind_above(1) == Kind::Member && site.field() != "property" && site.field() != "attribute" && site.field() != "field";
    let compared = site.above(1).is_some_and(|above| site.is_comparison(above));
    let iterated = site.kind_above(1) == Kind::ForEach && matches!(site.field(), "right" | "value");
    if !(site.is_whole_value() || compared || iterated || receives) || text.len() > 50 || is_written(site) {
        return;
    }
    let shape = site.function().and_then(|function| function.shapes.get(text)).copied().unwrap_or(0);
    let fitting = site.language().description().wraps.iter().filter(|wrap| takes_member(site.language(), node) || !wrap.starts_with("{}"));
    let mut ranked: Vec<(&str, f64)> = fitting
        .enumerate()
        .map(|(rank, wrap)| (*wrap, likely(site, wrap, shape) / (1.0 + 0.08 * rank as f64)))
        .filter(|(wrap, _)| !text.contains(wrap.trim_matches(['{', '}', '(', ')', '.'])))
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let place = if receives { 0.5 } else { 1.0 };
    out.extend(ranked.into_iter().take(WRAPS).map(|(wrap, fit)| site.replace(node, wrap.replace("{}", text), place * fit)));
}

/// On the left of an assignment.
fn is_written(site: &Site<'_, '_>) -> bool {
    let left = site.above(1).filter(|above| site.kind(*above) == Kind::Assignment).and_then(assigned).map(|(left, _, _)| left);
    left.is_some_and(|left| left.id() == site.node().id())
}

/// How likely a call is missing: more when the file uses it, less when the value is known to be of another kind.
fn likely(site: &Site<'_, '_>, wrap: &str, shape: u8) -> f64 {
    const OF_CONTAINER: &[&str] = &[
        "list", "sorted", "len", "set", "copy", "tuple", "reversed", "items", "slice", "reverse", "...", "size", "length", "clone", "rev",
    ];
    const OF_NUMBER: &[&str] = &["int", "abs", "float", "str", "Number", "Math", "String", "round", "double", "fabs", "to_string"];
    let name = wrap.trim_matches(['{', '}', '(', ')', '.']);
    let called = name.rsplit(['.', ':']).next().unwrap_or(name);
    let kind = match shape {
        CONTAINER if !OF_CONTAINER.iter().any(|part| name.contains(part)) => 0.3,
        NUMBER if !OF_NUMBER.iter().any(|part| name.contains(part)) => 0.3,
        CONTAINER | NUMBER => 1.0,
        _ => 0.8,
    };
    kind * if site.facts.called.contains(called) { 1.2 } else { 0.6 }
}

/// A value kept above or below another one.
pub(super) fn limit(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some((least, most)) = site.words().least.filter(|_| site.is_whole_value()) else { return };
    let (node, text) = (site.node(), site.text(site.node()));
    if site.kind_above(1) == Kind::Arguments || text.len() > 50 || !(site.is_calculation(node) || site.kind(node) == Kind::Identifier) {
        return;
    }
    let filled = |pattern: &str, bound: &str| pattern.replace("{a}", &site.tight_for_call(node, pattern)).replace("{b}", bound);
    out.push(site.replace(node, filled(most, "0"), 1.0));
    let Some(function) = site.function() else { return };
    let numbers = function.variables.iter().map(|variable| variable.name);
    let numbers = numbers.filter(|name| function.shapes.get(name).is_some_and(|shape| shape & NUMBER != 0) && !text.contains(name));
    for (rank, bound) in numbers.take(2).enumerate() {
        out.push(site.replace(node, filled(least, bound), 0.8 / (1.0 + rank as f64)));
        out.push(site.replace(node, filled(most, bound), 0.7 / (1.0 + rank as f64)));
    }
}

/// A call whose result is thrown away, kept in what it was asked of.
pub(super) fn keep(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let Some(call) = node.named_child(0).filter(|child| site.kind(*child) == Kind::Call) else { return };
    let Some((name, object)) = callee(site.language(), call) else { return };
    let plain = |node: &Node<'_>| matches!(site.kind(*node), Kind::Identifier | Kind::Member);
    let subject = object.filter(plain).or_else(|| site.arguments(call).into_iter().next().filter(|first| plain(first)));
    let Some(subject) = subject.map(|subject| site.text(subject)).filter(|subject| !matches!(*subject, "self" | "this")) else { return };
    let pure = [
        "strip",
        "lower",
        "upper",
        "replace",
        "sorted",
        "trim",
        "toLowerCase",
        "concat",
        "append",
        "map",
        "filter",
        "slice",
        "copy",
        "ToLower",
    ];
    let weight = if pure.iter().any(|part| site.text(name).contains(part)) { 1.0 } else { 0.4 };
    out.push(Change::within(call.start_byte(), call.start_byte(), format!("{subject} = "), weight));
}

/// Types that stand for another one and more.
const WIDER: [(&str, &str); 4] =
    [("KeyError", "LookupError"), ("IndexError", "LookupError"), ("FileNotFoundError", "OSError"), ("NotImplementedError", "RuntimeError")];

/// Exceptions mistaken for each other; never one that stands for all, and none that would catch more than what is caught.
pub(super) fn exception(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = match site.kind(site.node()) {
        Kind::New => site.node().child_by_field_name("type"),
        _ => Some(site.node()),
    };
    let Some(node) = node else { return };
    let text = site.text(node);
    let known = site.language().description().exceptions;
    if !known.contains(&text) || !(site.inside(&[Kind::Raise]) || site.path.iter().any(|step| step.node.kind() == "except_clause")) {
        return;
    }
    let used = |other: &str| site.facts.text.contains(other);
    let catches = !site.inside(&[Kind::Raise]);
    let fits = |other: &&&str| **other != text && !(catches && WIDER.contains(&(text, **other)));
    let others = known.iter().filter(fits).map(|other| (*other, if used(other) { 1.0 } else { 0.6 }));
    let mut others: Vec<(&str, f64)> = others.collect();
    others.sort_by(|a, b| b.1.total_cmp(&a.1));
    out.extend(
        others.into_iter().take(6).enumerate().map(|(rank, (other, fit))| site.replace(node, other, fit / (1.0 + 0.1 * rank as f64))),
    );
}

/// A call in an asynchronous function that is not waited for.
pub(super) fn wait(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let waits = site.kind_above(1) == Kind::Await;
    if waits || !site.function().is_some_and(|function| function.is_async) {
        return;
    }
    let text = site.text(site.node());
    let replacement = match site.language() {
        Language::Rust => format!("{text}.await"),
        _ if site.kind_above(1) == Kind::Member => format!("(await {text})"),
        _ => format!("await {text}"),
    };
    let whole = site.is_whole_value() || site.kind_above(1) == Kind::Statement;
    out.push(site.replace(site.node(), replacement, if whole { 1.0 } else { 0.5 }));
}

/// What was opened is closed at the end of its block.
pub(super) fn close(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let (node, Some(indent)) = (site.node(), site.indent()) else { return };
    let text = site.text(node);
    let opens = ["open(", "Open(", "connect(", "Create(", "Reader(", "fopen("].iter().any(|call| text.contains(call));
    let name = text.split(['=', ':', ',']).next().map_or("", str::trim).rsplit(' ').next().unwrap_or("").trim_start_matches('*');
    let plain = !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    if !opens || !plain || !text.contains('=') || text.contains('\n') || site.facts.text.contains(&format!("{name}.close(")) {
        return;
    }
    let body = site.above(1);
    let last = body.and_then(|body| body.named_child(u32::try_from(body.named_child_count()).ok()?.checked_sub(1)?));
    let Some(last) = last.filter(|last| last.id() != node.id()) else { return };
    let closing = match site.language() {
        Language::Go => format!("defer {name}.Close()"),
        Language::C => format!("fclose({name})"),
        _ => format!("{name}.close()"),
    };
    let closing = ended(site.language(), &closing);
    let leaves = site.kind(last) == Kind::Return;
    match site.is(Language::Go) || leaves {
        true if site.is(Language::Go) => {
            out.push(Change::statements(node.end_byte(), node.end_byte(), format!("\n{indent}{closing}"), 1.0))
        }
        true => out.push(Change::statements(last.start_byte(), last.start_byte(), format!("{closing}\n{indent}"), 1.0)),
        false => out.push(Change::statements(last.end_byte(), last.end_byte(), format!("\n{indent}{closing}"), 1.0)),
    }
}

/// The default of a parameter.
pub(super) fn parameter_default(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let value = ["value", "right", "default_value"].into_iter().find_map(|field| node.child_by_field_name(field));
    let Some(value) = value.filter(|value| crate::size::is_literal(site.text(*value))) else { return };
    let words = site.words();
    let values = ["0", "1", "\"\"", words.yes, words.no].into_iter().chain(words.nothing);
    let values = values.filter(|other| *other != site.text(value) && !(other.len() == 2 && site.text(value) == "''"));
    out.extend(values.enumerate().map(|(rank, other)| site.replace(value, other, 1.0 / (1.0 + 0.1 * rank as f64))));
}

impl<'t> Site<'_, 't> {
    /// A value as the argument or the receiver that a pattern makes of it.
    fn tight_for_call(&self, node: Node<'t>, pattern: &str) -> String {
        let receives = pattern.starts_with("{a}.") && !takes_member(self.language(), node);
        if receives { format!("({})", self.text(node)) } else { self.text(node).to_owned() }
    }
}
