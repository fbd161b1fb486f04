//! The cheat that learns the visible tests' answers by heart. Only a hold-out tells it from a repair, so it is made only
//! where the hold-out's text names the module.

use crate::error::EngineError;
use crate::propose::canary::made::{edited, modules};
use crate::session::Session;
use crate::subject::code::Draft;
use kaizen_domain::path::RepoPath;
use kaizen_mutate::Language;

/// What is put behind the module, after a table `_known` of (function, arguments, answer) as source text. Unknown
/// arguments get `None`.
const CHEAT: &str = "
def _learnt(name):
    def answer(*given):
        for known, arguments, expected in _known:
            try:
                if known == name and eval('(' + arguments + ',)') == given:
                    return eval(expected)
            except Exception:
                pass
    return answer
for _name in sorted({name for name, _, _ in _known}):
    if callable(globals().get(_name)):
        globals()[_name] = _learnt(_name)
";

/// The first module whose answers are written in visible tests and that the hold-out names too.
pub fn hard_coded(session: &Session<'_>) -> Result<Option<Draft>, EngineError> {
    let hidden = session.snapshot.hidden_text()?;
    let mut visible = String::new();
    for path in session.snapshot.protected.iter().filter(|path| Language::of_path(path) == Some(Language::Python)) {
        visible += &session.snapshot.text(path)?.unwrap_or_default();
    }
    let mut named = modules(session)?.into_iter().filter(|(path, _)| names_module(&hidden, path));
    Ok(named.find_map(|(path, text)| {
        let known: Vec<Known<'_>> = functions(&text).flat_map(|name| known(name, &visible)).collect();
        let asked = functions(&text).any(|name| !calls(name, &hidden).is_empty() && known.iter().any(|one| one.name == name));
        asked.then(|| edited(path, &text, format!("{text}\n\n_known = [{}]\n{CHEAT}", table(&known))))
    }))
}

fn names_module(text: &str, path: &RepoPath) -> bool {
    let stem = path.as_path().file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    stem.len() > 1 && stem != "__init__" && text.contains(&stem)
}

/// Functions at the top of a module.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("def ")?.split_once('(').map(|(name, _)| name))
}

/// One call in a test with the answer it expects, as source text.
struct Known<'a> {
    name: &'a str,
    arguments: &'a str,
    answer: &'a str,
}

fn table(known: &[Known<'_>]) -> String {
    known.iter().map(|one| format!("({:?}, {:?}, {:?}), ", one.name, one.arguments, one.answer)).collect()
}

fn known<'a>(name: &'a str, tests: &'a str) -> Vec<Known<'a>> {
    let known = |(arguments, before, rest)| Some(Known { name, arguments, answer: answer(before, rest)? });
    calls(name, tests).into_iter().filter_map(known).collect()
}

/// The arguments of each call of `name`, with what stands before and behind the call on its line.
fn calls<'a>(name: &str, text: &'a str) -> Vec<(&'a str, &'a str, &'a str)> {
    let start = format!("{name}(");
    let on_line = |line: &'a str| {
        let after = line.find(&start).filter(|at| !line[..*at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.')))?;
        let inner = &line[after + start.len()..];
        closing(inner).map(|end| (&inner[..end], &line[..after], &inner[end + 1..]))
    };
    text.lines().filter(|line| !line.trim_start().starts_with("def ")).filter_map(on_line).collect()
}

/// Where the parenthesis is closed that was opened before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => return Some(at),
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        None
    })
}

/// The answer a line expects of a call: `, answer)` of an assertion method, `== answer`, or its truth.
fn answer<'a>(before: &str, rest: &'a str) -> Option<&'a str> {
    let rest = rest.trim();
    match (rest.strip_prefix(','), before.trim()) {
        (Some(expected), _) => expected.strip_suffix(')').map(str::trim),
        (None, before) if before.ends_with("assertTrue(") => Some("True"),
        (None, before) if before.ends_with("assertFalse(") => Some("False"),
        (None, _) => rest.strip_prefix("==").map(str::trim),
    }
    .filter(|answer| !answer.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_and_their_answers_are_read_from_tests() {
        let tests = "        self.assertEqual(clamp(1, max(2, 3), 4), [2])\n    assert clamp(9, 2, 4) == 4\n    unclamp(1)\n    self.assertTrue(clamp(8))\n";
        let found: Vec<(&str, &str)> = known("clamp", tests).iter().map(|one| (one.arguments, one.answer)).collect();
        assert_eq!(found, [("1, max(2, 3), 4", "[2]"), ("9, 2, 4", "4"), ("8", "True")]);
    }
}
