//! Follows a command that names a task to the commands of the task.

use super::{justfile, makefile, nox, pyproject, scripts, simple_commands, tox};
use crate::detect::runner::wrapper;
use crate::detect::tree::Tree;

/// How far one task leads to another.
const DEPTH: usize = 5;

/// The commands that a simple command comes to: itself, where it names no task.
pub(super) fn expanded(words: &[String], tree: &Tree) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    follow(&[], words, tree, DEPTH, &mut found);
    found
}

fn follow(env: &[String], words: &[String], tree: &Tree, depth: usize, found: &mut Vec<Vec<String>>) {
    let (own, words) = wrapper::assignments(words);
    let env = [env, own].concat();
    if depth == 0 || words.is_empty() {
        return;
    }
    if let Some(lines) = task(words, tree) {
        for line in lines.iter().filter_map(|line| simple_commands(line)).flatten() {
            follow(&env, &line, tree, depth - 1, found);
        }
    } else {
        match wrapper::inner(words) {
            wrapper::Inner::Command(inner) => follow(&env, inner, tree, depth, found),
            wrapper::Inner::Plain => found.push([env.as_slice(), words].concat()),
            wrapper::Inner::Elsewhere => {}
        }
    }
}

/// The lines of the task that a command names; none where it is narrowed or not understood; `None` where it names no task.
fn task(words: &[String], tree: &Tree) -> Option<Vec<String>> {
    let (tool, rest) = words.split_first()?;
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match tool.as_str() {
        "make" | "gmake" => Some(targets(&rest, |target| makefile::lines(tree, &[target]))),
        "just" => Some(targets(&rest, |recipe| justfile::lines(tree, &[recipe]))),
        "npm" | "pnpm" | "yarn" | "bun" => script(tool, &rest, tree),
        "tox" => Some(tox::lines(tree, option(&rest, &["-e", "--env"]))),
        "nox" => Some(nox::lines(tree, option(&rest, &["-s", "--session", "--sessions"]))),
        "hatch" if rest.first() == Some(&"test") => Some(vec!["pytest".to_owned()]),
        "hatch" | "pdm" | "rye" | "poe" | "task" => {
            let names = rest.iter().skip(usize::from(rest.first() == Some(&"run")));
            let name = names.clone().next()?;
            let lines = pyproject::lines(tree, &[name.rsplit(':').next().unwrap_or(name), name]);
            (!lines.is_empty()).then(|| if names.count() == 1 { lines } else { Vec::new() })
        }
        _ => None,
    }
}

/// The lines of each target; none where options lead elsewhere or variables narrow it.
fn targets(words: &[&str], lines: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    if words.iter().any(|word| word.contains('=') || matches!(*word, "-C" | "-f" | "--directory" | "--file" | "-d")) {
        return Vec::new();
    }
    words.iter().filter(|word| !word.starts_with('-')).flat_map(|word| lines(word)).collect()
}

/// `npm test`, `npm run unit`, `yarn unit`: the script's text. With words behind it, it is one of its cases.
fn script(tool: &str, words: &[&str], tree: &Tree) -> Option<Vec<String>> {
    if words.iter().any(|word| {
        ["-w", "-C", "-F", "-r"].contains(word)
            || word.starts_with("--prefix")
            || word.starts_with("--workspace")
            || word.starts_with("--filter")
    }) {
        return Some(Vec::new());
    }
    let mut plain = words.iter().filter(|word| !word.starts_with('-'));
    let name = match *plain.next()? {
        "run" | "run-script" => plain.next()?,
        "t" => "test",
        other => other,
    };
    let lines = scripts::lines(tree, name);
    match (lines.is_empty(), plain.next()) {
        // `yarn jest` and `pnpm jest` run what is installed.
        (true, _) if tool != "npm" && name != "test" => None,
        (_, None) => Some(lines),
        (_, Some(_)) => Some(Vec::new()),
    }
}

/// The value of the first of these options.
fn option<'w>(words: &[&'w str], names: &[&str]) -> Option<&'w str> {
    let place = words.iter().position(|word| names.contains(word))?;
    words.get(place + 1).copied()
}
