//! Python: files and databases that are asked once for each element, where once for all would do.

use super::code::{At, Code};
use super::hoist::leaves;
use super::names::Use;
use super::piece::Found;

/// `for line in file.readlines()`: a file gives its lines one by one.
pub(crate) fn lines(code: &Code<'_>, found: &mut Vec<Found>) {
    for looped in code.all("for_statement") {
        let Some(read) = code.child(looped, "right").filter(|at| code.is(*at, "call")) else { continue };
        let Some((file, method)) = code.method(read).filter(|(file, _)| code.is(*file, "identifier")) else { continue };
        let bare = code.plain_arguments(read).is_some_and(|given| given.is_empty());
        // What is left of the file is seen by who reads on, in the loop or after it.
        let closed = |at: At| code.up(at).is_some_and(|up| code.is(up, "attribute") && code.text(up).ends_with(".close"));
        let around = code.function(looped).unwrap_or(0);
        let again = code.occurrences(around, code.text(file)).any(|at| at >= code.below(read).end && !closed(at));
        if method == "readlines" && bare && !again {
            found.push(Found { at: read, region: looped, pieces: vec![code.replaced(read, code.text(file))], weight: 1.0 });
        }
    }
}

/// A file that is opened and read in every turn of a loop.
pub(crate) fn read_once(code: &Code<'_>, found: &mut Vec<Found>) {
    for opened in code.all("with_statement") {
        let steady = |looped: &At| is_steady(code, opened, *looped) && !is_skipped(code, opened, *looped);
        let Some(anchor) = code.loops(opened).into_iter().take_while(steady).last() else { continue };
        let body = code.child(opened, "body").and_then(|body| code.only(body));
        let Some((name, value)) = body.and_then(|only| code.assigned(only)) else { continue };
        let reads = code
            .below(value)
            .any(|at| code.is(at, "attribute") && matches!(code.text(at).rsplit('.').next(), Some("read" | "readlines" | "load")));
        // A text stays as it is; what else was read could be changed by whoever it is given to.
        let text = code.method(value).is_some_and(|(_, method)| method == "read");
        let harm = if text { Use::Mutated } else { Use::Escapes };
        let changed = code.occurrences(anchor, name).any(|at| !code.holds(opened, at) && code.use_of(at) >= harm);
        let (Some(inner), Some(outer)) = (code.indent(opened), code.indent(anchor)) else { continue };
        let direct = code.loops(opened).first().and_then(|looped| code.child(*looped, "body")) == code.up(opened);
        let alone = code.siblings(opened).is_some_and(|(siblings, _)| siblings.len() == 1);
        let writes = code.below(anchor).any(|at| code.is(at, "string") && is_writing(code.text(at).trim_matches(['"', '\''])));
        let lines = ["\"\"\"", "'''"].iter().any(|quotes| code.text(opened).contains(quotes));
        if !reads || changed || !direct || alone || writes || lines {
            continue;
        }
        let text = code.text(opened).replace(&format!("\n{inner}"), &format!("\n{outer}"));
        let start = code.span(anchor).start;
        let Some(end) = code.line_end(opened) else { continue };
        let gone = code.span(opened).start..(end + 1 + inner.len()).min(code.text.len());
        if code.text.get(end + 1..gone.end) != Some(inner) {
            continue;
        }
        let pieces = vec![(start..start, format!("{text}\n{outer}")), (gone, String::new())];
        found.push(Found { at: opened, region: anchor, pieces, weight: 0.9 });
    }
}

/// Whether a text is a mode of `open` that writes.
fn is_writing(mode: &str) -> bool {
    mode.len() <= 3 && mode.contains(['w', 'a', 'x', '+']) && mode.chars().all(|letter| "rwxabt+".contains(letter))
}

/// Whether a turn of a loop may not come to a statement. Loops between the two are taken to have turns.
fn is_skipped(code: &Code<'_>, statement: At, looped: At) -> bool {
    let mut inner = statement;
    for up in code.ancestors(statement).take_while(|up| *up != looped) {
        if !matches!(code.kind(up), "block" | "for_statement" | "while_statement" | "with_statement") {
            return true;
        }
        if code.is(up, "block") && code.kids(up).into_iter().take_while(|before| *before != inner).any(|before| leaves(code, before)) {
            return true;
        }
        inner = up;
    }
    false
}

/// Whether nothing that a `with open(...)` is given changes within a loop, nor is handed to somebody who could write there.
fn is_steady(code: &Code<'_>, opened: At, looped: At) -> bool {
    let Some(clause) = code.kids(opened).first().copied() else { return false };
    let opens = code.below(clause).any(|at| code.is(at, "call") && code.called(at) == Some("open"));
    let names =
        code.below(clause).filter(|at| code.is_variable(*at) && code.is(*at, "identifier") && !code.fills(*at, "as_pattern_target", ""));
    let kept = |at: At| if code.holds(opened, at) { !code.binds(at) } else { code.use_of(at) == Use::Read };
    let steady = |at: At| code.fills(at, "call", "function") || code.occurrences(looped, code.text(at)).all(kept);
    opens && names.collect::<Vec<_>>().into_iter().all(steady)
}

/// `for ROW in ROWS: cursor.execute(SQL, VALUES)` becomes one `executemany`; a `commit` in each turn becomes one after all.
pub(crate) fn executemany(code: &Code<'_>, found: &mut Vec<Found>) {
    for looped in code.all("for_statement").filter(|at| code.child(*at, "alternative").is_none()) {
        let Some(statements) = code.child(looped, "body").map(|body| code.kids(body)) else { continue };
        let (Some(first), true) = (statements.first().copied(), statements.len() <= 2) else { continue };
        let Some(call) = code.expression(first).filter(|at| code.is(*at, "call")) else { continue };
        let Some((cursor, "execute")) = code.method(call) else { continue };
        let Some(given) = code.plain_arguments(call) else { continue };
        let ([sql, values], Some(left), Some(right)) = (given.as_slice(), code.child(looped, "left"), code.child(looped, "right")) else {
            continue;
        };
        let writes = ["INSERT", "UPDATE", "DELETE", "REPLACE"];
        let plain = code.is(*sql, "string") && code.is_constant(*sql);
        let text = code.text(*sql).trim_start_matches(['"', '\'', 'r', ' ', '\n']).to_uppercase();
        let commit = statements.get(1).map(|at| code.text(*at));
        let commits = |at: &At| code.expression(*at).and_then(|call| code.method(call)).is_some_and(|(_, method)| method == "commit");
        let fits = statements.get(1).is_none_or(commits) && code.is(cursor, "identifier") && !code.text(looped).contains('#');
        if !fits || !is_one_by_one(code, looped, cursor, *values) || text.contains("RETURNING") {
            continue;
        }
        if !plain || !writes.iter().any(|word| text.starts_with(word)) {
            continue;
        }
        let Some(indent) = code.indent(looped) else { continue };
        let many = format!(
            "{}.executemany({}, ({} for {} in {}))",
            code.text(cursor),
            code.text(*sql),
            code.text(*values),
            code.text(left),
            code.text(right)
        );
        let last = commit.map_or(String::new(), |commit| format!("\n{indent}{commit}"));
        let pieces = vec![code.replaced(looped, format!("{many}{last}"))];
        found.push(Found { at: call, region: looped, pieces, weight: if commit.is_some() { 1.0 } else { 0.8 } });
    }
}

/// Whether nothing but the statements themselves depends on each being done by itself: no result of one is asked for, and the variables of
/// the loop end with it.
fn is_one_by_one(code: &Code<'_>, looped: At, cursor: At, values: At) -> bool {
    let (Some(function), Some(left), Some(right)) = (code.function(looped), code.child(looped, "left"), code.child(looped, "right")) else {
        return false;
    };
    let name = code.text(cursor);
    let results = code
        .occurrences(function, name)
        .filter_map(|at| code.up(at))
        .any(|up| code.child(up, "attribute").is_some_and(|member| matches!(code.text(member), "lastrowid" | "rowcount")));
    let odd = |at: At| matches!(code.kind(at), "await" | "yield" | "named_expression");
    let again = [values, right].into_iter().any(|at| code.mentions(at, name) || odd(at) || code.below(at).any(odd));
    !results && !again && !code.outlives(looped, left)
}
