//! `cargo xtask ci`: every check, in the order in which they fail fastest.
//!
//! It stops at the first step that fails, with that step's output above and a hint below. The last line is the count
//! of tests, `N passed, N failed`. Tools that are optional (cargo-nextest, cargo-deny) are used where they are installed.

mod count;

use crate::install::answers;
use crate::step::{cargo, cargo_watched, step};
use crate::{Outcome, install, tidy};
use count::Count;
use std::path::Path;

/// Runs everything.
pub(crate) fn run(root: &Path) -> Outcome {
    step("what the checks need", || install::run(root).and_then(|()| toolchain()))?;
    step("format", || cargo(root, &["fmt", "--all", "--check"], "cargo fmt --all"))?;
    step("tidy", || tidy::run(root))?;
    step("lints", || {
        cargo(
            root,
            &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
            "mend what clippy names; denials are in Cargo.toml",
        )
    })?;
    step("licences, bans and sources", || deny(root))?;
    let mut count = Count::default();
    let tested =
        step("documentation tests", || documentation_tests(root, &mut count)).and_then(|()| step("tests", || tests(root, &mut count)));
    tested.map_err(|message| format!("{message}\n{count}"))?;
    println!("{count}");
    Ok(())
}

fn toolchain() -> Outcome {
    for (arguments, component) in [(["fmt", "--version"], "rustfmt"), (["clippy", "--version"], "clippy")] {
        if !answers("cargo", &arguments) {
            return Err(format!("the Rust toolchain has no {component}\nhint: rustup component add {component}"));
        }
    }
    Ok(())
}

fn deny(root: &Path) -> Outcome {
    if !answers("cargo", &["deny", "--version"]) {
        println!("skipped: cargo-deny is not installed (cargo install cargo-deny)");
        return Ok(());
    }
    cargo(root, &["deny", "check", "bans", "licenses", "sources"], "see deny.toml: a new dependency is a decision, not an accident")
}

fn documentation_tests(root: &Path, count: &mut Count) -> Outcome {
    outcome(cargo_watched(root, &["test", "--workspace", "--doc"], |line| count.read(line))?)
}

fn tests(root: &Path, count: &mut Count) -> Outcome {
    let nextest = ["nextest", "run", "--workspace", "--no-fail-fast"];
    let plain = ["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"];
    let with_nextest = answers("cargo", &["nextest", "--version"]);
    let arguments: &[&str] = if with_nextest { &nextest } else { &plain };
    outcome(cargo_watched(root, arguments, |line| count.read(line))?)
}

fn outcome(well: bool) -> Outcome {
    if well { Ok(()) } else { Err("tests failed\nhint: the failures are named above; `cargo test -p CRATE NAME` runs one".to_string()) }
}
