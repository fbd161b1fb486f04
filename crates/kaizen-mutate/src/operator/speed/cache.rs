//! Python: a pure function that is called again and again with the same remembers what it answered.

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
        let Some(hashable) = hashable(code, function).filter(|_| !shares_its_answer(code, function)) else { continue };
        if recursive < 2 && !in_loops {
            continue;
        }
        let (Some(mut pieces), Some(line)) =
            (code.import("import functools"), code.line_before(function, "@functools.lru_cache(maxsize=None)"))
        else {
            continue;
        };
        pieces.push(line);
        found.push(Found { at: function, region: function, pieces, weight: hashable * if recursive > 1 { 1.0 } else { 0.6 } });
    }
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

/// Whether it may answer with something that a caller can change.
fn shares_its_answer(code: &Code<'_>, function: At) -> bool {
    let returned: Vec<At> = code.below(function).filter(|at| code.is(*at, "return_statement")).filter_map(|at| code.only(at)).collect();
    let own = |name: &str| {
        let values = code.occurrences(function, name).filter(|at| code.binds(*at)).filter_map(|at| code.statement(at));
        values.filter_map(|statement| code.assigned(statement)).any(|(bound, value)| bound == name && makes_changeable(code, value))
    };
    let changeable = |at: At| makes_changeable(code, at) || (code.is(at, "identifier") && own(code.text(at)));
    returned.is_empty()
        || returned.iter().any(|at| changeable(*at) || code.below(*at).any(|inner| code.is_unhashable(inner) && !code.is(*at, "call")))
}

fn makes_changeable(code: &Code<'_>, value: At) -> bool {
    let repeated = code.is(value, "binary_operator") && code.kids(value).iter().any(|side| makes_changeable(code, *side));
    let method =
        code.method(value).is_some_and(|(_, method)| matches!(method, "split" | "splitlines" | "copy" | "keys" | "items" | "values"));
    code.is_unhashable(value) || repeated || method || code.is(value, "generator_expression")
}
