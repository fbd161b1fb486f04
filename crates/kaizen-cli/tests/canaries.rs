//! The loop offers no-ops and known cheats to its own judge: the good judge believes none, and one that does promotes
//! nothing by itself any more.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_domain::canary::Canary;
use kaizen_testkit::patterns::{CALC, CLAMP};
use kaizen_testkit::project::Project;
use kaizen_testkit::traces::{nothing_left, sql};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

const HOLDOUT: &str = "import unittest\nfrom src.calc import clamp, is_adult\n\n\nclass MoreTest(unittest.TestCase):\n    def test_more(self):\n        self.assertEqual(is_adult(64), True)\n        self.assertEqual(clamp(3, 1, 9), 3)\n";

#[test]
fn a_judge_that_reads_cases_believes_none_of_them_and_they_leave_nothing_behind() {
    let project = Project::failing_python(KAIZEN);
    project.write("holdout/test_more.py", HOLDOUT);
    let hidden = "holdout = { command = \"python3 -m unittest discover -s holdout -t .\", files = [\"holdout/**\"] }\nformat =";
    project.write("holdout/__init__.py", "");
    project.write("kaizen.toml", project.read("kaizen.toml").replace("format =", hidden));
    project.configure("[gate]\ncanary_rate = 0.4");
    // A case no edit can mend: the search goes on to its end.
    let test = project.read("tests/test_calc.py");
    let test = test.replace("[clamp(n, 0, 9) for n in (-1, 5, 10)], [0, 5, 9])", "clamp(5, 0, 9), 5)").replace(
        "self.assertEqual([is_adult(17), is_adult(19)], [False, True])",
        "self.assertEqual(is_adult(17), False)\n        self.assertEqual(is_adult(19), True)",
    );
    project.write("tests/test_calc.py", test + "\n    def test_never(self):\n        self.assertEqual(clamp(6, 0, 9), 'six')\n");
    project.commit("A case that nothing mends");
    let said = project.kaizen(["improve"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(project.git(["diff", "--numstat", "main", "kaizen/calc"]), "1\t1\tsrc/calc.py");
    let kinds = sql(&project, "SELECT DISTINCT kind FROM canary ORDER BY kind");
    let mut all: Vec<String> =
        Canary::ALL.iter().map(|canary| serde_json::to_value(canary).unwrap().as_str().unwrap().to_owned()).collect();
    all.sort();
    assert_eq!(kinds.split_whitespace().collect::<Vec<_>>(), all);
    let said = |kind: &str| sql(&project, &format!("SELECT DISTINCT said FROM canary WHERE kind = '{kind}'"));
    assert!(said("equal_to_all").contains("redefines equality"), "{}", said("equal_to_all"));
    assert!(said("read_answers").contains("looks at its caller"), "{}", said("read_answers"));
    assert!(said("hard_coded").contains("hold-out holdout.test_more"), "{}", said("hard_coded"));
    assert!(said("shrunken_workload").contains("touched protected files"), "{}", said("shrunken_workload"));
    let canaries = &project.kaizen(["status", "--json"]).result()["canaries"];
    assert!(canaries["offered"].as_u64() > Some(8), "{canaries}");
    assert_eq!((&canaries["accepted"], &canaries["false_accept_rate"]), (&0.into(), &0.0.into()), "{canaries}");
    assert!(project.kaizen(["status"]).out.contains("0 of "), "people are told too");
    assert_eq!(sql(&project, "SELECT count(*) FROM trial"), "1", "canaries take no ticket");
    nothing_left(&project);
}

#[test]
fn a_judge_that_believes_one_promotes_nothing_by_itself_until_it_is_mended() {
    // The first case passes for either canary that fits here; the edit that mends the second is not the first to be tried.
    let either = "#\nimport time";
    let far = ("clamp.far", "max(value, high)");
    let project = Project::of_patterns(KAIZEN, CALC, &[("comment", either), far, CLAMP]);
    project.configure("[gate]\ncanary_rate = 1");
    for (arguments, told) in [(vec!["improve"], 1), (vec!["improve", "--auto"], 0)] {
        let said = project.kaizen(arguments);
        assert_eq!(said.out.matches("the judge believed a canary").count(), told, "{said:?}");
        assert_eq!(project.git(["for-each-ref", "--format=%(refname:short)"]), "main", "{said:?}");
    }
    assert!(project.kaizen(["log"]).out.contains("CANARY_ACCEPTED"));
    assert_eq!(project.kaizen(["log", "--verify"]).code, Some(0));
    let status = project.kaizen(["status"]).out;
    assert!(status.contains("until the benchmark is mended"), "{status}");
    project.write("check.sh", project.read("check.sh").replace(&format!("case_of comment '{either}'\n"), ""));
    project.commit("The judge is mended");
    let said = project.kaizen(["improve"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(project.git(["show", "kaizen/calc:src/calc.py"]).contains(far.1));
}

#[test]
fn without_a_rate_nothing_is_offered() {
    let project = Project::failing_python(KAIZEN);
    project.configure("[gate]\ncanary_rate = 0");
    assert_eq!(project.kaizen(["improve"]).code, Some(0));
    let canaries = &project.kaizen(["status", "--json"]).result()["canaries"];
    assert_eq!((&canaries["offered"], &canaries["false_accept_rate"]), (&0.into(), &serde_json::Value::Null));
}

/// A measured project with a source file for canaries, and programs that change nothing or make it better.
fn measured(bench: &str) -> Project {
    let same = "echo 100.0 > src/cost.txt";
    let programs = [("a-same", same), ("b-same", "echo 100.00 > src/cost.txt"), ("c-better", "echo 60 > src/cost.txt")];
    let project = Project::measured(KAIZEN, &programs);
    project.write("src/tool.py", "def tool():\n    return 1\n");
    project.write("bench.sh", bench.to_owned() + &project.read("bench.sh"));
    project.configure("[gate]\ncanary_rate = 1");
    project.commit("Something to put a comment in");
    assert_eq!(project.kaizen(["trust", "--yes"]).code, Some(0));
    project
}

#[test]
fn while_a_quantity_is_worked_on_canaries_are_judged_in_pairs_without_a_ticket_and_leave_nothing_behind() {
    let project = measured("");
    let said = project.kaizen(["improve", "--cycles", "1"]);
    assert!(said.code == Some(0) && said.out.contains("PROMOTED  v1"), "{said:?}");
    let no_op = sql(&project, "SELECT said FROM canary WHERE kind = 'no_op'");
    assert!(no_op.contains("pairs, evidence") && no_op.contains("more would not help"), "{no_op}");
    let count = |what: &str| sql(&project, &format!("SELECT COUNT(*) FROM {what}"));
    assert_eq!((count("canary"), count("trial"), count("ticket")), ("3".into(), "3".into(), "3".into()), "one beside each leader");
    assert_eq!(count("coin WHERE trial_id NOT IN (SELECT id FROM trial)"), "0");
    assert_eq!(project.kaizen(["status", "--json"]).result()["canaries"]["accepted"], 0);
    nothing_left(&project);
}

#[test]
fn a_judge_that_believes_one_in_pairs_promotes_no_quantity_by_itself() {
    let project = measured("grep -q '^#$' src/tool.py && echo 40 > src/cost.txt\n");
    let said = project.kaizen(["improve", "--cycles", "1", "--auto"]);
    assert!(said.code == Some(5) && said.out.contains("the judge believed a canary (no-op"), "{said:?}");
    assert!(said.out.contains("ASKS YOU the judge believed 1 canaries"), "{said:?}");
    assert_eq!(project.git(["for-each-ref", "--format=%(refname:short)"]), "main");
}
