//! go test: what 1.19 and 1.27 were seen to write, and the go that is installed, where one is.

use super::bench::{Project, assert_fault, lines, message, outcomes};
use super::captured::{Seen, whole};
use std::process::Command;

const A: &str = "
    example.com/m/a::ExampleAdd pass
    example.com/m/a::TestFail fail
    example.com/m/a::TestPass pass
    example.com/m/a::TestSkip skip
    example.com/m/a::TestSub fail
    example.com/m/a::TestSub/a_b fail
    example.com/m/a::TestSub/one pass
    example.com/m/a::TestSub/one#01 pass
    example.com/m/b::<package> error
    example.com/m/c::<package> error";

#[test]
fn every_outcome_of_old_and_new_versions_is_reported() {
    let stderr = include_bytes!("captured/go-1.19.stderr").to_vec();
    let old = Seen { stderr, ..Seen::stdout(2, include_str!("captured/go-1.19.txt")) }.read("go-test").unwrap();
    assert!(outcomes(&old).starts_with(&lines(A)), "{}", outcomes(&old));
    let new = Seen::stdout(1, include_str!("captured/go-1.27.txt")).read("go-test").unwrap();
    assert_eq!(outcomes(&new), lines(A) + "example.com/m/e::<package> error\n");
    for reading in [&old, &new] {
        assert_eq!(message(reading, "example.com/m/a::TestFail"), "a_test.go:9: got 2");
        assert!(message(reading, "example.com/m/b::<package>").contains("panic: boom"));
        assert!(message(reading, "example.com/m/c::<package>").contains("cannot use \"x\" (untyped string constant) as int value"));
    }
}

fn event(action: &str, test: &str) -> String {
    let test = if test.is_empty() { String::new() } else { format!(",\"Test\":\"{test}\"") };
    format!("{{\"Action\":\"{action}\",\"Package\":\"m/p\"{test}}}\n")
}

#[test]
fn events_that_lack_an_end_or_contradict_each_other_are_faults() {
    let read = |events: &[(&str, &str)], code| {
        Seen::stdout(code, &whole(&events.iter().map(|(action, test)| event(action, test)).collect::<String>())).read("go-test")
    };
    let complete = [("run", "TestA"), ("pass", "TestA"), ("pass", "")];
    assert_eq!(outcomes(&read(&complete, 0).unwrap()), "m/p::TestA pass\n");
    assert_fault(&read(&complete[..2], 0).unwrap_err(), "Incomplete", &["package m/p: it began and did not end"]);
    assert_fault(&read(&[("run", "TestA"), ("pass", "")], 0).unwrap_err(), "Incomplete", &["TestA began and did not end"]);
    assert_fault(
        &read(&[("run", "TestA"), ("fail", "TestA"), ("pass", "")], 0).unwrap_err(),
        "Unreadable",
        &["although a test of it failed"],
    );
    assert_fault(
        &read(&[("pass", "TestA"), ("fail", "TestA"), ("fail", "")], 1).unwrap_err(),
        "Unreadable",
        &["ended as Pass and as Fail"],
    );
    assert_fault(&read(&complete, 1).unwrap_err(), "Incomplete", &["exit code 1 although no case failed"]);
    let damaged = whole("{\"Time\":\"2026\",\"Action\":\"pass\",\"Pack");
    assert_fault(&Seen::stdout(0, &damaged).read("go-test").unwrap_err(), "Unreadable", &["line 1"]);
    assert_fault(&Seen::stdout(0, &whole("PASS\nok m 0.1s\n")).read("go-test").unwrap_err(), "Incomplete", &["must call go test"]);
    assert_fault(&Seen::stdout(0, &whole(&event("skip", ""))).read("go-test").unwrap_err(), "NothingRan", &[]);
}

/// Whether there is a go to try.
fn has_go() -> bool {
    let found = Command::new("go").arg("version").output().is_ok_and(|said| said.status.success());
    if !found {
        println!("left out: go is not installed");
    }
    found
}

#[test]
fn go_test_is_read_however_it_is_called_and_selected_tests_run_alone() {
    if !has_go() {
        return;
    }
    let test = "package m\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestA(t *testing.T) { Add(1, 2) }\n\
        func TestB(t *testing.T) { os.WriteFile(\"ran\", nil, 0o600); t.Run(\"one\", func(t *testing.T) { t.Fatal(\"no\") }) }\n";
    let project = Project::new(
        "go-test",
        &[
            ("go.mod", "module example.com/m\n\ngo 1.18\n"),
            ("m.go", "package m\n\nfunc Add(a, b int) int { return a + b }\n"),
            ("m_test.go", test),
            ("Makefile", "test:\n\tgo test ./...\n"),
        ],
    );
    let only = project.read_only("go test ./...", &["example.com/m::TestA"]);
    assert_eq!(outcomes(&only), "example.com/m::TestA pass\n");
    assert!(!project.root().join("ran").exists());
    let expected = lines("example.com/m::TestA pass\nexample.com/m::TestB fail\nexample.com/m::TestB/one fail");
    for command in ["go test -v ./... | cat", "make test"] {
        assert_eq!(outcomes(&project.read(command)), expected, "{command}");
    }
    project.write("m.go", "package m\n\nfunc Add(a, b int) int { return \"x\" }\n");
    let broken = project.read_only("go test ./...", &["example.com/m::TestA"]);
    assert_eq!(outcomes(&broken), "example.com/m::TestA error\n");
}
