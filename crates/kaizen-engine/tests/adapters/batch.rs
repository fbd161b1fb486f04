//! Many candidates in one run of unittest's and of pytest's command.

use super::bench::{Project, ids, lines, outcomes};
use super::pytest::projects;

const CALC: &str = "import collections\ndef add(a, b): return a - b\n";
const TEST: &str = "import unittest, os, calc\nclass T(unittest.TestCase):\n def test_add(self): self.assertEqual(calc.add(2, 1), 3)\n def test_other(self):\n  self.assertFalse(os.path.exists('left'))\n  open('left', 'w').close()\n";

/// The file of a candidate with this body.
fn calc(body: &str) -> String {
    format!("def add(a, b): {body}\n")
}

fn every_project() -> Vec<(Project, &'static str, &'static str)> {
    let files = [("calc.py", CALC), ("tests/__init__.py", ""), ("tests/test_it.py", TEST)];
    let unittest = (Project::new("unittest", &files), "python3 -m unittest discover -s tests -t .", "tests.test_it.T.test_");
    let pytest = projects(&files).map(|project| (project, "python3 -m pytest -q", "tests/test_it.py::T::test_"));
    [unittest].into_iter().chain(pytest).collect()
}

#[test]
fn each_candidate_runs_its_own_files_and_they_are_as_they_were_afterwards() {
    for (project, command, prefix) in every_project() {
        let (right, ends, breaks) = (calc("return a + b"), calc("import os; os._exit(7)"), calc("return ("));
        let only = ids(&[&format!("{prefix}add")]);
        let candidates: [&[(&str, &str)]; 4] =
            [&[("calc.py", &right)], &[("calc.py", &ends)], &[("calc.py", &breaks)], &[("calc.py", &right)]];
        let batch = project.run_batch(command, Some(&only), &candidates);
        let said: Vec<String> = batch.readings.iter().map(|one| one.as_ref().map_or_else(ToString::to_string, outcomes)).collect();
        let of = |word: &str| lines(&format!("{prefix}add {word}"));
        assert_eq!((&said[0], &said[1], &said[4], &said[5]), (&of("fail"), &of("pass"), &of("pass"), &of("fail")), "{command}: {said:?}");
        assert!(said[2].contains("process ended") && said[3].contains(" error"), "{command}: {said:?}");
        assert_eq!(std::fs::read_to_string(project.root().join("calc.py")).unwrap(), CALC);
    }
}

#[test]
fn a_candidate_that_does_not_end_is_ended_and_the_next_one_runs() {
    let project = every_project().remove(0);
    let (slow, right) = (calc("\n while True: pass"), calc("return a + b"));
    let only = ids(&["tests.test_it.T.test_add"]);
    let batch = project.0.run_batch(project.1, Some(&only), &[&[("calc.py", &slow)], &[("calc.py", &right)]]);
    assert!(batch.said[1]["status"].is_null(), "{:?}", batch.said);
    assert_eq!(outcomes(batch.readings[1].as_ref().unwrap()), "tests.test_it.T.test_add pass\n");
}

#[test]
fn what_a_candidate_leaves_behind_shows_in_the_files_as_they_are() {
    for (project, command, prefix) in every_project() {
        let batch = project.run_batch(command, Some(&ids(&[&format!("{prefix}other")])), &[&[("calc.py", &calc("return 0"))]]);
        let said: Vec<String> = batch.readings.iter().map(|one| outcomes(one.as_ref().unwrap())).collect();
        assert_eq!((said[0].contains("pass"), said[2].contains("fail")), (true, true), "{command}: {said:?}");
    }
}

#[test]
fn a_process_that_has_loaded_some_of_the_project_does_not_fork() {
    for (project, _, _) in every_project().into_iter().skip(1) {
        let batch = project.run_batch("python3 -m pytest -q -p calc", None, &[&[("calc.py", &calc("return 0"))]]);
        assert_eq!((batch.said.len(), &batch.said[0]["refused"]), (1, &"calc".into()), "{:?}", batch.said);
    }
}
