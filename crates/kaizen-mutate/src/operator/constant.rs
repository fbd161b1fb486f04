//! Literals: numbers, truth values, None, strings.

use super::off_by_one::leaves_zero;
use crate::facts::has_interpolation;
use crate::language::Language;
use crate::site::{Change, Site};

/// Literals taken from the same function or file for one place.
const BUDGET: usize = 4;

pub(super) fn number(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let text = site.text(site.node());
    let float = text.contains('.');
    let common: &[&str] = match (float, site.is(Language::Python)) {
        (true, _) => &["0.0", "1.0", "0.5", "2.0"],
        (false, true) if !matches!(site.kind_above(1), "unary_operator" | "binary_operator") => &["0", "1", "2", "-1"],
        (false, _) => &["0", "1", "2"],
    };
    let useful = |other: &&&str| **other != text && !(**other == "0" && leaves_zero(site));
    out.extend(common.iter().filter(useful).map(|other| site.replace(site.node(), *other, 0.8)));
    let Some(function) = site.function() else { return };
    let others = function.numbers.iter().filter(|other| **other != text && other.contains('.') == float && !common.contains(other));
    out.extend(others.take(BUDGET).map(|other| site.replace(site.node(), *other, 0.6)));
}

pub(super) fn boolean(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let other = match site.text(site.node()) {
        "True" => "False",
        "False" => "True",
        "true" => "false",
        _ => "true",
    };
    out.push(site.replace(site.node(), other, 1.0));
}

/// Only where the value leaves or is kept: next to an operator it would be a type error.
pub(super) fn nothing(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let kept = matches!(
        site.kind_above(1),
        "return_statement" | "assignment" | "argument_list" | "default_parameter" | "keyword_argument" | "conditional_expression"
    );
    let others: &[(&str, f64)] = match site.text(site.node()) {
        _ if !kept => &[],
        "None" => &[("0", 0.8), ("False", 0.8), ("True", 0.4), ("[]", 0.6), ("\"\"", 0.5)],
        "[]" => &[("[[]]", 0.6), ("None", 0.5), ("{}", 0.3)],
        "0" => &[("None", 0.6)],
        _ => &[],
    };
    out.extend(others.iter().map(|(other, weight)| site.replace(site.node(), *other, *weight)));
}

/// A string literal with the quotes that another one has.
fn requoted(literal: &str, like: &str) -> String {
    if like.starts_with('\'') { literal.replace('"', "'") } else { literal.to_owned() }
}

pub(super) fn string(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let (node, text) = (site.node(), site.text(site.node()));
    let speaks = site.inside(&["raise_statement", "assert_statement"]) || text.len() > 40 || has_interpolation(node);
    if speaks || site.kind_above(1) == "concatenated_string" {
        return;
    }
    let inner = text.len() - 2;
    let common: &[&str] = match node.kind() {
        "char_literal" => &[],
        _ if inner == 0 => &["\" \"", "\",\"", "\"\\n\""],
        _ => &["\"\""],
    };
    out.extend(common.iter().map(|other| site.replace(node, requoted(other, text), 0.6)));
    let prefix = |text: &str| text.find(['"', '\'']).unwrap_or(0);
    let alike = |other: &&&str| {
        **other != text && prefix(other) == prefix(text) && (site.is(Language::Python) || other.starts_with('\'') == text.starts_with('\''))
    };
    let single: &[&str] = match (node.kind(), text.len()) {
        ("char_literal", _) => &["' '", "','", "'='", "':'", "'.'", "'-'", "'_'"],
        (_, 3) => &["\" \"", "\",\"", "\"=\"", "\":\"", "\".\"", "\"-\"", "\"_\""],
        _ => &[],
    };
    out.extend(single.iter().filter(|other| other[1..] != text[1..]).map(|other| site.replace(node, requoted(other, text), 0.9)));
    let near = site.function().map(|function| &function.strings);
    out.extend(near.into_iter().flatten().filter(alike).take(BUDGET).map(|other| site.replace(node, *other, 1.0)));
    out.extend(site.facts.strings.iter().filter(alike).take(BUDGET).map(|other| site.replace(node, *other, 0.4)));
}
