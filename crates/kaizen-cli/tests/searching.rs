//! What a search finds and what it turns down: defects at import, in child processes, several in one weakness; links
//! that leave the project.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::Project;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// A Python project of one source file and one test module under unittest.
fn python(source: &str, test: &str) -> Project {
    let project = Project::failing_python(KAIZEN);
    project.write("src/calc.py", source);
    project.write("tests/test_calc.py", test);
    project.commit("Another calculator");
    project
}

/// Improves; the source file then holds each of `wanted`, and so many versions were promoted.
fn improved(project: &Project, wanted: &[&str]) {
    let said = project.kaizen(["improve", "--json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let source = project.git(["show", "kaizen/calc:src/calc.py"]);
    assert!(wanted.iter().all(|line| source.contains(line)), "{source}");
    assert_eq!(said.result()["promoted"].as_array().map(Vec::len), Some(wanted.len()), "{said:?}");
}

#[test]
fn a_defect_that_keeps_the_tests_from_being_imported_is_repaired() {
    let source = "NAMES = ('one', 'two')\nSHOWN = 'names: ' ^ ', '.join(NAMES)\n";
    let test = "import unittest\nfrom src.calc import SHOWN\n\n\nclass CalcTest(unittest.TestCase):\n    def test_shown(self):\n        self.assertEqual(SHOWN, 'names: one, two')\n\n    def test_long(self):\n        self.assertGreater(len(SHOWN), 3)\n";
    let project = python(source, test);
    improved(&project, &["'names: ' + ', '.join(NAMES)"]);
    let after = project.kaizen(["improve", "--json"]).result();
    assert_eq!(after["points"], serde_json::json!({"before": 2.0, "after": 2.0, "max": 2.0}), "{after}");
}

#[test]
fn a_defect_in_code_that_only_a_child_process_runs_is_repaired() {
    let source =
        "import sys\n\n\ndef area(width, height):\n    return width + height\n\n\nif __name__ == '__main__':\n    print(area(3, 4))\n";
    let test = "import subprocess, sys, unittest\nimport src.other\n\n\nclass CalcTest(unittest.TestCase):\n    def test_area(self):\n        src.other.seen(2)\n        said = subprocess.run([sys.executable, 'src/calc.py'], capture_output=True, text=True).stdout\n        self.assertEqual(said, '12\\n')\n\n    def test_seen(self):\n        self.assertEqual(src.other.seen(1), 2)\n";
    let project = python(source, test);
    project.write("src/other.py", "def seen(number):\n    return number + 1\n");
    project.commit("What the tests run themselves");
    improved(&project, &["return width * height"]);
}

#[test]
fn a_weakness_that_a_promotion_closes_in_part_is_worked_on_again() {
    let source = "def is_adult(age):\n    return 18 < age\n\n\ndef area(width, height):\n    return width + height\n";
    let test = "import unittest\nfrom src.calc import area, is_adult\n\n\nclass CalcTest(unittest.TestCase):\n    def test_eighteen(self):\n        self.assertTrue(is_adult(18))\n\n    def test_area(self):\n        self.assertEqual(area(3, 4), 12)\n\n    def test_young(self):\n        self.assertFalse(is_adult(17))\n";
    let project = python(source, test);
    let listed = project.kaizen(["measure", "--runs", "1", "--json"]);
    assert_eq!(listed.code, Some(0), "{listed:?}");
    improved(&project, &["18 <= age", "width * height"]);
    let weaknesses = project.kaizen(["weaknesses", "--all", "--json"]).result();
    assert_eq!(weaknesses["weaknesses"].as_array().map(Vec::len), Some(1), "both defects were one weakness: {weaknesses}");
}

#[test]
fn a_link_that_leaves_the_project_is_turned_down_and_one_inside_is_not() {
    for (target, inside) in [("/etc/passwd", false), ("../../secret", false), ("calc.py", true)] {
        let run = format!("ln -s {target} src/link.py; sed -i 's/18 < age/18 <= age/' src/calc.py");
        let project = Project::with_program(KAIZEN, &run, "18 <= age");
        assert_eq!(project.kaizen(["trust", "--yes"]).code, Some(0));
        let said = project.kaizen(["improve", "--auto"]);
        // A program's edit without a hold-out waits for a person; one that is turned down is nobody's question.
        assert_eq!(said.code, Some(if inside { 5 } else { 1 }), "{target}: {said:?}");
        assert_eq!(said.out.contains("src/link.py is a symbolic link that leaves the project"), !inside, "{target}: {said:?}");
        assert_eq!(said.out.contains("kaizen approve h1"), inside, "{target}: {said:?}");
    }
}
