//! Python: a list that is taken from the front moves all that is left each time; a deque does not.

use super::code::{At, Code};
use super::names::Use;
use super::piece::{Found, Piece};

/// A local list that is used as a queue and for nothing a deque cannot do.
pub(crate) fn deque(code: &Code<'_>, found: &mut Vec<Found>) {
    let mut seen: Vec<(At, &str)> = Vec::new();
    for call in code.all("call") {
        let Some((object, method)) = code.method(call).filter(|(object, _)| code.is(*object, "identifier")) else { continue };
        let Some(function) = code.function(call) else { continue };
        let name = code.text(object);
        if front(code, call, method).is_none() || seen.contains(&(function, name)) || code.loops(call).is_empty() {
            continue;
        }
        seen.push((function, name));
        found.extend(as_deque(code, function, name, call));
    }
}

/// What a call at the front of a list is called for a deque.
fn front(code: &Code<'_>, call: At, method: &str) -> Option<String> {
    let arguments = code.plain_arguments(call)?;
    match (method, arguments.as_slice()) {
        ("pop", [zero]) if code.text(*zero) == "0" => Some("popleft()".into()),
        ("insert", [zero, value]) if code.text(*zero) == "0" => Some(format!("appendleft({})", code.text(*value))),
        _ => None,
    }
}

fn as_deque(code: &Code<'_>, function: At, name: &str, shown: At) -> Option<Found> {
    if code.is_captured(function, name) || code.is_shared(name) {
        return None;
    }
    let known = code.kids(0).iter().any(|at| code.text(*at) == "from collections import deque");
    let mut pieces: Vec<Piece> = if known { vec![] } else { code.import("import collections")? };
    let made = if known { "deque" } else { "collections.deque" };
    for at in code.occurrences(function, name) {
        pieces.extend(piece(code, at, made)?);
    }
    let region = code.loops(shown).last().copied()?;
    Some(Found { at: shown, region, pieces, weight: 1.0 })
}

/// What becomes of one use; `None` where a deque would answer otherwise.
fn piece(code: &Code<'_>, at: At, made: &str) -> Option<Vec<Piece>> {
    let up = code.up(at)?;
    match code.use_of(at) {
        Use::Bound => {
            let (_, value) = code.assigned(code.statement(at)?)?;
            code.makes_list(value).then_some(())?;
            let inner = if code.text(value) == "[]" { String::new() } else { code.text(value).to_owned() };
            Some(vec![code.replaced(value, format!("{made}({inner})"))])
        }
        Use::Mutated => {
            let call = code.up(up).filter(|call| code.is(*call, "call") && code.fills(at, "attribute", "object"))?;
            let (object, method) = code.method(call)?;
            if let Some(other) = front(code, call, method) {
                let span = code.span(object).end + 1..code.span(call).end;
                return Some(vec![(span, other)]);
            }
            let arguments = code.plain_arguments(call)?.len();
            matches!((method, arguments), ("append" | "extend" | "remove", 1) | ("pop" | "clear" | "reverse", 0)).then(Vec::new)
        }
        Use::Escapes if code.is(up, "return_statement") => Some(vec![code.replaced(at, format!("list({})", code.text(at)))]),
        Use::Escapes => None,
        Use::Read => is_fine(code, at, up).then(Vec::new),
    }
}

/// Looks that a deque answers like a list.
fn is_fine(code: &Code<'_>, at: At, up: At) -> bool {
    match code.kind(up) {
        "subscript" => code.child(up, "subscript").is_some_and(|index| !code.is(index, "slice")),
        "while_statement" | "if_statement" | "elif_clause" | "not_operator" | "for_in_clause" => true,
        "comparison_operator" => code.tokens(up).iter().any(|token| matches!(*token, "in" | "not in")) && code.field(at) != "left",
        "argument_list" => {
            let called = code.up(up).and_then(|call| code.called(call));
            called.is_some_and(|name| matches!(name, "len" | "list" | "sum" | "min" | "max" | "sorted" | "any" | "all" | "tuple" | "set"))
        }
        "attribute" => code.child(up, "attribute").is_some_and(|name| matches!(code.text(name), "count" | "index")),
        _ => false,
    }
}
