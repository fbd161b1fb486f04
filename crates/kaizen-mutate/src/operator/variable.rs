//! Wrong variable, wrong attribute.
//!
//! Candidates come from the scope. They share a budget per place and are weighted by nearness, by written type and by
//! how they are used, so that a function with many variables does not flood the list.

use crate::facts::{Function, Variable};
use crate::language::Language;
use crate::language::description::Kind;
use crate::role::{Role, role};
use crate::site::{Change, Site};
use crate::syntax::member;
use std::collections::BTreeMap;

/// Candidates for one place.
const BUDGET: usize = 8;

pub(super) fn variable(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let weight = match role(site.facts.language, site.path, site.facts.text) {
        Role::Use => 1.0,
        Role::Target(_) => 0.5,
        Role::Callee | Role::Binding(_) | Role::Name => return,
    };
    let known = declaration(site, site.text(site.node())).is_some();
    if !known && names_no_variable(site) {
        return;
    }
    let weight = if known { weight } else { weight * 0.4 };
    for (rank, (name, fit)) in candidates(site).into_iter().take(BUDGET).enumerate() {
        out.push(Change::token(site.node(), name, weight * fit / (1.0 + 0.3 * rank as f64)));
    }
    out.extend(own_attributes(site).map(|(name, fit)| site.replace(site.node(), format!("{}{name}", site.words().own), weight * fit)));
}

/// A package, a class or a constant: nothing known that reads like one is a variable.
fn names_no_variable(site: &Site<'_, '_>) -> bool {
    let typed = !matches!(site.language(), Language::Python | Language::Rust);
    let asked = matches!(site.field(), "object" | "operand" | "argument") && matches!(site.kind_above(1), Kind::Member | Kind::Call);
    typed && (asked || site.text(site.node()).starts_with(char::is_uppercase))
}

/// The variable that a name means at the site.
fn declaration<'a, 't>(site: &Site<'a, 't>, name: &str) -> Option<&'a Variable<'t>> {
    let at = site.node().start_byte();
    let local =
        site.functions().find_map(|function| function.variables.iter().find(|known| known.name == name && known.visible.contains(&at)));
    local.or_else(|| site.facts.globals.iter().find(|known| known.name == name))
}

/// Variables visible at the site, best first, with how well they fit in 0..=1.
pub(super) fn candidates<'t>(site: &Site<'_, 't>) -> Vec<(&'t str, f64)> {
    let at = site.node().start_byte();
    let replaced = site.text(site.node());
    let written = declaration(site, replaced).and_then(|known| known.written_type);
    let mut fits: BTreeMap<&str, f64> = BTreeMap::new();
    for function in site.functions() {
        let visible = function.variables.iter().filter(|variable| variable.visible.contains(&at) && variable.name != replaced);
        for variable in visible.filter(|variable| !matches!(variable.name, "_" | "self" | "cls" | "this")) {
            let fit = type_fit(written, variable) * shape_fit(function, replaced, variable.name) * nearness(function, variable, at);
            let best = fits.entry(variable.name).or_insert(fit);
            *best = best.max(fit);
        }
    }
    if site.function().is_some() {
        let alike = site.facts.globals.iter().any(|global| global.name == replaced);
        let base = if alike { 0.9 } else { 0.45 };
        for global in site.facts.globals.iter().filter(|global| global.name != replaced) {
            fits.entry(global.name).or_insert(base * type_fit(written, global));
        }
    }
    let mut ranked: Vec<_> = fits.into_iter().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    ranked
}

/// How well a variable's written type agrees with that of the replaced one.
fn type_fit(written: Option<&str>, variable: &Variable<'_>) -> f64 {
    match (written, variable.written_type) {
        (Some(a), Some(b)) if a == b => 1.0,
        (Some(_), Some(_)) => 0.25,
        _ => 0.9,
    }
}

/// How well the use of two names agrees.
fn shape_fit(function: &Function<'_>, replaced: &str, other: &str) -> f64 {
    let shape = |name| function.shapes.get(name).copied().unwrap_or(0);
    match (shape(replaced), shape(other)) {
        (0, _) | (_, 0) => 0.9,
        (a, b) if a == b => 1.0,
        (a, b) if a & b != 0 => 0.9,
        _ => 0.35,
    }
}

/// 1 next to a mention of the variable, falling with the distance in bytes; less before a variable of the whole function
/// is first mentioned.
fn nearness(function: &Function<'_>, variable: &Variable<'_>, at: usize) -> f64 {
    let mentions = function.mentions.get(variable.name).map_or(&[][..], Vec::as_slice);
    let next = mentions.partition_point(|byte| *byte <= at);
    let around = [next.checked_sub(1), Some(next)].into_iter().flatten().filter_map(|index| mentions.get(index));
    let distance = around.map(|byte| byte.abs_diff(at)).min().unwrap_or(usize::MAX) as f64;
    let early = variable.visible.start <= function.start && next == 0;
    (if early { 0.5 } else { 1.0 }) * (0.6 + 0.4 / (1.0 + distance / 200.0))
}

/// Values stored on `self`, for a variable in whose place one was meant: the same name first.
fn own_attributes<'t>(site: &Site<'_, 't>) -> impl Iterator<Item = (&'t str, f64)> + use<'t> {
    let name = site.text(site.node());
    let method = site.functions().any(|function| function.mentions_self);
    let stored = site
        .facts
        .attributes
        .get(site.words().own.trim_end_matches(['.', '-', '>']))
        .into_iter()
        .flatten()
        .filter(|(_, called)| method && !called);
    let mut stored: Vec<(&str, f64)> = stored.map(|(stored, _)| (*stored, if *stored == name { 0.5 } else { 0.3 })).collect();
    stored.sort_by(|a, b| b.1.total_cmp(&a.1));
    stored.into_iter().take(3)
}

pub(super) fn attribute(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let node = site.node();
    let Some((object, name)) = member(site.language(), node) else { return };
    if site.field() == "function" {
        return;
    }
    let others = site.facts.attributes.get(site.text(object)).into_iter().flatten();
    let others = others.filter(|(other, called)| !called && *other != site.text(name)).take(BUDGET);
    out.extend(others.enumerate().map(|(rank, (other, _))| Change::token(name, *other, 1.0 / (1.0 + 0.3 * rank as f64))));
    let known = site.facts.attributes.get(site.text(object));
    let is_known = |other: &str| known.is_some_and(|known| known.iter().any(|(name, _)| *name == other));
    let elsewhere = site.facts.members.iter().filter(|other| **other != site.text(name) && !is_known(other)).take(3);
    out.extend(elsewhere.enumerate().map(|(rank, other)| Change::token(name, *other, 0.4 / (1.0 + 0.3 * rank as f64))));
    let local = declaration(site, site.text(name)).is_some();
    if local && matches!(site.text(object), "self" | "this") && site.field() != "left" {
        out.push(site.replace(node, site.text(name), 0.6));
    }
}
