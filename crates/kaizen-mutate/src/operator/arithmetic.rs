//! Calculations: operators, augmented assignments, signs, operands exchanged.
//!
//! Next to a string literal `+`, `*` and `%` mean something else and are left alone; what means nothing there becomes them.

use super::comparison::replaced;
use crate::site::{Change, Site};
use crate::syntax::{calculates, is_calculation, is_string, is_tight, named, operator_of, tight};
use tree_sitter::Node;

const LOOPS: &[&str] = &["for_statement", "while_statement", "for_expression", "while_expression", "loop_expression"];

/// Left side, operator token and right side of a binary node without strings.
fn numeric_parts<'t>(node: Node<'t>) -> Option<(Node<'t>, Node<'t>, Node<'t>)> {
    let parts = (node.child_by_field_name("left")?, operator_of(node)?, node.child_by_field_name("right")?);
    (!is_string(parts.0) && !is_string(parts.2)).then_some(parts)
}

pub(super) fn binary(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let python = site.node().kind() == "binary_operator";
    let Some((_, token, _)) = numeric_parts(site.node()) else {
        if python {
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
    let Some((_, token, _)) = numeric_parts(site.node()) else { return };
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
    let Some((_, token, _)) = numeric_parts(site.node()) else { return };
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
        ">>=" => &[("<<=", 1.0)],
        _ => &[],
    };
    out.extend(others.iter().map(|(other, weight)| site.replace(token, *other, *weight)));
}

/// Only where a loop would lose the values of earlier turns, and not when the value already mentions the variable.
pub(super) fn accumulate(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else { return };
    let token = std::iter::successors(left.next_sibling(), |next| next.next_sibling()).find(|next| next.kind() == "=");
    let plain = left.kind() == "identifier" && !matches!(right.kind(), "none" | "true" | "false" | "boolean_literal" | "assignment");
    if let (Some(token), true) = (token, plain && site.inside(LOOPS) && node.child_by_field_name("type").is_none() && !is_string(right)) {
        out.push(site.replace(token, "+=", 1.0));
    }
}

/// A sign is removed anywhere, and inserted where a value is returned, stored or a sort key.
pub(super) fn unary_minus(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    if !matches!(node.kind(), "unary_operator" | "unary_expression") {
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
    match (site.kind_above(1), site.field()) {
        ("return_statement" | "return_expression", _) => 0.5,
        ("lambda", "body") => 0.8,
        ("tuple", _) if site.kind_above(2) == "lambda" => 0.8,
        ("assignment" | "assignment_expression", "right") => 0.5,
        ("tuple" | "tuple_expression", _) => 0.3,
        _ => 0.0,
    }
}

pub(super) fn operand_swap(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some((left, token, right)) = numeric_parts(site.node()) else { return };
    if !site.above(1).is_some_and(is_calculation) && calculates(token.kind()) {
        far_swap(site, out);
    }
    let directed = matches!(token.kind(), "-" | "/" | "//" | "%" | "**" | "<<" | ">>");
    let step = token.kind() == "-" && site.text(right) == "1";
    if !directed || step || site.text(left) == site.text(right) {
        return;
    }
    let weight = if is_tight(left) && is_tight(right) { 1.0 } else { 0.6 };
    let swapped = format!("{} {} {}", tight(right, site.text(right)), token.kind(), tight(left, site.text(left)));
    out.push(site.replace(site.node(), swapped, weight));
}

/// Two operands of a longer calculation that do not belong to the same operator, such as `a * k / b -> b * k / a`.
fn far_swap(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let mut leaves = Vec::new();
    operands(site.node(), &mut leaves);
    leaves.retain(|leaf| !matches!(leaf.kind(), "integer" | "integer_literal" | "float" | "float_literal"));
    if !(2..=4).contains(&leaves.len()) {
        return;
    }
    for (index, first) in leaves.iter().enumerate() {
        for second in leaves[index + 1..].iter().filter(|second| site.text(**second) != site.text(*first)) {
            let between = &site.facts.text[first.end_byte()..second.start_byte()];
            if between.trim().len() > 2 {
                let replacement = format!("{}{between}{}", site.text(*second), site.text(*first));
                out.push(Change { start: first.start_byte(), end: second.end_byte(), replacement, weight: 0.95 });
            }
        }
    }
}

/// The operands of a calculation and of the calculations within it, in source order.
fn operands<'t>(node: Node<'t>, leaves: &mut Vec<Node<'t>>) {
    let inner = node.kind() == "parenthesized_expression" && node.named_child(0).is_some_and(is_calculation);
    if !inner && !is_calculation(node) {
        return leaves.push(node);
    }
    for child in named(node) {
        operands(child, leaves);
    }
}
