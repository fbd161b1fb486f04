//! Rust: slips that the syntax shows. Whether types allow an edit is the compiler's to say.

use super::code::{At, Code};
use super::piece::Found;

/// The receiver and the name of a method call.
fn method<'t>(code: &Code<'t>, call: At) -> Option<(At, &'t str)> {
    let function = code.child(call, "function").filter(|_| code.is(call, "call_expression"))?;
    let field = match code.kind(function) {
        "generic_function" => code.child(function, "function")?,
        _ => function,
    };
    (code.is(field, "field_expression")).then_some(())?;
    Some((code.child(field, "value")?, code.text(code.child(field, "field")?)))
}

fn arguments(code: &Code<'_>, call: At) -> Vec<At> {
    code.child(call, "arguments").map_or_else(Vec::new, |list| code.kids(list))
}

fn names(code: &Code<'_>, within: At, name: &str) -> Vec<At> {
    code.below(within).filter(|at| code.is(*at, "identifier") && code.text(*at) == name).collect()
}

/// Loops and statements with a closure that run a node again and again, innermost first.
fn anchors(code: &Code<'_>, at: At) -> Vec<At> {
    let mut found = Vec::new();
    let mut inner = at;
    for up in code.ancestors(at) {
        if code.is_loop(up) && code.field(inner) == "body" {
            found.extend(code.statement(up));
        }
        if code.is(up, "closure_expression") {
            found.extend(code.statement(up));
        } else if code.is_function(up) {
            break;
        }
        inner = up;
    }
    found
}

/// Methods that change nothing they are called on.
const QUIET: [&str; 12] =
    ["contains", "len", "iter", "is_empty", "get", "first", "last", "as_slice", "clone", "to_vec", "starts_with", "ends_with"];

fn is_steady(code: &Code<'_>, within: At, name: &str) -> bool {
    names(code, within, name).into_iter().all(|at| {
        let Some(up) = code.up(at) else { return false };
        match code.kind(up) {
            "field_expression" => code.child(up, "field").is_some_and(|field| QUIET.contains(&code.text(field))),
            "reference_expression" => !code.text(up).starts_with("&mut"),
            "index_expression" => true,
            _ => false,
        }
    })
}

/// Whether a name is written as a vector or a slice.
fn is_vector(code: &Code<'_>, function: At, name: &str) -> bool {
    code.below(function).filter(|at| matches!(code.kind(*at), "parameter" | "let_declaration")).any(|at| {
        let own = code.child(at, "pattern").is_some_and(|pattern| code.text(pattern).trim_start_matches("mut ") == name);
        let kind = code.child(at, "type").map_or("", |kind| code.text(kind)).trim_start_matches("mut ").trim_start_matches('&');
        let value = code.child(at, "value").map_or("", |value| code.text(value));
        own && (kind.starts_with("Vec<") || kind.starts_with('[') || value.starts_with("vec![") || value.contains("collect::<Vec"))
    })
}

/// A vector that is asked again and again whether it holds something, and stays as it is.
pub(crate) fn membership(code: &Code<'_>, found: &mut Vec<Found>) {
    for call in code.all("call_expression") {
        let Some((object, "contains")) = method(code, call).filter(|(object, _)| code.is(*object, "identifier")) else { continue };
        let given = arguments(code, call);
        let ([asked], name) = (given.as_slice(), code.text(object)) else { continue };
        let Some(function) = code.ancestors(call).find(|at| code.is(*at, "function_item")) else { continue };
        let steady: Vec<At> = anchors(code, call).into_iter().take_while(|anchor| is_steady(code, *anchor, name)).collect();
        let Some(anchor) = steady.last().copied().filter(|_| is_vector(code, function, name)) else { continue };
        let set = code.fresh(&format!("{name}_set"));
        let Some(line) = code.line_before(anchor, &format!("let {set}: std::collections::HashSet<_> = {name}.iter().collect();")) else {
            continue;
        };
        let pieces = vec![line, code.replaced(call, format!("{set}.contains({})", code.text(*asked)))];
        found.push(Found { at: call, region: anchor, pieces, weight: 1.0 });
    }
}

/// A vector that is filled by a loop over something whose length is known.
pub(crate) fn capacity(code: &Code<'_>, found: &mut Vec<Found>) {
    for start in code.all("let_declaration") {
        let Some(value) = code.child(start, "value").filter(|value| code.text(*value) == "Vec::new()") else { continue };
        let Some(name) = code.child(start, "pattern").map(|at| code.text(at)) else { continue };
        let looped =
            code.next(start).map(|next| if code.is(next, "expression_statement") { code.only(next).unwrap_or(next) } else { next });
        let Some(looped) = looped.filter(|at| code.is(*at, "for_expression")) else { continue };
        let Some(source) = code.child(looped, "value") else { continue };
        let counted = match code.kind(source) {
            "reference_expression" => code.kids(source).last().copied(),
            _ => method(code, source).filter(|(_, name)| matches!(*name, "iter" | "iter_mut")).map(|(object, _)| object),
        };
        let Some(counted) = counted.filter(|at| code.is(*at, "identifier")) else { continue };
        let always = code
            .child(looped, "body")
            .is_some_and(|body| code.kids(body).iter().any(|one| code.text(*one).starts_with(&format!("{name}.push("))));
        if always {
            let text = format!("Vec::with_capacity({}.len())", code.text(counted));
            found.push(Found { at: start, region: looped, pieces: vec![code.replaced(value, text)], weight: 1.0 });
        }
    }
}

/// `.collect::<Vec<_>>()` that is only gone through or counted.
pub(crate) fn collected(code: &Code<'_>, found: &mut Vec<Found>) {
    for outer in code.all("call_expression") {
        let Some((inner, after)) = method(code, outer).filter(|_| arguments(code, outer).is_empty()) else { continue };
        let Some((source, "collect")) = method(code, inner).filter(|_| code.text(inner).contains("collect::<Vec<")) else { continue };
        // What was begun for all before the first is waited for would be begun one by one.
        if code.text(source).contains("spawn") {
            continue;
        }
        let text = match after {
            "len" => format!("{}.count()", code.text(source)),
            "is_empty" => format!("{}.next().is_none()", code.text(source)),
            "into_iter" => code.text(source).to_owned(),
            _ => continue,
        };
        found.push(Found::one(code, outer, text, 0.9));
    }
}

/// Methods that need no copy of what they are called on.
const LOOKING: [&str; 10] = ["len", "is_empty", "iter", "contains", "starts_with", "ends_with", "get", "first", "last", "chars"];

/// A copy that is only looked at.
pub(crate) fn cloned(code: &Code<'_>, found: &mut Vec<Found>) {
    for call in code.all("call_expression") {
        let Some((object, _)) = method(code, call).filter(|(_, name)| matches!(*name, "clone" | "to_vec" | "to_owned")) else {
            continue;
        };
        let Some(up) = code.up(call).filter(|_| arguments(code, call).is_empty()) else { continue };
        let looked = code.is(up, "field_expression")
            && code.child(up, "field").is_some_and(|field| LOOKING.contains(&code.text(field)))
            && code.up(up).is_some_and(|above| code.is(above, "call_expression"));
        let lent = code.is(up, "reference_expression") && !code.text(up).starts_with("&mut");
        let compared = code.is(up, "binary_expression") && code.tokens(up).iter().any(|token| matches!(*token, "==" | "!="));
        if looked || lent || compared {
            found.push(Found::one(code, call, code.text(object), if looked { 1.0 } else { 0.7 }));
        }
    }
}

/// A text that is formatted anew for each part.
pub(crate) fn formatted(code: &Code<'_>, found: &mut Vec<Found>) {
    for at in code.all("assignment_expression").filter(|at| !anchors(code, *at).is_empty()) {
        let (Some(left), Some(right)) = (code.child(at, "left"), code.child(at, "right")) else { continue };
        let name = code.text(left);
        let Some(rest) = code.text(right).strip_prefix("format!(\"{}").filter(|_| code.is(left, "identifier")) else { continue };
        let Some((shape, given)) = rest.strip_suffix(')').and_then(|rest| rest.split_once("\", ")) else { continue };
        let Some(given) = given.strip_prefix(&format!("{name}, ")).filter(|given| !given.contains(name) && !shape.contains('"')) else {
            continue;
        };
        let text = format!("{name}.push_str(&format!(\"{shape}\", {given}))");
        found.push(Found {
            at,
            region: anchors(code, at).last().copied().unwrap_or(at),
            pieces: vec![code.replaced(at, text)],
            weight: 1.0,
        });
    }
}

/// Equal elements that nobody can tell apart need no stable order.
pub(crate) fn unstable(code: &Code<'_>, found: &mut Vec<Found>) {
    // An order of one's own may call elements equal that are not.
    let ordered = code.all("impl_item").filter_map(|at| code.child(at, "trait")).any(|kind| code.text(kind).ends_with("Ord"));
    for call in code.all("call_expression").filter(|_| !ordered) {
        let Some((object, "sort")) = method(code, call).filter(|_| arguments(code, call).is_empty()) else { continue };
        found.push(Found::one(code, call, format!("{}.sort_unstable()", code.text(object)), 1.0));
    }
}

/// A regular expression that is built once.
pub(crate) fn regex(code: &Code<'_>, found: &mut Vec<Found>) {
    for call in code.all("call_expression") {
        let Some((made, "unwrap")) = method(code, call) else { continue };
        let text = code.text(made);
        let literal =
            text.strip_prefix("Regex::new(").and_then(|rest| rest.strip_suffix(')')).is_some_and(|rest| rest.ends_with(['"', '#']));
        let Some(statement) = code.statement(call).filter(|_| literal && code.is(made, "call_expression") && code.function(call).is_some())
        else {
            continue;
        };
        let name = code.fresh("PATTERN");
        let line = format!("static {name}: std::sync::LazyLock<Regex> = std::sync::LazyLock::new(|| {text}.unwrap());");
        let Some(line) = code.line_before(statement, &line) else { continue };
        let region = anchors(code, call).last().copied().or_else(|| code.function(call)).unwrap_or(call);
        found.push(Found { at: call, region, pieces: vec![line, code.replaced(call, format!("&*{name}"))], weight: 1.0 });
    }
}
