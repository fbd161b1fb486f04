//! The promotion branch against the user's branch: ahead, merged, diverged, checked out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::patterns::{ADULT, CALC, CLAMP, FITS};
use kaizen_testkit::project::Project;
use std::ffi::OsStr;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// Both defects; the run mends only one of them.
fn half_mended() -> Project {
    let project = Project::of_patterns(KAIZEN, CALC, &[ADULT, FITS, CLAMP]);
    let said = project.kaizen(["improve", "--cycles", "1", "--json"]);
    assert_eq!((said.code, said.result()["promoted"].as_array().unwrap().len()), (Some(0), 1), "{said:?}");
    project
}

fn improve(project: &Project) {
    let said = project.kaizen(["improve", "--json"]);
    assert_eq!((said.code, said.result()["promoted"].as_array().unwrap().len()), (Some(0), 1), "{said:?}");
    let text = project.git(["show", "kaizen/calc:src/calc.py"]);
    assert!(text.contains(ADULT.1) && text.contains(FITS.1), "{text}");
}

fn parents(project: &Project, revision: &str) -> Vec<String> {
    project.git(["log", "-1", "--format=%P", revision]).split(' ').map(str::to_owned).collect()
}

#[test]
fn a_branch_ahead_of_head_is_built_upon() {
    let project = half_mended();
    let tip = project.git(["rev-parse", "kaizen/calc"]);
    improve(&project);
    assert_eq!(parents(&project, "kaizen/calc"), [tip]);
}

#[test]
fn a_branch_that_was_merged_goes_on_from_head() {
    let project = half_mended();
    project.git(["merge", "--quiet", "--ff-only", "kaizen/calc"]);
    project.write("README", "new\n");
    let head = project.commit("Work goes on");
    improve(&project);
    assert_eq!(parents(&project, "kaizen/calc"), [head]);
    project.git(["merge", "--quiet", "--ff-only", "kaizen/calc"]);
    let said = project.kaizen(["improve"]);
    assert!(said.code == Some(0) && said.out.contains("nothing to do"), "{said:?}");
}

#[test]
fn a_branch_merged_by_a_merge_commit_goes_on_from_head_too() {
    let project = half_mended();
    project.write("README", "new\n");
    project.commit("Work goes on");
    project.git(["merge", "--quiet", "--no-ff", "-m", "Merge", "kaizen/calc"]);
    let head = project.git(["rev-parse", "main"]);
    improve(&project);
    assert_eq!(parents(&project, "kaizen/calc"), [head]);
}

#[test]
fn work_at_both_ends_is_merged_by_the_next_promotion() {
    let project = half_mended();
    let tip = project.git(["rev-parse", "kaizen/calc"]);
    project.write("README", "new\n");
    let head = project.commit("Work goes on");
    improve(&project);
    assert_eq!(parents(&project, "kaizen/calc"), [tip, head]);
    assert_eq!(project.git(["show", "kaizen/calc:README"]), "new");
    assert_eq!(project.kaizen(["undo"]).code, Some(0));
    assert_eq!(project.git(["show", "kaizen/calc:README"]), "new");
    assert!(project.git(["show", "kaizen/calc:src/calc.py"]).contains("age"));
}

#[test]
fn work_at_both_ends_that_conflicts_is_refused_before_anything_runs() {
    let project = half_mended();
    let tip = project.git(["rev-parse", "kaizen/calc"]);
    project.write("src/calc.py", CALC.replace("18 < age", "21 < age").replace("size < room", "size < room - 1"));
    project.commit("Something else");
    let said = project.kaizen(["improve"]);
    assert!(said.code == Some(3) && !said.out.contains("baseline"), "{said:?}");
    assert!(said.err.contains("have diverged with conflicts in src/calc.py") && said.err.contains("git branch -m kaizen/calc"), "{said:?}");
    assert_eq!(project.git(["rev-parse", "kaizen/calc"]), tip);
}

#[test]
fn a_branch_that_is_checked_out_somewhere_is_never_moved() {
    let project = half_mended();
    let tip = project.git(["rev-parse", "kaizen/calc"]);
    let linked = project.room().join("linked");
    project.git([OsStr::new("worktree"), OsStr::new("add"), OsStr::new("--quiet"), linked.as_os_str(), OsStr::new("kaizen/calc")]);
    for command in [&["improve"][..], &["undo"]] {
        let said = project.kaizen(command);
        assert!(said.code == Some(3) && !said.out.contains("baseline"), "{said:?}");
        assert!(said.err.contains("kaizen/calc is checked out in") && said.err.contains("git switch"), "{said:?}");
    }
    assert_eq!(project.git(["rev-parse", "kaizen/calc"]), tip);
    project.git([OsStr::new("worktree"), OsStr::new("remove"), linked.as_os_str()]);
    improve(&project);
}

#[test]
fn a_name_that_git_cannot_give_a_branch_is_refused_before_anything_runs() {
    let project = Project::small(KAIZEN);
    project.git(["branch", "kaizen"]);
    let said = project.kaizen(["improve"]);
    assert!(said.code == Some(3) && !said.out.contains("baseline") && said.err.contains("hint:"), "{said:?}");
}
