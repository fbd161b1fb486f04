//! Python: what answers the same in every turn of a loop is asked once before it; what is asked twice in one statement is asked once.

use super::calls::{PURE_FUNCTIONS, QUIET_METHODS};
use super::code::{At, Code};
use super::names::Use;
use super::piece::{Found, Piece};
use super::purity::{is_invariant, may_raise, pure_functions};
use std::collections::BTreeSet;

/// Functions whose answers nobody can change.
const PLAIN: [&str; 16] =
    ["len", "sum", "abs", "tuple", "frozenset", "str", "int", "float", "bool", "round", "divmod", "ord", "chr", "any", "all", "isinstance"];
/// Of those, the ones that cost next to nothing.
const CHEAP: [&str; 10] = ["len", "abs", "int", "float", "bool", "round", "ord", "chr", "isinstance", "range"];
/// Methods whose answers nobody can change, and that have one for every text.
const TEXTUAL: [&str; 12] =
    ["lower", "upper", "strip", "lstrip", "rstrip", "title", "casefold", "replace", "startswith", "endswith", "join", "count"];

/// Calls that are known to answer the same for the same, with what each one's hoisting promises.
fn worth(code: &Code<'_>, call: At, pure: &BTreeSet<&str>) -> Option<f64> {
    let name = code.called(call)?;
    if name == "isinstance" || name == "range" {
        return None;
    }
    let harmless = code.use_of(call) == Use::Read;
    if let Some((_, method)) = code.method(call).filter(|_| !name.starts_with("math.")) {
        return match QUIET_METHODS.contains(&method) {
            true if TEXTUAL.contains(&method) => Some(0.5),
            true if harmless && matches!(method, "split" | "splitlines" | "keys" | "values" | "items" | "copy") => Some(0.4),
            _ => None,
        };
    }
    if name.starts_with("math.") {
        return Some(0.35);
    }
    let alone = code.plain_arguments(call).is_some_and(|given| given.len() == 1);
    if PLAIN.contains(&name) && (name != "sum" || alone) {
        return Some(if CHEAP.contains(&name) { 0.3 } else { 0.9 });
    }
    let scalar = matches!(name, "min" | "max");
    let known = PURE_FUNCTIONS.contains(&name) || pure.contains(name);
    (known && (harmless || scalar)).then_some(1.0)
}

/// A name for what a call answers.
fn named(code: &Code<'_>, call: At) -> String {
    let text = code.text(call);
    let words: Vec<&str> =
        text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty() && *word != "self").collect();
    let joined = words.iter().take(3).copied().collect::<Vec<_>>().join("_");
    let begins = joined.chars().next().is_some_and(|letter| letter.is_alphabetic() || letter == '_');
    code.fresh(if begins && joined.len() <= 30 { &joined } else { "invariant" })
}

/// Every call of this text below a node, in one function.
fn alike(code: &Code<'_>, within: At, call: At) -> Vec<At> {
    let same = |at: &At| code.is(*at, "call") && code.text(*at) == code.text(call) && code.function(*at) == code.function(call);
    code.below(within).filter(same).collect()
}

/// Whether a call has an answer for every value of the right kind, so that asking too early does no harm.
fn is_total(code: &Code<'_>, call: At) -> bool {
    let name = code.called(call).unwrap_or_default();
    let method = code.method(call).is_some_and(|(_, method)| TEXTUAL.contains(&method));
    let parts = code.below(call).any(|at| matches!(code.kind(at), "subscript" | "attribute") && !code.fills(at, "call", "function"));
    (method || matches!(name, "len" | "str" | "set" | "frozenset" | "tuple" | "bool" | "any" | "all" | "abs")) && !parts
}

/// Whether what follows a statement may not be reached.
pub(crate) fn leaves(code: &Code<'_>, statement: At) -> bool {
    let leaves = |at: At| matches!(code.kind(at), "return_statement" | "continue_statement" | "break_statement" | "raise_statement");
    leaves(statement) || code.below(statement).any(leaves)
}

/// Whether what is below a statement or a loop may go by without being done: in a turn of the loop, or altogether.
pub(crate) fn is_conditional(code: &Code<'_>, call: At, anchor: At) -> bool {
    let mut inner = call;
    for up in code.ancestors(call).take_while(|up| *up != anchor) {
        let skips = match code.kind(up) {
            "if_statement" => code.field(inner) != "condition",
            "elif_clause" | "else_clause" | "except_clause" | "try_statement" | "conditional_expression" | "match_statement" => true,
            "block" => code.kids(up).into_iter().take_while(|before| *before != inner).any(|before| leaves(code, before)),
            "boolean_operator" => code.field(inner) == "right",
            "while_statement" | "for_statement" => code.field(inner) == "body",
            kind if kind.ends_with("comprehension") || kind == "generator_expression" => {
                code.field(inner) == "body" && code.kids(up).iter().any(|kid| code.is(*kid, "if_clause"))
            }
            _ => false,
        };
        if skips {
            return true;
        }
        inner = up;
    }
    false
}

/// Whether a loop asks at least once: a condition is asked even where no turn follows.
fn is_asked(code: &Code<'_>, call: At, anchor: At) -> bool {
    let condition = code.child(anchor, "condition").filter(|_| code.is(anchor, "while_statement"));
    condition.is_some_and(|condition| code.holds(condition, call)) && !is_conditional(code, call, anchor)
}

/// What is asked before a loop: the call itself, where it always has an answer; the least or greatest of what the loop goes over, where
/// having no element means having no turn. `None` where asking too early could raise what nobody would have raised.
fn asked_early(code: &Code<'_>, call: At, anchor: At) -> Option<String> {
    let text = code.text(call);
    if is_asked(code, call, anchor) {
        return Some(text.to_owned());
    }
    let names = code.below(call).filter(|at| code.is_variable(*at) && !code.fills(*at, "call", "function"));
    if names.into_iter().any(|at| code.may_be_nothing(anchor, code.text(at))) {
        return None;
    }
    let least = matches!(code.called(call), Some("min" | "max")).then(|| code.child(call, "arguments")).flatten();
    let source = least.and_then(|list| code.kids(list).first().copied()).filter(|_| may_raise(code, call));
    if source.is_some_and(|source| goes_over(code, call, anchor, code.text(source))) {
        return Some(format!("{}, default=None)", text.strip_suffix(')')?.trim_end_matches([',', ' '])));
    }
    let early = is_total(code, call) || !(is_conditional(code, call, anchor) || may_raise(code, call));
    early.then(|| text.to_owned())
}

/// Whether a loop has no turn where a name has no elements.
fn goes_over(code: &Code<'_>, call: At, anchor: At, name: &str) -> bool {
    let outermost =
        code.ancestors(call).take_while(|up| *up != anchor).filter(|up| code.kids(*up).iter().any(|kid| code.is(*kid, "for_in_clause")));
    let clause = outermost.last().and_then(|made| code.kids(made).get(1).copied());
    let looped = if code.is_loop(anchor) { Some(anchor) } else { clause };
    let Some(right) = looped.and_then(|looped| code.child(looped, "right")) else { return false };
    let first = || code.child(right, "arguments").and_then(|list| code.kids(list).first().copied());
    match code.called(right).filter(|_| code.is(right, "call")) {
        None => code.text(right) == name,
        Some("enumerate" | "reversed" | "sorted" | "list" | "tuple" | "set" | "zip") => {
            first().is_some_and(|given| code.text(given) == name)
        }
        Some("range") => {
            code.only_argument(right, "range").and_then(|length| code.only_argument(length, "len")).is_some_and(|of| code.text(of) == name)
        }
        Some(_) => false,
    }
}

/// Out of the loop.
pub(crate) fn invariant(code: &Code<'_>, found: &mut Vec<Found>) {
    let pure = pure_functions(code);
    let mut done: Vec<(At, &str)> = Vec::new();
    for call in code.all("call") {
        let Some(worth) = worth(code, call, &pure).filter(|_| code.function(call).is_some()) else { continue };
        if code.up(call).is_some_and(|up| code.is(up, "expression_statement")) {
            continue;
        }
        let steady: Vec<(At, f64)> =
            code.anchors(call).into_iter().map_while(|anchor| Some((anchor, is_invariant(code, call, anchor, &pure)?))).collect();
        let Some((anchor, sure)) = steady.last().copied() else { continue };
        let Some(asked) = asked_early(code, call, anchor) else { continue };
        // A call inside another one that can be hoisted as well goes with it.
        let goes_with = code.ancestors(call).take_while(|up| *up != anchor).any(|up| done.contains(&(anchor, code.text(up))));
        if goes_with || done.contains(&(anchor, code.text(call))) {
            continue;
        }
        done.push((anchor, code.text(call)));
        let name = named(code, call);
        let Some(line) = code.line_before(anchor, &format!("{name} = {asked}")) else { continue };
        let mut pieces: Vec<Piece> = alike(code, anchor, call).into_iter().map(|at| code.replaced(at, name.clone())).collect();
        pieces.push(line);
        let deep = if code.loops(call).len() > 1 { 1.0 } else { 0.85 };
        found.push(Found { at: call, region: anchor, pieces, weight: worth * sure * deep });
    }
}

/// Twice in one statement.
pub(crate) fn repeated(code: &Code<'_>, found: &mut Vec<Found>) {
    let pure = pure_functions(code);
    let mut done: Vec<(At, &str)> = Vec::new();
    for call in code.all("call") {
        let Some(worth) = worth(code, call, &pure).filter(|worth| *worth > 0.35 && code.function(call).is_some()) else { continue };
        let Some(statement) = code.statement(call) else { continue };
        let within = alike(code, statement, call);
        let fits =
            !code.is_loop(statement) && within.len() > 1 && within.first() == Some(&call) && !done.contains(&(statement, code.text(call)));
        let later = |up: At| code.kind(up).ends_with("comprehension") || code.is(up, "generator_expression");
        let nested = code.function(call) != code.function(statement)
            || is_conditional(code, call, statement)
            || code.ancestors(call).take_while(|up| *up != statement).any(later);
        let Some(sure) = is_invariant(code, call, statement, &pure).filter(|_| fits && !nested) else { continue };
        done.push((statement, code.text(call)));
        let name = named(code, call);
        let Some(line) = code.line_before(statement, &format!("{name} = {}", code.text(call))) else { continue };
        let pieces = within.iter().map(|at| code.replaced(*at, name.clone())).chain([line]).collect();
        found.push(Found { at: call, region: code.function(call).unwrap_or(statement), pieces, weight: 0.8 * worth * sure });
    }
}

/// An attribute that is looked up in every turn of a loop, of a module or of a name that stays: `list.append`, `math.sqrt`.
pub(crate) fn lookup(code: &Code<'_>, found: &mut Vec<Found>) {
    let mut done: Vec<(At, &str)> = Vec::new();
    for call in code.all("call") {
        let Some(function) = code.child(call, "function").filter(|at| code.is(*at, "attribute")) else { continue };
        let Some(object) = code.child(function, "object").filter(|at| code.is(*at, "identifier")) else { continue };
        let name = code.text(object);
        let steady = |anchor: &At| !code.occurrences(*anchor, name).any(|at| code.binds(at));
        let anchors: Vec<At> = code.anchors(call).into_iter().take_while(steady).collect();
        let (Some(anchor), Some(around)) = (anchors.last().copied(), code.function(call)) else { continue };
        let written = |at: At| code.is(at, "attribute") && code.text(at) == code.text(function) && code.is_target(at);
        let fits = code.is_loop(anchor) && name != "self" && !code.is_shared(name) && !code.may_be_nothing(anchor, name);
        if !fits || done.contains(&(anchor, code.text(function))) || code.below(anchor).any(written) {
            continue;
        }
        done.push((anchor, code.text(function)));
        let Some(method) = code.child(function, "attribute").map(|at| code.text(at)) else { continue };
        let short = code.fresh(&format!("{name}_{method}"));
        let Some(line) = code.line_before(anchor, &format!("{short} = {}", code.text(function))) else { continue };
        let same =
            |at: &At| code.fills(*at, "call", "function") && code.text(*at) == code.text(function) && code.function(*at) == Some(around);
        let pieces = code.below(anchor).filter(same).map(|at| code.replaced(at, short.clone())).chain([line]).collect();
        let deep = if code.loops(call).len() > 1 { 1.0 } else { 0.7 };
        found.push(Found { at: call, region: anchor, pieces, weight: deep });
    }
}
