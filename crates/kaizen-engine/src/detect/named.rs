//! Test commands people wrote down: instructions for agents, continuous integration, task runners, guides for contributors.
//!
//! Files are read line by line, not as YAML or make: a command that needs more to be understood is not used. A command that only names
//! a task (`make test`, `npm test`, `tox`) is followed to what the task runs.

mod expand;
mod justfile;
mod makefile;
mod nox;
mod pyproject;
mod scripts;
mod tox;

use super::Detected;
use super::runner::{Runner, known};
use super::tree::Tree;

/// Where continuous integration is described: beginnings of paths.
pub(super) const CI: &[&str] = &[".github/workflows/", ".gitlab-ci.yml", ".circleci/", ".travis.yml"];

/// Instructions that are written to be followed.
pub(super) const AGENTS: &[&str] = &["AGENTS.md", "CLAUDE.md", "GEMINI.md", ".github/copilot-instructions.md"];

/// Guides that are written to be read.
const GUIDES: &[&str] = &["CONTRIBUTING.md", "CONTRIBUTING.rst", "DEVELOPMENT.md"];

/// Tasks that test, by the names they are given.
const TASKS: &[&str] =
    &["test", "tests", "check", "unit", "pytest", "unittest", "tests-only", "test-unit", "test:unit", "test-ci", "test:ci"];

/// A command and the file that names it.
pub(super) struct Named {
    pub(super) runner: Runner,
    pub(super) source: String,
}

impl Named {
    /// The candidate with a note of what was left out of the command.
    pub(super) fn noted(&self, mut detected: Detected) -> Detected {
        if !self.runner.dropped.is_empty() {
            detected.notes.push(format!("left out of the command in {}: {}", self.source, self.runner.dropped.join(" ")));
        }
        detected
    }
}

/// Every known runner named in the project; best source first, within a source the widest first.
pub(super) fn commands(tree: &Tree) -> Vec<Named> {
    let agents = AGENTS.iter().flat_map(|file| named(tree, file, markdown(tree.text(file))));
    let workflows = tree.texts().filter(|(path, _)| CI.iter().any(|place| path.starts_with(place)));
    let integration = workflows.flat_map(|(path, text)| named(tree, path, steps(text)));
    let make = named(tree, makefile::file(tree).unwrap_or_default(), makefile::lines(tree, TASKS));
    let just = named(tree, justfile::file(tree).unwrap_or_default(), justfile::lines(tree, TASKS));
    let tox = named(tree, tox::file(tree), tox::lines(tree, None));
    let nox = named(tree, nox::FILE, nox::lines(tree, None));
    let pyproject = named(tree, pyproject::FILE, pyproject::lines(tree, TASKS));
    let scripts = TASKS.iter().flat_map(|name| named(tree, &format!("package.json scripts.{name}"), scripts::lines(tree, name)));
    let guides = GUIDES.iter().flat_map(|file| named(tree, file, markdown(tree.text(file))));
    agents.chain(integration).chain(make).chain(just).chain(tox).chain(nox).chain(pyproject).chain(scripts).chain(guides).collect()
}

/// The command that runs a task which tests and cannot be read, for people to name.
pub(super) fn task(tree: &Tree) -> Option<String> {
    let make = makefile::has(tree, "test").then(|| "make test".to_owned());
    make.or_else(|| (!scripts::lines(tree, "test").is_empty()).then(|| "npm test".to_owned()))
}

/// Options of CMake that switch tests on, as somebody wrote them for a build of this project.
pub(super) fn cmake_options(tree: &Tree, lists: &str) -> Vec<String> {
    let told = tree.texts().filter(|(path, _)| !path.ends_with("CMakeLists.txt")).flat_map(|(_, text)| text.split_whitespace());
    let switch = |word: &&str| {
        let option = word.strip_prefix("-D").and_then(|option| option.split_once('='));
        option.is_some_and(|(name, value)| name.contains("TEST") && ["ON", "1", "TRUE", "YES"].contains(&value) && lists.contains(name))
    };
    let mut options: Vec<String> = told.filter(switch).map(str::to_owned).collect();
    options.sort();
    options.dedup();
    options
}

fn named(tree: &Tree, file: &str, lines: Vec<String>) -> Vec<Named> {
    let simple = lines.iter().filter_map(|line| simple_commands(line)).flatten();
    let plain = simple.flat_map(|words| expand::expanded(&words, tree));
    let mut found: Vec<Named> =
        plain.filter_map(|words| known(&words, tree)).map(|runner| Named { runner, source: file.to_owned() }).collect();
    found.sort_by_key(|named| named.runner.narrow);
    found
}

/// The simple commands of a line; `None` where the line first goes to another directory.
fn simple_commands(line: &str) -> Option<Vec<Vec<String>>> {
    let parts: Vec<&str> = line.split("&&").flat_map(|part| part.split([';', '|'])).map(str::trim).collect();
    let leaves = |part: &&str| ["cd ", "pushd "].iter().any(|go| part.trim_start_matches(['(', '{', ' ']).starts_with(go));
    if parts.iter().any(leaves) {
        return None;
    }
    // A part that is no sentence of the shell is no command either.
    Some(parts.into_iter().filter_map(|part| shell_words::split(part).ok()).filter(|words| !words.is_empty()).collect())
}

/// Fenced blocks and `inline code`, except where the line warns against it.
fn markdown(text: &str) -> Vec<String> {
    let (mut commands, mut fenced) = (Vec::new(), false);
    for line in joined(text).lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fenced = !fenced;
        } else if fenced {
            let command = trimmed.strip_prefix("$ ").unwrap_or(trimmed);
            commands.push(command.split(" #").next().unwrap_or(command).to_owned());
        } else if !is_warning(trimmed) {
            commands.extend(trimmed.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    commands
}

fn is_warning(line: &str) -> bool {
    let line = line.to_lowercase();
    ["don't", "do not", "never", "avoid", "instead of", "not use", "rather than"].iter().any(|words| line.contains(words))
}

/// The lines of workflow steps; a step that works in another directory is left out.
fn steps(text: &str) -> Vec<String> {
    let text = joined(text);
    let mut chunks: Vec<Vec<&str>> = vec![Vec::new()];
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        if line.trim_start().starts_with("- ") {
            chunks.push(Vec::new());
        }
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(line);
        }
    }
    let elsewhere = |line: &&str| line.contains("working-directory") || bare_step(line).starts_with("cd ");
    let here = chunks.into_iter().filter(|chunk| !chunk.iter().any(elsewhere));
    here.flatten().map(bare_step).collect()
}

/// `- run: pytest` and `- pytest` are `pytest`.
fn bare_step(line: &str) -> String {
    let line = line.trim().trim_start_matches("- ").trim();
    let line = ["run:", "script:", "command:"].iter().find_map(|key| line.strip_prefix(key)).unwrap_or(line).trim();
    let quoted = |quote: char| line.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    quoted('"').or_else(|| quoted('\'')).unwrap_or(line).to_owned()
}

/// A command that goes on in the next line is one line.
fn joined(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        match lines.last_mut().filter(|_| goes_on) {
            Some(last) => *last = format!("{} {}", last.trim_end_matches('\\').trim_end(), line.trim()),
            None => lines.push(line.to_owned()),
        }
        goes_on = line.ends_with('\\');
    }
    lines.join("\n")
}

/// The words of a line without what stands in `open` and `close`: placeholders of a task runner, of which only a default stays.
fn filled(line: &str, open: &str, close: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(open) {
        let (inside, behind) = after.split_once(close).unwrap_or((after, ""));
        text.push_str(before);
        match inside.split_once(':') {
            // `{env:NAME:default}` has its default behind a second colon.
            Some(("env", named)) => text.push_str(named.split_once(':').map_or("{}", |(_, default)| default)),
            Some((_, default)) => text.push_str(default),
            None if inside == "envpython" => text.push_str("python3"),
            None if inside == "toxinidir" || inside == "tox_root" => text.push('.'),
            None => text.push_str("{}"),
        }
        rest = behind;
    }
    text.push_str(rest);
    text.split(' ').filter(|word| !word.contains("{}")).collect::<Vec<_>>().join(" ")
}
