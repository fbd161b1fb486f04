//! The loop offers no-ops and known cheats to its own judge: the good judge believes none, and one that does promotes
//! nothing by itself any more.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::patterns::{CALC, CLAMP};
use kaizen_testkit::project::Project;
use kaizen_testkit::traces::{nothing_left, sql};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

#[test]
fn a_judge_that_reads_cases_believes_none_of_them_and_they_leave_nothing_behind() {
    let project = Project::failing_python(KAIZEN);
    project.configure("[gate]\ncanary_rate = 1");
    // A case no edit can mend: the search goes on to its end.
    let test = project.read("tests/test_calc.py");
    project.write("tests/test_calc.py", test + "\n    def test_never(self):\n        self.fail()\n");
    project.commit("A case that nothing mends");
    let said = project.kaizen(["improve"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(project.git(["diff", "--numstat", "main", "kaizen/calc"]), "1\t1\tsrc/calc.py");
    let kinds = sql(&project, "SELECT DISTINCT kind FROM canary ORDER BY kind");
    assert_eq!(kinds.split_whitespace().collect::<Vec<_>>(), ["deleted_test", "early_exit", "forced_pass", "no_op", "stopped_clock"]);
    let canaries = &project.kaizen(["status", "--json"]).result()["canaries"];
    assert!(canaries["offered"].as_u64() > Some(20), "{canaries}");
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
