//! The wrong function called: well-known counterparts, similar names of the same file, needless conversions.

use crate::language::Language;
use crate::site::{Change, Site};
use crate::syntax::{arguments, tight};
use tree_sitter::Node;

/// Groups of Python functions and methods mistaken for each other.
const PYTHON: &[&[&str]] = &[
    &["lower", "upper", "title", "capitalize", "casefold"],
    &["startswith", "endswith"],
    &["strip", "lstrip", "rstrip"],
    &["removeprefix", "removesuffix"],
    &["append", "extend", "add", "update"],
    &["append", "appendleft"],
    &["pop", "popleft"],
    &["insert", "append"],
    &["remove", "discard"],
    &["any", "all"],
    &["min", "max"],
    &["min", "sum", "max"],
    &["sorted", "list", "reversed", "set"],
    &["keys", "values", "items"],
    &["find", "rfind", "index", "rindex"],
    &["split", "rsplit", "splitlines"],
    &["partition", "rpartition"],
    &["floor", "ceil", "round", "trunc"],
    &["int", "round", "float"],
    &["isdigit", "isalpha", "isalnum", "isnumeric", "isspace"],
    &["islower", "isupper"],
    &["ljust", "rjust", "center"],
    &["union", "intersection", "difference", "symmetric_difference"],
    &["issubset", "issuperset"],
    &["bisect_left", "bisect_right", "bisect"],
    &["insort_left", "insort_right", "insort"],
    &["heappush", "heappop"],
    &["nlargest", "nsmallest"],
    &["permutations", "combinations", "product", "combinations_with_replacement"],
    &["sin", "cos"],
    &["ord", "chr"],
    &["repr", "str"],
    &["match", "search", "fullmatch"],
    &["range", "len"],
];

/// Groups of Rust functions and methods mistaken for each other.
const RUST: &[&[&str]] = &[
    &["min", "max"],
    &["min_by_key", "max_by_key"],
    &["min_by", "max_by"],
    &["any", "all"],
    &["first", "last"],
    &["first_mut", "last_mut"],
    &["front", "back"],
    &["push_front", "push_back"],
    &["pop_front", "pop_back"],
    &["push", "push_str", "insert"],
    &["next", "next_back", "last"],
    &["is_some", "is_none"],
    &["is_ok", "is_err"],
    &["wrapping_add", "wrapping_sub", "wrapping_mul"],
    &["saturating_add", "saturating_sub", "wrapping_add", "wrapping_sub", "saturating_mul"],
    &["saturating_add", "wrapping_add"],
    &["saturating_sub", "wrapping_sub", "abs_diff"],
    &["checked_add", "checked_sub", "checked_mul"],
    &["checked_div", "checked_rem"],
    &["floor", "ceil", "round", "trunc"],
    &["trim", "trim_start", "trim_end"],
    &["trim_start_matches", "trim_end_matches", "trim_matches"],
    &["starts_with", "ends_with"],
    &["strip_prefix", "strip_suffix"],
    &["find", "rfind"],
    &["position", "rposition"],
    &["split", "rsplit"],
    &["split_once", "rsplit_once"],
    &["to_lowercase", "to_uppercase"],
    &["to_ascii_lowercase", "to_ascii_uppercase"],
    &["is_ascii_lowercase", "is_ascii_uppercase"],
    &["is_alphabetic", "is_numeric", "is_alphanumeric", "is_whitespace"],
    &["is_ascii_digit", "is_ascii_alphabetic", "is_ascii_alphanumeric"],
    &["sum", "product"],
    &["take", "skip"],
    &["take_while", "skip_while"],
    &["keys", "values"],
    &["iter", "rev"],
    &["chars", "bytes"],
    &["and", "or"],
    &["and_then", "or_else"],
    &["unwrap_or", "map_or"],
    &["is_empty", "is_some"],
    &["div_euclid", "rem_euclid"],
    &["leading_zeros", "trailing_zeros"],
    &["count_ones", "count_zeros"],
    &["contains", "starts_with"],
    &["lt", "le", "gt", "ge"],
];

/// Conversions whose argument or receiver may be what was meant.
const UNWRAPPED: &[&str] = &[
    "abs",
    "int",
    "float",
    "str",
    "sorted",
    "reversed",
    "list",
    "set",
    "tuple",
    "round",
    "lower",
    "upper",
    "strip",
    "lstrip",
    "rstrip",
    "rev",
    "trim",
    "trim_start",
    "trim_end",
    "to_lowercase",
    "to_uppercase",
    "floor",
    "ceil",
    "dedup",
    "skip",
    "take",
];

/// Candidates for one call.
const BUDGET: usize = 5;

/// The called name and what it is called on.
fn callee<'t>(site: &Site<'_, 't>) -> Option<(Node<'t>, Option<Node<'t>>)> {
    let function = site.node().child_by_field_name("function")?;
    match function.kind() {
        "identifier" => Some((function, None)),
        "attribute" => Some((function.child_by_field_name("attribute")?, function.child_by_field_name("object"))),
        "field_expression" => Some((function.child_by_field_name("field")?, function.child_by_field_name("value"))),
        "scoped_identifier" => Some((function.child_by_field_name("name")?, None)),
        _ => None,
    }
}

pub(super) fn sibling(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some((name, _)) = callee(site) else { return };
    let text = site.text(name);
    let groups = if site.is(Language::Python) { PYTHON } else { RUST };
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
    let Some((name, object)) = callee(site) else { return };
    let text = site.text(name);
    let used = object.and_then(|object| site.facts.attributes.get(site.text(object))).into_iter().flatten();
    let used = used.filter(|(_, called)| *called).map(|(other, _)| (*other, 0.3));
    let own = object.is_none() || object.is_some_and(|object| matches!(site.text(object), "self" | "cls"));
    let same_arity = |arity: &usize| site.facts.definitions.get(text).is_none_or(|known| known == arity);
    let defined = site.facts.definitions.iter().filter(|_| own).map(|(other, arity)| (*other, if same_arity(arity) { 0.3 } else { 0.1 }));
    let candidates = used.chain(defined).filter(|(other, _)| *other != text && !other.starts_with("__"));
    let mut ranked: Vec<_> = candidates.map(|(other, base)| (other, base + 0.7 * likeness(text, other))).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    ranked.dedup_by(|a, b| a.0 == b.0);
    let own_name = site.function().map_or("", |function| function.name);
    ranked.retain(|(other, weight)| *weight > 0.35 && *other != own_name || likeness(text, other) > 0.5);
    out.extend(ranked.into_iter().take(BUDGET).map(|(other, weight)| site.replace(name, other, weight.min(1.0))));
}

/// How alike two names are, in 0..=1: the share of common words, or of common leading and trailing letters.
fn likeness(a: &str, b: &str) -> f64 {
    let words = |name: &str| name.split('_').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (left, right) = (words(a), words(b));
    let shared = left.iter().filter(|word| right.contains(word)).count() as f64 / left.len().max(right.len()).max(1) as f64;
    let prefix = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let suffix = a.bytes().rev().zip(b.bytes().rev()).take_while(|(x, y)| x == y).count();
    let letters = (prefix + suffix).min(a.len().min(b.len())) as f64 / a.len().max(b.len()).max(1) as f64;
    shared.max(if letters > 0.4 { letters } else { 0.0 })
}

pub(super) fn unwrap(site: &Site<'_, '_>, out: &mut Vec<Change>) {
    let Some((name, object)) = callee(site).filter(|(name, _)| UNWRAPPED.contains(&site.text(*name))) else { return };
    match (object, arguments(site.node()).as_slice()) {
        (None, [only]) if only.kind() != "generator_expression" => out.push(site.replace(site.node(), tight(*only, site.text(*only)), 1.0)),
        (Some(object), rest) if rest.len() <= 1 && site.text(object) != "math" => {
            let weight = if site.text(name) == "strip" { 1.0 } else { 0.8 };
            out.push(site.replace(site.node(), site.text(object), weight));
        }
        _ => {}
    }
}
