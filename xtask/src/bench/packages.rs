//! `cargo xtask bench packages [--only NAME]... [--binary PATH] [--write]`: `kaizen init && kaizen measure` on packages that people
//! have, from their source distributions.
//!
//! Each is fetched from its registry, committed as it was published into a repository of its own, and gets what its own files say its
//! tests need, as its users would install it. Its tests run outside first, by the command its maintainers type; then come `init` and
//! `measure`. A package whose cases differ inside is no failure of the task: the row says so, with the line `init` named.

mod install;
mod list;
mod page;
mod source;
mod trial;

use crate::Outcome;
use crate::step::step;
use list::{PACKAGES, Package};
use std::path::{Path, PathBuf};

pub(super) const USAGE: &str = "usage: cargo xtask bench packages [--only NAME]... [--binary PATH] [--write]
  --only NAME    this package; its row alone is written
  --binary PATH  measure this executable instead of building one
  --write        put the rows into docs/reference/packages.md";

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wish {
    only: Vec<String>,
    binary: Option<PathBuf>,
    write: bool,
}

/// Tries the packages and prints the table.
pub(super) fn run(root: &Path, flags: &[String]) -> Outcome {
    let wish = read(flags)?;
    let binary = match &wish.binary {
        Some(path) => std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => super::build(root, &super::Program { build: &["-p", "kaizen-cli"], path: "kaizen" })?,
    };
    let target = super::target(root).join("bench-packages");
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for package in PACKAGES.iter().filter(|package| wish.only.is_empty() || wish.only.iter().any(|name| name == package.name)) {
        match step(package.name, || trial::of(package, &binary, &target)) {
            Ok(row) => {
                println!("{}", row.line());
                rows.push(row);
            }
            Err(message) => failures.push(format!("{}: {message}", package.name)),
        }
    }
    println!("\n{}", page::table(&rows.iter().map(page::Row::line).collect::<Vec<_>>()));
    if wish.write {
        page::write(root, &rows)?;
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

fn read(flags: &[String]) -> Result<Wish, String> {
    let mut wish = Wish::default();
    let mut rest = flags.iter();
    let known = |name: &&String| PACKAGES.iter().any(|package: &Package| package.name == *name);
    while let Some(flag) = rest.next() {
        match flag.as_str() {
            "--write" => wish.write = true,
            "--only" => wish.only.push(rest.next().filter(known).ok_or_else(usage)?.clone()),
            "--binary" => wish.binary = Some(rest.next().ok_or_else(usage)?.into()),
            _ => return Err(usage()),
        }
    }
    Ok(wish)
}

fn usage() -> String {
    format!("{USAGE}\n  packages: {}", PACKAGES.iter().map(|package| package.name).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wished(arguments: &str) -> Result<Wish, String> {
        read(&arguments.split_whitespace().map(str::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn packages_are_chosen_by_name_and_an_unknown_one_is_answered_with_the_names() {
        let wish = Wish { only: vec!["click".into(), "semver".into()], binary: None, write: true };
        assert_eq!(wished("--only click --only semver --write"), Ok(wish));
        for wrong in ["--only", "--only nothing", "--quick"] {
            assert!(wished(wrong).unwrap_err().contains("click"), "{wrong}");
        }
    }

    #[test]
    fn there_are_four_packages_of_each_registry_at_least() {
        for registry in [list::Registry::PyPi, list::Registry::Npm, list::Registry::Crates] {
            assert!(PACKAGES.iter().filter(|package| package.registry == registry).count() >= 4, "{registry:?}");
        }
    }
}
