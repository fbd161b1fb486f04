//! tox: the commands of its environments, in its own file or in `pyproject.toml`.

use super::filled;
use crate::detect::tree::Tree;

const FILE: &str = "tox.ini";

/// The file that holds the environments.
pub(super) fn file(tree: &Tree) -> &'static str {
    match tree.has(FILE) {
        true => FILE,
        false if tree.has("tox.toml") => "tox.toml",
        false => "pyproject.toml",
    }
}

/// What an environment runs; without a name, or with one that has no section of its own, what all environments run.
pub(super) fn lines(tree: &Tree, environment: Option<&str>) -> Vec<String> {
    let legacy = tree.toml("pyproject.toml");
    let tool = legacy.get("tool").and_then(|tool| tool.get("tox"));
    let inline = tool.and_then(|tox| tox.get("legacy_tox_ini")).and_then(toml::Value::as_str).unwrap_or_default();
    let text = if tree.has(FILE) { tree.text(FILE) } else { inline };
    let own = environment.map(|name| section(text, &format!("[testenv:{name}]"))).unwrap_or_default();
    if !own.is_empty() {
        return own;
    }
    let common = section(text, "[testenv]");
    if common.is_empty() {
        [tool.cloned(), Some(toml::Value::Table(tree.toml("tox.toml")))].into_iter().flatten().flat_map(|tox| native(&tox)).collect()
    } else {
        common
    }
}

/// The lines below `commands =` of a section.
fn section(text: &str, header: &str) -> Vec<String> {
    let (mut lines, mut section, mut inside) = (Vec::new(), false, false);
    for line in super::joined(text).lines() {
        if line.starts_with('[') {
            section = line.trim() == header;
            inside = false;
        } else if section {
            let indented = line.starts_with([' ', '\t']);
            let first = line.strip_prefix("commands").and_then(|rest| rest.trim_start().strip_prefix('='));
            inside = first.is_some() || (inside && (indented || line.trim().is_empty()));
            if inside {
                lines.push(filled(without_factor(first.unwrap_or(line).trim().trim_start_matches("- ")), "{", "}"));
            }
        }
    }
    lines.retain(|line| !line.trim().is_empty());
    lines
}

/// `tests: pytest` runs pytest in the environments that have the factor `tests`.
fn without_factor(line: &str) -> &str {
    match line.split_once(": ") {
        Some((factor, rest)) if !factor.is_empty() && factor.chars().all(|c| c.is_ascii_alphanumeric() || "-_,!{}.".contains(c)) => {
            rest.trim()
        }
        _ => line,
    }
}

/// `commands = [["pytest", "tests"]]`; a replaced word has no value here.
fn native(tox: &toml::Value) -> Vec<String> {
    let commands = tox.get("env_run_base").and_then(|base| base.get("commands")).and_then(toml::Value::as_array);
    let words = |command: &toml::Value| {
        command.as_array().map(|words| words.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect::<Vec<_>>())
    };
    commands.into_iter().flatten().filter_map(words).map(shell_words::join).collect()
}
