//! The wrong function called: well-known counterparts, similar names of the same file, needless conversions.

use crate::site::{Change, Site};
use crate::syntax::callee;

/// Candidates for one call.
const BUDGET: usize = 5;

pub(super) fn sibling(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some((name, _)) = callee(site.language(), site.node()) else { return };
    let text = site.text(name);
    let groups = site.language().description().siblings;
    for group in groups.iter().filter(|group| group.contains(&text)) {
        let weight = if group.len() == 2 { 1.0 } else { 0.8 };
        out.extend(
            group
                .iter()
                .filter(|other| **other != text)
                .enumerate()
                .map(|(rank, other)| site.replace(name, *other, weight / (1.0 + 0.15 * rank as f64))),
        );
    }
}

pub(super) fn similar(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some((name, object)) = callee(site.language(), site.node()) else { return };
    let text = site.text(name);
    let used = object.and_then(|object| site.facts.attributes.get(site.text(object))).into_iter().flatten();
    let used = used.filter(|(_, called)| *called).map(|(other, _)| (*other, 0.3));
    let own = object.is_none() || object.is_some_and(|object| matches!(site.text(object), "self" | "cls" | "this"));
    let same_arity = |arity: &usize| site.facts.definitions.get(text).is_none_or(|known| known == arity);
    let defined = site.facts.definitions.iter().filter(|_| own).map(|(other, arity)| (*other, if same_arity(arity) { 0.3 } else { 0.1 }));
    let candidates = used.chain(defined).filter(|(other, _)| *other != text && !other.starts_with("__"));
    let mut ranked: Vec<(&str, f64, f64)> = candidates
        .map(|(other, base)| {
            let alike = likeness(text, other);
            (other, base + 0.7 * alike, alike)
        })
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    ranked.dedup_by(|a, b| a.0 == b.0);
    let own_name = site.function().map_or("", |function| function.name);
    ranked.retain(|(other, weight, alike)| *weight > 0.35 && *other != own_name || *alike > 0.5);
    out.extend(ranked.into_iter().take(BUDGET).map(|(other, weight, _)| site.replace(name, other, weight.min(1.0))));
}

/// How alike two names are, in 0..=1: the share of common words, or of common leading and trailing letters.
fn likeness(a: &str, b: &str) -> f64 {
    let first = |name: &str| name.chars().next().map(|letter| letter.to_ascii_lowercase());
    let shares_letter = a.contains('_') || b.contains('_') || first(a) == first(b) || a.bytes().last() == b.bytes().last();
    if !shares_letter {
        return 0.0;
    }
    let (left, right) = (words(a), words(b));
    let shared = left.iter().filter(|word| right.contains(word)).count() as f64 / left.len().max(right.len()).max(1) as f64;
    let prefix = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let suffix = a.bytes().rev().zip(b.bytes().rev()).take_while(|(x, y)| x == y).count();
    let letters = (prefix + suffix).min(a.len().min(b.len())) as f64 / a.len().max(b.len()).max(1) as f64;
    shared.max(if letters > 0.4 { letters } else { 0.0 })
}

/// The words of a name, in small letters: `push_all` and `pushAll` have two.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    for letter in name.chars() {
        if (letter == '_' || letter.is_uppercase()) && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (letter != '_', words.last_mut()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

pub(super) fn unwrap(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some((name, object)) =
        callee(site.language(), site.node()).filter(|(name, _)| site.language().description().conversions.contains(&site.text(*name)))
    else {
        return;
    };
    match (object, site.arguments(site.node()).as_slice()) {
        (None, [only]) if only.kind() != "generator_expression" => out.push(site.replace(site.node(), site.tight(*only), 1.0)),
        (Some(object), [only]) if is_module(site.text(object)) => out.push(site.replace(site.node(), site.tight(*only), 0.9)),
        (Some(object), rest) if rest.len() <= 1 && !is_module(site.text(object)) => {
            let weight = if site.text(name) == "strip" { 1.0 } else { 0.8 };
            out.push(site.replace(site.node(), site.text(object), weight));
        }
        _ => {}
    }
}

/// Whether what a function is called on is no value but the module or class that holds it.
fn is_module(object: &str) -> bool {
    matches!(object, "math" | "Math" | "std" | "strings" | "String" | "Integer" | "Number" | "strconv")
}
