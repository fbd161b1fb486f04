//! unittest, the real one of `python3`.

use super::bench::{Project, assert_fault, ids, lines, message, outcomes};
use kaizen_domain::scorecard::CaseId;
use std::collections::BTreeSet;

const DISCOVER: &str = "python3 -m unittest discover -s tests -t .";

fn project(test: &str) -> Project {
    Project::new("unittest", &[("tests/__init__.py", ""), ("tests/test_it.py", test)])
}

fn small() -> Project {
    project("import unittest\nclass T(unittest.TestCase):\n def test_a(self): pass\n def test_b(self): self.assertEqual(1, 2)\n")
}

#[test]
fn every_outcome_is_reported_for_its_case() {
    let project = project(
        r#"
import unittest
class T(unittest.TestCase):
    def test_pass(self): pass
    def test_fail(self): self.assertEqual([1], [2], "caf\udce9")
    def test_error(self): raise KeyError("k")
    def test_skip(self): self.skipTest("later")
    @unittest.skip("never")
    def test_skipped(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
    @unittest.expectedFailure
    def test_unexpected(self): pass
    def test_cleanup(self): self.addCleanup(lambda: 1 / 0)
    def test_exit(self): raise SystemExit(0)
    def test_subtests(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertNotEqual(number, 1)
    def test_good_subtests(self):
        for number in range(3):
            with self.subTest(number=number):
                if number == 1: self.skipTest("one")
    def test_broken_subtest(self):
        with self.subTest(): raise ValueError
class A(unittest.IsolatedAsyncioTestCase):
    async def test_async(self): self.fail("async")
"#,
    );
    let reading = project.read(DISCOVER);
    let expected = "
        tests.test_it.A.test_async fail
        tests.test_it.T.test_broken_subtest error
        tests.test_it.T.test_cleanup error
        tests.test_it.T.test_error error
        tests.test_it.T.test_exit error
        tests.test_it.T.test_expected pass
        tests.test_it.T.test_fail fail
        tests.test_it.T.test_good_subtests pass
        tests.test_it.T.test_pass pass
        tests.test_it.T.test_skip skip
        tests.test_it.T.test_skipped skip
        tests.test_it.T.test_subtests fail
        tests.test_it.T.test_unexpected fail";
    assert_eq!(outcomes(&reading), lines(expected));
    let text = message(&reading, "tests.test_it.T.test_fail");
    assert!(text.contains("AssertionError: Lists differ: [1] != [2]") && text.contains("caf?"), "{text}");
    assert!(!text.contains("unittest/case.py"), "{text}");
    assert!(reading.cases.values().all(|case| case.duration.is_some()));
    assert!(reading.metrics["seconds"] > 0.0 && reading.metrics["max_rss_bytes"] == 4096.0);
}

#[test]
fn every_way_to_reach_unittest_reports_the_same() {
    let project = small();
    project.write("Makefile", "test:\n\tpython3 -m unittest -q tests.test_it\n");
    project.write("run.py", "import unittest\nfrom tests.test_it import *\nunittest.main(module='tests.test_it')\n");
    project.write("wrap.py", "import subprocess, sys\nsys.exit(subprocess.call([sys.executable, '-m', 'unittest', 'tests.test_it']))\n");
    let by_hand = "import sys, unittest\nresult = unittest.TestResult()\n\
        unittest.defaultTestLoader.loadTestsFromName('tests.test_it').run(result)\nsys.exit(not result.wasSuccessful())\n";
    project.write("by_hand.py", by_hand);
    project.write("own.py", include_str!("own_runner.py"));
    let ways = [
        DISCOVER,
        "python3 -m unittest -q tests.test_it",
        "make test",
        "python3 run.py",
        "python3 wrap.py",
        "python3 by_hand.py",
        "python3 own.py",
        "PYTHONPATH=src python3 -m unittest tests.test_it",
        "ulimit -n 64 && python3 -m unittest tests.test_it",
        "python3 -c 'pass' && python3 -bb -W error::DeprecationWarning -m unittest tests.test_it",
    ];
    for way in ways {
        assert_eq!(outcomes(&project.read(way)), lines("tests.test_it.T.test_a pass\ntests.test_it.T.test_b fail"), "{way}");
    }
}

#[test]
fn several_runs_of_one_command_are_one_reading() {
    let project = small();
    project.write("tests/test_more.py", "import unittest\nclass M(unittest.TestCase):\n def test_m(self): pass\n");
    let reading = project.read("python3 -m unittest tests.test_more && python3 -m unittest tests.test_it");
    assert_eq!(reading.cases.len(), 3);
}

#[test]
fn cases_kept_from_running_by_a_failed_set_up_are_errors() {
    let project = project(
        r#"
import unittest
class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise RuntimeError("no database")
    def test_a(self): pass
    def test_b(self): pass
class Absent(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise unittest.SkipTest("not here")
    def test_c(self): pass
class Torn(unittest.TestCase):
    @classmethod
    def tearDownClass(cls): raise RuntimeError
    def test_d(self): pass
"#,
    );
    let module = "import unittest\ndef setUpModule(): raise OSError('disk')\nclass M(unittest.TestCase):\n def test_m(self): pass\n";
    project.write("tests/test_module.py", module);
    let reading = project.read(DISCOVER);
    let expected = "
        setUpClass (tests.test_it.Broken) error
        setUpModule (tests.test_module) error
        tearDownClass (tests.test_it.Torn) error
        tests.test_it.Absent.test_c skip
        tests.test_it.Broken.test_a error
        tests.test_it.Broken.test_b error
        tests.test_it.Torn.test_d pass
        tests.test_module.M.test_m error";
    assert_eq!(outcomes(&reading), lines(expected));
    assert!(message(&reading, "tests.test_it.Broken.test_a").contains("no database"));
}

#[test]
fn a_module_that_cannot_be_imported_is_one_error_and_an_error_of_its_selected_cases() {
    let project = small();
    project.write("tests/test_bad.py", "import nothing_like_it\n");
    let reading = project.read(DISCOVER);
    assert_eq!(
        outcomes(&reading),
        lines("tests.test_it.T.test_a pass\ntests.test_it.T.test_b fail\nunittest.loader._FailedTest.tests.test_bad error")
    );
    let selected = project.read_only(DISCOVER, &["tests.test_bad.T.test_x", "tests.test_it.T.test_a"]);
    assert_eq!(outcomes(&selected), lines("tests.test_bad.T.test_x error\ntests.test_it.T.test_a pass"));
    assert!(message(&selected, "tests.test_bad.T.test_x").contains("nothing_like_it"));
}

#[test]
fn what_can_be_loaded_or_set_up_again_passes_in_place_of_its_cases() {
    const LOADED: &str = "unittest.loader._FailedTest.test_bad";
    let bad = "import unittest, code_under\nclass T(unittest.TestCase):\n def test_x(self): self.assertTrue(code_under.N)\n";
    let fixture = "import unittest, other\nclass F(unittest.TestCase):\n @classmethod\n def setUpClass(cls): other.ready()\n def test_a(self): pass\n";
    let files = [("code_under.py", "1 ^ 'a'\n"), ("test_bad.py", bad), ("other.py", ""), ("test_fixture.py", fixture)];
    let mut project = Project::new("unittest", &files);
    let command = "python3 -m unittest";
    let baseline = project.read(command);
    project.set_baseline(&baseline);
    assert_eq!(
        outcomes(&baseline),
        lines("setUpClass (test_fixture.F) error\ntest_fixture.F.test_a error\nunittest.loader._FailedTest.test_bad error")
    );
    project.write("code_under.py", "N = 0\n");
    assert_eq!(message(&project.read(command), LOADED), "it can be loaded; 1 of its 1 cases fail, test_bad.T.test_x first");
    project.write("code_under.py", "NN = 10\nN = 1\n");
    assert_eq!(outcomes(&project.read_only(command, &[LOADED])), lines("unittest.loader._FailedTest.test_bad pass"));
    project.write("other.py", "def ready(): pass\n");
    let mended = "setUpClass (test_fixture.F) pass\ntest_fixture.F.test_a pass\nunittest.loader._FailedTest.test_bad pass";
    assert_eq!(outcomes(&project.read(command)), lines(mended));
    let selected = ["setUpClass (test_fixture.F)", "test_fixture.F.test_a"];
    assert_eq!(outcomes(&project.read_only(command, &selected)), lines("setUpClass (test_fixture.F) pass\ntest_fixture.F.test_a pass"));
}

#[test]
fn cases_that_are_not_selected_neither_run_nor_report_nor_set_up() {
    let project = project(
        r#"
import unittest
class A(unittest.TestCase):
    def test_a(self): pass
    def test_b(self): open("ran-b", "w").close()
class B(unittest.TestCase):
    @classmethod
    def setUpClass(cls): open("set-up", "w").close()
    def test_c(self): self.fail()
"#,
    );
    let reading = project.read_only(DISCOVER, &["tests.test_it.A.test_a"]);
    assert_eq!(outcomes(&reading), lines("tests.test_it.A.test_a pass"));
    assert!(!project.root().join("ran-b").exists() && !project.root().join("set-up").exists());
    let fault = project.run_with(DISCOVER, Some(&ids(&["tests.test_it.A.test_a", "tests.test_it.A.test_gone"])), false).1.unwrap_err();
    assert_fault(&fault, "Incomplete", &["selected but not reported: tests.test_it.A.test_gone"]);
}

#[test]
fn a_trace_holds_the_lines_each_case_executed_outside_imports() {
    let project = project(
        "import unittest\nfrom lib.code import half, late\nclass T(unittest.TestCase):\n def test_even(self): half(2)\n def test_odd(self):\n  with self.assertRaises(ValueError): half(3)\n def test_thread(self): late()\n def test_import(self): import lib.imported\n",
    );
    project.write("lib/__init__.py", "");
    project.write(
        "lib/code.py",
        "import threading\nLIMIT = 3\ndef half(n):\n    if n % 2:\n        raise ValueError\n    return n // 2\ndef late():\n    thread = threading.Thread(target=half, args=(2,))\n    thread.start()\n    thread.join()\n",
    );
    project.write("lib/imported.py", "def f():\n    pass\nclass C:\n    x = f()\n");
    let (_, reading) = project.run_with(DISCOVER, None, true);
    let coverage = reading.unwrap().coverage;
    let lines = |case: &str| &coverage[&CaseId(format!("tests.test_it.T.{case}"))]["lib/code.py"];
    assert_eq!(*lines("test_even"), BTreeSet::from([4, 6]));
    assert_eq!(*lines("test_odd"), BTreeSet::from([4, 5]));
    assert_eq!(*lines("test_thread"), BTreeSet::from([4, 6, 8, 9, 10]));
    let files = |case: &str| coverage[&CaseId(format!("tests.test_it.T.{case}"))].keys().cloned().collect::<Vec<_>>();
    assert_eq!(files("test_even"), ["lib/code.py", "tests/test_it.py"]);
    assert_eq!(coverage[&CaseId("tests.test_it.T.test_import".into())]["lib/imported.py"], BTreeSet::from([2]));
    assert!(project.read(DISCOVER).coverage.is_empty());
}

#[test]
fn an_end_in_the_middle_is_a_fault() {
    let test = |body: &str| {
        project(&format!("import os, signal, unittest\nclass T(unittest.TestCase):\n def test_a(self): pass\n def test_b(self): {body}\n"))
    };
    assert_fault(&test("os._exit(0)").fault(DISCOVER), "Incomplete", &["1 of 2 cases were reported when the process ended", "exit code 0"]);
    assert_fault(&test("raise KeyboardInterrupt").fault(DISCOVER), "Crashed", &["signal 2"]);
    assert_fault(&test("os.kill(os.getpid(), signal.SIGSEGV)").fault(DISCOVER), "Crashed", &["signal 11"]);
    assert_fault(&test("os.kill(os.getpid(), signal.SIGKILL)").fault(&format!("true; {DISCOVER}; exit $?")), "Crashed", &["signal 9"]);
    assert_fault(&test("pass").fault(&format!("{DISCOVER}; exit 3")), "Incomplete", &["exit code 3 although no case failed"]);
}

#[test]
fn cases_left_out_by_failfast_are_missing_and_not_fewer() {
    let project = project("import unittest\nclass T(unittest.TestCase):\n def test_a(self): self.fail()\n def test_b(self): pass\n");
    assert_fault(&project.fault(&format!("{DISCOVER} -f")), "Incomplete", &["1 of 2 cases did not run: tests.test_it.T.test_b"]);
}

#[test]
fn a_run_without_executed_cases_is_a_fault() {
    assert_fault(&project("").fault(DISCOVER), "NothingRan", &["no case was reported"]);
    let skipped = project("import unittest\nclass T(unittest.TestCase):\n def test_a(self): self.skipTest('')\n");
    assert_fault(&skipped.fault(DISCOVER), "NothingRan", &["all 1 cases were skipped"]);
}

#[test]
fn a_python_that_does_not_load_the_reporter_is_a_fault_with_a_hint() {
    for flag in ["-I", "-E", "-S"] {
        let fault = small().fault(&format!(
            "python3 {flag} -c 'import sys; sys.path.insert(0, \".\"); import unittest; unittest.main(\"tests.test_it\")'"
        ));
        assert_fault(&fault, "Incomplete", &["no test runner reported", "no -I, -E or -S"]);
    }
    assert_fault(&small().fault("python-of-the-future -m unittest"), "NotStarted", &["not found"]);
}

#[test]
fn an_exit_code_that_contradicts_the_cases_is_a_fault() {
    let project = small();
    project.write("run.py", "import unittest\nunittest.main('tests.test_it', exit=False)\n");
    assert_fault(&project.fault("python3 run.py"), "Unreadable", &["exit code 0 contradicts 1 failing: tests.test_it.T.test_b"]);
}

#[test]
fn one_id_with_two_outcomes_is_a_fault_and_with_one_outcome_a_case() {
    let twice = "python3 -m unittest tests.test_it tests.test_it";
    assert_eq!(small().read(twice).cases.len(), 2);
    let project = project(
        "import unittest\nn = 0\nclass T(unittest.TestCase):\n def test_a(self):\n  global n\n  n += 1\n  self.assertEqual(n, 1)\n",
    );
    assert_fault(&project.fault(twice), "Unreadable", &["tests.test_it.T.test_a was reported twice, as Pass and as Fail"]);
}

#[test]
fn what_cases_start_themselves_is_theirs_and_not_reported() {
    let project = project(
        r#"
import os, subprocess, sys, unittest
class Inner(unittest.TestCase):
    def runTest(self): self.fail()
class T(unittest.TestCase):
    def test_nested(self):
        result = unittest.TestResult()
        unittest.TestSuite([Inner()]).run(result)
        self.assertEqual(len(result.failures), 1)
    def test_child(self):
        code = "import unittest\nclass C(unittest.TestCase):\n def runTest(self): self.fail()\nunittest.main()"
        self.assertEqual(subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL).returncode, 1)
    def test_fork(self):
        child = os.fork()
        if child == 0:
            return
        os.waitpid(child, 0)
    def test_environment(self):
        self.assertEqual([name for name in os.environ if name.startswith("KAIZEN_")], [])
    def test_descriptors(self):
        os.closerange(3, 64)
def load_tests(loader, tests, pattern):
    return loader.loadTestsFromTestCase(T)
"#,
    );
    let reading = project.read(DISCOVER);
    let expected = ["child", "descriptors", "environment", "fork", "nested"].map(|name| format!("tests.test_it.T.test_{name} pass\n"));
    assert_eq!(outcomes(&reading), expected.concat());
}

#[test]
fn a_sitecustomize_further_down_the_path_still_runs() {
    let project =
        project("import builtins, unittest\nclass T(unittest.TestCase):\n def test_a(self): self.assertEqual(builtins.CHAINED, 1)\n");
    project.write("site/sitecustomize.py", "import builtins\nbuiltins.CHAINED = 1\n");
    assert_eq!(outcomes(&project.read(&format!("PYTHONPATH=site {DISCOVER}"))), "tests.test_it.T.test_a pass\n");
}
