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

/// Loops and statements with a callback that run a node again and again, innermost first.
fn anchors(code: &Code<'_>, at: At) -> Vec<At> {
    let mut found = Vec::new();
    let mut inner = at;
    for up in code.ancestors(at) {
        if code.is_loop(up) && !matches!(code.field(inner), "right" | "initializer") {
            found.push(up);
        }
        if code.is_function(up) {
            let call = code.up(up).and_then(|list| code.up(list)).filter(|call| code.is(*call, "call_expression"));
            let repeats = call.and_then(|call| method(code, call)).is_some_and(|(_, name)| REPEATING.contains(&name));
            let Some(statement) = call.filter(|_| repeats).and_then(|call| code.statement(call)) else { break };
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

/// The value a name is declared with, anywhere in the file.
fn declared<'t>(code: &Code<'t>, name: &str) -> Option<(At, &'t str)> {
    let is_it = |at: &At| code.child(*at, "name").is_some_and(|inner| code.text(inner) == name);
    let mut all = code.all("variable_declarator").filter(is_it);
    let only = all.next().filter(|_| all.next().is_none())?;
    Some((only, code.text(code.child(only, "value")?)))
}

fn is_array(text: &str) -> bool {
    text.starts_with('[')
        || [".map(", ".filter(", "Array.from(", "Object.keys(", "Object.values(", ".split("].iter().any(|part| text.contains(part))
}

/// An array that is asked again and again whether it holds something, and stays as it is.
pub(crate) fn membership(code: &Code<'_>, found: &mut Vec<Found>) {
    for call in code.all("call_expression") {
        let Some((object, "includes")) = method(code, call).filter(|(object, _)| code.is(*object, "identifier")) else { continue };
        let given = arguments(code, call);
        let ([asked], name) = (given.as_slice(), code.text(object)) else { continue };
        let steady: Vec<At> = anchors(code, call).into_iter().take_while(|anchor| is_steady(code, *anchor, name)).collect();
        let Some(anchor) = steady.last().copied() else { continue };
        let known = declared(code, name).map(|(_, value)| is_array(value));
        let twice = found.iter().any(|one| one.region == anchor && one.pieces.iter().any(|piece| piece.0 == code.span(call)));
        if known == Some(false) || twice {
            continue;
        }
        let set = code.fresh(&format!("{name}Set"));
        let Some(line) = code.line_before(anchor, &format!("const {set} = new Set({name});")) else { continue };
        let pieces = vec![line, code.replaced(call, format!("{set}.has({})", code.text(*asked)))];
        found.push(Found { at: call, region: anchor, pieces, weight: if known.is_some() { 1.0 } else { 0.5 } });
    }
}

/// An array that grows while it is asked: a set grows beside it.
pub(crate) fn grown(code: &Code<'_>, found: &mut Vec<Found>) {
    for declarator in code.all("variable_declarator").filter(|at| code.child(*at, "value").is_some_and(|value| code.text(value) == "[]")) {
        let Some(name) = code.child(declarator, "name").map(|at| code.text(at)) else { continue };
        let (Some(statement), Some(function)) = (code.statement(declarator), code.function(declarator)) else { continue };
        let set = code.fresh(&format!("{name}Seen"));
        let Some(start) = code.line_after(statement, &format!("const {set} = new Set();")) else { continue };
        let (mut pieces, mut shown, mut grows, mut fine) = (vec![start], None, false, declared(code, name).is_some());
        for at in names(code, function, name).into_iter().filter(|at| code.up(*at) != Some(declarator)) {
            let Some(call) = code.up(at).and_then(|up| code.up(up)) else { continue };
            let given = arguments(code, call);
            match (method(code, call).filter(|(object, _)| *object == at), given.as_slice()) {
                (Some((_, "includes")), [asked]) => {
                    pieces.push(code.replaced(call, format!("{set}.has({})", code.text(*asked))));
                    shown = shown.or(anchors(code, call).last().map(|region| (call, *region)));
                }
                (Some((_, "push")), [value]) if code.up(call).is_some_and(|up| code.is(up, "expression_statement")) => {
                    let simple = code.kind(*value).ends_with("identifier") && code.is(*value, "identifier");
                    let value = if simple { code.text(*value).to_owned() } else { format!("{name}[{name}.length - 1]") };
                    // In place of the statement, so that it may stand without braces.
                    pieces.push(code.replaced(call, format!("({}, {set}.add({value}))", code.text(call))));
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

fn is_looked_at(code: &Code<'_>, at: At) -> bool {
    code.up(at).is_some_and(|up| match code.kind(up) {
        "return_statement" | "spread_element" => true,
        "member_expression" => code.child(up, "property").is_some_and(|name| code.text(name) == "length") && !is_written(code, up),
        "subscript_expression" => !is_written(code, up),
        "for_in_statement" => code.field(at) == "right",
        _ => false,
    })
}

/// `.filter(f)[0]` looks at everything; `.find(f)` stops.
pub(crate) fn stops(code: &Code<'_>, found: &mut Vec<Found>) {
    for call in code.all("call_expression") {
        let Some((object, "filter")) = method(code, call) else { continue };
        let given = arguments(code, call);
        let ([asked], Some(up)) = (given.as_slice(), code.up(call)) else { continue };
        let (object, asked) = (code.text(object), code.text(*asked));
        if code.is(up, "subscript_expression")
            && code.child(up, "index").is_some_and(|index| code.text(index) == "0")
            && !is_written(code, up)
        {
            found.push(Found::one(code, up, format!("{object}.find({asked})"), 0.9));
        }
        let length = code.is(up, "member_expression") && code.child(up, "property").is_some_and(|name| code.text(name) == "length");
        let Some(compared) = code.up(up).filter(|at| length && code.is(*at, "binary_expression")) else { continue };
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
        let own = declared(code, name).is_some_and(|(_, value)| value == "[]");
        let alone = code.up(at).is_some_and(|up| code.is(up, "expression_statement"));
        let parts: Vec<&str> = code.kids(right).iter().map(|kid| code.text(*kid)).collect();
        let spread = code.is(right, "array") && parts.first() == Some(&format!("...{name}").as_str()) && parts.len() > 1;
        let kept = anchors(code, at).last().is_some_and(|outer| {
            names(code, *outer, name).into_iter().all(|one| {
                code.holds(at, one) || is_looked_at(code, one) && !code.up(one).is_some_and(|up| code.is(up, "return_statement"))
            })
        });
        if !code.is(left, "identifier") || !own || !alone || !spread || !kept {
            continue;
        }
        let pieces: Vec<Piece> = vec![code.replaced(at, format!("{name}.push({})", parts[1..].join(", ")))];
        found.push(Found { at, region: anchors(code, at).last().copied().unwrap_or(at), pieces, weight: 1.0 });
    }
}
