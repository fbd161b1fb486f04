//! Rust projects: a package or a workspace, tested by `cargo test`.

use super::named::{self, Named};
use super::tree::Tree;
use super::{Detected, HoldoutSplit, part};
use crate::config::benchmark::Format;
use std::collections::BTreeSet;

/// The candidates of a Rust project; none without a `Cargo.toml` in the root.
pub(super) fn candidates(tree: &Tree) -> Vec<Detected> {
    if !tree.has("Cargo.toml") {
        return Vec::new();
    }
    // A narrower command in continuous integration is one of several there; alone it would leave cases out.
    let usable = |named: &Named| {
        matches!(named.runner.format, Format::CargoTest | Format::Nextest) && (named.runner.narrow == 0 || named.source.ends_with(".md"))
    };
    let named = named::commands(tree).into_iter().filter(usable);
    let of = |named: Named| named.noted(detected(tree, written(&named), named.runner.format, named.source.clone()));
    let mut found: Vec<Detected> = named.map(of).collect();
    let (command, source) =
        if is_workspace(tree) { ("cargo test --workspace", "Cargo.toml [workspace]") } else { ("cargo test", "Cargo.toml") };
    found.push(detected(tree, command.to_owned(), Format::CargoTest, source.to_owned()));
    found
}

fn written(named: &Named) -> String {
    let own: &[&str] = if named.runner.format == Format::Nextest { &["cargo", "nextest", "run"] } else { &["cargo", "test"] };
    named.runner.line(own)
}

fn is_workspace(tree: &Tree) -> bool {
    tree.toml("Cargo.toml").contains_key("workspace")
}

/// The directories of packages, relative to the root (`""` for the root's own).
fn packages(tree: &Tree) -> Vec<String> {
    let manifests = tree.files.iter().filter_map(|path| path.strip_suffix("Cargo.toml"));
    let directories = manifests.map(|directory| directory.trim_end_matches('/').to_owned());
    let known = directories.filter(|directory| directory.is_empty() || is_workspace(tree));
    known.filter(|directory| part::is_own(directory) && tree.toml(&inside(directory, "Cargo.toml")).contains_key("package")).collect()
}

fn inside(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// Where code may change: each package's `src`, or where its library is declared to be.
pub(super) fn levers(tree: &Tree) -> Vec<String> {
    let mut levers = BTreeSet::new();
    for package in packages(tree) {
        let source = inside(&package, "src");
        if tree.files.iter().any(|path| path.ends_with(".rs") && path.starts_with(&format!("{source}/"))) {
            levers.insert(format!("{}/**/*.rs", globset::escape(&source)));
        }
        let manifest = tree.toml(&inside(&package, "Cargo.toml"));
        let library = manifest.get("lib").and_then(|lib| lib.get("path")).and_then(toml::Value::as_str).map(|path| inside(&package, path));
        levers.extend(library.filter(|path| tree.has(path) && !path.starts_with(&format!("{source}/"))).map(|path| globset::escape(&path)));
    }
    shortened(levers)
}

/// `crates/a/src/**/*.rs` and `crates/b/src/**/*.rs` are `crates/*/src/**/*.rs`.
fn shortened(levers: BTreeSet<String>) -> Vec<String> {
    let tail = "/src/**/*.rs";
    let siblings = levers.iter().filter_map(|lever| lever.strip_suffix(tail)?.rsplit_once('/').map(|(parent, _)| parent.to_owned()));
    let parents: Vec<String> = siblings.collect();
    let many = |parent: &str| parents.iter().filter(|other| *other == parent).count() > 1;
    let short = levers.iter().map(|lever| match lever.strip_suffix(tail).and_then(|package| package.rsplit_once('/')) {
        Some((parent, _)) if many(parent) => format!("{parent}/*{tail}"),
        _ => lever.clone(),
    });
    short.collect::<BTreeSet<_>>().into_iter().collect()
}

fn protect(tree: &Tree) -> Vec<String> {
    let mut protect: BTreeSet<String> = ["**/Cargo.toml".to_owned(), "Cargo.lock".to_owned()].into();
    for package in packages(tree) {
        let directories = ["tests", "benches", "examples"].map(|name| inside(&package, name));
        protect.extend(directories.iter().filter(|name| tree.has_directory(name)).map(|name| format!("{}/**", globset::escape(name))));
        let script = inside(&package, "build.rs");
        protect.extend(tree.has(&script).then(|| globset::escape(&script)));
    }
    protect.into_iter().collect()
}

fn holdout(tree: &Tree) -> Option<HoldoutSplit> {
    let split = |file: &str| HoldoutSplit { command: "cargo test --test holdout".to_owned(), files: vec![file.to_owned()] };
    match (tree.has("tests/holdout.rs"), tree.has("tests/holdout/main.rs")) {
        (true, _) => Some(split("tests/holdout.rs")),
        (_, true) => Some(split("tests/holdout/**")),
        _ => None,
    }
}

fn detected(tree: &Tree, command: String, format: Format, source: String) -> Detected {
    let manifest = tree.toml("Cargo.toml");
    let name = manifest.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str).map(str::to_owned);
    let mut notes = vec!["unit tests inside src/ are part of the levers' files: a change to them is a change to the judge".to_owned()];
    if !tree.has("Cargo.lock") {
        notes.push("there is no Cargo.lock: run `cargo generate-lockfile`, the sandbox has no network".to_owned());
    }
    let detected = Detected::new(tree, name, command, format, source);
    Detected { levers: levers(tree), protect: protect(tree), holdout: holdout(tree), notes, ..detected }
}
