//! A decision is a pure function of policy, samples and coins, so that it can be recomputed for ever.
//!
//! Therefore `kaizen-domain`, `kaizen-gate` and `kaizen-tune` reach no file, network, process, clock, environment or random source,
//! neither in their source nor through a dependency.

use super::Finding;
use super::source::has_word;
use super::tree::{File, Tree};

const PURE: [&str; 3] = ["kaizen-domain", "kaizen-gate", "kaizen-tune"];
const FORBIDDEN: [&str; 10] =
    ["std::fs", "std::net", "std::process", "std::env", "std::thread", "SystemTime", "Instant", "rand", "tokio", "async"];
/// The same modules inside `use std::{...}`.
const FORBIDDEN_IN_GROUP: [&str; 5] = ["fs", "net", "process", "env", "thread"];
const DEPENDENCIES: [&str; 9] =
    ["kaizen-domain", "granit-parser", "libm", "schemars", "serde", "serde_json", "sha2", "thiserror", "toml_edit"];

/// Checks source and manifests of the pure crates.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let of_pure = |file: &&File| file.krate().is_some_and(|krate| PURE.contains(&krate));
    tree.files
        .iter()
        .filter(of_pure)
        .flat_map(|file| if file.path.ends_with("Cargo.toml") { manifest(file) } else { source(file) })
        .collect()
}

fn source(file: &File) -> Vec<Finding> {
    let Some(source) = file.source.as_ref().filter(|_| file.path.contains("/src/")) else { return Vec::new() };
    let mut findings = Vec::new();
    let mut in_group = false;
    for (line, text) in source.code_lines(false) {
        in_group |= text.contains("use std::{");
        let group: &[&str] = if in_group { &FORBIDDEN_IN_GROUP } else { &[] };
        for word in FORBIDDEN.iter().chain(group).filter(|word| has_word(text, word)) {
            findings.push(Finding { path: file.path.clone(), line, message: format!("a pure crate mentions `{word}`") });
        }
        in_group &= !text.contains(';');
    }
    findings
}

fn manifest(file: &File) -> Vec<Finding> {
    let Ok(manifest) = file.text.parse::<toml::Table>() else { return Vec::new() };
    let dependencies = ["dependencies", "build-dependencies"].into_iter().filter_map(|kind| manifest.get(kind)?.as_table());
    let foreign = dependencies.flat_map(|table| table.keys()).filter(|name| !DEPENDENCIES.contains(&name.as_str()));
    foreign.map(|name| Finding { path: file.path.clone(), line: 0, message: format!("a pure crate depends on `{name}`") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn clocks_files_and_randomness_are_found() {
        for bad in ["use std::fs;", "let t = Instant::now();", "async fn f() {}", "use rand::random;", "use std::{\n    env,\n    fmt,\n};"]
        {
            assert_eq!(count("crates/kaizen-gate/src/a.rs", bad), 1, "{bad}");
        }
    }

    #[test]
    fn comments_strings_and_other_crates_may_name_them() {
        assert_eq!(count("crates/kaizen-gate/src/a.rs", "// no clock: Instant\nlet a = \"async\"; let operand = 1;"), 0);
        assert_eq!(count("crates/kaizen-store/src/a.rs", "use std::fs;"), 0);
    }

    #[test]
    fn a_dependency_that_reaches_out_is_found() {
        assert_eq!(count("crates/kaizen-domain/Cargo.toml", "[dependencies]\ntokio = \"1\"\nserde = \"1\""), 1);
    }
}
