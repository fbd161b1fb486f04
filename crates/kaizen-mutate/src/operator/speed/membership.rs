//! Python: asking a list whether it holds something costs as much as the list is long; a set is asked instead.

use super::calls::QUIET_METHODS;
use super::code::{At, Code};
use super::names::Use;
use super::piece::{Found, Piece};
use super::purity::{is_harmless, is_settled};

/// A question: whether `left` is in `right`.
struct Test {
    at: At,
    left: At,
    right: At,
}

/// Whether what is asked for can be asked of a set.
fn is_hashable(code: &Code<'_>, left: At) -> bool {
    let values = code.function(left).filter(|_| code.is(left, "identifier")).into_iter();
    let mut values = values.flat_map(|function| code.occurrences(function, code.text(left))).filter_map(|at| code.assigned_at(at));
    !code.is_unhashable(left) && !values.any(|value| code.is_unhashable(value) || code.makes_list(value))
}

fn tests(code: &Code<'_>) -> Vec<Test> {
    let asks = |at: &At| code.tokens(*at).iter().any(|token| matches!(*token, "in" | "not in"));
    let of = |at: At| match code.kids(at).as_slice() {
        [left, right] => Some(Test { at, left: *left, right: *right }),
        _ => None,
    };
    let hashable = |test: &Test| is_hashable(code, test.left);
    code.all("comparison_operator").filter(asks).filter_map(of).filter(hashable).collect()
}

/// Whether an expression is a name, or an attribute of a name.
fn is_place(code: &Code<'_>, at: At) -> bool {
    code.is(at, "identifier") || (code.is(at, "attribute") && code.child(at, "object").is_some_and(|object| code.is(object, "identifier")))
}

/// Everything of that text at or below a node.
fn places(code: &Code<'_>, within: At, text: &str) -> Vec<At> {
    let last = text.rsplit('.').next().unwrap_or(text);
    let whole = |at: &At| match text.contains('.') {
        true => code.up(*at).filter(|up| code.is(*up, "attribute") && code.text(*up) == text),
        false => Some(*at).filter(|at| code.is_variable(*at)),
    };
    code.named(within, last).iter().filter_map(whole).collect()
}

/// What is known of the thing that is asked.
#[derive(PartialEq)]
enum Shape {
    List,
    Unknown,
    /// A text, something that answers quickly, or a list whose elements no set can hold.
    Other,
}

const OF_LISTS: [&str; 7] = ["append", "extend", "insert", "sort", "reverse", "index", "count"];
const OF_OTHERS: [&str; 14] = [
    "lower",
    "upper",
    "startswith",
    "endswith",
    "strip",
    "encode",
    "decode",
    "keys",
    "items",
    "values",
    "get",
    "add",
    "discard",
    "setdefault",
];

fn shape(code: &Code<'_>, function: At, text: &str) -> Shape {
    let mut shape = Shape::Unknown;
    for at in places(code, function, text) {
        let method =
            code.up(at).filter(|up| code.is(*up, "attribute")).and_then(|up| code.child(up, "attribute")).map(|name| code.text(name));
        if method.is_some_and(|method| OF_OTHERS.contains(&method)) {
            return Shape::Other;
        }
        let call = code.up(at).and_then(|up| code.up(up)).filter(|_| method == Some("append"));
        if call.and_then(|call| code.plain_arguments(call)).is_some_and(|given| given.iter().any(|one| code.is_unhashable(*one))) {
            return Shape::Other;
        }
        let value =
            code.statement(at).and_then(|statement| code.assigned(statement)).filter(|(name, _)| *name == text).map(|(_, value)| value);
        let written = code.up(at).filter(|up| code.kind(*up).starts_with("typed")).and_then(|up| code.child(up, "type"));
        let written = written.map(|kind| code.text(kind).to_lowercase());
        if written.as_deref().is_some_and(|kind| !kind.starts_with("list") && !kind.starts_with("tuple") && !kind.starts_with("seq")) {
            return Shape::Other;
        }
        match value.filter(|_| code.binds(at)) {
            Some(value) if code.holds_unhashable(value) => return Shape::Other,
            Some(value) if code.makes_list(value) || code.is(value, "tuple") => shape = Shape::List,
            Some(_) => return Shape::Other,
            None if written.is_some() || method.is_some_and(|method| OF_LISTS.contains(&method)) => shape = Shape::List,
            None => {}
        }
    }
    shape
}

/// Whether nobody out of sight changes what is asked: another function of the file, or for an attribute a method of its object.
fn is_left_alone(code: &Code<'_>, anchor: At, asked: At) -> bool {
    let Some((root, attribute)) = code.text(asked).split_once('.') else { return is_settled(code, asked, code.text(asked)) };
    let names_no_more = |function: At| {
        let own = code.below(function).filter(|at| code.is(*at, "call")).filter_map(|call| code.method(call));
        let others = own.filter(|(object, method)| code.text(*object) == "self" && !QUIET_METHODS.contains(method)).count();
        code.named(function, attribute).is_empty() && others == 0
    };
    let leaves_alone = |method: &str| {
        let of = |at: &At| code.child(*at, "name").is_some_and(|name| code.text(name) == method);
        let found: Vec<At> = code.all("function_definition").filter(of).collect();
        QUIET_METHODS.contains(&method) || (!found.is_empty() && found.into_iter().all(names_no_more))
    };
    code.occurrences(anchor, root).all(|at| {
        let member = code.up(at).filter(|up| code.is(*up, "attribute"));
        match member.filter(|member| code.fills(*member, "call", "function")).and_then(|member| code.child(member, "attribute")) {
            Some(method) => leaves_alone(code.text(method)),
            None => member.is_some() || code.use_of(at) == Use::Read,
        }
    })
}

/// A list that stays as it is while a loop asks it.
pub(crate) fn in_loop(code: &Code<'_>, found: &mut Vec<Found>) {
    let tests = tests(code);
    for test in tests.iter().filter(|test| is_place(code, test.right)) {
        let text = code.text(test.right);
        let worst = |anchor: At| places(code, anchor, text).into_iter().map(|at| code.use_of(at)).max().unwrap_or(Use::Read);
        let steady = |anchor: &At| worst(*anchor) < Use::Mutated && is_left_alone(code, *anchor, test.right);
        let steady: Vec<At> = code.anchors(test.at).into_iter().take_while(steady).collect();
        let (Some(anchor), Some(function)) = (steady.last().copied(), code.function(test.at)) else { continue };
        let known = shape(code, function, text);
        let made = places(code, function, text).into_iter().filter_map(|at| code.assigned_at(at)).any(|value| code.makes_list(value));
        let nothing = !made && code.may_be_nothing(anchor, text);
        if known == Shape::Other || nothing || found.iter().any(|one| one.pieces.iter().any(|piece| piece.0 == code.span(test.right))) {
            continue;
        }
        let name = code.fresh(&format!("{}_set", text.rsplit('.').next().unwrap_or(text)));
        let Some(line) = code.line_before(anchor, &format!("{name} = set({text})")) else { continue };
        let same = tests
            .iter()
            .filter(|other| code.holds(anchor, other.at) && code.text(other.right) == text && code.function(other.at) == Some(function));
        let mut pieces: Vec<Piece> = same.map(|other| code.replaced(other.right, name.clone())).collect();
        pieces.push(line);
        let sure = if known == Shape::List { 1.0 } else { 0.5 };
        let passed_on = if worst(anchor) == Use::Escapes { 0.6 } else { 1.0 };
        found.push(Found { at: test.at, region: anchor, pieces, weight: sure * passed_on });
    }
}

/// A list that grows while it is asked: a set grows beside it.
pub(crate) fn grown(code: &Code<'_>, found: &mut Vec<Found>) {
    let tests = tests(code);
    let mut seen: Vec<(At, &str)> = Vec::new();
    for test in tests.iter().filter(|test| is_place(code, test.right)) {
        let text = code.text(test.right);
        let Some(scope) = scope_of(code, test) else { continue };
        if seen.contains(&(scope, text)) {
            continue;
        }
        seen.push((scope, text));
        found.extend(grow(code, scope, text, &tests));
    }
}

/// Where every use of what is asked must be: the function of a name, the file of an attribute of `self`.
fn scope_of(code: &Code<'_>, test: &Test) -> Option<At> {
    let function = code.function(test.at)?;
    match code.kind(test.right) {
        "identifier" => Some(function).filter(|_| !code.is_captured(function, code.text(test.right))),
        _ => {
            let class = code.ancestors(function).find(|at| code.is(*at, "class_definition"))?;
            let name = code.text(test.right).strip_prefix("self.")?;
            let named = |at: At| code.is(at, "attribute") && code.child(at, "attribute").is_some_and(|inner| code.text(inner) == name);
            let own = |at: At| code.holds(class, at) && code.text(at) == code.text(test.right);
            // Who reads or fixes the attributes of the class would see one more.
            let listed = ["__slots__", "__dict__", "vars("].iter().any(|word| code.text(class).contains(word));
            (!listed && (0..code.len()).filter(|at| named(*at)).all(own)).then_some(class)
        }
    }
}

fn grow(code: &Code<'_>, scope: At, text: &str, tests: &[Test]) -> Option<Found> {
    let places = places(code, scope, text);
    let name = match text.strip_prefix("self.") {
        Some(own) => format!("self.{}", code.fresh(&format!("_{}_seen", own.trim_start_matches('_')))),
        None => code.fresh(&format!("{text}_seen")),
    };
    let (mut pieces, mut made, mut grows, mut sure) = (Vec::new(), 0, false, 1.0);
    let mut region = None;
    for at in places {
        let statement = code.statement(at)?;
        match code.use_of(at) {
            Use::Bound => {
                let assignment = code.expression(statement).filter(|inner| code.is(*inner, "assignment"))?;
                let value = code.child(assignment, "right").filter(|value| code.makes_list(*value))?;
                if code.child(assignment, "left") != Some(at)
                    || (code.is(value, "list") && code.kids(value).iter().any(|kid| code.is_unhashable(*kid)))
                {
                    return None;
                }
                let start = if code.text(value) == "[]" { "set()".to_owned() } else { format!("set({text})") };
                pieces.push(code.line_after(statement, &format!("{name} = {start}"))?);
                made += 1;
            }
            Use::Mutated => {
                let added = appended(code, statement, at)?;
                let simple = matches!(code.kind(added), "identifier" | "string" | "integer");
                let added = if simple { code.text(added).to_owned() } else { format!("{text}[-1]") };
                pieces.push(code.line_after(statement, &format!("{name}.add({added})"))?);
                grows |= !code.loops(at).is_empty() || text.starts_with("self.");
            }
            Use::Escapes if !code.fills(at, "return_statement", "") => sure = 0.6,
            Use::Escapes | Use::Read => {}
        }
    }
    let mut shown = None;
    for test in tests.iter().filter(|test| code.holds(scope, test.at) && code.text(test.right) == text) {
        pieces.push(code.replaced(test.right, name.clone()));
        shown.get_or_insert(test.at);
        region = region.or(code.loops(test.at).last().copied());
    }
    let shown = shown.filter(|_| made == 1 && grows)?;
    let region = region.or_else(|| text.starts_with("self.").then(|| code.function(shown)).flatten())?;
    Some(Found { at: shown, region, pieces, weight: if text.starts_with("self.") { 0.7 * sure } else { sure } })
}

/// What a statement that is nothing but `LIST.append(VALUE)` adds.
fn appended(code: &Code<'_>, statement: At, list: At) -> Option<At> {
    let call = code.expression(statement).filter(|at| code.is(*at, "call"))?;
    let (object, method) = code.method(call)?;
    match code.plain_arguments(call)?.as_slice() {
        [value] if object == list && method == "append" && !code.is_unhashable(*value) => Some(*value),
        _ => None,
    }
}

/// A list of literals that is asked where it stands.
pub(crate) fn literal(code: &Code<'_>, found: &mut Vec<Found>) {
    for test in tests(code).iter().filter(|test| matches!(code.kind(test.right), "list" | "tuple")) {
        let parts = code.kids(test.right);
        if parts.len() < 3 || !parts.iter().all(|part| code.is_constant(*part)) || code.function(test.at).is_none() {
            continue;
        }
        let inner = parts.iter().map(|part| code.text(*part)).collect::<Vec<_>>().join(", ");
        let mut one = Found::one(code, test.right, format!("{{{inner}}}"), 0.5);
        one.at = test.at;
        found.push(one);
    }
}

/// A list of the file that never changes: a frozen set stands beside it.
pub(crate) fn of_file(code: &Code<'_>, found: &mut Vec<Found>) {
    let tests = tests(code);
    for (place, test) in tests.iter().enumerate().filter(|(_, test)| code.is(test.right, "identifier")) {
        let text = code.text(test.right);
        let Some(function) = code.function(test.at) else { continue };
        let local = code.occurrences(function, text).any(|at| code.binds(at));
        let bound: Vec<At> = code.occurrences(0, text).filter(|at| code.binds(*at)).collect();
        let ([only], false) = (bound.as_slice(), local) else { continue };
        let statement = code.statement(*only).filter(|statement| code.up(*statement) == Some(0));
        let value = statement.and_then(|statement| code.assigned(statement)).map(|(_, value)| value);
        let (Some(statement), Some(value)) = (statement, value) else { continue };
        let changed = code.occurrences(0, text).any(|at| code.use_of(at) == Use::Mutated) || code.is_shared(text);
        let literals = matches!(code.kind(value), "list" | "tuple") && code.kids(value).iter().all(|kid| code.is_constant(*kid));
        let earlier = tests[..place].iter().any(|other| code.text(other.right) == text);
        if changed || earlier || !literals || code.kids(value).len() < 4 {
            continue;
        }
        let name = code.fresh(&format!("{text}_SET"));
        let Some(line) = code.line_after(statement, &format!("{name} = frozenset({text})")) else { continue };
        let same = tests.iter().filter(|other| code.text(other.right) == text && code.function(other.at).is_some());
        let pieces = same.map(|other| code.replaced(other.right, name.clone())).chain([line]).collect();
        found.push(Found { at: test.at, region: code.loops(test.at).last().copied().unwrap_or(function), pieces, weight: 0.9 });
    }
}

/// `KEY in MAP.keys()`, `KEY in list(THING)`: the thing itself is asked.
pub(crate) fn direct(code: &Code<'_>, found: &mut Vec<Found>) {
    for test in tests(code) {
        let keys = code.method(test.right).filter(|(_, method)| *method == "keys").map(|(object, _)| object);
        let keys = keys.filter(|_| code.plain_arguments(test.right).is_some_and(|given| given.is_empty()));
        let copied = ["list", "tuple", "sorted"].iter().find_map(|made| code.only_argument(test.right, made));
        // Of what a call makes step by step the rest would not be made.
        let made = |at: At| code.is(at, "call") && (keys.is_some() || is_harmless(code, test.right));
        let Some(asked) = keys.or(copied).filter(|at| is_place(code, *at) || made(*at)) else { continue };
        let mut one = Found::one(code, test.right, code.text(asked), if keys.is_some() { 1.0 } else { 0.8 });
        one.at = test.at;
        found.push(one);
    }
}
