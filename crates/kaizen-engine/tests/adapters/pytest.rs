//! pytest 8 (with the pytest-subtests and pytest-xdist plug-ins) and pytest 9, each in its own virtual environment.

use super::bench::{Project, assert_fault, ids, lines, message, outcomes};
use kaizen_domain::scorecard::CaseId;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const PYTEST: &str = "python3 -m pytest -q";

/// The virtual environments' programs, made once and kept.
fn versions() -> &'static [PathBuf; 2] {
    static VERSIONS: OnceLock<[PathBuf; 2]> = OnceLock::new();
    VERSIONS.get_or_init(|| {
        [installed("pytest8", &["pytest>=8,<9", "pytest-subtests<0.15", "pytest-xdist"]), installed("pytest9", &["pytest>=9,<10"])]
    })
}

fn installed(name: &str, packages: &[&str]) -> PathBuf {
    kaizen_testkit::venv::with_packages(Path::new(env!("CARGO_TARGET_TMPDIR")), name, packages).join("bin")
}

/// The same project for each version.
pub(crate) fn projects(files: &[(&str, &str)]) -> impl Iterator<Item = Project> {
    versions().iter().map(|path| Project::new("pytest", files).with_path(path))
}

#[test]
fn every_outcome_is_reported_for_its_case() {
    let test = r#"
import pytest
@pytest.fixture
def broken(): raise RuntimeError("no fixture")
@pytest.fixture
def torn():
    yield
    raise RuntimeError("torn")
def test_pass(): pass
def test_fail(): assert [1] == [2], "why"
def test_setup(broken): pass
def test_teardown(torn): pass
def test_both(torn): assert 0
def test_skip(): pytest.skip("later")
@pytest.mark.skipif(True, reason="never")
def test_skipped(): pass
@pytest.mark.xfail
def test_expected(): assert 0
@pytest.mark.xfail
def test_unexpected(): pass
@pytest.mark.xfail(strict=True)
def test_strict(): pass
@pytest.mark.xfail(run=False)
def test_not_run(): pass
@pytest.mark.parametrize("n", [1, 2, "a b"])
def test_many(n): assert n != 2
class TestClass:
    def test_exit(self): raise SystemExit(0)
def test_subtests(subtests):
    for n in range(3):
        with subtests.test(n=n): assert n != 1
def test_good_subtests(subtests):
    for n in range(3):
        with subtests.test(n=n):
            if n == 1: pytest.skip("one")
"#;
    let expected = "
        tests/test_it.py::TestClass::test_exit fail
        tests/test_it.py::test_both error
        tests/test_it.py::test_expected pass
        tests/test_it.py::test_fail fail
        tests/test_it.py::test_good_subtests pass
        tests/test_it.py::test_many[1] pass
        tests/test_it.py::test_many[2] fail
        tests/test_it.py::test_many[a b] pass
        tests/test_it.py::test_not_run skip
        tests/test_it.py::test_pass pass
        tests/test_it.py::test_setup error
        tests/test_it.py::test_skip skip
        tests/test_it.py::test_skipped skip
        tests/test_it.py::test_strict fail
        tests/test_it.py::test_subtests fail
        tests/test_it.py::test_teardown error
        tests/test_it.py::test_unexpected pass";
    for project in projects(&[("tests/test_it.py", test)]) {
        let reading = project.read(PYTEST);
        assert_eq!(outcomes(&reading), lines(expected));
        assert!(message(&reading, "tests/test_it.py::test_fail").contains("AssertionError: why"));
        assert!(message(&reading, "tests/test_it.py::test_setup").contains("no fixture"));
        assert!(!project.root().join(".pytest_cache").exists() && !project.root().join("tests/__pycache__").exists());
    }
}

#[test]
fn unittest_subtests_fail_their_case() {
    let test = "import unittest\nclass T(unittest.TestCase):\n def test_a(self):\n  for n in range(3):\n   with self.subTest(n=n): self.assertNotEqual(n, 1)\n def test_b(self):\n  with self.subTest(): pass\n";
    for project in projects(&[("test_it.py", test)]) {
        assert_eq!(outcomes(&project.read(PYTEST)), lines("test_it.py::T::test_a fail\ntest_it.py::T::test_b pass"));
    }
}

#[test]
fn a_file_that_cannot_be_collected_is_one_error_and_the_others_run() {
    for project in projects(&[("test_bad.py", "import nothing_like_it\n"), ("test_it.py", "def test_a(): pass\n")]) {
        let reading = project.read(PYTEST);
        assert_eq!(outcomes(&reading), lines("test_bad.py::<collection> error\ntest_it.py::test_a pass"));
        assert!(message(&reading, "test_bad.py::<collection>").contains("nothing_like_it"));
        let selected = project.read_only(PYTEST, &["test_bad.py::test_x", "test_it.py::test_a"]);
        assert_eq!(outcomes(&selected), lines("test_bad.py::test_x error\ntest_it.py::test_a pass"));
    }
}

#[test]
fn a_file_that_can_be_collected_again_passes_in_place_of_its_cases() {
    const BAD: &str = "test_bad.py::<collection>";
    let bad = "import code_under\ndef test_x(): assert code_under.N\ndef test_y(): pass\n";
    for mut project in projects(&[("code_under.py", "1 ^ 'a'\n"), ("test_bad.py", bad), ("test_it.py", "def test_a(): pass\n")]) {
        let baseline = project.read(PYTEST);
        project.set_baseline(&baseline);
        assert_eq!(outcomes(&project.read_only(PYTEST, &[BAD])), lines("test_bad.py::<collection> error"));
        project.write("code_under.py", "N = 0\n");
        let partly = project.read(PYTEST);
        assert_eq!(outcomes(&partly), lines("test_bad.py::<collection> fail\ntest_it.py::test_a pass"));
        assert_eq!(message(&partly, BAD), "it can be loaded; 1 of its 2 cases fail, test_bad.py::test_x first");
        project.write("code_under.py", "NN = 10\nN = 1\n");
        assert_eq!(outcomes(&project.read(PYTEST)), lines("test_bad.py::<collection> pass\ntest_it.py::test_a pass"));
        assert_eq!(outcomes(&project.read_only(PYTEST, &[BAD])), lines("test_bad.py::<collection> pass"));
    }
}

#[test]
fn cases_that_are_not_selected_neither_run_nor_report() {
    let files = [
        ("test_a.py", "def test_one(): pass\ndef test_two(): open('ran', 'w')\n"),
        ("pkg/test_b.py", "open('imported', 'w')\ndef test_three(): pass\n"),
        ("pkg/__init__.py", ""),
        ("pkg/test_c.py", "import nothing_like_it"),
    ];
    for project in projects(&files) {
        let all = "python3 -m pytest test_a.py pkg/test_b.py";
        assert_eq!(outcomes(&project.read_only(PYTEST, &["test_a.py::test_one"])), "test_a.py::test_one pass\n");
        assert!(!project.root().join("ran").exists() && !project.root().join("imported").exists());
        assert_eq!(outcomes(&project.read_only(all, &["test_a.py::test_one"])), "test_a.py::test_one pass\n");
        assert_eq!(outcomes(&project.read_only(PYTEST, &["pkg/test_b.py::test_three"])), "pkg/test_b.py::test_three pass\n");
        let fault = project.run_with(PYTEST, Some(&ids(&["test_a.py::test_one", "test_a.py::gone"])), false).1.unwrap_err();
        assert_fault(&fault, "Incomplete", &["selected but not reported: test_a.py::gone"]);
    }
}

#[test]
fn a_trace_holds_the_lines_each_case_executed() {
    let code = "def half(n):\n    if n % 2:\n        raise ValueError\n    return n // 2\n";
    let test = "import code_under_test as c\ndef test_even(): c.half(2)\ndef test_odd():\n try: c.half(3)\n except ValueError: pass\n";
    for project in projects(&[("code_under_test.py", code), ("test_it.py", test)]) {
        let coverage = project.run_with(PYTEST, None, true).1.unwrap().coverage;
        let lines = |case: &str| &coverage[&CaseId(format!("test_it.py::{case}"))]["code_under_test.py"];
        assert_eq!((lines("test_even"), lines("test_odd")), (&BTreeSet::from([2, 4]), &BTreeSet::from([2, 3])));
    }
}

#[test]
fn what_was_collected_and_did_not_run_makes_the_run_incomplete() {
    let files = [
        ("test_it.py", "import os\ndef test_a(): assert 0\ndef test_b(): pass\n"),
        ("crash.py", "import os\ndef test_c(): pass\ndef test_d(): os._exit(0)\n"),
    ];
    for project in projects(&files) {
        for stop in ["-x", "--maxfail=1"] {
            assert_fault(&project.fault(&format!("{PYTEST} {stop}")), "Incomplete", &["1 of 2 cases did not run: test_it.py::test_b"]);
        }
        assert_fault(&project.fault(&format!("{PYTEST} crash.py")), "Incomplete", &["1 of 2 cases were reported when the process ended"]);
    }
}

#[test]
fn exit_codes_beside_passed_and_failed_are_faults() {
    let files = [
        ("test_it.py", "def test_a(): pass\n"),
        ("interrupted.py", "def test_a(): raise KeyboardInterrupt\n"),
        ("internal/conftest.py", "def pytest_runtest_protocol(): 1 / 0\n"),
        ("internal/test_a.py", "def test_a(): pass\n"),
    ];
    for project in projects(&files) {
        assert_fault(&project.fault(&format!("{PYTEST} -k none")), "NothingRan", &["exit code 5 (no tests collected)"]);
        assert_fault(&project.fault(&format!("{PYTEST} --bogus")), "NothingRan", &["exit code 4", "unrecognized arguments: --bogus"]);
        assert_fault(&project.fault(&format!("{PYTEST} nowhere.py")), "NothingRan", &["exit code 4", "not found: nowhere.py"]);
        assert_fault(&project.fault(&format!("{PYTEST} internal")), "Incomplete", &["exit code 3 (internal error)"]);
        assert_fault(&project.fault(&format!("{PYTEST} interrupted.py")), "Incomplete", &["exit code 2 (interrupted)"]);
        assert_fault(&project.fault(&format!("{PYTEST} --collect-only")), "Incomplete", &["2 of 2 cases did not run"]);
        assert_fault(&project.fault("python3 -I -m pytest"), "Incomplete", &["no test runner reported", "no -I, -E or -S"]);
    }
}

#[test]
fn an_exit_code_that_contradicts_the_cases_is_a_fault() {
    for project in projects(&[("test_it.py", "def test_a(): assert 0\n"), ("test_good.py", "def test_b(): pass\n")]) {
        assert_fault(
            &project.fault(&format!("{PYTEST} || true")),
            "Unreadable",
            &["exit code 0 contradicts 1 failing: test_it.py::test_a"],
        );
        assert_fault(&project.fault(&format!("{PYTEST} test_good.py; exit 1")), "Incomplete", &["exit code 1 although no case failed"]);
    }
}

#[test]
fn a_makefile_a_script_and_a_path_of_its_own_report_the_same() {
    let files = [
        ("test_it.py", "def test_a(): pass\n"),
        ("Makefile", "test:\n\tpytest -q\n"),
        ("run.py", "import sys, pytest\nsys.exit(pytest.main(['-q', 'test_it.py']))\n"),
        ("wrap.py", "import subprocess, sys\nsys.exit(subprocess.call([sys.executable, '-m', 'pytest']))\n"),
    ];
    for project in projects(&files) {
        for way in ["make test", "python3 run.py", "python3 wrap.py", "PYTHONPATH=src pytest", "pytest -p no:randomly"] {
            assert_eq!(outcomes(&project.read(way)), "test_it.py::test_a pass\n", "{way}");
        }
    }
}

#[test]
fn sessions_that_cases_start_are_theirs_and_not_reported() {
    let inner = "def test_inner(): assert 0\n";
    let test = "import pytest, subprocess, sys\ndef test_a(): assert pytest.main(['inner.py']) == 1\ndef test_b(): assert subprocess.run([sys.executable, '-m', 'pytest', 'inner.py']).returncode == 1\n";
    for project in projects(&[("test_it.py", test), ("inner.py", inner)]) {
        assert_eq!(outcomes(&project.read(PYTEST)), lines("test_it.py::test_a pass\ntest_it.py::test_b pass"));
    }
}

#[test]
fn xdist_workers_report_through_their_controller() {
    let files =
        [("test_it.py", "import os\ndef test_a(): pass\ndef test_b(): assert 0\n"), ("crash.py", "import os\ndef test_c(): os._exit(0)\n")];
    let project = Project::new("pytest", &files).with_path(&versions()[0]);
    let all = "test_it.py::test_a pass\ntest_it.py::test_b fail\n";
    assert_eq!(outcomes(&project.read(&format!("{PYTEST} -n 2"))), all);
    assert_eq!(outcomes(&project.read_only(&format!("{PYTEST} -n 2"), &["test_it.py::test_a"])), "test_it.py::test_a pass\n");
    let coverage = project.run_with(&format!("{PYTEST} -n 2"), None, true).1.unwrap().coverage;
    assert!(coverage.len() == 2 && coverage.values().all(|files| files.contains_key("test_it.py")), "{coverage:?}");
    assert_eq!(outcomes(&project.read(&format!("{PYTEST} -n 2 crash.py"))), "crash.py::test_c error\n");
}
