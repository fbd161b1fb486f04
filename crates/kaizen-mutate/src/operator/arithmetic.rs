//! Calculations: operators, augmented assignments, signs, operands exchanged.
//!
//! Next to a string literal `+`, `*` and `%` mean something else and are left alone; what means nothing there becomes them.

use super::comparison::replaced;
use crate::language::Language;
use crate::language::description::Kind;
use crate::site::{Change, Site};
use crate::syntax::{assigned, calculates, named, operator_of};
use tree_sitter::Node;

const LOOPS: &[Kind] = &[Kind::For, Kind::ForEach, Kind::While, Kind::Loop];

/// Left side, operator token and right side of a binary node without strings.
fn numeric_parts<'t>(site: &Site<'_, 't>) -> Option<(Node<'t>, Node<'t>, Node<'t>)> {
    let node = site.node();
    let parts = (node.child_by_field_name("left")?, operator_of(node)?, node.child_by_field_name("right")?);
    (!site.is_string(parts.0) && !site.is_string(parts.2)).then_some(parts)
}

pub(super) fn binary(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let python = site.is(Language::Python);
    let Some((_, token, _)) = numeric_parts(site) else {
        if python && site.node().kind() == "binary_operator" {
            text(site, out);
        }
        return;
    };
    let others: &[(&str, f64)] = match (token.kind(), python) {
        ("+", _) => &[("-", 1.0), ("*", 0.5), ("/", 0.1)],
        ("-", true) => &[("+", 1.0), ("//", 0.2), ("*", 0.2), ("/", 0.1), ("%", 0.1)],
        ("-", false) => &[("+", 1.0), ("*", 0.2), ("/", 0.2), ("%", 0.1)],
        ("*", true) => &[("+", 0.6), ("//", 0.5), ("**", 0.5), ("/", 0.5), ("-", 0.3)],
        ("*", false) => &[("+", 0.6), ("/", 0.6), ("-", 0.3), ("%", 0.2)],
        ("/", true) => &[("//", 1.0), ("*", 0.8), ("%", 0.4), ("-", 0.2), ("+", 0.2)],
        ("/", false) => &[("*", 0.8), ("%", 0.7), ("-", 0.2), ("+", 0.2)],
        ("//", _) => &[("/", 0.9), ("%", 0.8), ("*", 0.5), ("+", 0.1), ("-", 0.1)],
        ("%", true) => &[("//", 0.9), ("/", 0.4), ("*", 0.3), ("-", 0.2), ("+", 0.1)],
        ("%", false) => &[("/", 0.9), ("*", 0.3), ("-", 0.2), ("+", 0.1)],
        ("**", _) => &[("*", 0.9), ("//", 0.1)],
        _ => &[],
    };
    out.extend(others.iter().map(|(other, weight)| site.replace(token, *other, *weight)));
}

/// A string knows three operators only; any other next to it was meant to be one of them.
fn text(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let token = operator_of(site.node()).filter(|token| !matches!(token.kind(), "+" | "*" | "%"));
    out.extend(token.into_iter().flat_map(|token| [("%", 1.0), ("+", 0.9)].map(|(other, weight)| site.replace(token, other, weight))));
}

pub(super) fn bitwise(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some((_, token, _)) = numeric_parts(site) else { return };
    let others: &[(&str, f64)] = match token.kind() {
        "&" => &[("|", 1.0), ("^", 0.7), ("+", 0.1), ("*", 0.1), ("-", 0.1)],
        "|" => &[("&", 1.0), ("^", 0.7), ("+", 0.1), ("*", 0.1), ("-", 0.1)],
        "^" => &[("&", 0.9), ("|", 0.8), ("+", 0.1), ("*", 0.1), ("-", 0.1)],
        "<<" => &[(">>", 1.0), ("*", 0.1), ("+", 0.1), ("-", 0.1)],
        ">>" => &[("<<", 1.0), ("/", 0.1), ("+", 0.1), ("-", 0.1)],
        _ => &[],
    };
    out.extend(others.iter().map(|(other, weight)| replaced(site, token, other, *weight)));
}

pub(super) fn augmented(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some((left, token, right)) = assigned(site.node()) else { return };
    let others: &[(&str, f64)] = match token.kind() {
        "+=" => &[("-=", 1.0), ("=", 0.6), ("*=", 0.4)],
        "-=" => &[("+=", 1.0), ("=", 0.5)],
        "*=" => &[("+=", 0.7), ("/=", 0.6), ("=", 0.4)],
        "/=" => &[("*=", 0.8), ("-=", 0.3)],
        "//=" => &[("/=", 0.7), ("%=", 0.6), ("*=", 0.5), ("-=", 0.3)],
        "%=" => &[("/=", 0.5), ("*=", 0.3)],
        "**=" => &[("*=", 0.9)],
        "&=" => &[("|=", 1.0), ("^=", 0.7)],
        "|=" => &[("&=", 1.0), ("^=", 0.7), ("=", 0.4)],
        "^=" => &[("&=", 0.8), ("|=", 0.8)],
        "<<=" => &[(">>=", 1.0)],
        ">>=" => &[("<<=", 1.0), (">>>=", 0.5)],
        _ => &[],
    };
    if site.is_string(left) || site.is_string(right) {
        return;
    }
    let known = |other: &&(&str, f64)| other.0 != ">>>=" || has_unsigned_shift(site);
    let others = others.iter().filter(known);
    out.extend(others.map(|(other, weight)| site.replace(token, *other, *weight)));
}

fn has_unsigned_shift(site: &Site<'_, '_>) -> bool {
    matches!(site.language(), Language::Java | Language::JavaScript | Language::TypeScript | Language::Tsx)
}

/// `i++ -> i--`.
pub(super) fn update(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let tokens = crate::syntax::children(site.node());
    let step = tokens.into_iter().find_map(|token| match token.kind() {
        "++" => Some((token, "--")),
        "--" => Some((token, "++")),
        _ => None,
    });
    out.extend(step.map(|(token, other)| site.replace(token, other, 1.0)));
}

/// Where a loop would lose the values of earlier turns, and less often elsewhere; not when the value already mentions the
/// variable.
pub(super) fn accumulate(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let Some((left, token, right)) = assigned(node).filter(|(_, token, _)| token.kind() == "=") else { return };
    let plain = matches!(site.kind(left), Kind::Identifier | Kind::Member | Kind::Index);
    let value = !matches!(site.kind(right), Kind::Nothing | Kind::Boolean | Kind::Assignment) && !site.is_string(right);
    if !plain || !value || node.child_by_field_name("type").is_some() || site.text(right).contains(site.text(left)) {
        return;
    }
    let weight = match (site.inside(LOOPS), site.kind(right)) {
        (true, _) => 1.0,
        (false, Kind::Identifier | Kind::Call | Kind::Member) => 0.5,
        (false, _) => return,
    };
    let weight = if site.kind(left) == Kind::Identifier || site.kind(right) == Kind::Number { weight } else { 0.45 * weight };
    out.push(site.replace(token, "+=", weight));
    if !site.inside(LOOPS) {
        out.push(site.replace(token, "-=", 0.6 * weight));
    }
}

/// A sign is removed anywhere, and inserted where a value is returned, stored or a sort key.
pub(super) fn unary_minus(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    if site.kind(node) != Kind::Unary {
        let weight = sign_weight(site);
        if weight > 0.0 {
            out.push(site.replace(node, format!("-{}", site.text(node)), weight));
        }
        return;
    }
    let negates = node.child(0).is_some_and(|sign| matches!(sign.kind(), "-" | "~"));
    if let (true, Some(inner)) = (negates, node.named_child(0)) {
        out.push(site.replace(node, site.text(inner), 1.0));
    }
}

fn sign_weight(site: &Site<'_, '_>) -> f64 {
    let listed = site.kind_above(1) == Kind::List;
    match (site.kind_above(if listed { 2 } else { 1 }), site.field()) {
        (Kind::Return, _) => 0.5,
        (Kind::Lambda, "body") => 0.8,
        (Kind::Literal, _) if site.kind_above(2) == Kind::Lambda => 0.8,
        (Kind::Assignment, "right") => 0.5,
        (Kind::Assignment, _) if listed => 0.5,
        (Kind::Literal, _) if site.node().parent().is_some_and(|above| above.kind().starts_with("tuple")) => 0.3,
        _ => 0.0,
    }
}

pub(super) fn operand_swap(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some((left, token, right)) = numeric_parts(site) else { return };
    if !site.above(1).is_some_and(|above| site.is_calculation(above)) && calculates(token.kind()) {
        far_swap(site, out);
    }
    let directed = matches!(token.kind(), "-" | "/" | "//" | "%" | "**" | "<<" | ">>");
    let step = token.kind() == "-" && site.text(right) == "1";
    if !directed || step || site.text(left) == site.text(right) {
        return;
    }
    let weight = if site.is_tight(left) && site.is_tight(right) { 1.0 } else { 0.6 };
    let swapped = format!("{} {} {}", site.tight(right), token.kind(), site.tight(left));
    out.push(site.replace(site.node(), swapped, weight));
}

/// Two operands of a longer calculation that do not belong to the same operator, such as `a * k / b -> b * k / a`.
fn far_swap(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let mut leaves = Vec::new();
    operands(site, site.node(), &mut leaves);
    leaves.retain(|leaf| site.kind(*leaf) != Kind::Number);
    if !(2..=4).contains(&leaves.len()) {
        return;
    }
    for (index, first) in leaves.iter().enumerate() {
        for second in leaves[index + 1..].iter().filter(|second| site.text(**second) != site.text(*first)) {
            let between = &site.facts.text[first.end_byte()..second.start_byte()];
            if between.trim().len() > 2 {
                let replacement = format!("{}{between}{}", site.text(*second), site.text(*first));
                out.push(Change::within(first.start_byte(), second.end_byte(), replacement, 0.95));
            }
        }
    }
}

/// The operands of a calculation and of the calculations within it, in source order.
fn operands<'t>(site: &Site<'_, 't>, node: Node<'t>, leaves: &mut Vec<Node<'t>>) {
    let inner = site.kind(node) == Kind::Parentheses && node.named_child(0).is_some_and(|inner| site.is_calculation(inner));
    if !inner && !site.is_calculation(node) {
        return leaves.push(node);
    }
    for child in named(node) {
        operands(site, child, leaves);
    }
}
