//! Python: texts and lists that are built by copying all that is there for each new part.

use super::code::{At, Code};
use super::names::Use;
use super::piece::Found;

/// A name that is given a value right before a loop that does something with it.
struct Growth<'t> {
    name: &'t str,
    start: At,
    value: At,
    looped: At,
}

/// `NAME = VALUE` with the loop that follows, where nothing in between mentions the name.
fn growths<'t>(code: &Code<'t>) -> Vec<Growth<'t>> {
    let mut found = Vec::new();
    for start in code.all("expression_statement").filter(|at| code.function(*at).is_some()) {
        let (Some((name, value)), Some((siblings, place))) = (code.assigned(start), code.siblings(start)) else { continue };
        let next = siblings[place + 1..].iter().find(|later| code.mentions(**later, name));
        if let Some(looped) = next.copied().filter(|next| code.is_loop(*next)) {
            found.push(Growth { name, start, value, looped });
        }
    }
    found
}

/// Whether somebody looks at what is there of a name when its loop was cut off: the handler of an exception.
fn may_be_cut_off(code: &Code<'_>, start: At) -> bool {
    code.ancestors(start).take_while(|up| !code.is_function(*up)).any(|up| code.is(up, "try_statement"))
}

/// What is added to a name by a statement, and whether in front.
fn added(code: &Code<'_>, statement: At, name: &str) -> Option<(At, bool)> {
    let inner = code.expression(statement)?;
    let (left, right) = (code.child(inner, "left")?, code.child(inner, "right")?);
    if code.text(left) != name {
        return None;
    }
    if code.is(inner, "augmented_assignment") {
        return code.tokens(inner).contains(&"+=").then_some((right, false));
    }
    let sum = code.is(right, "binary_operator") && code.tokens(right).contains(&"+");
    let (first, second) = (code.child(right, "left").filter(|_| sum)?, code.child(right, "right")?);
    match (code.text(first) == name, code.text(second) == name) {
        (true, false) => Some((second, false)),
        (false, true) => Some((first, true)),
        _ => None,
    }
}

/// The statements of a loop that mention a name, where each does nothing with it but what `of` understands.
fn additions<T>(code: &Code<'_>, looped: At, name: &str, of: impl Fn(At) -> Option<T>) -> Option<Vec<(At, T)>> {
    let mut all: Vec<(At, T)> = Vec::new();
    for at in code.occurrences(looped, name) {
        let statement = code.statement(at)?;
        if all.last().is_none_or(|(last, _)| *last != statement) {
            all.push((statement, of(statement)?));
        }
    }
    Some(all)
}

/// Parts that are joined once.
pub(crate) fn joined(code: &Code<'_>, found: &mut Vec<Found>) {
    for Growth { name, start, value, looped } in growths(code) {
        let empty = matches!(code.text(value), "\"\"" | "''" | "b\"\"" | "b''" | "str()");
        let Some(function) = code.function(start).filter(|_| empty) else { continue };
        let of = |statement| added(code, statement, name).filter(|(part, _)| !code.mentions(*part, name));
        let Some(all) = additions(code, looped, name, of).filter(|all| !all.is_empty()) else { continue };
        let front = all[0].1.1;
        let leaves = code.below(looped).any(|at| matches!(code.kind(at), "return_statement" | "yield" | "try_statement"));
        let private = !code.is_captured(function, name) && !code.is_shared(name) && !may_be_cut_off(code, start);
        if !private || leaves || all.iter().any(|(_, (_, side))| *side != front) {
            continue;
        }
        let parts = code.fresh(&format!("{name}_parts"));
        let glue = if code.text(value) == "str()" { "\"\"" } else { code.text(value) };
        let ordered = if front { format!("reversed({parts})") } else { parts.clone() };
        let mut pieces = vec![code.replaced(value, "[]")];
        let Some(left) = code.expression(start).and_then(|inner| code.child(inner, "left")) else { continue };
        pieces.push(code.replaced(left, parts.clone()));
        pieces.extend(all.iter().map(|(statement, (part, _))| code.replaced(*statement, format!("{parts}.append({})", code.text(*part)))));
        let Some(end) = code.line_after(looped, &format!("{name} = {glue}.join({ordered})")) else { continue };
        pieces.push(end);
        let at = all[0].0;
        found.push(Found { at, region: looped, pieces, weight: if front { 1.0 } else { 0.8 } });
    }
}

/// `LIST = LIST + [VALUE]` becomes an append.
pub(crate) fn appended(code: &Code<'_>, found: &mut Vec<Found>) {
    for at in code.all("assignment").filter(|at| code.is(*at, "assignment") && !code.loops(*at).is_empty()) {
        let (Some(statement), Some(function)) = (code.statement(at), code.function(at)) else { continue };
        let Some(name) = code.child(at, "left").filter(|left| code.is(*left, "identifier")).map(|left| code.text(left)) else { continue };
        let Some((part, false)) = added(code, statement, name) else { continue };
        if !code.is(part, "list") || code.mentions(part, name) || code.is_captured(function, name) || code.is_shared(name) {
            continue;
        }
        // Nobody else may have the list: it is made here, and not handed on before the loop is over.
        let bound = code.occurrences(function, name).filter(|one| code.binds(*one)).filter_map(|one| code.statement(one));
        let own = |one: At| added(code, one, name).is_some() || code.assigned(one).is_some_and(|(_, value)| code.makes_list(value));
        let outermost = code.loops(at).last().copied().unwrap_or(at);
        let escapes = |one: At| code.use_of(one) == Use::Escapes && code.statement(one) != Some(statement);
        let mut seen = code.occurrences(function, name).take_while(|one| *one < code.below(outermost).end);
        // A loop over the list would see what is appended to it.
        let gone_through =
            code.loops(at).into_iter().filter_map(|looped| code.child(looped, "right")).any(|right| code.mentions(right, name));
        if !bound.collect::<Vec<_>>().into_iter().all(own) || gone_through || seen.any(escapes) {
            continue;
        }
        let text = match code.kids(part).as_slice() {
            [one] if !code.is(*one, "list_splat") => format!("{name}.append({})", code.text(*one)),
            _ => format!("{name}.extend({})", code.text(part)),
        };
        found.push(Found { at, region: outermost, pieces: vec![code.replaced(statement, text)], weight: 1.0 });
    }
}

/// A loop that does nothing but fill a list, a set or a dictionary.
pub(crate) fn comprehension(code: &Code<'_>, found: &mut Vec<Found>) {
    for Growth { name, start, value, looped } in growths(code) {
        let (Some(function), true) = (code.function(start), code.next(start) == Some(looped) && code.is(looped, "for_statement")) else {
            continue;
        };
        if code.text(looped).contains('#') || code.text(looped).starts_with("async") {
            continue;
        }
        let Some(text) = as_comprehension(code, name, value, looped) else { continue };
        let Some(left) = code.child(looped, "left") else { continue };
        let private = !code.is_shared(name) && !code.is_captured(function, name) && !may_be_cut_off(code, start);
        // The loop's own variables end with a comprehension.
        if code.outlives(looped, left) || !private {
            continue;
        }
        let span = code.span(start).start..code.span(looped).end;
        found.push(Found { at: looped, region: looped, pieces: vec![(span, format!("{name} = {text}"))], weight: 0.8 });
    }
}

fn as_comprehension(code: &Code<'_>, name: &str, value: At, looped: At) -> Option<String> {
    let (mut heads, mut plain) = (Vec::new(), true);
    let mut body = looped;
    loop {
        let inner = match code.kind(body) {
            "for_statement" if code.child(body, "alternative").is_none() => {
                let (left, right) = (code.text(code.child(body, "left")?), code.text(code.child(body, "right")?));
                heads.push(format!("for {left} in {right}"));
                plain &= !code.child(body, "right").is_some_and(|at| matches!(code.kind(at), "expression_list" | "conditional_expression"));
                code.child(body, "body")?
            }
            "if_statement" if code.child(body, "alternative").is_none() => {
                heads.push(format!("if {}", code.text(code.child(body, "condition")?)));
                plain &= !code.child(body, "condition").is_some_and(|at| code.is(at, "conditional_expression"));
                code.child(body, "consequence")?
            }
            _ => break,
        };
        body = code.only(inner)?;
    }
    let last = code.expression(body)?;
    let (open, element, close) = element(code, name, value, last)?;
    let clauses = heads.join(" ");
    // What a comprehension is inside of is another scope.
    let own = |at: At| code.is(at, "call") && matches!(code.called(at), Some("super" | "locals" | "vars" | "eval" | "exec" | "dir"));
    let odd = |at: At| matches!(code.kind(at), "await" | "yield" | "named_expression" | "lambda") || own(at);
    let once = code.occurrences(looped, name).count() == 1;
    (once && plain && !code.below(looped).any(odd) && !clauses.contains('\n')).then(|| format!("{open}{element} {clauses}{close}"))
}

/// What the innermost statement adds to which kind of container.
fn element(code: &Code<'_>, name: &str, value: At, last: At) -> Option<(char, String, char)> {
    if code.is(last, "assignment") {
        let target = code.child(last, "left").filter(|left| code.is(*left, "subscript"))?;
        // `OUT[A, B]` has two of them.
        let [_, key] = code.kids(target)[..] else { return None };
        let plain = matches!(code.text(value), "{}" | "dict()") && code.text(code.child(target, "value")?) == name;
        return plain.then_some(('{', format!("{}: {}", code.text(key), code.text(code.child(last, "right")?)), '}'));
    }
    let (object, method) = code.method(last)?;
    let arguments = code.plain_arguments(last)?;
    let [one] = arguments.as_slice() else { return None };
    let element = match code.kind(*one) {
        "generator_expression" => return None,
        _ => code.text(*one).to_owned(),
    };
    match (method, code.text(value)) {
        _ if code.text(object) != name => None,
        ("append", "[]" | "list()") => Some(('[', element, ']')),
        ("add", "set()") => Some(('{', element, '}')),
        _ => None,
    }
}
