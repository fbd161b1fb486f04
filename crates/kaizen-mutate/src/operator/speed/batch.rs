//! Python: files and databases that are asked once for each element, where once for all would do.

use super::code::{At, Code};
use super::names::Use;
use super::piece::Found;

/// `for line in file.readlines()`: a file gives its lines one by one.
pub(crate) fn lines(code: &Code<'_>, found: &mut Vec<Found>) {
    for looped in code.all("for_statement") {
        let Some(read) = code.child(looped, "right").filter(|at| code.is(*at, "call")) else { continue };
        let Some((file, method)) = code.method(read).filter(|(file, _)| code.is(*file, "identifier")) else { continue };
        let bare = code.plain_arguments(read).is_some_and(|given| given.is_empty());
        let again = code.child(looped, "body").is_some_and(|body| code.mentions(body, code.text(file)));
        if method == "readlines" && bare && !again {
            found.push(Found { at: read, region: looped, pieces: vec![code.replaced(read, code.text(file))], weight: 1.0 });
        }
    }
}

/// A file that is opened and read in every turn of a loop.
pub(crate) fn read_once(code: &Code<'_>, found: &mut Vec<Found>) {
    for opened in code.all("with_statement") {
        let Some(anchor) = code.loops(opened).into_iter().take_while(|looped| is_steady(code, opened, *looped)).last() else { continue };
        let body = code.child(opened, "body").and_then(|body| code.only(body));
        let Some((name, value)) = body.and_then(|only| code.assigned(only)) else { continue };
        let reads = code
            .below(value)
            .any(|at| code.is(at, "attribute") && matches!(code.text(at).rsplit('.').next(), Some("read" | "readlines" | "load")));
        let changed = code.occurrences(anchor, name).any(|at| !code.holds(opened, at) && code.use_of(at) >= Use::Mutated);
        let (Some(inner), Some(outer)) = (code.indent(opened), code.indent(anchor)) else { continue };
        let direct = code.loops(opened).first().and_then(|looped| code.child(*looped, "body")) == code.up(opened);
        let alone = code.siblings(opened).is_some_and(|(siblings, _)| siblings.len() == 1);
        let writes = code
            .below(anchor)
            .any(|at| code.is(at, "string") && matches!(code.text(at).trim_matches(['"', '\'']), "w" | "a" | "wb" | "ab" | "r+"));
        if !reads || changed || !direct || alone || writes || code.text(opened).contains("\"\"\"") {
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

/// Whether nothing that a `with open(...)` is given changes within a loop.
fn is_steady(code: &Code<'_>, opened: At, looped: At) -> bool {
    let Some(clause) = code.kids(opened).first().copied() else { return false };
    let opens = code.below(clause).any(|at| code.is(at, "call") && code.called(at) == Some("open"));
    let names =
        code.below(clause).filter(|at| code.is_variable(*at) && code.is(*at, "identifier") && !code.fills(*at, "as_pattern_target", ""));
    let steady = |at: At| code.fills(at, "call", "function") || code.worst_use(looped, code.text(at)) <= Use::Escapes;
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
        let fits =
            commit.is_none_or(|text| text.ends_with(".commit()")) && code.is(cursor, "identifier") && !code.text(looped).contains('#');
        if !plain || !writes.iter().any(|word| text.starts_with(word)) || !fits {
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
