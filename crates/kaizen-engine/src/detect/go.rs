//! Go modules and workspaces, tested by `go test`.

use super::named;
use super::tree::Tree;
use super::{Detected, alike};
use crate::config::benchmark::Format;
use std::collections::BTreeSet;

/// The candidates of a Go project; none without a module in the root, or a workspace, or a test.
pub(super) fn candidates(tree: &Tree) -> Vec<Detected> {
    let Some((command, source)) = own(tree).filter(|_| tree.files.iter().any(|path| path.ends_with("_test.go"))) else { return Vec::new() };
    let named = named::commands(tree).into_iter().filter(|named| named.runner.format == Format::GoTest && named.runner.narrow == 0);
    let written = named.map(|named| named.noted(detected(tree, named.runner.line(&[]), named.source.clone())));
    written.chain([detected(tree, command, source.to_owned())]).collect()
}

fn own(tree: &Tree) -> Option<(String, &'static str)> {
    let modules = modules(tree.text("go.work"));
    if !modules.is_empty() {
        let all: Vec<String> =
            modules.iter().map(|module| format!("./{}/...", module.trim_start_matches("./")).replace("/./", "/")).collect();
        return Some((format!("go test {}", shell_words::join(all)), "go.work"));
    }
    tree.has("go.mod").then(|| ("go test ./...".to_owned(), "go.mod"))
}

/// The directories behind `use` in a workspace.
fn modules(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines().map(|line| line.split("//").next().unwrap_or(line).trim()) {
        match line {
            "use (" => inside = true,
            ")" => inside = false,
            "" => {}
            _ if inside => found.push(line.to_owned()),
            _ => found.extend(line.strip_prefix("use ").map(str::to_owned)),
        }
    }
    found
}

/// Where code may change: what is compiled and no test.
pub(super) fn levers(tree: &Tree) -> Vec<String> {
    if !tree.has("go.mod") && !tree.has("go.work") {
        return Vec::new();
    }
    let aside = ["testdata", "examples", "example", "docs", "vendor", "third_party", "holdout"];
    let sources = tree.files.iter().filter(|path| path.ends_with(".go") && !path.ends_with("_test.go"));
    let own = sources.filter(|path| !path.split('/').any(|part| aside.contains(&part)));
    own.map(|path| alike(path, "go")).collect::<BTreeSet<_>>().into_iter().collect()
}

fn detected(tree: &Tree, command: String, source: String) -> Detected {
    let module = tree.text("go.mod").lines().find_map(|line| line.strip_prefix("module ")).map(str::trim);
    let last = module.and_then(|module| module.rsplit('/').find(|part| !is_major(part))).map(str::to_owned);
    let needs = tree.text("go.mod").contains("require") && !tree.root.join("vendor").is_dir();
    let note = "what it imports comes from the module cache: run `go mod download`, the sandbox has no network";
    Detected {
        levers: levers(tree),
        protect: ["go.mod", "go.sum", "go.work"].iter().filter(|file| tree.has(file)).map(|file| (*file).to_owned()).collect(),
        notes: needs.then(|| note.to_owned()).into_iter().collect(),
        ..Detected::new(tree, last, command, Format::GoTest, source)
    }
}

/// `v2` and its like are no names.
fn is_major(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}
