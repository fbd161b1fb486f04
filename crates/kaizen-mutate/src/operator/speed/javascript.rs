//! JavaScript and TypeScript: the same slips in the words of arrays. Without types, only what the syntax shows is believed.

use super::code::{At, Code};
use super::piece::{Found, Piece};

/// Methods of arrays that only look.
const QUIET: [&str; 16] = [
    "includes",
    "indexOf",
    "length",
    "map",
    "filter",
    "forEach",
    "some",
    "every",
    "find",
    "findIndex",
    "slice",
    "join",
    "concat",
    "reduce",
    "entries",
    "values",
];
/// Methods that call their argument for every element.
const REPEATING: [&str; 10] = ["map", "filter", "forEach", "some", "every", "find", "findIndex", "reduce", "flatMap", "sort"];

/// The object and the name of a method call.
fn method<'t>(code: &Code<'t>, call: At) -> Option<(At, &'t str)> {
    let function = code.child(call, "function").filter(|at| code.is(call, "call_expression") && code.is(*at, "member_expression"))?;
    Some((code.child(function, "object")?, code.text(code.child(function, "property")?)))
}

fn arguments(code: &Code<'_>, call: At) -> Vec<At> {
    code.child(call, "arguments").map_or_else(Vec::new, |list| code.kids(list))
}

/// Everything of a name below a node.
fn names(code: &Code<'_>, within: At, name: &str) -> Vec<At> {
    let same = |at: &At| code.kind(*at).ends_with("identifier") && code.text(*at) == name && code.field(*at) != "property";
    code.below(within).filter(same).collect()
}

/// The call of an array's method that calls a function for every element.
fn repeating(code: &Code<'_>, function: At) -> Option<At> {
    let call = code.up(code.up(function)?).filter(|call| code.is(*call, "call_expression"))?;
    method(code, call).filter(|(_, name)| REPEATING.contains(name)).map(|_| call)
}

/// Loops and statements with a callback that run a node again and again, innermost first.
fn anchors(code: &Code<'_>, at: At) -> Vec<At> {
    let mut found = Vec::new();
    let mut inner = at;
    for up in code.ancestors(at) {
        if code.is_loop(up) && !matches!(code.field(inner), "right" | "initializer") {
            found.push(up);
        }
        if code.is_function(up) {
            let Some(statement) = repeating(code, up).and_then(|call| code.statement(call)) else { break };
            found.push(statement);
        }
        inner = up;
    }
    found
}

/// Whether a name is only looked at below a node.
fn is_steady(code: &Code<'_>, within: At, name: &str) -> bool {
    names(code, within, name).into_iter().all(|at| {
        let Some(up) = code.up(at) else { return false };
        match code.kind(up) {
            "member_expression" => code.child(up, "property").is_some_and(|name| QUIET.contains(&code.text(name))) && !is_written(code, up),
            "subscript_expression" => !is_written(code, up),
            "for_in_statement" => code.field(at) == "right",
            "spread_element" | "binary_expression" => true,
            _ => false,
        }
    })
}

fn is_written(code: &Code<'_>, at: At) -> bool {
    code.field(at) == "left" || code.up(at).is_some_and(|up| code.is(up, "update_expression"))
}

/// The values a name is declared with, anywhere in the file.
fn declared(code: &Code<'_>, name: &str) -> Vec<At> {
    let is_it = |at: &At| code.child(*at, "name").is_some_and(|inner| code.text(inner) == name);
    code.all("variable_declarator").filter(is_it).filter_map(|at| code.child(at, "value")).collect()
}

/// Whether a name is declared once, as an empty array, and in this function.
fn is_own(code: &Code<'_>, function: Option<At>, name: &str) -> bool {
    match declared(code, name).as_slice() {
        [only] => code.text(*only) == "[]" && function.is_some() && code.function(*only) == function,
        _ => false,
    }
}

fn is_array(code: &Code<'_>, value: At) -> bool {
    let made = method(code, value).is_some_and(|(object, name)| match code.text(object) {
        "Array" | "Object" => matches!(name, "from" | "of" | "keys" | "values" | "entries"),
        _ => matches!(name, "map" | "filter" | "flatMap" | "split" | "sort" | "reverse"),
    });
    code.is(value, "array") || made
}

/// Whether the file shows that a name stands for a text: by its type, its default, or what is asked of it.
fn is_text(code: &Code<'_>, name: &str) -> bool {
    const OF_TEXTS: [&str; 10] =
        ["trim", "toLowerCase", "toUpperCase", "split", "charAt", "charCodeAt", "substring", "startsWith", "endsWith", "replace"];
    names(code, 0, name).into_iter().filter_map(|at| code.up(at)).any(|up| {
        let written = code.child(up, "type").is_some_and(|kind| code.text(kind).trim_start_matches([':', ' ']) == "string");
        let given = ["value", "right"].into_iter().filter_map(|field| code.child(up, field)).any(|value| code.is(value, "string"));
        let asked =
            code.is(up, "member_expression") && code.child(up, "property").is_some_and(|asked| OF_TEXTS.contains(&code.text(asked)));
        written || asked || (given && code.is(up, "assignment_pattern"))
    })
}

/// Whether a function that may run at any time changes what a name stands for: one that is no callback of an array's method.
fn is_changed_elsewhere(code: &Code<'_>, anchor: At, name: &str) -> bool {
    names(code, 0, name).into_iter().filter(|at| !code.holds(anchor, *at)).any(|at| {
        let changes = code.up(at).is_some_and(|up| {
            let called = code.is(up, "member_expression") && code.up(up).is_some_and(|call| code.is(call, "call_expression"));
            let quiet = code.child(up, "property").is_some_and(|member| QUIET.contains(&code.text(member)));
            is_written(code, up) || code.field(at) == "left" || (called && !quiet)
        });
        let apart =
            code.ancestors(at).take_while(|up| !code.holds(*up, anchor)).any(|up| code.is_function(up) && repeating(code, up).is_none());
        changes && apart
    })
}

/// An array that is asked again and again whether it holds something, and stays as it is.
pub(crate) fn membership(code: &Code<'_>, found: &mut Vec<Found>) {
    for call in code.all("call_expression") {
        let Some((object, "includes")) = method(code, call).filter(|(object, _)| code.is(*object, "identifier")) else { continue };
        let given = arguments(code, call);
        let ([asked], name) = (given.as_slice(), code.text(object)) else { continue };
        let steady: Vec<At> = anchors(code, call).into_iter().take_while(|anchor| is_steady(code, *anchor, name)).collect();
        let Some(anchor) = steady.last().copied() else { continue };
        let values = declared(code, name);
        let wrong = is_text(code, name) || !values.iter().all(|value| is_array(code, *value)) || is_changed_elsewhere(code, anchor, name);
        let twice = found.iter().any(|one| one.region == anchor && one.pieces.iter().any(|piece| piece.0 == code.span(call)));
        if wrong || twice {
            continue;
        }
        let set = code.fresh(&format!("{name}Set"));
        let Some(line) = code.line_before(anchor, &format!("const {set} = new Set({name});")) else { continue };
        let pieces = vec![line, code.replaced(call, format!("{set}.has({})", code.text(*asked)))];
        found.push(Found { at: call, region: anchor, pieces, weight: if values.is_empty() { 0.5 } else { 1.0 } });
    }
}

/// An array that grows while it is asked: a set grows beside it.
pub(crate) fn grown(code: &Code<'_>, found: &mut Vec<Found>) {
    for declarator in code.all("variable_declarator").filter(|at| code.child(*at, "value").is_some_and(|value| code.text(value) == "[]")) {
        let Some(name) = code.child(declarator, "name").map(|at| code.text(at)) else { continue };
        let (Some(statement), Some(function)) = (code.statement(declarator), code.function(declarator)) else { continue };
        if code.up(declarator) != Some(statement) || !is_own(code, Some(function), name) {
            continue;
        }
        let set = code.fresh(&format!("{name}Seen"));
        let Some(start) = code.line_after(statement, &format!("const {set} = new Set();")) else { continue };
        let (mut pieces, mut shown, mut grows, mut fine) = (vec![start], None, false, true);
        for at in names(code, function, name).into_iter().filter(|at| code.up(*at) != Some(declarator)) {
            let Some(call) = code.up(at).and_then(|up| code.up(up)) else { continue };
            let given = arguments(code, call);
            match (method(code, call).filter(|(object, _)| *object == at), given.as_slice()) {
                (Some((_, "includes")), [asked]) => {
                    pieces.push(code.replaced(call, format!("{set}.has({})", code.text(*asked))));
                    shown = shown.or(anchors(code, call).last().map(|region| (call, *region)));
                }
                (Some((_, "push")), [value]) if is_alone(code, call) && !code.is(*value, "spread_element") => {
                    let simple = code.kind(*value).ends_with("identifier") && code.is(*value, "identifier");
                    let value = if simple { code.text(*value).to_owned() } else { format!("{name}[{name}.length - 1]") };
                    // One statement, as it may stand without braces; and no parenthesis, which the line before could take for its own.
                    pieces.push(code.replaced(call, format!("{}, {set}.add({value})", code.text(call))));
                    grows = true;
                }
                (Some((_, method)), _) => fine &= QUIET.contains(&method),
                (None, _) => fine &= is_looked_at(code, at),
            }
        }
        let Some((at, region)) = shown.filter(|_| fine && grows) else { continue };
        found.push(Found { at, region, pieces, weight: 1.0 });
    }
}

/// Whether an expression is a statement.
fn is_alone(code: &Code<'_>, at: At) -> bool {
    code.up(at).is_some_and(|up| code.is(up, "expression_statement"))
}

fn is_looked_at(code: &Code<'_>, at: At) -> bool {
    code.up(at).is_some_and(|up| match code.kind(up) {
        "return_statement" | "spread_element" => true,
        "member_expression" => code.child(up, "property").is_some_and(|name| code.text(name) == "length") && !is_written(code, up),
        "subscript_expression" => !is_written(code, up),
        "for_in_statement" => code.field(at) == "right",
        _ => false,
    })
}

/// Whether a callback does nothing that shows when it is not called for the rest.
fn only_asks(code: &Code<'_>, callback: At) -> bool {
    let acts = |at: At| {
        let kind = code.kind(at);
        let changes =
            method(code, at).is_some_and(|(_, name)| matches!(name, "push" | "unshift" | "splice" | "add" | "set" | "delete" | "log"));
        kind.contains("assignment_expression") || matches!(kind, "update_expression" | "await_expression") || changes
    };
    matches!(code.kind(callback), "arrow_function" | "function_expression" | "identifier" | "member_expression")
        && !code.below(callback).any(acts)
}

/// `.filter(f)[0]` looks at everything; `.find(f)` stops.
pub(crate) fn stops(code: &Code<'_>, found: &mut Vec<Found>) {
    for call in code.all("call_expression") {
        let Some((object, "filter")) = method(code, call) else { continue };
        let given = arguments(code, call);
        let ([asked], Some(up)) = (given.as_slice(), code.up(call)) else { continue };
        if !only_asks(code, *asked) {
            continue;
        }
        let (object, asked) = (code.text(object), code.text(*asked));
        if code.is(up, "subscript_expression")
            && code.child(up, "index").is_some_and(|index| code.text(index) == "0")
            && !is_written(code, up)
        {
            found.push(Found::one(code, up, format!("{object}.find({asked})"), 0.9));
        }
        let length = code.is(up, "member_expression") && code.child(up, "property").is_some_and(|name| code.text(name) == "length");
        let left = length && code.field(up) == "left";
        let Some(compared) = code.up(up).filter(|at| left && code.is(*at, "binary_expression")) else { continue };
        let some = match code.text(compared).get(code.text(up).len()..).map(|rest| rest.replace(' ', "")).as_deref() {
            Some(">0" | "!==0" | "!=0") => "",
            Some("===0" | "==0") => "!",
            _ => continue,
        };
        found.push(Found::one(code, compared, format!("{some}{object}.some({asked})"), 1.0));
    }
}

/// `all = [...all, one]` copies all there is for each one more.
pub(crate) fn appended(code: &Code<'_>, found: &mut Vec<Found>) {
    for at in code.all("assignment_expression").filter(|at| !anchors(code, *at).is_empty()) {
        let (Some(left), Some(right)) = (code.child(at, "left"), code.child(at, "right")) else { continue };
        let name = code.text(left);
        let Some(outer) = anchors(code, at).last().copied() else { continue };
        let own = is_own(code, code.function(outer), name);
        let parts: Vec<&str> = code.kids(right).iter().map(|kid| code.text(*kid)).collect();
        let spread = code.is(right, "array") && parts.first() == Some(&format!("...{name}").as_str()) && parts.len() > 1;
        // Who has it before the loop is over would see what is added, and so would a loop over it.
        let passed = |one: At| code.fills(one, "return_statement", "") || code.fills(one, "for_in_statement", "right");
        let seen = names(code, code.function(outer).unwrap_or(0), name).into_iter().filter(|one| *one < code.below(outer).end);
        let kept = seen
            .into_iter()
            .all(|one| code.holds(at, one) || code.fills(one, "variable_declarator", "name") || (is_looked_at(code, one) && !passed(one)));
        if !code.is(left, "identifier") || !own || !is_alone(code, at) || !spread || !kept {
            continue;
        }
        let pieces: Vec<Piece> = vec![code.replaced(at, format!("{name}.push({})", parts[1..].join(", ")))];
        found.push(Found { at, region: outer, pieces, weight: 1.0 });
    }
}
