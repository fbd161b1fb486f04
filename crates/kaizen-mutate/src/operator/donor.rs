//! What stands elsewhere in the function or file: expressions in the place of others, statements inserted, replaced,
//! removed, moved and wrapped.
//!
//! Donors are ranked by the names they share with their new place, by shape and by distance; few are taken per place.

use super::layout::{branch, negated};
use crate::donor::{Class, Donor, Names, names};
use crate::facts::Function;
use crate::language::Language;
use crate::language::description::Kind;
use crate::site::{Change, Site};
use crate::syntax::condition;
use tree_sitter::Node;

/// Donors of the same function for one place, and of the rest of the file.
const NEAR: usize = 4;
const FAR: usize = 2;
/// Functions of the file before and after the own one that may donate.
const NEIGHBOURS: usize = 3;

/// A whole value replaced by one that stands elsewhere.
pub(super) fn expression(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let (node, text) = (site.node(), site.text(site.node()));
    if !site.is_whole_value() || text.len() > 60 {
        return;
    }
    let class = if site.facts.is_condition(node) { Class::Condition } else { Class::Value };
    let found = donors(site, class, |function| &function.expressions);
    out.extend(found.into_iter().map(|(donor, fit)| site.replace(node, donor.text, fit)));
}

/// A condition replaced by one that stands elsewhere.
pub(super) fn whole_condition(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some(node) = condition(site.language(), site.node()).filter(|node| site.text(*node).len() <= 60) else { return };
    let found = donors_for(site, node, Class::Condition, |function| &function.expressions);
    out.extend(found.into_iter().map(|(donor, fit)| site.replace(node, donor.text, fit)));
}

/// A condition made stricter or weaker by a term that stands elsewhere.
pub(super) fn term(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some(node) = condition(site.language(), site.node()).filter(|node| site.text(*node).len() <= 80) else { return };
    if node.kind().starts_with("let") {
        return;
    }
    let text = match site.is_tight(node) || site.is_comparison(node) {
        true => site.text(node).to_owned(),
        false => format!("({})", site.text(node)),
    };
    let words = site.words();
    let found = donors_for(site, node, Class::Condition, |function| &function.expressions);
    for (donor, fit) in found.into_iter().take(3).filter(|(donor, _)| !text.contains(donor.text)) {
        let other = if donor.text.contains(words.or) || donor.text.contains(words.and) {
            format!("({})", donor.text)
        } else {
            donor.text.to_owned()
        };
        out.push(site.replace(node, format!("{text} {} {other}", words.and), fit));
        out.push(site.replace(node, format!("{text} {} {other}", words.or), 0.9 * fit));
    }
}

pub(super) fn delete(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let branch = site.kind(node) == Kind::If && node.child_by_field_name("alternative").is_none();
    if site.handles_exception() || !(site.facts.is_simple(node) || branch) || site.kind(node) == Kind::Return && is_last(node) {
        return;
    }
    let weight = if site.text(node).contains('\n') { 0.6 } else { 1.0 };
    let weight = if site.kind(node) == Kind::Return { weight * 0.6 } else { weight };
    out.push(Change::statements(node.start_byte(), node.end_byte(), site.words().pass, weight));
}

pub(super) fn insert(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some(indent) = site.indent() else { return };
    let node = site.node();
    for (donor, fit) in donors(site, Class::Statement, |function| &function.statements).into_iter().take(NEAR) {
        if !leaves(donor.text) && !repeats(site, node, donor.text) {
            out.push(Change::statements(node.start_byte(), node.start_byte(), format!("{}\n{indent}", donor.text), fit));
        }
        let swallows = leaves(donor.text) && site.handles_exception();
        if is_last(node) && !swallows && ends_by_itself(site, node) && !repeats(site, node, donor.text) {
            out.push(Change::statements(node.end_byte(), node.end_byte(), format!("\n{indent}{}", donor.text), fit));
        }
    }
}

/// Whether another statement can follow: nothing follows what leaves, nor what is the value of its block.
fn ends_by_itself<'t>(site: &Site<'_, 't>, node: Node<'t>) -> bool {
    !leaves(site.text(node)) && (!site.is(Language::Rust) || site.text(node).ends_with([';', '}']))
}

/// Whether a statement next to this one already says so.
fn repeats<'t>(site: &Site<'_, 't>, node: Node<'t>, text: &str) -> bool {
    let around = [Some(node), node.prev_named_sibling(), node.next_named_sibling()];
    around.into_iter().flatten().any(|near| site.text(near) == text)
}

pub(super) fn replace(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    if site.handles_exception() || !site.facts.is_simple(node) || site.text(node).len() > 80 {
        return;
    }
    let found = donors(site, Class::Statement, |function| &function.statements).into_iter().take(2);
    out.extend(found.map(|(donor, fit)| Change::statements(node.start_byte(), node.end_byte(), donor.text, fit)));
}

/// A statement exchanged with the next one, or moved out of a block or into the one before it.
pub(super) fn relocate(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let (node, Some(indent)) = (site.node(), site.indent()) else { return };
    if site.handles_exception() {
        return;
    }
    let all = site.facts.text;
    let short = |node: &Node<'_>| site.facts.is_simple(*node) && !all[node.byte_range()].contains('\n');
    let next = node.next_named_sibling().filter(|next| !next.is_extra());
    if let Some(next) = next.filter(|next| short(next) && short(&node) && !leaves(site.text(node))) {
        let between = &all[node.end_byte()..next.start_byte()];
        let swapped = [&all[next.byte_range()], between, site.text(node)].concat();
        let weight = if leaves(&all[next.byte_range()]) { 0.0 } else { 0.8 };
        out.push(Change::statements(node.start_byte(), next.end_byte(), swapped, weight));
    }
    let Some((last, before)) = last_of_block(site, node) else { return };
    if let (true, Some(before)) = (short(&last), before) {
        let moved = format!("{}\n{indent}{}", &all[last.end_byte()..node.end_byte()], &all[last.byte_range()]);
        out.push(Change::statements(before.end_byte(), node.end_byte(), moved, 1.0));
    }
    if let Some(next) = next.filter(short) {
        let column = last.start_position().column;
        let inner: String = indent.chars().chain(std::iter::repeat(if indent.contains('\t') { '\t' } else { ' ' })).take(column).collect();
        let moved = format!("\n{inner}{}{}", &all[next.byte_range()], &all[last.end_byte()..node.end_byte()]);
        out.push(Change::statements(last.end_byte(), next.end_byte(), moved, 0.7));
    }
}

/// The last statement of the only block of a branch or loop, and the one before it.
fn last_of_block<'t>(site: &Site<'_, 't>, node: Node<'t>) -> Option<(Node<'t>, Option<Node<'t>>)> {
    let inner = if site.kind(node) == Kind::Statement { node.named_child(0)? } else { node };
    let holds = matches!(site.kind(inner), Kind::If | Kind::While | Kind::For | Kind::ForEach | Kind::Loop);
    if !holds || inner.child_by_field_name("alternative").is_some() {
        return None;
    }
    let body = inner.child_by_field_name("body").or_else(|| inner.child_by_field_name("consequence"))?;
    let body = if body.named_child_count() == 1 && body.named_child(0)?.kind() == "statement_list" { body.named_child(0)? } else { body };
    let last = body.named_child(u32::try_from(body.named_child_count()).ok()?.checked_sub(1)?)?;
    Some((last, last.prev_named_sibling().filter(|before| !before.is_extra())))
}

/// A statement that only runs under a condition that stands elsewhere.
pub(super) fn wrap(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let (node, Some(indent)) = (site.node(), site.indent()) else { return };
    if site.handles_exception() || !site.facts.is_simple(node) || site.text(node).contains('\n') {
        return;
    }
    for (donor, fit) in donors(site, Class::Condition, |function| &function.expressions).into_iter().take(2) {
        for (condition, weight) in [(donor.text.to_owned(), fit), (negated(site, donor.text), 0.8 * fit)] {
            let text = branch(site, &condition, site.text(node), indent);
            out.push(Change::statements(node.start_byte(), node.end_byte(), text, weight));
        }
    }
}

fn is_last(node: Node<'_>) -> bool {
    node.next_named_sibling().is_none()
}

/// Whether nothing after a statement runs.
fn leaves(statement: &str) -> bool {
    ["return", "raise", "throw", "break", "continue"].iter().any(|word| statement.starts_with(word))
}

type Found<'t> = Vec<(Donor<'t>, f64)>;

fn donors<'t>(site: &Site<'_, 't>, class: Class, of: for<'f> fn(&'f Function<'t>) -> &'f Vec<Donor<'t>>) -> Found<'t> {
    donors_for(site, site.node(), class, of)
}

/// The donors that fit a node best, with how well they do in 0..=1.
fn donors_for<'t>(site: &Site<'_, 't>, node: Node<'t>, class: Class, of: for<'f> fn(&'f Function<'t>) -> &'f Vec<Donor<'t>>) -> Found<'t> {
    let Some(own) = site.function() else { return Vec::new() };
    let text = site.text(node);
    let (_, wanted) = names(if text.len() <= 200 { text } else { text.lines().next().unwrap_or("") });
    let fit = |donor: &Donor<'t>| fit(donor, wanted, node);
    let usable = |donor: &&Donor<'t>| donor.class == class && donor.text != text && donor.variables.within(own.scope);
    let mut found: Found<'t> = of(own).iter().filter(usable).map(|donor| (*donor, fit(donor))).collect();
    best(&mut found, NEAR);
    let all = site.facts.functions();
    let index = all.partition_point(|function| function.start < own.start);
    let around = all[index.saturating_sub(NEIGHBOURS)..(index + 1 + NEIGHBOURS).min(all.len())].iter();
    let others = around.filter(|function| function.start != own.start).flat_map(of);
    let mut far: Found<'t> = others.filter(usable).map(|donor| (*donor, 0.5 * fit(donor))).collect();
    best(&mut far, FAR);
    found.extend(far.into_iter().filter(|(donor, _)| donor.names.likeness(wanted) > 0.0));
    best(&mut found, NEAR + FAR);
    found
}

/// The best few, each text once.
fn best(found: &mut Found<'_>, most: usize) {
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.text.cmp(b.0.text)));
    let mut kept: Vec<&str> = Vec::with_capacity(most);
    found.retain(|(donor, _)| {
        let new = kept.len() < most && !kept.contains(&donor.text);
        if new {
            kept.push(donor.text);
        }
        new
    });
}

/// Shared names count most, then the same shape, then nearness.
fn fit(donor: &Donor<'_>, wanted: Names, node: Node<'_>) -> f64 {
    let shape = if donor.shape == node.kind_id() { 0.25 } else { 0.0 };
    let near = 1.0 / (1.0 + donor.start.abs_diff(node.start_byte()) as f64 / 300.0);
    0.2 + 0.4 * donor.names.likeness(wanted) + shape + 0.15 * near
}
