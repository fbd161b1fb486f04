//! cargo test, the real one, on tiny crates; and its output as it should never be.

use super::bench::{Project, assert_fault, ids, lines, message, outcomes};
use super::captured::Seen;
use kaizen_domain::scorecard::{CaseId, RunFault};
use kaizen_engine::trial::adapter::Reading;

const MANIFEST: &str = "[package]\nname = \"my-crate\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::new("cargo-test", &[("Cargo.toml", MANIFEST)]);
    for (name, content) in files {
        project.write(name, content);
    }
    project
}

fn broad() -> Project {
    project(&[
        ("src/lib.rs", include_str!("broad_lib.rs")),
        ("src/main.rs", "fn main() {}\n#[test]\nfn m() {}\n"),
        ("src/bin/other.rs", "fn main() {}\n#[test]\nfn m() {}\n"),
        ("examples/show.rs", "fn main() {}\n"),
        ("tests/it.rs", "#[test]\nfn it() {}\n#[test]\nfn good() { std::fs::write(\"ran\", \"\").unwrap(); }\n"),
    ])
}

const BROAD: &str = "
    bin/my_crate::m pass
    bin/other::m pass
    doc::src/lib.rs - add pass
    doc::src/lib.rs - add#2 pass
    doc::src/lib.rs - add#3 pass
    doc::src/lib.rs - add#4 skip
    doc::src/lib.rs - sub fail
    lib::tests::bad fail
    lib::tests::good pass
    lib::tests::ignored skip
    lib::tests::noisy pass
    lib::tests::result fail
    lib::tests::should_panic pass
    tests/it::good pass
    tests/it::it pass";

#[test]
fn every_target_and_outcome_is_reported_however_the_command_prints() {
    let project = broad();
    for command in
        ["cargo test", "cargo test -q -- --test-threads=1", "cargo test -v -- --nocapture --test-threads=1", "cargo t 2>&1 | cat; exit 1"]
    {
        let reading = project.read(command);
        assert_eq!(outcomes(&reading), lines(BROAD), "{command}");
        let text = message(&reading, "lib::tests::bad");
        assert!(text.starts_with("panicked at src/lib.rs:") && text.contains("left: 1"), "{text}");
        assert!(message(&reading, "lib::tests::result").contains("went wrong"));
    }
}

#[test]
fn ids_do_not_move_when_lines_do() {
    let project = broad();
    project.write("src/lib.rs", &format!("// One more line.\n{}", include_str!("broad_lib.rs")));
    assert_eq!(outcomes(&project.read("cargo test")), lines(BROAD));
}

#[test]
fn only_selected_tests_are_reported_and_others_do_not_run() {
    let project = broad();
    let reading = project.read_only("cargo test", &["lib::tests::bad", "lib::tests::good", "tests/it::it", "bin/my_crate::m"]);
    assert_eq!(outcomes(&reading), lines("bin/my_crate::m pass\nlib::tests::bad fail\nlib::tests::good pass\ntests/it::it pass"));
    let reading = project.read_only("cargo test", &["tests/it::it"]);
    assert_eq!(outcomes(&reading), "tests/it::it pass\n");
    assert!(!project.root().join("ran").exists());
    let doc = project.read_only("cargo test", &["doc::src/lib.rs - add#2", "lib::tests::good"]);
    assert_eq!(outcomes(&doc), lines("doc::src/lib.rs - add#2 pass\nlib::tests::good pass"));
    let fault = project.run_with("cargo test", Some(&ids(&["lib::tests::good", "lib::tests::gone"])), false).1.unwrap_err();
    assert_fault(&fault, "Incomplete", &["selected but not reported: lib::tests::gone"]);
}

#[test]
fn members_of_a_workspace_keep_their_cases_apart() {
    let project = project(&[("src/lib.rs", "#[test]\nfn t() {}\n"), ("tests/it.rs", "#[test]\nfn t() {}\n")]);
    project.write("Cargo.toml", &format!("{MANIFEST}[workspace]\nmembers = [\"sub\"]\n"));
    project.write("sub/Cargo.toml", &MANIFEST.replace("my-crate", "sub"));
    project.write("sub/src/lib.rs", "#[test]\nfn t() { panic!() }\n");
    project.write("sub/tests/it.rs", "#[test]\nfn t() {}\n");
    let expected = "lib/my_crate::t pass\nlib/sub::t fail\ntests/it#2::t pass\ntests/it::t pass";
    assert_eq!(outcomes(&project.read("cargo test --workspace")), lines(expected));
    assert_eq!(outcomes(&project.read_only("cargo test --workspace", &["lib/sub::t"])), "lib/sub::t fail\n");
}

#[test]
fn what_does_not_compile_is_said_with_the_first_errors() {
    let project = project(&[("src/lib.rs", "pub fn f() -> i32 { \"text\" }\n#[test]\nfn t() {}\n")]);
    let parts = ["does not compile: error[E0308]: mismatched types; --> src/lib.rs:1:"];
    assert_fault(&project.fault("cargo test"), "Incomplete", &parts);
    project.write("Cargo.toml", "[package]\nname =\n");
    assert_fault(&project.fault("cargo test"), "Incomplete", &["cargo ran no test: error"]);
}

#[test]
fn a_test_process_that_ends_early_is_a_fault() {
    let test =
        |body: &str| project(&[("src/lib.rs", &format!("#[test]\nfn a() {{}}\n#[test]\nfn b() {{ {body} }}\n#[test]\nfn c() {{}}\n"))]);
    for threads in ["", "-- --test-threads=1"] {
        let command = format!("cargo test {threads}");
        assert_fault(
            &test("std::process::exit(0)").fault(&command),
            "Incomplete",
            &["suite lib announced 3 tests", "without a `test result`"],
        );
        assert_fault(&test("std::process::abort()").fault(&command), "Incomplete", &["suite lib announced 3 tests", "signal: 6"]);
    }
}

#[test]
fn a_suite_that_cargo_never_reached_is_a_fault() {
    let project = project(&[
        ("src/lib.rs", "#[test]\nfn a() { panic!() }\n"),
        ("tests/it.rs", "#[test]\nfn b() {}\n"),
        ("Makefile", "test:\n\tcargo test\n"),
    ]);
    assert_fault(&project.fault("make test"), "Incomplete", &["cargo stopped after the first failing target", "--no-fail-fast"]);
}

#[test]
fn a_run_without_executed_tests_is_a_fault() {
    let project = project(&[("src/lib.rs", "#[test]\n#[ignore]\nfn a() {}\n")]);
    assert_fault(&project.fault("cargo test"), "NothingRan", &["all 1 cases were skipped"]);
    assert_fault(&project.fault("cargo test --no-run"), "NothingRan", &["no case was reported"]);
    assert_fault(&project.fault("cargo test nothing_like_it"), "NothingRan", &["no case was reported"]);
}

#[test]
fn a_harness_of_its_own_cannot_be_read() {
    let manifest = format!("{MANIFEST}[[test]]\nname = \"own\"\nharness = false\n");
    let project = project(&[
        ("src/lib.rs", "#[test]\nfn a() {}\n"),
        ("tests/own.rs", "fn main() { println!(\"test b ... ok\"); }\n"),
        ("Cargo.toml", &manifest),
    ]);
    assert_fault(&project.fault("cargo test"), "Incomplete", &["suite tests/own announced no tests"]);
}

#[test]
fn tests_that_forge_results_spoil_their_run() {
    let forge = r#"use std::io::Write; std::io::stdout().write_all(b"\ntest b ... ok\n").unwrap(); panic!("real")"#;
    let project = project(&[("src/lib.rs", &format!("#[test]\nfn a() {{}}\n#[test]\nfn b() {{ {forge} }}\n"))]);
    assert!(project.run_with("cargo test", None, false).1.is_err());
    assert!(project.run_with("cargo test -- --test-threads=1", None, false).1.is_err());
}

/// One suite of the library that prints these lines.
fn read(suite: &str, code: i32) -> Result<Reading, RunFault> {
    let stdout = format!("     Running unittests src/lib.rs (target/debug/deps/x-0123456789abcdef)\n\n{suite}");
    Seen::stdout(code, &stdout).read("cargo-test")
}

#[test]
fn numbers_that_do_not_add_up_are_a_fault() {
    let result =
        |passed: u32, failed: u32| format!("\ntest result: ok. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out\n");
    assert!(read(&format!("running 1 test\ntest a ... ok\n{}", result(1, 0)), 0).is_ok());
    let faults = [
        (format!("running 2 tests\ntest a ... ok\n{}", result(1, 0)), 0, "Incomplete", "announced 2 tests and reported 1"),
        (format!("running 1 test\ntest a ... ok\n{}", result(2, 0)), 0, "Unreadable", "summary says 2 passed"),
        (format!("running 1 test\ntest a ... FAILED\n{}", result(1, 0)), 101, "Unreadable", "summary says 1 passed"),
        (format!("running 2 tests\ntest a ... FAILED\ntest a ... ok\n{}", result(1, 1)), 101, "Unreadable", "reported twice"),
        ("running 1 test\ntest a ... ok\n".into(), 0, "Incomplete", "without a `test result` line"),
        (String::new(), 0, "Incomplete", "announced no tests"),
        (format!("running 1 test\ntest a ... ok\n{}", result(1, 0)), 101, "Incomplete", "exit code 101 although no case failed"),
        (format!("running 1 test\ntest a ... FAILED\n{}", result(0, 1)), 0, "Unreadable", "exit code 0 contradicts 1 failing"),
        (format!("running 1 test\ntest \u{fffd} ... ok\n{}", result(1, 0)), 0, "Unreadable", "not UTF-8"),
    ];
    for (suite, code, kind, part) in faults {
        assert_fault(&read(&suite, code).unwrap_err(), kind, &[part]);
    }
}

#[test]
fn output_between_results_does_not_change_them() {
    let suite = "running 3 tests\nchild says hello\nraw bytestest m::a ... ok\ntest m::b ... noise\nmore ok\nnoiseFAILED\ntest m::c ... ignored, slow\n\
        test m::d has been running for over 60 seconds\n\nfailures:\n\n---- m::b stdout ----\ntest x ... ok\ntest result: ok. 9 passed;\nrunning 9 tests\n\n\n\
        failures:\n    m::b\n\ntest result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.09s\n";
    let reading = read(suite, 101).unwrap();
    assert_eq!(outcomes(&reading), lines("lib::m::a pass\nlib::m::b fail\nlib::m::c skip"));
    assert_eq!(
        reading.cases[&CaseId("lib::m::b".into())].message.as_deref(),
        Some("test x ... ok\ntest result: ok. 9 passed;\nrunning 9 tests")
    );
}
