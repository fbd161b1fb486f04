//! `noxfile.py`: the literal arguments of `session.run` in sessions that test.

use crate::detect::tree::Tree;

/// Where sessions are written.
pub(super) const FILE: &str = "noxfile.py";

/// What the session of that name runs, or else every session with a name that tells of tests.
pub(super) fn lines(tree: &Tree, session: Option<&str>) -> Vec<String> {
    let wanted = |name: &str| match session {
        Some(session) => name == session.split('-').next().unwrap_or(session),
        None => name.contains("test"),
    };
    let text = tree.text(FILE);
    let bodies = text.split("\ndef ").skip(1).filter(|body| body.split('(').next().is_some_and(|name| wanted(name.trim())));
    bodies.flat_map(calls).collect()
}

fn calls(body: &str) -> Vec<String> {
    body.match_indices("session.run(").filter_map(|(at, call)| arguments(&body[at + call.len()..])).collect()
}

/// The words of a call; `None` where one of them is computed.
fn arguments(text: &str) -> Option<String> {
    let mut words = Vec::new();
    for part in text.split_once(')').map_or(text, |(inside, _)| inside).split(',') {
        let part = part.trim();
        let quoted = |quote: char| part.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        match quoted('"').or_else(|| quoted('\'')) {
            Some(word) => words.push(word.to_owned()),
            None if part.is_empty() || part.starts_with('*') || part.contains('=') => {}
            None => return None,
        }
    }
    (!words.is_empty()).then(|| shell_words::join(words))
}
