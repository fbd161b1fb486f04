//! Literals: numbers, truth values, None, strings.

use super::off_by_one::leaves_zero;
use crate::facts::has_interpolation;
use crate::language::Language;
use crate::language::description::Kind;
use crate::site::{Change, Site};
use tree_sitter::Node;

/// Literals taken from the same function or file for one place.
const BUDGET: usize = 4;

pub(super) fn number(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let text = site.text(site.node());
    let float = text.contains('.');
    let common: &[&str] = match (float, site.is(Language::Python)) {
        (true, _) => &["0.0", "1.0", "0.5", "2.0"],
        (false, true) if !matches!(site.kind_above(1), Kind::Unary | Kind::Binary) => &["0", "1", "2", "-1"],
        (false, false) if is_handed_on(site) => &["0", "1", "2", "-1"],
        (false, _) => &["0", "1", "2"],
    };
    let useful = |other: &&&str| **other != text && !(**other == "0" && leaves_zero(site));
    out.extend(common.iter().filter(useful).map(|other| site.replace(site.node(), *other, 0.8)));
    let Some(function) = site.function() else { return };
    let others = function.numbers.iter().filter(|other| **other != text && other.contains('.') == float && !common.contains(other));
    out.extend(others.take(BUDGET).map(|other| site.replace(site.node(), *other, 0.6)));
}

/// Returned or stored, where a number may well have a sign.
fn is_handed_on(site: &Site<'_, '_>) -> bool {
    let listed = site.kind_above(1) == Kind::List;
    matches!(site.kind_above(if listed { 2 } else { 1 }), Kind::Return | Kind::Assignment | Kind::Declaration)
}

/// Arguments by which errors are answers, and those by which answers are checked for errors.
const QUIET: [&str; 4] = ["return_exceptions", "ignore_errors", "missing_ok", "suppress"];
const STRICT: [&str; 5] = ["check", "strict", "raise_exception", "raise_exceptions", "raise_on_error"];

/// Whether an argument given by name makes an exception out of what went wrong: without it nobody would hear of that.
pub(super) fn raises<'t>(site: &Site<'_, 't>, argument: Node<'t>) -> bool {
    let (name, value) = (argument.child_by_field_name("name"), argument.child_by_field_name("value"));
    let is = |node: Option<Node<'t>>, words: &[&str]| node.is_some_and(|node| words.contains(&site.text(node)));
    (is(name, &STRICT) && is(value, &["True"])) || (is(name, &QUIET) && is(value, &["False"]))
}

pub(super) fn boolean(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    if site.above(1).is_some_and(|above| site.kind(above) == Kind::Named && raises(site, above)) {
        return;
    }
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
    let listed = site.kind_above(1) == Kind::List;
    let above = site.kind_above(if listed { 2 } else { 1 });
    let parameter = site.above(1).is_some_and(|above| above.kind().ends_with("default_parameter"));
    let kept =
        parameter || matches!(above, Kind::Return | Kind::Assignment | Kind::Declaration | Kind::Arguments | Kind::Named | Kind::Ternary);
    let others: &[(&str, f64)] = match site.text(site.node()) {
        _ if !kept => &[],
        text if !site.is(Language::Python) => other_values(site, text),
        "None" => &[("0", 0.8), ("False", 0.8), ("True", 0.4), ("[]", 0.6), ("\"\"", 0.5)],
        "[]" => &[("[[]]", 0.6), ("None", 0.5), ("{}", 0.3)],
        "0" => &[("None", 0.6)],
        _ => &[],
    };
    out.extend(others.iter().map(|(other, weight)| site.replace(site.node(), *other, *weight)));
}

/// What stands for nothing in the languages that write `null`.
fn other_values(site: &Site<'_, '_>, text: &str) -> &'static [(&'static str, f64)] {
    match (site.language(), text) {
        (Language::JavaScript | Language::TypeScript | Language::Tsx, "null") => {
            &[("undefined", 0.8), ("0", 0.4), ("[]", 0.4), ("\"\"", 0.4)]
        }
        (Language::JavaScript | Language::TypeScript | Language::Tsx, "undefined") => &[("null", 0.8), ("0", 0.4), ("[]", 0.4)],
        (Language::JavaScript | Language::TypeScript | Language::Tsx, "0") => &[("null", 0.8)],
        (Language::Go, "nil") => &[("0", 0.3), ("\"\"", 0.3), ("false", 0.3)],
        (Language::Java | Language::C | Language::Cpp, "null" | "NULL" | "nullptr") => &[("0", 0.4), ("\"\"", 0.3)],
        _ => &[],
    }
}

/// A string literal with the quotes that another one has.
fn requoted(literal: &str, like: &str) -> String {
    if like.starts_with('\'') { literal.replace('"', "'") } else { literal.to_owned() }
}

/// Whether single and double quotes mean the same.
fn either_quote(site: &Site<'_, '_>) -> bool {
    matches!(site.language(), Language::Python | Language::JavaScript | Language::TypeScript | Language::Tsx)
}

pub(super) fn string(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let (node, text) = (site.node(), site.text(site.node()));
    let asserts = site.path.iter().any(|step| step.node.kind() == "assert_statement");
    let speaks = asserts || site.inside(&[Kind::Raise]) || text.len() > 40 || has_interpolation(node);
    if speaks || site.kind_above(1) == Kind::Pieces || text.len() < 2 {
        return;
    }
    let inner = text.len() - 2;
    let common: &[&str] = match inner {
        _ if site.kind(node) == Kind::Character => &[],
        0 => &["\" \"", "\",\"", "\"\\n\""],
        _ => &["\"\""],
    };
    out.extend(common.iter().map(|other| site.replace(node, requoted(other, text), 0.6)));
    let prefix = |text: &str| text.find(['"', '\'']).unwrap_or(0);
    let alike = |other: &&&str| {
        **other != text && prefix(other) == prefix(text) && (either_quote(site) || other.starts_with('\'') == text.starts_with('\''))
    };
    let single: &[&str] = match (site.kind(node), text.len()) {
        (Kind::Character, _) => &["' '", "','", "'='", "':'", "'.'", "'-'", "'_'"],
        (_, 3) => &["\" \"", "\",\"", "\"=\"", "\":\"", "\".\"", "\"-\"", "\"_\""],
        _ => &[],
    };
    out.extend(single.iter().filter(|other| other.get(1..) != text.get(1..)).map(|other| site.replace(node, requoted(other, text), 0.9)));
    let near = site.function().map(|function| &function.strings);
    out.extend(near.into_iter().flatten().filter(alike).take(BUDGET).map(|other| site.replace(node, *other, 1.0)));
    out.extend(site.facts.strings.iter().filter(alike).take(BUDGET).map(|other| site.replace(node, *other, 0.4)));
}
