//! Python: work that nobody asked for: whole lists where one element is wanted, copies that are only looked at, loops that go on.

use super::code::{At, Code};
use super::hoist::is_conditional;
use super::names::Use;
use super::piece::Found;
use super::purity::{CHANGES, is_harmless};

/// `sorted(X)[0]` is `min(X)`, `sorted(X)[:3]` is `heapq.nsmallest(3, X)`.
pub(crate) fn extreme(code: &Code<'_>, found: &mut Vec<Found>) {
    for at in code.all("subscript") {
        let (Some(call), Some(index)) = (code.child(at, "value"), code.child(at, "subscript")) else { continue };
        if !code.is(call, "call") || code.called(call) != Some("sorted") || catches_index(code, at) || code.is_target(at) {
            continue;
        }
        let Some(arguments) = code.child(call, "arguments").filter(|list| code.is(*list, "argument_list")).map(|list| code.kids(list))
        else {
            continue;
        };
        let named = |name: &str| arguments.iter().find(|at| code.is(**at, "keyword_argument") && code.text(**at).starts_with(name));
        let (key, reverse) = (named("key").map(|at| code.text(*at)), named("reverse").map(|at| code.text(*at)));
        let (Some(source), true) = (arguments.first(), arguments.len() == 1 + usize::from(key.is_some()) + usize::from(reverse.is_some()))
        else {
            continue;
        };
        let falling = match reverse.map(|text| text.replace(' ', "")) {
            None => false,
            Some(text) if text == "reverse=True" => true,
            Some(_) => continue,
        };
        let key = key.map_or(String::new(), |key| format!(", {key}"));
        let source = code.text(*source);
        match (code.text(index), falling) {
            ("0", false) => found.push(Found::one(code, at, format!("min({source}{key})"), 1.0)),
            ("0", true) => found.push(Found::one(code, at, format!("max({source}{key})"), 1.0)),
            // Among equals `max` takes the first one, and the last of a sorted list is the last.
            ("-1", false) if key.is_empty() => found.push(Found::one(code, at, format!("max({source})"), 1.0)),
            (text, falling) => found.extend(few(code, at, text, source, &key, falling)),
        }
    }
}

fn few(code: &Code<'_>, at: At, index: &str, source: &str, key: &str, falling: bool) -> Option<Found> {
    let count = index.strip_prefix(':')?.trim();
    let plain = count.parse::<u32>().is_ok();
    let named = !count.is_empty() && count.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    // Up to no number there is everything.
    let known = code.statement(at).is_some_and(|statement| !code.may_be_nothing(statement, count));
    let mut pieces = code.import("import heapq").filter(|_| named && known)?;
    let which = if falling { "nlargest" } else { "nsmallest" };
    pieces.push(code.replaced(at, format!("heapq.{which}({count}, {source}{key})")));
    Some(Found { at, region: code.loops(at).last().copied().unwrap_or(at), pieces, weight: if plain { 0.7 } else { 0.4 } })
}

/// An empty list would raise another exception.
fn catches_index(code: &Code<'_>, at: At) -> bool {
    let named = |up: At| ["IndexError", "LookupError", "ValueError"].iter().any(|name| code.text(up).contains(name));
    code.ancestors(at).any(|up| code.is(up, "try_statement") && named(up))
}

/// `any([...])`: a list is made whole before the first element is looked at.
pub(crate) fn generator(code: &Code<'_>, found: &mut Vec<Found>) {
    for list in code.all("list_comprehension") {
        let Some(call) = code.up(list).and_then(|arguments| code.up(arguments)).filter(|call| code.is(*call, "call")) else { continue };
        let Some(name) = code.called(call).filter(|name| code.only_argument(call, name) == Some(list)) else { continue };
        let inner = inside(code, list);
        match name {
            // Elements that nobody looks at any more are not made either.
            "any" | "all" if is_harmless(code, list) => found.push(Found::one(code, list, inner, 1.0)),
            "set" => found.push(Found::one(code, call, format!("{{{inner}}}"), 0.7)),
            "list" => found.push(Found::one(code, call, code.text(list), 0.7)),
            "sum" | "min" | "max" | "tuple" | "frozenset" | "sorted" if !needs_list(code, list) => {
                found.push(Found::one(code, list, inner, 0.4))
            }
            "dict" => found.extend(pairs(code, list).map(|text| Found::one(code, call, text, 0.6))),
            // The elements are not made at all.
            "len" if is_harmless(code, list) => {
                let clauses: String = code.kids(list).iter().skip(1).map(|at| format!(" {}", code.text(*at))).collect();
                found.push(Found::one(code, call, format!("sum(1{clauses})"), 0.3));
            }
            _ => {}
        }
    }
}

/// A generator cannot wait, and ends where `next` finds nothing.
fn needs_list(code: &Code<'_>, list: At) -> bool {
    code.below(list).any(|at| {
        matches!(code.kind(at), "await" | "yield")
            || code.tokens(at).contains(&"async")
            || (code.is(at, "call") && code.called(at) == Some("next"))
    })
}

/// What stands between the brackets.
fn inside<'t>(code: &Code<'t>, at: At) -> &'t str {
    let text = code.text(at);
    text.get(1..text.len() - 1).unwrap_or(text).trim()
}

/// `[(k, v) for ...]` as what stands in a dictionary.
fn pairs(code: &Code<'_>, list: At) -> Option<String> {
    let pair = code.child(list, "body").filter(|body| code.is(*body, "tuple"))?;
    let kids = code.kids(pair);
    let [key, value] = kids.as_slice() else { return None };
    let clauses: String = code.kids(list).iter().skip(1).map(|at| format!(" {}", code.text(*at))).collect();
    Some(format!("{{{}: {}{clauses}}}", code.text(*key), code.text(*value)))
}

/// Functions that look at every element at once and keep none of the container.
const CONSUMERS: [&str; 8] = ["sorted", "set", "frozenset", "tuple", "list", "sum", "min", "max"];
/// The same, until they know the answer.
const UNTIL_KNOWN: [&str; 2] = ["any", "all"];

/// The call of one of these functions that is given a node and nothing else.
fn consumer(code: &Code<'_>, at: At, among: &[&str]) -> Option<At> {
    let call = code.up(code.up(at)?).filter(|call| code.is(*call, "call"))?;
    code.called(call).filter(|name| among.contains(name) && code.only_argument(call, name) == Some(at)).map(|_| call)
}

/// A copy that is only looked at.
pub(crate) fn copy(code: &Code<'_>, found: &mut Vec<Found>) {
    for at in (0..code.len()).filter(|at| matches!(code.kind(*at), "call" | "subscript")) {
        let Some((original, sure)) = copied(code, at) else { continue };
        // What is numbered is gone through later.
        let source = consumer(code, at, &["enumerate"]).unwrap_or(at);
        let looped =
            ["for_statement", "for_in_clause"].into_iter().find(|kind| code.fills(source, kind, "right")).and_then(|_| code.up(source));
        let around = looped.and_then(|looped| if code.is(looped, "for_in_clause") { code.up(looped) } else { code.child(looped, "body") });
        let stops = consumer(code, at, &UNTIL_KNOWN).is_some() && !code.is(original, "call");
        let fits = match around {
            Some(around) => code.method(at).is_some_and(|(_, method)| method == "keys") || !changes(code, around, original),
            None => stops || consumer(code, at, &CONSUMERS).is_some(),
        };
        if fits {
            found.push(Found::one(code, at, code.text(original), sure));
        }
    }
}

/// What an expression is a copy of.
fn copied(code: &Code<'_>, at: At) -> Option<(At, f64)> {
    if code.is(at, "subscript") {
        let value = code.child(at, "value")?;
        return (code.text(code.child(at, "subscript")?) == ":").then_some((value, 0.5));
    }
    let (original, sure) = match code.called(at)? {
        name @ ("list" | "tuple") => (code.only_argument(at, name)?, 0.7),
        _ => {
            let (object, method) = code.method(at)?;
            let bare = code.plain_arguments(at)?.is_empty();
            let keys = method == "keys";
            ((keys || method == "copy") && bare).then_some((object, if keys { 1.0 } else { 0.5 }))?
        }
    };
    (!matches!(code.kind(original), "generator_expression" | "list_comprehension")).then_some((original, sure))
}

/// Whether a loop may change what it goes over: a copy keeps it from falling over that. What an unknown function or method does, nobody knows.
fn changes(code: &Code<'_>, around: At, original: At) -> bool {
    let names: Vec<&str> = (original..code.below(original).end.max(original + 1))
        .filter(|at| code.is_variable(*at) && code.is(*at, "identifier"))
        .map(|at| code.text(at))
        .collect();
    let elsewhere = |at: &At| !code.holds(original, *at);
    let known = |call: At| {
        let changed = code.method(call).filter(|(object, method)| code.is(*object, "identifier") && CHANGES.contains(method));
        code.only_looks(call) || changed.is_some_and(|(object, _)| !names.contains(&code.text(object)))
    };
    names.iter().any(|name| code.occurrences(around, name).filter(elsewhere).any(|at| code.use_of(at) >= Use::Escapes))
        || code.below(around).filter(elsewhere).any(|at| code.is(at, "call") && !code.holds(at, original) && !known(at))
}

/// A loop that only sets a flag goes no further once it is set.
pub(crate) fn early_exit(code: &Code<'_>, found: &mut Vec<Found>) {
    for looped in code.all("for_statement").filter(|at| code.child(*at, "alternative").is_none()) {
        if code.function(looped).is_none() {
            continue;
        }
        let only = code.child(looped, "body").and_then(|body| code.only(body)).filter(|at| code.is(*at, "if_statement"));
        let Some(inner) = only.filter(|at| code.child(*at, "alternative").is_none()).and_then(|at| code.child(at, "consequence")) else {
            continue;
        };
        let Some(set) = code.only(inner) else { continue };
        let Some((flag, value)) = code.assigned(set) else { continue };
        let Some(left) = code.child(looped, "left") else { continue };
        if !code.is_constant(value) || code.outlives(looped, left) || code.occurrences(looped, flag).count() != 1 {
            continue;
        }
        let Some(line) = code.line_after(set, "break") else { continue };
        if is_harmless(code, looped) {
            found.push(Found { at: set, region: looped, pieces: vec![line], weight: 1.0 });
        }
    }
}

/// A list that is gone through once, by the very next statement.
pub(crate) fn lazy(code: &Code<'_>, found: &mut Vec<Found>) {
    for start in code.all("expression_statement") {
        let (Some((name, value)), Some(function)) = (code.assigned(start), code.function(start)) else { continue };
        let Some(next) = code.next(start).filter(|_| code.is(value, "list_comprehension") && code.loops(start).is_empty()) else {
            continue;
        };
        let uses: Vec<At> = code.occurrences(function, name).filter(|at| !code.binds(*at)).collect();
        let ([only], false) = (uses.as_slice(), code.is_captured(function, name)) else { continue };
        let looped = code.fills(*only, "for_statement", "right") && code.up(*only) == Some(next);
        // At once, and once: in a comprehension or under a condition it would be used up, or never made.
        let consumed = matches!(code.kind(next), "expression_statement" | "return_statement")
            && code.holds(next, *only)
            && (consumer(code, *only, &CONSUMERS).is_some() || consumer(code, *only, &UNTIL_KNOWN).is_some())
            && code.anchors(*only).is_empty()
            && !is_conditional(code, *only, next);
        let bound = code.occurrences(function, name).filter(|at| code.binds(*at)).count() == 1;
        // What the list is made of may not change while it is gone through.
        let harm = if looped { Use::Escapes } else { Use::Mutated };
        let changes = (value..code.below(value).end)
            .filter(|at| code.is(*at, "identifier"))
            .any(|at| code.worst_use(next, code.text(at)) >= harm && !code.binds(at));
        if (looped || consumed) && bound && !changes && is_harmless(code, value) && !needs_list(code, value) {
            found.push(Found::one(code, value, format!("({})", inside(code, value)), 0.6));
        }
    }
}
