//! Test commands people wrote down: instructions for agents, continuous integration, Makefile, tox.
//!
//! Files are read line by line, not as YAML or make: a command that needs more to be understood is not used.

use super::runner::{Runner, known};
use super::tree::Tree;

/// Where continuous integration is described: beginnings of paths.
pub(super) const CI: &[&str] = &[".github/", ".gitlab-ci.yml", ".circleci/", ".travis.yml"];

const AGENTS: &[&str] = &["AGENTS.md", "CLAUDE.md"];
const MAKEFILES: &[&str] = &["Makefile", "makefile", "GNUmakefile"];

/// A command and the file that names it.
pub(super) struct Named {
    pub(super) runner: Runner,
    pub(super) source: String,
}

/// Every known runner named in the project; best source first, within a source the widest first.
pub(super) fn commands(tree: &Tree) -> Vec<Named> {
    let agents = AGENTS.iter().flat_map(|file| named(tree, file, markdown(tree.text(file))));
    let workflows = tree.texts().filter(|(path, _)| CI.iter().any(|place| path.starts_with(place)));
    let integration = workflows.flat_map(|(path, text)| named(tree, path, steps(text)));
    let make = MAKEFILES.iter().flat_map(|file| named(tree, file, recipes(tree.text(file))));
    let tox = named(tree, "tox.ini", tox_commands(tree.text("tox.ini")));
    agents.chain(integration).chain(make).chain(tox).collect()
}

/// True where the Makefile has a target `test`.
pub(super) fn has_make_target(tree: &Tree) -> bool {
    MAKEFILES.iter().any(|file| tree.text(file).lines().any(|line| line.starts_with("test:")))
}

fn named(tree: &Tree, file: &str, lines: Vec<String>) -> Vec<Named> {
    let simple = lines.iter().filter_map(|line| simple_commands(line));
    let mut found: Vec<Named> =
        simple.flatten().filter_map(|words| known(&words, tree)).map(|runner| Named { runner, source: file.to_owned() }).collect();
    found.sort_by_key(|named| named.runner.narrow);
    found
}

/// The simple commands of a line; `None` where the line first goes to another directory.
fn simple_commands(line: &str) -> Option<Vec<Vec<String>>> {
    let parts: Vec<&str> = line.split("&&").flat_map(|part| part.split([';', '|'])).map(str::trim).collect();
    if parts.iter().any(|part| part.starts_with("cd ") || part.starts_with("pushd ")) {
        return None;
    }
    // A part that is no sentence of the shell is no command either.
    Some(parts.into_iter().filter_map(|part| shell_words::split(part).ok()).collect())
}

/// Fenced blocks and `inline code`, except where the line warns against it.
fn markdown(text: &str) -> Vec<String> {
    let (mut commands, mut fenced) = (Vec::new(), false);
    for line in text.lines() {
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

/// The recipe lines of targets that test.
fn recipes(text: &str) -> Vec<String> {
    let (mut lines, mut testing) = (Vec::new(), false);
    for line in text.lines() {
        if let Some(recipe) = line.strip_prefix('\t') {
            if testing {
                let command = recipe.trim().trim_start_matches(['@', '-']).trim();
                lines.push(
                    ["$(PYTHON)", "$(PYTHON3)", "${PYTHON}"].iter().fold(command.to_owned(), |text, name| text.replace(name, "python3")),
                );
            }
        } else if !line.trim().is_empty() {
            let target = line.split(':').next().unwrap_or_default().trim();
            testing = matches!(target, "test" | "tests" | "check" | "pytest" | "unittest");
        }
    }
    lines
}

/// The lines below `commands =` of `[testenv]`.
fn tox_commands(text: &str) -> Vec<String> {
    let (mut lines, mut section, mut inside) = (Vec::new(), false, false);
    for line in text.lines() {
        if line.starts_with('[') {
            section = line.trim() == "[testenv]";
            inside = false;
        } else if section {
            let indented = line.starts_with([' ', '\t']);
            let first = line.strip_prefix("commands").and_then(|rest| rest.trim_start().strip_prefix('='));
            inside = first.is_some() || (inside && (indented || line.trim().is_empty()));
            if inside {
                let plain = first.unwrap_or(line).trim().trim_start_matches("- ").replace("{envpython}", "python3");
                lines.push(plain.split(' ').filter(|word| !word.contains(['{', '}'])).collect::<Vec<_>>().join(" "));
            }
        }
    }
    lines
}
