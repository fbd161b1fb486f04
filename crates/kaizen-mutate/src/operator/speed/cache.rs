//! Python: a pure function that is called again and again with the same remembers what it answered.

use super::calls::QUIET_METHODS;
use super::code::{At, Code};
use super::names::Use;
use super::piece::Found;
use super::purity::pure_functions;

/// `functools.lru_cache` around a pure function of the file.
pub(crate) fn cached(code: &Code<'_>, found: &mut Vec<Found>) {
    let pure = pure_functions(code);
    for function in code.all("function_definition").filter(|at| code.up(*at) == Some(0)) {
        let Some(name) = code.child(function, "name").map(|at| code.text(at)).filter(|name| pure.contains(name)) else { continue };
        let calls: Vec<At> = code.all("call").filter(|call| code.called(*call) == Some(name)).collect();
        let recursive = calls.iter().filter(|call| code.holds(function, **call)).count();
        let in_loops = calls.iter().any(|call| !code.anchors(*call).is_empty());
        if (recursive < 2 && !in_loops) || calls.iter().any(|call| gives_unhashable(code, *call)) {
            continue;
        }
        let fits =
            !shares_its_answer(code, function, &mut vec![]) && !reached(code, function).into_iter().any(|one| depends_on_state(code, one));
        let Some(hashable) = hashable(code, function).filter(|_| fits) else { continue };
        // One, 1.0 and True are one key and not one answer.
        let (Some(mut pieces), Some(line)) =
            (code.import("import functools"), code.line_before(function, "@functools.lru_cache(maxsize=None, typed=True)"))
        else {
            continue;
        };
        pieces.push(line);
        found.push(Found { at: function, region: function, pieces, weight: hashable * if recursive > 1 { 1.0 } else { 0.6 } });
    }
}

/// The function of the file that a call calls.
fn definition(code: &Code<'_>, call: At) -> Option<At> {
    let name = code.called(call).filter(|_| code.is(call, "call"))?;
    let fits = |at: &At| code.up(*at) == Some(0) && code.child(*at, "name").is_some_and(|own| code.text(own) == name);
    code.all("function_definition").find(fits)
}

/// A function and every function of the file that it calls, directly or not.
fn reached(code: &Code<'_>, function: At) -> Vec<At> {
    let (mut found, mut next) = (vec![function], 0);
    while let Some(from) = found.get(next).copied() {
        next += 1;
        for called in code.below(from).filter_map(|at| definition(code, at)) {
            if !found.contains(&called) {
                found.push(called);
            }
        }
    }
    found
}

/// Whether it looks into an object: that may change, and be the same key as before.
fn depends_on_state(code: &Code<'_>, function: At) -> bool {
    let textual =
        |at: At| code.fills(at, "call", "function") && code.child(at, "attribute").is_some_and(|name| is_textual(code.text(name)));
    let of_module = |at: At| code.text(at).starts_with("math.");
    let own = |at: At| {
        let name = code.child(at, "object").filter(|object| code.is(*object, "identifier")).map(|object| code.text(object));
        name.is_some_and(|name| code.occurrences(function, name).any(|one| code.binds(one) && code.assigned_at(one).is_some()))
    };
    code.below(function).any(|at| code.is(at, "attribute") && !textual(at) && !of_module(at) && !own(at))
}

/// Methods of texts, which never change.
fn is_textual(method: &str) -> bool {
    let of_containers = ["get", "keys", "values", "items", "copy", "union", "intersection", "issubset", "issuperset", "difference"];
    QUIET_METHODS.contains(&method) && !of_containers.contains(&method)
}

fn gives_unhashable(code: &Code<'_>, call: At) -> bool {
    let given = code.child(call, "arguments").map_or_else(Vec::new, |list| code.kids(list));
    given.into_iter().any(|at| code.is_unhashable(at) || code.makes_list(at))
}

/// How sure it is that the arguments can be keys; `None` where they cannot, or where it takes none.
fn hashable(code: &Code<'_>, function: At) -> Option<f64> {
    let parameters = code.kids(code.child(function, "parameters")?);
    let body = code.child(function, "body")?;
    let mut sure: f64 = if parameters.is_empty() { return None } else { 1.0 };
    for parameter in parameters {
        let name = match code.kind(parameter) {
            "identifier" => parameter,
            "default_parameter" | "typed_default_parameter" => code.child(parameter, "name")?,
            "typed_parameter" => *code.kids(parameter).first()?,
            _ => return None,
        };
        let written = code.child(parameter, "type").map(|kind| code.text(kind).to_lowercase()).unwrap_or_default();
        if ["list", "dict", "set", "bytearray"].iter().any(|kind| written.starts_with(kind)) {
            return None;
        }
        let uses: Vec<At> = code.occurrences(body, code.text(name)).collect();
        if uses.iter().any(|at| code.use_of(*at) == Use::Mutated) {
            return None;
        }
        let container = |at: &At| {
            code.fills(*at, "subscript", "value")
                || code.fills(*at, "for_statement", "right")
                || code.fills(*at, "for_in_clause", "right")
                || code.up(*at).and_then(|up| code.up(up)).is_some_and(|call| code.only_argument(call, "len") == Some(*at))
        };
        if uses.iter().any(container) {
            sure = sure.min(if written.starts_with("str") || written.starts_with("tuple") { 1.0 } else { 0.4 });
        }
    }
    Some(sure)
}

/// Whether it may answer with something that a caller can change or use up. `asked` are the functions that were looked at.
fn shares_its_answer(code: &Code<'_>, function: At, asked: &mut Vec<At>) -> bool {
    asked.push(function);
    let returned: Vec<At> = code.below(function).filter(|at| code.is(*at, "return_statement")).filter_map(|at| code.only(at)).collect();
    let inside = |at: &At| !code.is(*at, "call") && code.below(*at).any(|inner| makes_changeable(code, inner));
    let names = returned.iter().filter(|at| code.is(**at, "identifier")).map(|at| code.text(*at));
    let values = names.flat_map(|name| code.occurrences(function, name)).filter_map(|at| code.assigned_at(at));
    let values: Vec<At> = returned.iter().copied().chain(values).collect();
    returned.is_empty()
        || returned.iter().any(inside)
        || values.into_iter().any(|at| {
            let handed_on = definition(code, at).filter(|called| !asked.contains(called));
            makes_changeable(code, at) || handed_on.is_some_and(|called| shares_its_answer(code, called, asked))
        })
}

fn makes_changeable(code: &Code<'_>, value: At) -> bool {
    let repeated = code.is(value, "binary_operator") && code.kids(value).iter().any(|side| makes_changeable(code, *side));
    let method = code.method(value).is_some_and(|(_, method)| !is_textual(method) || matches!(method, "split" | "rsplit" | "splitlines"));
    let iterator = code.is(value, "call")
        && code.called(value).is_some_and(|name| matches!(name, "map" | "filter" | "zip" | "enumerate" | "reversed" | "iter"));
    code.is_unhashable(value)
        || repeated
        || (method && !code.text(value).starts_with("math."))
        || iterator
        || code.is(value, "generator_expression")
}
