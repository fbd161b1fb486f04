//! Tasks in `pyproject.toml`: hatch, pdm, poethepoet, rye, taskipy.

use super::filled;
use crate::detect::tree::Tree;
use toml::{Table, Value};

/// Where they are written.
pub(super) const FILE: &str = "pyproject.toml";

/// The lines of the tasks of these names.
pub(super) fn lines(tree: &Tree, names: &[&str]) -> Vec<String> {
    let manifest = tree.toml(FILE);
    let tables = tables(&manifest);
    let found = names.iter().flat_map(|name| tables.iter().filter_map(|table| table.get(*name)));
    let mut lines: Vec<String> = found.flat_map(|task| commands(task, &tables)).map(|line| filled(&line, "{", "}")).collect();
    lines.dedup();
    lines
}

fn tables(manifest: &Table) -> Vec<&Table> {
    let Some(tool) = manifest.get("tool") else { return Vec::new() };
    let at = |path: &[&str]| path.iter().try_fold(tool, |value, key| value.get(*key)).and_then(Value::as_table);
    let environments = at(&["hatch", "envs"]).into_iter().flat_map(Table::values);
    let hatch = environments.filter_map(|environment| environment.get("scripts")?.as_table());
    let others = [&["pdm", "scripts"][..], &["poe", "tasks"], &["rye", "scripts"], &["taskipy", "tasks"]];
    hatch.chain(others.iter().filter_map(|path| at(path))).collect()
}

/// What a task runs. An item of a sequence may be the name of another task.
fn commands(task: &Value, tables: &[&Table]) -> Vec<String> {
    match task {
        Value::String(line) => vec![line.clone()],
        Value::Array(items) => items.iter().filter_map(Value::as_str).flat_map(|item| named(item, tables)).collect(),
        Value::Table(table) => match (
            ["composite", "sequence", "chain"].iter().find_map(|key| table.get(*key)),
            ["cmd", "shell"].iter().find_map(|key| table.get(*key)),
        ) {
            (Some(Value::Array(items)), _) => items.iter().filter_map(Value::as_str).flat_map(|item| named(item, tables)).collect(),
            (_, Some(Value::String(line))) => vec![line.clone()],
            (_, Some(Value::Array(words))) => vec![shell_words::join(words.iter().filter_map(Value::as_str))],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn named(item: &str, tables: &[&Table]) -> Vec<String> {
    match tables.iter().find_map(|table| table.get(item)) {
        Some(Value::String(line)) => vec![line.clone()],
        Some(Value::Table(table)) => {
            table.get("cmd").or_else(|| table.get("shell")).and_then(Value::as_str).map(str::to_owned).into_iter().collect()
        }
        _ => vec![item.to_owned()],
    }
}
