//! Off by one: integer literals, bounds, indexes, operands of comparisons, ranges and slices.

use crate::language::Language;
use crate::site::{Change, Site};
use crate::syntax::{arguments, children, is_calculation, is_comparison, is_string, may_be_number, named, operator_of};
use tree_sitter::Node;

/// Digits of a decimal literal and what follows them (a Rust suffix).
fn decimal(text: &str) -> Option<(i64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, suffix) = text.split_at(end);
    let known = suffix.is_empty() || suffix.starts_with(['u', 'i']);
    let value = digits.parse::<i64>().ok()?;
    (known && value < i64::MAX && (digits == "0" || !digits.starts_with('0'))).then_some((value, suffix))
}

pub(super) fn integer(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some((value, suffix)) = decimal(site.text(site.node())) else { return };
    let weight = if value <= 2 || bound_weight(site) > 0.5 { 1.0 } else { 0.6 };
    let signed = matches!(site.kind_above(1), "unary_operator" | "unary_expression" | "negative_literal");
    out.push(site.replace(site.node(), format!("{}{suffix}", value + 1), weight));
    if (value > 0 && !leaves_zero(site)) || (site.is(Language::Python) && !signed && !is_calculation_above(site)) {
        out.push(site.replace(site.node(), format!("{}{suffix}", value - 1), weight));
    }
}

/// `x - 1 -> x - 0` is `x - 1 -> x` in more words, and that one is made by its own operator.
pub(super) fn leaves_zero(site: &Site<'_, '_>) -> bool {
    let token = site.above(1).filter(|above| is_calculation(*above)).and_then(operator_of);
    site.text(site.node()) == "1" && token.is_some_and(|token| token.kind() == "+" || (token.kind() == "-" && site.field() == "right"))
}

fn is_calculation_above(site: &Site<'_, '_>) -> bool {
    site.above(1).is_some_and(is_calculation)
}

/// How likely a number at this place is a bound, in 0..=1; 0 where adding one makes no sense.
fn bound_weight(site: &Site<'_, '_>) -> f64 {
    let Some(above) = site.above(1) else { return 0.0 };
    match (above.kind(), site.field()) {
        ("subscript", "subscript") | ("slice", _) | ("range_expression", _) => 1.0,
        ("index_expression", _) if above.named_child(0).is_some_and(|value| value.id() != site.node().id()) => 1.0,
        ("argument_list" | "arguments", _) => argument_weight(site),
        ("assignment" | "assignment_expression", "right") | ("let_declaration", "value") => 0.6,
        ("augmented_assignment" | "compound_assignment_expr", "right") => 0.5,
        ("return_statement" | "return_expression", _) => 0.6,
        ("function_item", "") | ("block", "") => 0.5,
        _ if is_comparison(above) && !compares_with_word(above) => 0.9,
        _ => 0.0,
    }
}

/// `x in a` and `x is a` compare no numbers.
fn compares_with_word(comparison: Node<'_>) -> bool {
    children(comparison)
        .iter()
        .any(|child| matches!(child.kind(), "in" | "not in" | "is" | "is not") || is_string(*child) || child.kind() == "none")
}

fn argument_weight(site: &Site<'_, '_>) -> f64 {
    let function = site.above(2).and_then(|call| call.child_by_field_name("function")).map_or("", |function| site.text(function));
    match function {
        "range" => 1.0,
        "len" | "sorted" | "print" | "set" | "list" | "str" | "enumerate" | "isinstance" | "sum" | "any" | "all" | "Some" | "Ok"
        | "Err" => 0.0,
        _ => 0.4,
    }
}

pub(super) fn bound(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let weight = bound_weight(site);
    if weight == 0.0 || !may_be_number(node) || is_step(site, node) || gives_text(site, node) {
        return;
    }
    let weight = if is_container(site, node) { weight * 0.2 } else { weight };
    let weight = if matches!(node.kind(), "call" | "call_expression") { weight * 0.8 } else { weight };
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
    ];
    let function = node.child_by_field_name("function").map_or("", |function| site.text(function));
    TEXT.contains(&function.rsplit(['.', ':']).next().unwrap_or(function))
}

fn is_container<'t>(site: &Site<'_, 't>, node: Node<'t>) -> bool {
    let shape = site.function().and_then(|function| function.shapes.get(site.text(node)));
    shape.is_some_and(|shape| *shape == crate::facts::CONTAINER)
}

/// Whether a node is `x + 1` or `x - 1`, which has its own operators.
fn is_step<'t>(site: &Site<'_, 't>, node: Node<'t>) -> bool {
    let one = |side: &str| node.child_by_field_name(side).is_some_and(|side| site.text(side) == "1");
    is_calculation(node) && operator_of(node).is_some_and(|token| matches!(token.kind(), "+" | "-")) && (one("right") || one("left"))
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
    if node.kind() == "for_statement" {
        let iterable = node.child_by_field_name("right").filter(|right| matches!(right.kind(), "identifier" | "attribute"));
        out.extend(
            iterable
                .into_iter()
                .flat_map(|right| ["[1:]", "[:-1]"].map(|part| site.replace(right, format!("{}{part}", site.text(right)), 0.4))),
        );
        return;
    }
    let parts = children(node);
    let Some(colon) = parts.iter().find(|part| part.kind() == ":") else { return };
    let lower = named(node).into_iter().find(|part| part.end_byte() <= colon.start_byte());
    let upper = parts.iter().skip_while(|part| part.kind() != ":").nth(1).filter(|part| part.is_named());
    out.push(match lower {
        Some(lower) => site.replace(lower, "", 0.8),
        None => insert(colon.start_byte(), "1", 0.7),
    });
    out.push(match upper {
        Some(upper) => site.replace(*upper, "", 0.8),
        None => insert(colon.end_byte(), "-1", 0.7),
    });
}

fn insert(at: usize, text: &str, weight: f64) -> Change {
    Change { start: at, end: at, replacement: text.to_owned(), weight }
}

pub(super) fn range_start(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let (Some(function), arguments) = (node.child_by_field_name("function"), arguments(node)) else { return };
    match (site.text(function), arguments.as_slice()) {
        ("range", [end]) => out.push(site.replace(*end, format!("1, {}", site.text(*end)), 1.0)),
        ("range", [start, end]) => {
            out.push(Change { start: start.start_byte(), end: end.end_byte(), replacement: site.text(*end).to_owned(), weight: 0.8 })
        }
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
