//! JSON, exit code, time, and what every adapter shares.

use super::bench::{Project, assert_fault, lines, outcomes};
use kaizen_domain::scorecard::{CaseId, RunFault};
use kaizen_engine::trial::adapter::{ADAPTERS, BUILD_FILES, Ended, Finished, Reading, Request, adapter};
use std::path::Path;
use std::time::Duration;

fn read_ended(format: &str, ended: Ended<'_>, stdout: &[u8], report: Option<&[u8]>) -> Result<Reading, RunFault> {
    let request =
        Request { command: "x", only: None, stand_ins: &[], trace: false, judge_dir: Path::new("/j"), report: Path::new("/r"), nonce: "n" };
    let finished = Finished { ended, stdout, stderr: b"", report, reports: &[], wall: Duration::from_millis(1500), max_rss: 1 << 20 };
    adapter(format).unwrap().read(&request, &finished)
}

fn json(stdout: &str) -> Result<Reading, RunFault> {
    read_ended("json", Ended::Exit(0), stdout.as_bytes(), None)
}

#[test]
fn whatever_ends_a_run_from_outside_is_the_matching_fault() {
    for format in ADAPTERS.iter().map(|adapter| adapter.name()) {
        let fault = |ended| read_ended(format, ended, b"{\"x\": 1}", None).unwrap_err();
        let limit = Duration::from_secs(3);
        assert_eq!(fault(Ended::TimedOut(limit)), RunFault::TimedOut { limit });
        assert_eq!(fault(Ended::Signal(9)), RunFault::Crashed { signal: 9 });
        assert_eq!(fault(Ended::Exit(139)), RunFault::Crashed { signal: 11 });
        assert_eq!(fault(Ended::Flooded(5)), RunFault::Flooded { limit: 5 });
        assert_eq!(fault(Ended::OutOfMemory(6)), RunFault::OutOfMemory { limit: 6 });
        assert_eq!(fault(Ended::NotStarted("no shell")), RunFault::NotStarted { detail: "no shell".into() });
        assert_fault(&fault(Ended::Exit(127)), "NotStarted", &[]);
    }
}

#[test]
fn adapters_are_found_by_the_names_of_the_configuration() {
    let names: Vec<&str> = ADAPTERS.iter().map(|adapter| adapter.name()).collect();
    assert_eq!(names, ["unittest", "pytest", "cargo-test", "json", "exit-code", "time"]);
    assert!(adapter("jest").is_none());
}

#[test]
fn every_protected_glob_is_valid_and_catches_what_judges() {
    let catches = |format: &str, path: &str| {
        let globs = adapter(format).unwrap().protected().into_iter().chain(BUILD_FILES);
        globs.filter(|glob| globset::Glob::new(glob).unwrap().compile_matcher().is_match(path)).count() > 0
    };
    for path in ["tests/a/b.py", "test_top.py", "pkg/test_x.py", "pkg/x_test.py", "conftest.py", "pytest.ini", "setup.cfg", "pytest.py"] {
        assert!(catches("pytest", path), "{path}");
    }
    for path in ["unittest/__init__.py", "tests/data.json", "sitecustomize.py", "pyproject.toml", "Makefile"] {
        assert!(catches("unittest", path), "{path}");
    }
    for path in ["tests/it.rs", "build.rs", "sub/build.rs", ".cargo/config.toml", "Cargo.toml", "sub/Cargo.toml", "rust-toolchain.toml"] {
        assert!(catches("cargo-test", path), "{path}");
    }
    for (format, path) in [("pytest", "src/top.py"), ("unittest", "contest.py"), ("cargo-test", "src/lib.rs")] {
        assert!(!catches(format, path), "{path}");
    }
}

#[test]
fn an_exit_code_is_one_case() {
    assert_eq!(outcomes(&Project::new("exit-code", &[]).read("true")), "exit-code pass\n");
    let reading = Project::new("exit-code", &[]).read("echo broken; exit 3");
    assert_eq!(outcomes(&reading), "exit-code fail\n");
    assert_eq!(reading.cases[&CaseId("exit-code".into())].message.as_deref(), Some("exit code 3: broken"));
}

#[test]
fn time_is_measured_only_where_the_command_succeeds() {
    let reading = read_ended("time", Ended::Exit(0), b"", None).unwrap();
    assert_eq!((reading.metrics["seconds"], reading.metrics["max_rss_bytes"]), (1.5, 1_048_576.0));
    assert_eq!(outcomes(&reading), "exit-code pass\n");
    assert_fault(&Project::new("time", &[]).fault("echo broken; exit 3"), "Incomplete", &["exit code 3: broken"]);
}

#[test]
fn json_cases_carry_points_category_time_and_message() {
    let reading = json(
        r#"{
        "version": 3,
        "cases": [
            {"id": "a", "outcome": "pass", "points": 3, "category": "core", "seconds": 0.5, "extra": [1]},
            {"id": "b", "passed": false, "max": 2, "message": "no", "category": null},
            {"id": "c", "points": 1.5, "max": 2},
            {"id": "d", "outcome": "skipped"}
        ],
        "metrics": {"throughput": 12, "seconds": 7}
    }"#,
    )
    .unwrap();
    assert_eq!(outcomes(&reading), lines("a pass\nb fail\nc fail\nd skip"));
    let case = |id: &str| &reading.cases[&CaseId(id.into())];
    let points = |id: &str| case(id).points.map(|(earned, worth)| (earned.value(), worth.value()));
    assert_eq!([points("a"), points("b"), points("c"), points("d")], [Some((3.0, 3.0)), Some((0.0, 2.0)), Some((1.5, 2.0)), None]);
    assert_eq!((case("a").category.as_deref(), case("a").duration), (Some("core"), Some(Duration::from_millis(500))));
    assert_eq!(case("b").message.as_deref(), Some("no"));
    assert_eq!([reading.metrics["throughput"], reading.metrics["reported.seconds"], reading.metrics["seconds"]], [12.0, 7.0, 1.5]);
}

#[test]
fn json_comes_as_a_list_as_lines_as_numbers_or_in_a_file() {
    assert_eq!(outcomes(&json("[{\"id\": \"a\", \"passed\": true}]").unwrap()), "a pass\n");
    let reading = json("go\n{\"id\": \"a\", \"passed\": true}\n{\"metric\": \"x\", \"value\": 2}\n{\"y\": 3}\ndone").unwrap();
    assert_eq!((outcomes(&reading).as_str(), reading.metrics["x"], reading.metrics["y"]), ("a pass\n", 2.0, 3.0));
    assert_eq!(json("{\"score\": 0.5}").unwrap().metrics["score"], 0.5);
    let filed = read_ended("json", Ended::Exit(0), b"not this", Some(b"{\"score\": 1}")).unwrap();
    assert_eq!(filed.metrics["score"], 1.0);
}

#[test]
fn json_that_cannot_be_trusted_is_unreadable_and_says_where() {
    let refused = [
        ("{\"score\": NaN}", "line 1: score:"),
        ("{\"score\": -Infinity}", "line 1: score:"),
        ("{\"score\": \"high\"}", "line 1: score: text where a number"),
        ("{\"score\": 1e999}", "line 1: score:"),
        ("[{\"id\": \"a\", \"passed\": true}, {\"id\": \"a\", \"passed\": true}]", "[1]: id: a was there before"),
        ("{\"id\": \"a\", \"passed\": true, \"passed\": false}", "passed: the key is there twice"),
        ("{\"id\": \"a\", \"passed\": true, \"outcome\": \"fail\"}", "passed: contradicts outcome"),
        ("{\"id\": \"a\", \"passed\": 1}", "passed: a number where true or false"),
        ("{\"id\": 3, \"passed\": true}", "id: a number where text"),
        ("{\"passed\": true}", "id: missing"),
        ("{\"id\": \"a\"}", "outcome: missing"),
        ("{\"id\": \"a\", \"outcome\": \"perfect\"}", "outcome: \"perfect\""),
        ("{\"cases\": [{\"id\": \"a\", \"points\": -1, \"max\": 2}]}", "cases[0]: points: -1"),
        ("{\"cases\": [{\"id\": \"a\", \"points\": 9, \"max\": 2}]}", "points: 9 of at most 2"),
        ("{\"cases\": [{\"id\": \"a\", \"passed\": false, \"points\": 9}]}", "max: missing"),
        ("{\"cases\": {}}", "cases: an object where a list"),
        ("{\"metrics\": {\"x\": null}}", "x: null where a number"),
        ("{\"metric\": \"x\", \"value\": 1}\n{\"x\": 2}", "line 2: x: measured twice"),
        ("{\"id\": \"a\", \"passed\": true, \"seconds\": -1}", "seconds: "),
    ];
    for (text, why) in refused {
        assert_fault(&json(text).unwrap_err(), "Unreadable", &[why]);
    }
    assert_fault(&read_ended("json", Ended::Exit(0), b"ok\n{\"a\": \"\xff\"}", None).unwrap_err(), "Unreadable", &["line 2: not UTF-8"]);
}

#[test]
fn json_that_shows_nothing_or_ends_badly_is_a_fault() {
    for nothing in ["", "no json here", "{}", "{\"cases\": []}", "[{\"id\": \"a\", \"outcome\": \"skip\"}]"] {
        assert_fault(&json(nothing).unwrap_err(), "NothingRan", &[]);
    }
    let ended = |code, text: &str| read_ended("json", Ended::Exit(code), text.as_bytes(), None);
    assert_fault(&ended(1, "{\"id\": \"a\", \"passed\": true}").unwrap_err(), "Incomplete", &["exit code 1 although no case failed"]);
    assert_eq!(outcomes(&ended(1, "{\"id\": \"a\", \"passed\": false}").unwrap()), "a fail\n");
}
