//! The first thing a person does: one command in a failing project.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::Project;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

#[test]
fn a_failing_case_becomes_a_measured_commit_beside_the_untouched_working_tree() {
    let project = Project::failing_python(KAIZEN);
    let head = project.git(["rev-parse", "HEAD"]);
    let said = project.kaizen(["improve", "--json"]);
    let result = said.result();
    assert_eq!((said.code, result["promoted"].as_array().unwrap().len()), (Some(0), 1), "{said:?}");
    assert_eq!((result["points"]["before"].as_f64(), result["points"]["after"].as_f64()), (Some(2.0), Some(3.0)));
    assert_eq!(project.git(["rev-parse", "HEAD"]), head);
    assert_eq!(project.git(["status", "--porcelain"]), "");
    let diff = project.git(["diff", "main", "kaizen/calc", "--stat"]);
    assert!(diff.contains("src/calc.py") && diff.contains("1 file changed"), "{diff}");
    assert!(project.git(["show", "kaizen/calc:src/calc.py"]).contains("18 <= age"));
}

#[test]
fn a_project_without_a_weakness_has_nothing_to_do() {
    let project = Project::failing_python(KAIZEN);
    project.write("src/calc.py", project.read("src/calc.py").replace("18 < age", "18 <= age"));
    project.commit("Mended by hand");
    let said = project.kaizen(["improve"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("nothing to do"), "{}", said.out);
}
