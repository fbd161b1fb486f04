//! cargo nextest, the real one, where it is installed.

use super::bench::{Project, assert_fault, lines, message, outcomes};
use std::process::Command;

#[test]
fn nextest_reports_every_test_whatever_profile_the_command_names() {
    if !Command::new("cargo").args(["nextest", "--version"]).output().is_ok_and(|said| said.status.success()) {
        println!("left out: cargo-nextest is not installed");
        return;
    }
    let manifest = "[package]\nname = \"my-crate\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    let unit = "#[cfg(test)]\nmod tests {\n#[test]\nfn good() {}\n#[test]\nfn bad() { assert_eq!(1, 2) }\n#[test]\nfn dies() { std::process::abort() }\n}\n";
    let project = Project::new(
        "nextest",
        &[
            ("Cargo.toml", manifest),
            ("src/lib.rs", unit),
            ("tests/it.rs", "#[test]\nfn it() {}\n"),
            (".config/nextest.toml", "[profile.ci]\nretries = 2\nfail-fast = true\n"),
        ],
    );
    let reading = project.read("cargo nextest run --profile ci --fail-fast");
    let expected = "my-crate::it::it pass\nmy-crate::tests::bad fail\nmy-crate::tests::dies fail\nmy-crate::tests::good pass";
    assert_eq!(outcomes(&reading), lines(expected));
    assert!(message(&reading, "my-crate::tests::bad").contains("left: 1"));
    assert_eq!(outcomes(&project.read_only("cargo nextest run", &["my-crate::it::it"])), "my-crate::it::it pass\n");
    project.write("src/lib.rs", "fn f() -> i32 { \"text\" }\n");
    assert_fault(&project.fault("cargo nextest run"), "Incomplete", &["nextest reported nothing"]);
}
