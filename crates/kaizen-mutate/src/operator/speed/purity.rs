//! Which Python functions and expressions answer the same each time, as far as one file shows.
//!
//! A function is pure here when it only calculates with its parameters, with what it makes itself, and with names of the file that nobody
//! changes. Everything unknown makes it impure.

use super::calls::{PURE_FUNCTIONS, QUIET_METHODS};
use super::code::{At, Code};
use super::names::Use;
use std::collections::BTreeSet;

/// Methods that change a container.
pub(crate) const CHANGES: [&str; 14] = [
    "append",
    "extend",
    "add",
    "update",
    "insert",
    "pop",
    "remove",
    "discard",
    "setdefault",
    "sort",
    "reverse",
    "clear",
    "popleft",
    "appendleft",
];

const IMPURE: [&str; 13] = [
    "global_statement",
    "nonlocal_statement",
    "yield",
    "await",
    "import_statement",
    "import_from_statement",
    "with_statement",
    "class_definition",
    "delete_statement",
    "lambda",
    "exec_statement",
    "function_definition",
    "print_statement",
];

/// The names of the file's pure functions.
pub(crate) fn pure_functions<'t>(code: &Code<'t>) -> BTreeSet<&'t str> {
    let defined: Vec<(At, &str)> = code
        .all("function_definition")
        .filter(|at| code.up(*at) == Some(0))
        .filter_map(|at| Some((at, code.text(code.child(at, "name")?))))
        .filter(|(_, name)| code.occurrences(0, name).filter(|at| code.binds(*at)).count() == 1)
        .collect();
    // All are believed to be pure until one calls something that is not.
    let mut pure: BTreeSet<&str> = defined.iter().map(|(_, name)| *name).collect();
    loop {
        let impure: Vec<&str> =
            defined.iter().filter(|(at, name)| pure.contains(name) && !is_pure(code, *at, &pure)).map(|(_, name)| *name).collect();
        if impure.is_empty() {
            return pure;
        }
        pure.retain(|name| !impure.contains(name));
    }
}

fn is_pure(code: &Code<'_>, function: At, pure: &BTreeSet<&str>) -> bool {
    let Some(body) = code.child(function, "body") else { return false };
    if code.tokens(function).contains(&"async") || code.text(function).starts_with("async") {
        return false;
    }
    code.below(body).all(|at| match code.kind(at) {
        kind if IMPURE.contains(&kind) => false,
        "call" => is_pure_call(code, function, at, pure),
        "attribute" => !code.is_target(at) && reads_no_state(code, function, at),
        "subscript" => !code.is_target(at) || root(code, at).is_some_and(|name| is_own(code, function, name)),
        "identifier" if code.is_variable(at) => is_known(code, function, at, pure),
        _ => true,
    })
}

/// Whether an attribute belongs to what the function was given or made, to `math`, or to a type: of anything else nobody knows who changes it.
fn reads_no_state(code: &Code<'_>, function: At, attribute: At) -> bool {
    let Some(name) = root(code, attribute) else { return true };
    let is_type = matches!(name, "math" | "str" | "int" | "float" | "bytes") || name.starts_with(char::is_uppercase);
    is_type || code.occurrences(function, name).any(|at| code.binds(at))
}

/// Whether what decides an order is known to do nothing else.
fn is_pure_key(code: &Code<'_>, call: At, pure: &BTreeSet<&str>) -> bool {
    let Some(arguments) = code.child(call, "arguments") else { return true };
    let keys = code.kids(arguments).into_iter().filter(|at| code.is(*at, "keyword_argument"));
    let keys = keys.filter(|at| code.child(*at, "name").is_some_and(|name| code.text(name) == "key"));
    keys.filter_map(|at| code.child(at, "value")).all(|value| match code.kind(value) {
        "identifier" => pure.contains(code.text(value)) || PURE_FUNCTIONS.contains(&code.text(value)),
        "attribute" => code.child(value, "attribute").is_some_and(|name| QUIET_METHODS.contains(&code.text(name))),
        _ => true,
    })
}

fn is_pure_call(code: &Code<'_>, function: At, call: At, pure: &BTreeSet<&str>) -> bool {
    let Some(called) = code.child(call, "function") else { return false };
    if code.is(called, "identifier") {
        let Some(name) = code.called(call) else { return false };
        let fresh = matches!(name, "list" | "dict" | "enumerate" | "zip" | "reversed" | "ValueError" | "TypeError");
        return pure.contains(name) || (PURE_FUNCTIONS.contains(&name) && is_pure_key(code, call, pure)) || fresh;
    }
    let Some((object, method)) = code.method(call) else { return false };
    if code.text(object) == "math" || QUIET_METHODS.contains(&method) {
        return true;
    }
    CHANGES.contains(&method) && code.is(object, "identifier") && is_own(code, function, code.text(object))
}

/// The name that a chain of attributes and indexes begins with.
fn root<'t>(code: &Code<'t>, at: At) -> Option<&'t str> {
    match code.kind(at) {
        "identifier" => Some(code.text(at)),
        "attribute" => root(code, code.child(at, "object")?),
        "subscript" => root(code, code.child(at, "value")?),
        _ => None,
    }
}

/// Whether a name stands for a container that the function made itself, whenever it stands for anything.
fn is_own(code: &Code<'_>, function: At, name: &str) -> bool {
    let bound: Vec<At> = code.occurrences(function, name).filter(|at| code.binds(*at)).collect();
    let fresh = |at: At| {
        let value = code.statement(at).and_then(|statement| code.assigned(statement)).map(|(_, value)| value);
        value.is_some_and(|value| code.is_unhashable(value) || is_repeated(code, value))
    };
    !bound.is_empty() && bound.iter().all(|at| fresh(*at))
}

/// `[0] * n`
fn is_repeated(code: &Code<'_>, value: At) -> bool {
    code.is(value, "binary_operator") && code.child(value, "left").is_some_and(|left| code.is(left, "list"))
}

/// Whether what a name stands for is the function's own, or never changes.
fn is_known(code: &Code<'_>, function: At, at: At, pure: &BTreeSet<&str>) -> bool {
    let name = code.text(at);
    if code.fills(at, "call", "function") || pure.contains(name) {
        return true;
    }
    if code.occurrences(function, name).any(|one| code.binds(one)) || code.fills(at, "attribute", "object") && name == "math" {
        return true;
    }
    is_fixed(code, name)
}

/// A name of the file that is given one value and never changed.
pub(crate) fn is_fixed(code: &Code<'_>, name: &str) -> bool {
    let mut bound = code.occurrences(0, name).filter(|at| code.binds(*at));
    let only = bound.next().filter(|_| bound.next().is_none());
    let at_top = only.is_some_and(|at| code.function(at).is_none() && code.loops(at).is_empty());
    let builtin = matches!(
        name,
        "ValueError" | "TypeError" | "IndexError" | "KeyError" | "int" | "str" | "float" | "len" | "list" | "tuple" | "dict" | "set"
    );
    (at_top && code.occurrences(0, name).all(|at| matches!(code.use_of(at), Use::Bound | Use::Read | Use::Escapes)))
        || (only.is_none() && builtin)
}

/// Whether nothing but the code that is seen can change what a name stands for: it is the function's own and no function inside changes
/// it, or the file's and nobody does.
pub(crate) fn is_settled(code: &Code<'_>, here: At, name: &str) -> bool {
    let Some(function) = code.function(here) else { return is_fixed(code, name) };
    let changes = |at: At| code.is_function(at) && code.worst_use(at, name) >= Use::Mutated;
    match code.occurrences(function, name).any(|at| code.binds(at)) {
        true => !code.is_shared(name) && !code.below(function).any(changes),
        false => is_fixed(code, name),
    }
}

/// Whether a call may have no answer even for arguments of the right kind: the text is no number, nothing is there to be the least.
pub(crate) fn may_raise(code: &Code<'_>, call: At) -> bool {
    let arguments =
        code.child(call, "arguments").filter(|list| code.is(*list, "argument_list")).map_or_else(Vec::new, |list| code.kids(list));
    let calculated = |at: &At| {
        matches!(code.kind(*at), "binary_operator" | "integer" | "float")
            || code.called(*at).is_some_and(|name| matches!(name, "len" | "sum" | "abs" | "round") || name.starts_with("math."))
    };
    match (code.called(call), code.method(call).map(|(_, method)| method)) {
        (Some("min" | "max"), _) => {
            let named = |at: &At| code.is(*at, "keyword_argument");
            arguments.iter().filter(|at| !named(at)).count() == 1
                && !arguments.iter().any(|at| named(at) && code.text(*at).starts_with("default"))
        }
        (Some("int" | "float"), _) => !arguments.first().is_some_and(calculated),
        (Some("ord" | "chr" | "bytes" | "divmod"), _) => true,
        (Some(name), _) if name.starts_with("math.") => {
            !matches!(name, "math.floor" | "math.ceil" | "math.fabs" | "math.sqrt" | "math.gcd")
        }
        (_, method) => method.is_some_and(|method| matches!(method, "index" | "rindex" | "encode" | "decode")),
    }
}

/// Whether leaving some of what stands below undone changes nothing: every call only looks, and always has an answer.
pub(crate) fn is_harmless(code: &Code<'_>, within: At) -> bool {
    code.below(within).all(|at| match code.kind(at) {
        "call" => code.only_looks(at) && !matches!(code.called(at), Some("map" | "filter" | "print")) && !may_raise(code, at),
        "await" | "yield" | "named_expression" => false,
        _ => true,
    })
}

/// How sure it is that an expression answers the same in every turn of a loop; `None` where it does not, or nobody knows.
pub(crate) fn is_invariant(code: &Code<'_>, expression: At, within: At, pure: &BTreeSet<&str>) -> Option<f64> {
    let mut sure: f64 = 1.0;
    for at in expression..code.below(expression).end.max(expression + 1) {
        match code.kind(at) {
            "identifier" if code.fills(at, "call", "function") => {}
            "identifier" if code.text(at) == "math" && code.fills(at, "attribute", "object") => {}
            "identifier" if code.is_variable(at) && !is_settled(code, expression, code.text(at)) => return None,
            "identifier" if code.is_variable(at) => match code.worst_use(within, code.text(at)) {
                Use::Bound | Use::Mutated => return None,
                Use::Escapes => sure = sure.min(0.6),
                Use::Read => {}
            },
            "attribute" if !code.fills(at, "call", "function") => {
                let text = code.text(at);
                let written = |other: At| code.is(other, "attribute") && code.text(other) == text && code.is_target(other);
                if code.below(within).any(written) {
                    return None;
                }
                sure = sure.min(if text.starts_with("math.") { 1.0 } else { 0.6 });
            }
            "call" => {
                let name = code.called(at).unwrap_or_default();
                let quiet = code.method(at).is_some_and(|(_, method)| QUIET_METHODS.contains(&method));
                let known = quiet || PURE_FUNCTIONS.contains(&name) || pure.contains(name) || name.starts_with("math.");
                (known && is_pure_key(code, at, pure)).then_some(())?;
            }
            "subscript" => sure = sure.min(0.7),
            kind if kind.ends_with("comprehension") || kind == "generator_expression" => return None,
            "lambda" | "yield" | "await" | "named_expression" | "interpolation" => return None,
            _ => {}
        }
    }
    Some(sure)
}
