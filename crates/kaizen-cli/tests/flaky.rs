//! Cases that pass now and then, through the command line: mended ones are proven in coin-ordered pairs, lucky ones are not promoted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::Project;
use kaizen_testkit::traces::{nothing_left, sql};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

const MEND: (&str, &str) = ("mend", "echo 100 > src/flips.txt");

/// The stages of recorded runs, in alphabetical order.
fn stages(project: &Project) -> String {
    sql(project, "SELECT DISTINCT stage FROM sample ORDER BY stage").replace('\n', " ")
}

#[test]
fn a_case_that_passes_now_and_then_is_mended_in_pairs_and_told_by_how_often_it_passes() {
    let project = Project::flipping(KAIZEN, [50, 100], &[MEND]);
    let said = project.kaizen(["improve"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("chance.flips passes in") && said.out.contains("is proven in about"), "{said:?}");
    assert!(said.out.contains("-> 1.00 of the runs") && said.out.contains("-> 1.00 of the runs, 12 fixed pairs"), "{said:?}");
    assert_eq!(project.git(["show", "kaizen/flipping:src/flips.txt"]), "100");
    assert!(project.git(["show", "-s", "--format=%B", "kaizen/flipping"]).contains("chance.flips passes 0."));
    let explained = project.kaizen(["explain", "v1"]).out;
    assert!(explained.contains("flaky case  chance.flips") && explained.contains("same workload, fresh pairs"), "{explained}");
    let quantity = project.kaizen(["explain", "v1", "--json"]).result()["quantity"].clone();
    assert!(quantity["passes"][0].as_f64() < Some(0.9) && quantity["passes"][1] == 1.0, "{quantity}");
    assert!(project.kaizen(["show", "h1"]).out.contains("flaky: chance.flips"));
    assert_eq!(project.kaizen(["replay", "v1"]).code, Some(0));
    assert_eq!(stages(&project), "checks dev effect holdout", "the hold-out's cases are checked, the flaky one is none of them");
    let unpaired = "SELECT COUNT(*) FROM sample s WHERE stage <> 'checks' AND NOT EXISTS \
        (SELECT 1 FROM coin c WHERE c.trial_id = s.trial_id AND c.stage = s.stage AND c.pair = s.pair)";
    assert_eq!(sql(&project, unpaired), "0", "every run of a pair has its coin");
    let left = project.kaizen(["weaknesses", "--json"]).result();
    assert_eq!(left["weaknesses"].as_array().map(Vec::len), Some(0), "{left}");
    nothing_left(&project);
}

#[test]
fn while_a_trial_of_a_flaky_case_runs_people_see_how_often_it_passes_and_the_proof() {
    let project = Project::flipping(KAIZEN, [40, 100], &[MEND]);
    let said = project.kaizen(["improve", "--json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let lines = said.out.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let sampled: Vec<_> = lines.filter(|line| line["progress"] == "sampled").collect();
    let last = sampled.last().unwrap();
    assert_eq!((&last["passes"][0], &last["passes"][1][1], &last["proof"]), (&"chance.flips".into(), &1.0.into(), &1.0.into()), "{last}");
    assert!(sampled.iter().any(|line| (0.2..0.8).contains(&line["proof"].as_f64().unwrap())), "it grows on the way");
}

#[test]
fn an_edit_that_changes_nothing_or_pays_with_another_case_is_not_promoted_however_the_case_flips() {
    let programs = [
        ("a-same", "echo 50.0 > src/flips.txt"),
        ("b-worse", "echo 20 > src/flips.txt"),
        ("c-loses", "echo 100 > src/flips.txt; echo no > src/right.txt"),
        ("d-none", "echo nothing > src/none.txt"),
    ];
    for _ in 0..3 {
        let project = Project::flipping(KAIZEN, [50, 100], &programs);
        let said = project.kaizen(["improve"]);
        assert_eq!((said.code, project.git(["for-each-ref", "--format=%(refname:short)"]).as_str()), (Some(1), "main"), "{said:?}");
        assert!(sql(&project, "SELECT outcome FROM tried").contains("lost steady.right"), "{said:?}");
    }
}

#[test]
fn mending_one_flaky_case_at_the_cost_of_another_is_refused() {
    let project = Project::flipping(KAIZEN, [40, 60], &[("trade", "echo 100 > src/flips.txt; echo 0 > src/other.txt")]);
    let said = project.kaizen(["improve"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("1 flaky case passes less often: chance.other"), "{said:?}");
    assert_eq!(project.kaizen(["replay", "h1"]).code, Some(0));
}

#[test]
fn a_trial_of_a_flaky_case_that_was_killed_goes_on_with_its_ticket_coins_and_evidence() {
    let project = Project::flipping(KAIZEN, [50, 100], &[MEND]);
    for step in ["cycle.leader", "cycle.coin", "cycle.sample", "cycle.ticket"] {
        project.kaizen_with_fault(["improve"], &format!("{step}:abort"));
    }
    let coins = sql(&project, "SELECT stage, pair, first FROM coin ORDER BY stage, pair");
    assert!(!coins.is_empty());
    assert_eq!(project.kaizen(["improve"]).code, Some(0));
    assert_eq!(sql(&project, "SELECT COUNT(*) FROM ticket"), "1");
    let after = sql(&project, "SELECT stage, pair, first FROM coin ORDER BY stage, pair");
    assert!(coins.lines().all(|coin| after.lines().any(|later| later == coin)), "{coins}\n{after}");
    assert_eq!(project.kaizen(["replay", "v1"]).code, Some(0));
}

#[test]
fn a_case_that_fails_every_time_is_decided_without_pairs_whatever_flips_beside_it() {
    let project = Project::flipping(KAIZEN, [50, 100], &[("both", "echo yes > src/right.txt; echo 100 > src/flips.txt")]);
    project.write("src/right.txt", "no\n");
    project.commit("A case that fails every time");
    assert_eq!(project.kaizen(["measure", "--runs", "20"]).code, Some(0));
    let said = project.kaizen(["improve"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let reasons = project.kaizen(["explain", "v1", "--json"]).result()["reasons"].to_string();
    assert!(reasons.contains("gained 1 case: steady.right"), "{reasons}");
    assert!(stages(&project).contains("proof screening"), "{}", stages(&project));
    assert_eq!(project.git(["show", "kaizen/flipping:src/flips.txt"]), "100");
}

#[test]
fn a_case_that_seemed_to_fail_every_time_and_flips_in_its_trial_is_mended_all_the_same() {
    let project = Project::flipping(KAIZEN, [0, 100], &[MEND]);
    project.write("src/flips.txt", "20\n");
    project.commit("It passes in a fifth of the runs");
    let said = project.kaizen(["improve"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(project.git(["show", "kaizen/flipping:src/flips.txt"]), "100");
}

#[test]
fn an_off_by_one_that_shows_in_half_of_the_runs_is_repaired() {
    let project = Project::failing_python(KAIZEN);
    let source = "import os\n\n\ndef pick(items):\n    return items[os.urandom(1)[0] % (len(items) + 1)]\n\n\ndef last(items):\n    return items[-1]\n";
    let test = "import unittest\nfrom src.calc import last, pick\n\n\nclass PickTest(unittest.TestCase):\n    def test_one(self):\n        self.assertEqual(pick(['only']), 'only')\n\n    def test_last(self):\n        self.assertEqual(last([1, 2]), 2)\n";
    project.write("src/calc.py", source);
    project.write("tests/test_calc.py", test);
    project.commit("It picks one too far");
    assert_eq!(project.kaizen(["measure", "--runs", "20"]).code, Some(0));
    let said = project.kaizen(["improve"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("test_one passes 0."), "{said:?}");
    let changed = project.git(["diff", "--numstat", "main", "kaizen/calc"]);
    assert_eq!(changed, "1\t1\tsrc/calc.py", "{said:?}");
    assert_eq!(project.kaizen(["replay", "v1"]).code, Some(0));
}
