//! Guards that are missing: an early return, a turn of a loop skipped, for what is none, empty or zero; the end of a
//! function that forgets to return.
//!
//! A guard stands at the start of a function's or a loop's body and asks one variable. It never catches an exception.

use super::layout::{branch, ended};
use crate::facts::{CONTAINER, Function, NUMBER};
use crate::language::Language;
use crate::language::description::Kind;
use crate::site::{Change, Site};
use crate::syntax::named;
use tree_sitter::Node;

/// Parameters that are asked, and answers for each.
const PARAMETERS: usize = 4;
const ANSWERS: usize = 4;

/// Before the first statement of a function or loop.
pub(super) fn early(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let (Some(indent), Some(function)) = (site.indent(), site.function()) else { return };
    let Some(holder) = first_in(site) else { return };
    if is_stub(site) {
        return;
    }
    let (subjects, answers) = match site.kind(holder) {
        Kind::Function | Kind::Lambda => (parameters(function), answers(site, function)),
        Kind::ForEach | Kind::For => (loop_variables(site, holder), vec![("continue".to_owned(), 1.0)]),
        _ => return,
    };
    let at = site.node().start_byte();
    for (rank, subject) in subjects.into_iter().take(PARAMETERS).enumerate() {
        for (condition, likely) in questions(site, function, subject) {
            for (answer, fit) in answers.iter().take(ANSWERS) {
                let guard = branch(site, &condition, &ended(site.language(), answer), indent);
                let weight = likely * fit / (1.0 + 0.2 * rank as f64);
                out.push(Change::statements(at, at, format!("{guard}\n{indent}"), weight));
            }
        }
    }
}

/// The function or loop whose body begins with the site.
fn first_in<'t>(site: &Site<'_, 't>) -> Option<Node<'t>> {
    let (node, body) = (site.node(), site.above(1)?);
    let first = named(body).into_iter().find(|child| !is_text(site, *child))?;
    let list = body.kind() == "statement_list";
    (first.id() == node.id()).then(|| site.above(if list { 3 } else { 2 })).flatten()
}

/// A body that does nothing needs no guard.
fn is_stub(site: &Site<'_, '_>) -> bool {
    matches!(site.text(site.node()), "pass" | "..." | ";" | "{}")
}

/// A docstring comes before everything.
fn is_text<'t>(site: &Site<'_, 't>, node: Node<'t>) -> bool {
    site.kind(node) == Kind::Statement && node.named_child(0).is_some_and(|child| matches!(site.kind(child), Kind::Text | Kind::Pieces))
}

fn parameters<'t>(function: &Function<'t>) -> Vec<&'t str> {
    let own = function.variables.iter().filter(|variable| variable.visible == function.span);
    own.map(|variable| variable.name).filter(|name| !matches!(*name, "self" | "cls" | "this" | "_")).collect()
}

fn loop_variables<'t>(site: &Site<'_, 't>, holder: Node<'t>) -> Vec<&'t str> {
    let bound = ["left", "name", "pattern", "declarator"].into_iter().find_map(|field| holder.child_by_field_name(field));
    let text = bound.or_else(|| holder.named_child(0).filter(|head| head.kind() == "range_clause")?.child_by_field_name("left"));
    let names = text.map_or("", |bound| site.text(bound)).split([',', ' ', '(', ')', '[', ']']);
    names
        .filter(|name| name.starts_with(|first: char| first.is_alphabetic()) && !matches!(*name, "const" | "let" | "var" | "mut"))
        .collect()
}

/// What may be asked of a variable, by how it is used.
fn questions(site: &Site<'_, '_>, function: &Function<'_>, subject: &str) -> Vec<(String, f64)> {
    let words = site.words();
    let shape = function.shapes.get(subject).copied().unwrap_or(0);
    let written = function.variables.iter().find(|variable| variable.name == subject).and_then(|variable| variable.written_type);
    let number = shape & NUMBER != 0 || written.is_some_and(is_number);
    let container = shape & CONTAINER != 0 && !number;
    let mut asked = Vec::new();
    match site.language() {
        Language::Python => {
            asked.push((format!("not {subject}"), if number { 0.7 } else { 1.0 }));
            asked.push((format!("{subject} is None"), 0.9));
        }
        Language::JavaScript | Language::TypeScript | Language::Tsx => asked.push((format!("!{subject}"), 1.0)),
        language => {
            let nothing = words.nothing.filter(|_| language != Language::Rust && !number);
            let pointer =
                !matches!(language, Language::C | Language::Cpp | Language::Go) || written.is_some_and(|written| written.contains('*'));
            asked.extend(nothing.filter(|_| pointer).map(|nothing| (format!("{subject} == {nothing}"), 0.8)));
        }
    }
    if let (true, Some(empty)) = (container && !matches!(site.language(), Language::Python), words.empty) {
        asked.push((empty.replace("{}", subject), 0.9));
    }
    if number {
        asked.push((format!("{subject} == 0"), 0.8));
        asked.push((format!("{subject} <= 0"), 0.8));
        asked.push((format!("{subject} < 0"), 0.8));
        asked.push((format!("{subject} <= 1"), 0.4));
    }
    asked
}

fn is_number(written: &str) -> bool {
    matches!(
        written,
        "int"
            | "long"
            | "float"
            | "double"
            | "number"
            | "usize"
            | "size_t"
            | "unsigned"
            | "i32"
            | "i64"
            | "u32"
            | "u64"
            | "float64"
            | "short"
    )
}

/// What the function may answer early: what it answers elsewhere, then what stands for nothing.
fn answers(site: &Site<'_, '_>, function: &Function<'_>) -> Vec<(String, f64)> {
    let known = |value: &str| crate::size::is_literal(value) || parameters(function).contains(&value);
    let mut found: Vec<(String, f64)> =
        function.returned.iter().filter(|value| known(value)).map(|value| (format!("return {value}"), 1.0)).collect();
    let common: &[&str] = match (site.language(), function.returns_value) {
        (Language::Python, true) => &["return None", "return []", "return 0", "return False", "return ''"],
        (Language::JavaScript | Language::TypeScript | Language::Tsx, true) => &["return null", "return []", "return 0", "return false"],
        (_, true) => &["return 0", "return false"],
        (_, false) => &["return"],
    };
    let new = common.iter().filter(|answer| !function.returned.contains(answer.trim_start_matches("return ")));
    let new: Vec<(String, f64)> = new.map(|answer| ((*answer).to_owned(), 0.6)).collect();
    found.extend(new);
    found
}

/// After the last statement of a function that hands something back nowhere or only under conditions.
pub(super) fn missing_return(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let (node, Some(indent), Some(function)) = (site.node(), site.indent(), site.function()) else { return };
    let list = site.above(1).is_some_and(|body| body.kind() == "statement_list");
    let holder = site.kind_above(if list { 3 } else { 2 });
    let ends = node.next_named_sibling().is_none() && matches!(holder, Kind::Function | Kind::Lambda);
    if !ends || is_stub(site) || matches!(site.kind(node), Kind::Return | Kind::Raise) {
        return;
    }
    let at = node.end_byte();
    let mut known: Vec<(&str, usize)> = function
        .variables
        .iter()
        .filter(|variable| variable.visible.contains(&(at.saturating_sub(1))))
        .filter_map(|variable| Some((variable.name, *function.mentions.get(variable.name)?.last()?)))
        .collect();
    known.sort_by_key(|(name, last)| (std::cmp::Reverse(*last), *name));
    known.dedup();
    for (rank, (name, _)) in known.into_iter().take(3).enumerate() {
        let text = ended(site.language(), &format!("return {name}"));
        out.push(Change::statements(at, at, format!("\n{indent}{text}"), 1.0 / (1.0 + 0.4 * rank as f64)));
    }
}
