//! Python: a regular expression that never changes is compiled once, where the module is loaded.

use super::code::{At, Code};
use super::piece::{Found, Piece};

/// Functions of `re` that take a pattern, and how many arguments may follow it.
const ASKING: [(&str, usize); 8] =
    [("match", 1), ("search", 1), ("fullmatch", 1), ("findall", 1), ("finditer", 1), ("split", 2), ("sub", 3), ("subn", 3)];

/// `re.match(PATTERN, text)` and `re.compile(PATTERN)` inside functions.
pub(crate) fn compiled(code: &Code<'_>, found: &mut Vec<Found>) {
    let imported = code.kids(0).into_iter().find(|at| code.text(*at) == "import re");
    let mut seen: Vec<String> = Vec::new();
    for call in code.all("call").filter(|call| code.function(*call).is_some()) {
        let Some(pattern) = pattern(code, call).filter(|pattern| !seen.contains(pattern)) else { continue };
        seen.push(pattern.clone());
        let alike: Vec<At> = code
            .all("call")
            .filter(|other| code.function(*other).is_some() && self::pattern(code, *other).as_ref() == Some(&pattern))
            .collect();
        let name = code.fresh(&name(code, call));
        let Some(first) = alike.first().map(|at| code.top(*at)).filter(|first| imported.is_some_and(|at| at < *first)) else { continue };
        let start = code.span(first).start;
        let mut pieces: Vec<Piece> = vec![(start..start, format!("{name} = re.compile({pattern})\n\n\n"))];
        pieces.extend(alike.iter().filter_map(|at| asked(code, *at, &name)));
        let looped = alike.iter().any(|at| !code.anchors(*at).is_empty());
        let region = code.loops(call).last().copied().or_else(|| code.function(call)).unwrap_or(call);
        found.push(Found { at: call, region, pieces, weight: if looped { 1.0 } else { 0.8 } });
    }
}

/// The function's name as a constant.
fn name(code: &Code<'_>, call: At) -> String {
    let function = code.ancestors(call).find(|at| code.is(*at, "function_definition"));
    let name = function.and_then(|at| code.child(at, "name")).map_or("pattern", |at| code.text(at));
    format!("_{}_RE", name.trim_matches('_').to_uppercase())
}

/// The arguments of `re.compile` that a call stands for.
fn pattern(code: &Code<'_>, call: At) -> Option<String> {
    let method = code.called(call)?.strip_prefix("re.")?;
    let arguments = code.kids(code.child(call, "arguments")?);
    let pattern = arguments.first().filter(|at| is_text(code, **at))?;
    let flags = arguments
        .iter()
        .skip(1)
        .find(|at| is_flags(code, **at))
        .map(|at| code.text(*at).trim_start_matches("flags").trim_start_matches([' ', '=']));
    let rest = arguments.len() - 1 - usize::from(flags.is_some());
    let after = if method == "compile" { 0 } else { ASKING.iter().find(|(name, _)| *name == method)?.1 };
    let fits = if method == "compile" { rest == 0 } else { (1..=after).contains(&rest) };
    // The pattern has no method that takes flags where `re` takes a count.
    let placed = flags.is_none() || after < 2 || arguments.iter().any(|at| code.is(*at, "keyword_argument") && is_flags(code, *at));
    (fits && placed).then(|| [Some(code.text(*pattern)), flags].into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn is_text(code: &Code<'_>, at: At) -> bool {
    matches!(code.kind(at), "string") && code.is_constant(at) && !code.text(at).contains('\n')
}

fn is_flags(code: &Code<'_>, at: At) -> bool {
    let value = if code.is(at, "keyword_argument") {
        let named = code.child(at, "name").is_some_and(|name| code.text(name) == "flags");
        code.child(at, "value").filter(|_| named)
    } else {
        Some(at)
    };
    value.is_some_and(|value| {
        code.text(value).split('|').all(|part| part.trim().strip_prefix("re.").is_some_and(|flag| flag.chars().all(char::is_uppercase)))
    })
}

/// What a call becomes once there is a compiled pattern.
fn asked(code: &Code<'_>, call: At, name: &str) -> Option<Piece> {
    let method = code.called(call)?.strip_prefix("re.")?;
    if method == "compile" {
        return Some(code.replaced(call, name));
    }
    let arguments = code.kids(code.child(call, "arguments")?);
    let rest: Vec<&str> = arguments.iter().skip(1).filter(|at| !is_flags(code, **at)).map(|at| code.text(*at)).collect();
    Some(code.replaced(call, format!("{name}.{method}({})", rest.join(", "))))
}
