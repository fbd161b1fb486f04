//! Off by one: integer literals, bounds, indexes, operands of comparisons, ranges and slices.

use crate::language::Language;
use crate::language::description::Kind;
use crate::site::{Change, Site};
use crate::syntax::{assigned, callee, children, may_be_number, named, operator_of};
use tree_sitter::Node;

/// Digits of a decimal literal and what follows them (a suffix such as `u8` or `L`).
fn decimal(text: &str) -> Option<(i64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, suffix) = text.split_at(end);
    let known = suffix.is_empty() || suffix.starts_with(['u', 'i', 'U', 'l', 'L', 'n']);
    let value = digits.parse::<i64>().ok()?;
    (known && value < i64::MAX && (digits == "0" || !digits.starts_with('0'))).then_some((value, suffix))
}

pub(super) fn integer(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some((value, suffix)) = decimal(site.text(site.node())) else { return };
    let weight = if value <= 2 || bound_weight(site) > 0.5 { 1.0 } else { 0.6 };
    let signed = site.kind_above(1) == Kind::Unary || site.above(1).is_some_and(|above| above.kind() == "negative_literal");
    out.push(site.replace(site.node(), format!("{}{suffix}", value + 1), weight));
    if (value > 0 && !leaves_zero(site)) || (site.is(Language::Python) && !signed && !is_calculation_above(site)) {
        out.push(site.replace(site.node(), format!("{}{suffix}", value - 1), weight));
    }
}

/// `x - 1 -> x - 0` is `x - 1 -> x` in more words, and that one is made by its own operator.
pub(super) fn leaves_zero(site: &Site<'_, '_>) -> bool {
    let token = site.above(1).filter(|above| site.is_calculation(*above)).and_then(operator_of);
    site.text(site.node()) == "1" && token.is_some_and(|token| token.kind() == "+" || (token.kind() == "-" && site.field() == "right"))
}

fn is_calculation_above(site: &Site<'_, '_>) -> bool {
    site.above(1).is_some_and(|above| site.is_calculation(above))
}

/// How likely a number at this place is a bound, in 0..=1; 0 where adding one makes no sense.
fn bound_weight(site: &Site<'_, '_>) -> f64 {
    let Some(above) = site.above(1) else { return 0.0 };
    let first = above.named_child(0).is_some_and(|value| value.id() == site.node().id());
    match site.kind(above) {
        Kind::Index => f64::from(u8::from(!first)),
        Kind::Slice if first && above.kind() == "slice_expression" => 0.0,
        Kind::Slice | Kind::Range => 1.0,
        Kind::Arguments => argument_weight(site),
        Kind::Assignment | Kind::Declaration => stored_weight(site, above),
        Kind::List => site.above(2).map_or(0.0, |outer| if site.kind(outer) == Kind::Return { 0.6 } else { stored_weight(site, outer) }),
        Kind::Return => 0.6,
        Kind::Function | Kind::Body if site.field().is_empty() => 0.5,
        _ if above.kind() == "subscript_argument_list" => 1.0,
        _ if site.is_comparison(above) && !compares_with_word(site, above) => 0.9,
        _ => 0.0,
    }
}

/// A number that is stored; only on the right-hand side.
fn stored_weight<'t>(site: &Site<'_, 't>, above: Node<'t>) -> f64 {
    match assigned(above) {
        Some((left, _, _)) if left.end_byte() > site.node().start_byte() => 0.0,
        Some((_, token, _)) => {
            if matches!(token.kind(), "=" | ":=") {
                0.6
            } else {
                0.5
            }
        }
        None => 0.0,
    }
}

/// `x in a` and `x is a` compare no numbers.
fn compares_with_word<'t>(site: &Site<'_, 't>, comparison: Node<'t>) -> bool {
    children(comparison).iter().any(|child| {
        matches!(child.kind(), "in" | "not in" | "is" | "is not")
            || site.is_string(*child)
            || matches!(site.kind(*child), Kind::Nothing | Kind::Boolean)
    })
}

fn argument_weight(site: &Site<'_, '_>) -> f64 {
    let call = site.above(2).and_then(|call| callee(site.language(), call));
    match call.map_or("", |(name, _)| site.text(name)) {
        "range" => 1.0,
        "len" | "sorted" | "print" | "set" | "list" | "str" | "enumerate" | "isinstance" | "sum" | "any" | "all" | "Some" | "Ok"
        | "Err" | "strlen" | "printf" | "Println" | "println" | "log" | "push" | "append" | "add" => 0.0,
        _ => 0.4,
    }
}

pub(super) fn bound(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let weight = bound_weight(site);
    if weight == 0.0 || !may_be_number(site.language(), node) || is_step(site, node) || gives_text(site, node) {
        return;
    }
    let weight = if is_container(site, node) { weight * 0.2 } else { weight };
    let weight = if site.kind(node) == Kind::Call { weight * 0.8 } else { weight };
    out.push(site.replace(node, format!("{} + 1", site.text(node)), weight));
    out.push(site.replace(node, format!("{} - 1", site.text(node)), weight));
}

/// Whether a node is a call that is known to give no number.
fn gives_text<'t>(site: &Site<'_, 't>, node: Node<'t>) -> bool {
    const TEXT: &[&str] = &[
        "lower",
        "upper",
        "strip",
        "lstrip",
        "rstrip",
        "split",
        "join",
        "replace",
        "startswith",
        "endswith",
        "format",
        "partition",
        "append",
        "extend",
        "items",
        "keys",
        "values",
        "sorted",
        "list",
        "set",
        "str",
        "dict",
        "tuple",
        "isdigit",
        "isalpha",
        "to_owned",
        "to_string",
        "clone",
        "trim",
        "trim_start",
        "trim_end",
        "is_empty",
        "collect",
        "iter",
        "into",
        "push",
        "Some",
        "Ok",
        "Err",
        "unwrap_or_default",
        "starts_with",
        "ends_with",
        "any",
        "all",
        "toString",
        "toLowerCase",
        "toUpperCase",
        "map",
        "filter",
        "slice",
        "concat",
        "Sprintf",
        "ToLower",
        "ToUpper",
        "startsWith",
        "endsWith",
        "includes",
        "contains",
        "equals",
        "isEmpty",
        "add",
        "put",
        "malloc",
    ];
    let name = (site.kind(node) == Kind::Call).then(|| callee(site.language(), node)).flatten();
    name.is_some_and(|(name, _)| TEXT.contains(&site.text(name)))
}

fn is_container<'t>(site: &Site<'_, 't>, node: Node<'t>) -> bool {
    let shape = site.function().and_then(|function| function.shapes.get(site.text(node)));
    shape.is_some_and(|shape| *shape == crate::facts::CONTAINER)
}

/// Whether a node is `x + 1` or `x - 1`, which has its own operators.
fn is_step<'t>(site: &Site<'_, 't>, node: Node<'t>) -> bool {
    let one = |side: &str| node.child_by_field_name(side).is_some_and(|side| site.text(side) == "1");
    site.is_calculation(node) && operator_of(node).is_some_and(|token| matches!(token.kind(), "+" | "-")) && (one("right") || one("left"))
}

pub(super) fn drop_step(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let (Some(left), Some(token), Some(right)) = (node.child_by_field_name("left"), operator_of(node), node.child_by_field_name("right"))
    else {
        return;
    };
    if matches!(token.kind(), "+" | "-") && site.text(right) == "1" {
        out.push(site.replace(node, site.text(left), 1.0));
    } else if token.kind() == "+" && site.text(left) == "1" {
        out.push(site.replace(node, site.text(right), 1.0));
    }
}

pub(super) fn slice(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    if site.kind(node) == Kind::ForEach {
        let iterable = node.child_by_field_name("right").filter(|right| matches!(site.kind(*right), Kind::Identifier | Kind::Member));
        out.extend(
            iterable
                .into_iter()
                .flat_map(|right| ["[1:]", "[:-1]"].map(|part| site.replace(right, format!("{}{part}", site.text(right)), 0.4))),
        );
        return;
    }
    let parts = children(node);
    let Some(colon) = parts.iter().find(|part| part.kind() == ":") else { return };
    let lower = named(node).into_iter().find(|part| part.end_byte() <= colon.start_byte() && !is_sliced(node, *part));
    let upper = parts.iter().skip_while(|part| part.kind() != ":").nth(1).filter(|part| part.is_named());
    out.push(match lower {
        Some(lower) => site.replace(lower, "", 0.8),
        None => insert(colon.start_byte(), "1", 0.7),
    });
    out.push(match upper {
        Some(upper) => site.replace(*upper, "", 0.8),
        None if site.is(Language::Python) => insert(colon.end_byte(), "-1", 0.7),
        None => return,
    });
}

/// Whether a part of a slice is what is sliced.
fn is_sliced(slice: Node<'_>, part: Node<'_>) -> bool {
    slice.child_by_field_name("operand").is_some_and(|operand| operand.id() == part.id())
}

fn insert(at: usize, text: &str, weight: f64) -> Change {
    Change::within(at, at, text, weight)
}

pub(super) fn range_start(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let (Some(function), arguments) = (node.child_by_field_name("function"), site.arguments(node)) else { return };
    match (site.text(function), arguments.as_slice()) {
        ("range", [end]) => out.push(site.replace(*end, format!("1, {}", site.text(*end)), 1.0)),
        ("range", [start, end]) => out.push(Change::within(start.start_byte(), end.end_byte(), site.text(*end).to_owned(), 0.8)),
        ("enumerate", [items]) => out.push(site.replace(*items, format!("{}, 1", site.text(*items)), 0.6)),
        _ => {}
    }
}

pub(super) fn inclusive(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let parts = children(site.node());
    let Some(index) = parts.iter().position(|part| matches!(part.kind(), ".." | "..=")) else { return };
    if index + 1 < parts.len() {
        out.push(site.replace(parts[index], if parts[index].kind() == ".." { "..=" } else { ".." }, 1.0));
    }
}
