//! `kaizen check`: what other people's changes are worth, without touching their repository.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::patterns::{ADULT, CALC, CLAMP, FITS};
use kaizen_testkit::project::{Project, Said};
use kaizen_testkit::traces::{Fingerprint, nothing_left, sql};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// On a branch of its own, with `file` changed to hold `text`.
fn with_change(project: &Project, file: &str, text: &str) {
    project.git(["switch", "-q", "-c", "feature"]);
    project.write(file, text);
    project.commit("A change");
}

fn verdict(said: &Said) -> String {
    said.result()["verdict"].as_str().unwrap().to_owned()
}

#[test]
fn a_quantity_is_better_worse_or_not_worse_and_the_repository_stays_as_it_was() {
    for (cost, expected, code, fails_unless_better) in [("70", "better", 0, 0), ("140", "worse", 1, 1), ("100.0", "not_worse", 0, 1)] {
        let project = Project::measured(KAIZEN, &[]);
        with_change(&project, "src/cost.txt", cost);
        let before = Fingerprint::of(&project.root());
        let objects = project.git(["count-objects", "-v"]);
        let said = project.kaizen(["check", "--json"]);
        assert_eq!((verdict(&said).as_str(), said.code), (expected, Some(code)), "{said:?}");
        assert_eq!(project.kaizen(["check", "--fail-on", "not-better", "-q"]).code, Some(fails_unless_better), "{cost}");
        assert_eq!(Fingerprint::of(&project.root()), before);
        assert_eq!(project.git(["count-objects", "-v"]), objects);
        assert_eq!(sql(&project, "SELECT COUNT(*) FROM ticket"), "0", "a check has its own ledger");
        nothing_left(&project);
    }
}

#[test]
fn uncommitted_changes_are_judged_without_a_trace_in_the_repository() {
    let project = Project::of_patterns(KAIZEN, CALC, &[ADULT, CLAMP]);
    project.write("src/calc.py", CALC.replace("18 < age", "18 <= age"));
    let before = Fingerprint::of(&project.root());
    let objects = project.git(["count-objects", "-v"]);
    let said = project.kaizen(["check", "--dirty"]);
    assert!(said.code == Some(0) && said.out.contains("BETTER") && said.out.contains("adult.limit"), "{said:?}");
    assert_eq!((Fingerprint::of(&project.root()), project.git(["count-objects", "-v"])), (before, objects));
}

#[test]
fn a_case_that_is_lost_is_named_in_every_report() {
    let project = Project::of_patterns(KAIZEN, CALC, &[ADULT, CLAMP]);
    with_change(&project, "src/calc.py", &CALC.replace("value < low", "value <= low"));
    let reports = ["junit", "markdown", "html", "json"].map(|kind| format!("{kind}={}", project.room().join(kind).display()));
    let said = project.kaizen(["check", "--report", &reports.join(",")]);
    assert!(said.code == Some(1) && said.out.contains("WORSE"), "{said:?}");
    assert_eq!(said.out.matches("clamp.low").count(), 1, "{said:?}");
    for (kind, expected) in
        [("junit", "<failure"), ("markdown", "### kaizen check: WORSE"), ("html", "<!doctype html>"), ("json", "\"worse\"")]
    {
        let text = std::fs::read_to_string(project.room().join(kind)).unwrap();
        assert!(text.contains(expected) && text.contains("clamp.low"), "{kind}: {text}");
    }
}

#[test]
fn a_workflow_gets_an_annotation_and_a_summary() {
    let project = Project::of_patterns(KAIZEN, CALC, &[ADULT, CLAMP]);
    with_change(&project, "src/calc.py", &CALC.replace("18 < age", "18 <= age"));
    let summary = project.room().join("summary.md");
    std::fs::write(&summary, "before\n").unwrap();
    let mut command = project.command(["check"]);
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary);
    let said = kaizen_testkit::project::said(&command.output().unwrap());
    assert!(said.code == Some(0) && said.err.contains("::notice title=kaizen check::BETTER"), "{said:?}");
    let text = std::fs::read_to_string(summary).unwrap();
    assert!(text.starts_with("before\n### kaizen check: BETTER"), "{text}");
}

#[test]
fn new_tests_judge_both_sides_and_removed_ones_are_named() {
    let project = Project::of_patterns(KAIZEN, CALC, &[ADULT, CLAMP]);
    let judge = project.read("check.sh").replace("case_of clamp.low 'value < low'\n", "case_of fits.equal 'size <= room'\n");
    project.git(["switch", "-q", "-c", "feature"]);
    project.write("check.sh", judge);
    project.write("src/calc.py", CALC.replace("size < room", FITS.1));
    project.commit("A test, its mend, and a test less");
    let said = project.kaizen(["check", "--json"]);
    let result = said.result();
    assert_eq!((verdict(&said).as_str(), &result["judge"]), ("better", &serde_json::json!(["check.sh"])), "{said:?}");
    assert_eq!((&result["gained"], &result["removed"]), (&serde_json::json!(["fits.equal"]), &serde_json::json!(["clamp.low"])));
}

#[test]
fn a_base_that_cannot_load_the_changes_tests_is_judged_by_its_own() {
    let project = Project::failing_python(KAIZEN);
    project.git(["switch", "-q", "-c", "feature"]);
    project.write("src/calc.py", project.read("src/calc.py") + "\n\ndef is_child(age):\n    return age < 13\n");
    project.write("tests/test_child.py", "import unittest\nfrom src.calc import is_child\n\n\nclass ChildTest(unittest.TestCase):\n    def test_child(self):\n        self.assertTrue(is_child(3))\n");
    project.commit("A function with its test");
    let said = project.kaizen(["check", "--json"]);
    assert_eq!((verdict(&said).as_str(), said.result()["judged_apart"].as_bool()), ("not_worse", Some(true)), "{said:?}");
}

#[test]
fn a_change_of_a_link_or_a_submodule_is_judged_in_jails_of_their_own() {
    let project = Project::of_patterns(KAIZEN, CALC, &[ADULT, CLAMP]);
    project.git(["switch", "-q", "-c", "feature"]);
    project.git(["update-index", "--add", "--cacheinfo", &format!("160000,{},part", "1".repeat(40))]);
    project.git(["commit", "-q", "-m", "A submodule that is not checked out"]);
    std::fs::create_dir(project.root().join("part")).unwrap();
    std::os::unix::fs::symlink("calc.py", project.root().join("src/link.py")).unwrap();
    project.commit("A link");
    project.git(["rm", "-q", "--cached", "part"]);
    project.write("src/calc.py", CALC.replace("18 < age", "18 <= age"));
    project.commit("Without the submodule, with a mend");
    for base in ["main", "feature~1"] {
        let said = project.kaizen(["check", "--base", base, "--json"]);
        assert_eq!((verdict(&said).as_str(), said.result()["judged_apart"].as_bool()), ("better", Some(true)), "{base}: {said:?}");
    }
}

#[test]
fn a_change_that_cannot_run_is_worse_and_a_base_that_never_could_is_an_error() {
    let project = Project::of_patterns(KAIZEN, CALC, &[ADULT, CLAMP]);
    with_change(&project, "check.sh", "echo nothing\n");
    let said = project.kaizen(["check"]);
    assert!(said.code == Some(1) && said.out.contains("WORSE") && said.out.contains("executed no case"), "{said:?}");
    let project = Project::of_patterns(KAIZEN, CALC, &[]);
    with_change(&project, "src/calc.py", "x = 1\n");
    assert_eq!(project.kaizen(["check"]).code, Some(4));
}

#[test]
fn what_cannot_be_compared_is_said_with_its_mend() {
    let project = Project::of_patterns(KAIZEN, CALC, &[ADULT, CLAMP]);
    for (arguments, expected) in [
        (vec!["check"], "there is no change since"),
        (vec!["check", "--base", "nowhere"], "there is no commit nowhere"),
        (vec!["check", "--report", "pdf=x"], "write KIND=FILE"),
        (vec!["check", "--margin", "5"], "percent sign"),
        (vec!["check", "--for", "soon"], "write a number with a unit"),
    ] {
        let said = project.kaizen(&arguments);
        assert!(said.code == Some(2) && said.err.contains(expected), "{arguments:?}: {said:?}");
    }
    let measured = Project::measured(KAIZEN, &[]);
    with_change(&measured, "src/cost.txt", "70");
    let said = measured.kaizen(["check", "--for", "0s", "--fail-on", "undecided"]);
    assert!(said.code == Some(1) && said.out.contains("CANNOT TELL"), "{said:?}");
    assert!(!said.out.contains("inf"), "{said:?}");
}
