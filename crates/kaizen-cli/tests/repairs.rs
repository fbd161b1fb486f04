//! Repairs without a model, as people meet them: what leads among what passes, what is told and asked of it, where the search looks
//! first, what it learns, and what it never does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said};
use serde_json::Value;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// A Python project of one source file and one test module under unittest.
fn python(source: &str, cases: &str) -> Project {
    let project = Project::failing_python(KAIZEN);
    project.write("src/calc.py", source);
    let test = format!("import unittest\nfrom src import calc\n\n\nclass CalcTest(unittest.TestCase):\n{cases}");
    project.write("tests/test_calc.py", test);
    project.commit("Another calculator");
    project
}

fn improved(project: &Project) -> Said {
    let said = project.kaizen(["improve", "--json"]);
    assert!(matches!(said.code, Some(0 | 1 | 5)), "{said:?}");
    said
}

fn choice(project: &Project) -> Value {
    let shown = project.kaizen(["show", "h1", "--json"]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    shown.result()["choice"].clone()
}

const ADULT: &str = "def is_adult(age):\n    return 18 < age\n";
const EIGHTEEN: &str = "    def test_eighteen(self):\n        self.assertTrue(calc.is_adult(18))\n";

#[test]
fn everything_that_passes_is_kept_with_how_it_behaves() {
    let project = python(ADULT, &format!("{EIGHTEEN}\n    def test_young(self):\n        self.assertFalse(calc.is_adult(17))\n"));
    improved(&project);
    let choice = choice(&project);
    let passing = choice["passing"].as_array().unwrap();
    assert!(passing.len() > 1, "{choice}");
    assert!(choice["recorded"].as_u64() >= Some(2) && choice["perturbed"].as_u64() > Some(0), "{choice}");
    let numbers: Vec<u64> = passing.iter().filter_map(|one| one["number"].as_u64()).collect();
    assert_eq!(numbers.len(), passing.len(), "{choice}");
    let said = project.kaizen(["explain", "h1"]);
    assert!(said.out.contains("other edits pass, too") && said.out.contains("passes, not proven right"), "{said:?}");
}

#[test]
fn edits_that_answer_everything_alike_are_one_behaviour_and_others_are_told_apart_by_a_call() {
    // Nobody tests anybody who is not eighteen: `==` passes as well as `<=`.
    let project = python(ADULT, EIGHTEEN);
    improved(&project);
    let choice = choice(&project);
    let passing = choice["passing"].as_array().unwrap();
    let of = |wanted: &str| {
        passing.iter().find(|one| one["summary"].as_str().is_some_and(|text| text.ends_with(wanted))).map(|one| &one["behaviour"])
    };
    let (equal, less) = (of("18 == age").unwrap_or_else(|| panic!("{choice}")), of("18 <= age").unwrap_or_else(|| panic!("{choice}")));
    assert_ne!(equal, less, "{choice}");
    let difference = &choice["difference"];
    assert!(difference["input"].as_str().is_some_and(|input| input.starts_with("is_adult(")), "{choice}");
    assert_ne!(difference["leader"], difference["other"], "{choice}");
}

#[test]
fn a_repair_that_only_takes_something_away_waits_for_a_person_where_no_hold_out_agrees() {
    let source = "APPROVED = []\n\n\ndef ready(order):\n    return order['paid'] and APPROVED[0]\n";
    let cases = "    def test_paid(self):\n        self.assertIs(calc.ready({'paid': True}), True)\n\n    def test_unpaid(self):\n        self.assertIs(calc.ready({'paid': False}), False)\n";
    let project = python(source, cases);
    let said = improved(&project);
    assert_eq!((said.code, &said.result()["waiting"]), (Some(5), &serde_json::json!(1)), "{said:?}");
    assert!(said.out.contains("no hold-out that agrees"), "{said:?}");
    assert_eq!(choice(&project)["passing"][0]["blunt"], true);
    assert_eq!(project.kaizen(["approve", "h1"]).code, Some(0));
    let promoted = project.git(["show", "kaizen/calc:src/calc.py"]);
    assert!(promoted.trim_end().ends_with("return order['paid']"), "{promoted}");
}

#[test]
fn a_line_that_was_changed_lately_is_looked_at_first() {
    let source = |last: u8| {
        let lines: String = ["one = a", "two = b", "three = c"].map(|start| format!("    {start} + 2\n")).concat();
        let filler: String = (0..12).map(|number| format!("\n\ndef other_{number}(a, b):\n    return a * {number} - b\n")).collect();
        format!("def total(a, b, c, d):\n{lines}    four = d + {last}\n    return one * two * three * four\n{filler}")
    };
    let cases = "    def test_total(self):\n        self.assertEqual(calc.total(0, 0, 0, 0), 16)\n";
    let rank = |lately: bool| {
        let project = python(&source(if lately { 2 } else { 3 }), cases);
        if lately {
            project.write("src/calc.py", source(3));
            project.commit("Another number");
        }
        improved(&project);
        choice(&project)["passing"].as_array().unwrap().iter().filter_map(|one| one["number"].as_u64()).min().unwrap()
    };
    let (with, without) = (rank(true), rank(false));
    assert!(with < without, "{with} with the history, {without} without");
}

#[test]
fn what_is_not_written_yet_is_said_to_need_more_than_a_slip() {
    let project = python(
        "def area(width, height):\n    raise NotImplementedError\n",
        "    def test_area(self):\n        self.assertEqual(calc.area(3, 4), 12)\n",
    );
    let said = improved(&project);
    assert!(said.out.contains("more than a one-line slip"), "{said:?}");
    assert_eq!(choice(&project)["triage"]["one_line_slip"], false);
    let slip = python(ADULT, EIGHTEEN);
    improved(&slip);
    assert_eq!(choice(&slip)["triage"]["one_line_slip"], true);
}

#[test]
fn a_search_that_is_killed_once_its_leader_is_chosen_chooses_the_same_again() {
    let undisturbed = python(ADULT, EIGHTEEN);
    improved(&undisturbed);
    let project = python(ADULT, EIGHTEEN);
    let killed = project.kaizen_with_fault(["improve", "--json"], "cycle.leader:abort");
    assert_ne!(killed.code, Some(0), "{killed:?}");
    improved(&project);
    let summaries = |project: &Project| {
        let choice = choice(project);
        choice["passing"].as_array().unwrap().iter().map(|one| one["summary"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(summaries(&project), summaries(&undisturbed));
}

#[test]
fn what_a_case_leaves_behind_in_one_run_hides_no_repair_from_the_next() {
    let case = "    def test_eighteen(self):\n        import os\n        self.assertFalse(os.path.exists('left'), 'somebody was here')\n        open('left', 'w').close()\n        self.assertTrue(calc.is_adult(18))\n";
    let project = python(ADULT, case);
    improved(&project);
    assert!(project.git(["show", "kaizen/calc:src/calc.py"]).contains("18 <= age"));
}

/// The tests and the judge's own files are byte for byte as they were, on every branch.
fn untouched(project: &Project, paths: &[&str]) {
    for path in paths {
        let was = project.git(["show", &format!("main:{path}")]);
        assert_eq!(project.read(path).trim_end(), was.trim_end(), "{path}");
        if !project.git(["branch", "--list", "kaizen/calc"]).is_empty() {
            assert_eq!(project.git(["show", &format!("kaizen/calc:{path}")]), was, "{path}");
        }
    }
}

#[test]
fn no_repair_deletes_skips_or_weakens_a_test_or_changes_the_judge() {
    let cases = "    def test_two(self):\n        self.assertEqual(calc.double(1), 3)\n\n    def test_one(self):\n        self.assertEqual(calc.double(1), 2)\n";
    let project = python("def double(number):\n    return number * 2\n", cases);
    // Every file is offered to the operators, the tests and the configuration among them.
    project.write("kaizen.toml", project.read("kaizen.toml").replace("src/**/*.py", "**/*"));
    project.commit("Everything may change");
    let said = improved(&project);
    assert_eq!(said.result()["promoted"], serde_json::json!([]), "{said:?}");
    untouched(&project, &["tests/test_calc.py", "tests/__init__.py", "kaizen.toml"]);
}

#[test]
fn no_repair_swallows_the_exception_a_test_looks_for() {
    let source = "def paid(amount):\n    if amount < 0:\n        raise ValueError(amount)\n    return amount * 3\n";
    let cases = "    def test_paid(self):\n        self.assertEqual(calc.paid(2), 4)\n\n    def test_debt(self):\n        with self.assertRaises(ValueError):\n            calc.paid(-1)\n";
    let project = python(source, cases);
    improved(&project);
    let repaired = project.git(["show", "kaizen/calc:src/calc.py"]);
    assert!(repaired.contains("raise ValueError(amount)") && !repaired.contains("except"), "{repaired}");
    untouched(&project, &["tests/test_calc.py"]);
}

#[test]
fn no_repair_hard_codes_what_a_test_asks_for() {
    let cases = "    def test_answer(self):\n        self.assertEqual(calc.answer(6, 7), 4711)\n";
    let project = python("def answer(one, other):\n    return one * other\n", cases);
    let said = improved(&project);
    assert_eq!(said.result()["promoted"], serde_json::json!([]), "{said:?}");
}
