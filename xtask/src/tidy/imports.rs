//! Crates import one way only, so that a change at the right never reaches the left.
//!
//! domain <- gate, mutate, learn, store, llm, sandbox, api (which never import each other) <- engine <- server <- cli.

use super::Finding;
use super::tree::{File, Tree};

/// Each crate's column; a crate imports only from columns to its left.
const COLUMNS: &[&[&str]] = &[
    &["kaizen-domain"],
    &["kaizen-gate", "kaizen-mutate", "kaizen-tune", "kaizen-learn", "kaizen-store", "kaizen-llm", "kaizen-sandbox", "kaizen-api"],
    &["kaizen-engine"],
    &["kaizen-server"],
    &["kaizen-cli"],
];

/// Tests only: it may import any crate, and is imported by tests alone.
const TESTKIT: &str = "kaizen-testkit";

/// Checks the manifest of every crate.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let manifests = tree.files.iter().filter(|file| file.path.starts_with("crates/") && file.path.ends_with("/Cargo.toml"));
    manifests.flat_map(check_manifest).collect()
}

fn check_manifest(file: &File) -> Vec<Finding> {
    let finding = |message| Finding { path: file.path.clone(), line: 0, message };
    let importer = file.krate().unwrap_or_default();
    let manifest: toml::Table = match file.text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![finding(format!("is not a manifest: {error}"))],
    };
    if importer == TESTKIT {
        return Vec::new();
    }
    let Some(column) = column(importer) else {
        return vec![finding(format!("{importer} has no place in the order of crates: give it one in xtask/src/tidy/imports.rs"))];
    };
    let wrong = kaizen_dependencies(&manifest).into_iter().filter(|(kind, name)| !allowed(column, kind, name));
    wrong.map(|(kind, name)| finding(format!("{importer} must not import {name} ({kind})"))).collect()
}

fn column(name: &str) -> Option<usize> {
    COLUMNS.iter().position(|column| column.contains(&name))
}

fn allowed(importer: usize, kind: &str, name: &str) -> bool {
    if name == TESTKIT { kind == "dev-dependencies" } else { column(name).is_some_and(|imported| imported < importer) }
}

/// (table, crate) of every dependency on a crate of the workspace, whatever the platform or the alias.
fn kaizen_dependencies(manifest: &toml::Table) -> Vec<(&'static str, String)> {
    let platforms = manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(|targets| targets.values());
    let tables: Vec<&toml::Table> = std::iter::once(manifest).chain(platforms.filter_map(toml::Value::as_table)).collect();
    let mut found = Vec::new();
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for dependencies in tables.iter().filter_map(|table| table.get(kind)?.as_table()) {
            let names = dependencies.iter().map(|(key, value)| value.get("package").and_then(toml::Value::as_str).unwrap_or(key));
            found.extend(names.filter(|name| name.starts_with("kaizen-")).map(|name| (kind, name.to_string())));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(krate: &str, manifest: &str) -> Vec<String> {
        let path = format!("crates/{krate}/Cargo.toml");
        check(&Tree::of(&[(path.as_str(), manifest)])).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn the_planned_directions_are_fine() {
        let manifest = "[dependencies]\nkaizen-domain = {}\nkaizen-store = {}\nserde = \"1\"\n[dev-dependencies]\nkaizen-testkit = {}";
        assert!(messages("kaizen-engine", manifest).is_empty());
    }

    #[test]
    fn siblings_and_backward_imports_are_found() {
        assert_eq!(
            messages("kaizen-gate", "[dependencies]\nkaizen-store = {}"),
            ["kaizen-gate must not import kaizen-store (dependencies)"]
        );
        assert_eq!(messages("kaizen-domain", "[build-dependencies]\nkaizen-api = {}").len(), 1);
        assert_eq!(messages("kaizen-engine", "[target.'cfg(unix)'.dependencies]\nkaizen-cli = {}").len(), 1);
        assert_eq!(messages("kaizen-store", "[dependencies]\nother = { package = \"kaizen-engine\", path = \"x\" }").len(), 1);
    }

    #[test]
    fn the_testkit_is_for_tests_only() {
        assert_eq!(messages("kaizen-engine", "[dependencies]\nkaizen-testkit = {}").len(), 1);
    }

    #[test]
    fn a_crate_without_a_place_is_found() {
        assert_eq!(messages("kaizen-other", "").len(), 1);
    }
}
