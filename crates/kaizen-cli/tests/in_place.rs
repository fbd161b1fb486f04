//! Promotion into the checked-out branch: its files follow, somebody's work is never overwritten.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::Project;
use std::os::unix::fs::PermissionsExt;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

const LIVE: [&str; 3] = ["improve", "--in-place", "--auto"];

fn heads(project: &Project) -> (String, String) {
    (project.git(["rev-parse", "HEAD"]), project.git(["for-each-ref", "--format=%(refname)"]))
}

#[test]
fn in_place_moves_branch_index_and_file_together_and_undo_brings_them_back() {
    let project = Project::small(KAIZEN);
    let file = project.root().join("src/calc.py");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    project.write("mine.txt", "untracked\n");
    let (head, original) = (project.git(["rev-parse", "HEAD"]), project.read("src/calc.py"));
    let said = project.kaizen(LIVE);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(project.read("src/calc.py"), original.replace("18 < age", "18 <= age"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(project.git(["status", "--porcelain"]), "?? mine.txt");
    assert_eq!((project.git(["rev-parse", "main^"]), heads(&project).1), (head, "refs/heads/main".to_owned()));
    assert_eq!(project.git(["symbolic-ref", "HEAD"]), "refs/heads/main");
    let said = project.kaizen(["undo"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!((project.read("src/calc.py"), project.git(["status", "--porcelain"])), (original, "?? mine.txt".to_owned()));
    assert_eq!(project.git(["rev-list", "--count", "main"]), "3");
}

#[test]
fn without_auto_it_waits_and_a_yes_goes_into_the_working_tree() {
    let project = Project::small(KAIZEN);
    project.configure("[deploy]\nmode = \"in-place\"\n");
    let before = heads(&project);
    let said = project.kaizen(["improve"]);
    assert!(said.code == Some(5) && said.out.contains("without --auto"), "{said:?}");
    assert_eq!(heads(&project), before);
    assert_eq!(project.kaizen(["approve", "h1"]).code, Some(0));
    assert!(project.read("src/calc.py").contains("18 <= age"));
    assert_eq!((project.git(["status", "--porcelain"]), project.git(["rev-parse", "HEAD^"])), (String::new(), before.0));
}

#[test]
fn a_yes_to_what_was_asked_for_by_the_flag_goes_where_the_flag_said() {
    let project = Project::small(KAIZEN);
    let before = heads(&project);
    let said = project.kaizen(["improve", "--in-place"]);
    assert!(said.code == Some(5) && said.out.contains("kaizen approve h1 --in-place"), "{said:?}");
    assert_eq!(project.kaizen(["approve", "h1", "--in-place"]).code, Some(0));
    assert!(project.read("src/calc.py").contains("18 <= age"));
    assert_eq!((heads(&project).1, project.git(["rev-parse", "HEAD^"])), (before.1, before.0));
}

#[test]
fn a_no_leaves_everything_as_it_was() {
    let project = Project::small(KAIZEN);
    let before = (heads(&project), project.read("src/calc.py"));
    assert_eq!(project.kaizen(["improve", "--in-place"]).code, Some(5));
    assert_eq!(project.kaizen(["decline", "h1"]).code, Some(0));
    assert_eq!((heads(&project), project.read("src/calc.py")), before);
    assert_eq!(project.kaizen(["approve", "h1", "--in-place"]).code, Some(2));
}

/// The promotion waits, file and branch stay whoever says yes; with the obstacle gone a yes promotes.
fn refused_until(project: &Project, said_why: &str, mend: impl FnOnce()) {
    let state = || (heads(project), project.git(["status", "--porcelain"]), project.git(["diff"]), project.git(["diff", "--cached"]));
    let before = state();
    let said = project.kaizen(LIVE);
    assert!(said.code == Some(5) && said.out.contains(said_why), "{said:?}");
    let said = project.kaizen(["approve", "h1", "--in-place"]);
    assert!(said.code == Some(3) && said.err.contains(said_why) && said.err.contains("hint: git stash"), "{said:?}");
    assert_eq!(state(), before);
    mend();
    let said = project.kaizen(["approve", "h1", "--in-place"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(project.git(["rev-parse", "HEAD^"]), before.0.0);
}

#[test]
fn a_modified_file_is_not_overwritten() {
    let project = Project::small(KAIZEN);
    project.write("src/calc.py", project.read("src/calc.py") + "# mine\n");
    refused_until(&project, "src/calc.py has uncommitted changes", || drop(project.git(["checkout", "src/calc.py"])));
}

#[test]
fn a_staged_file_is_not_overwritten() {
    let project = Project::small(KAIZEN);
    let original = project.read("src/calc.py");
    project.write("src/calc.py", original.clone() + "# mine\n");
    project.git(["add", "src/calc.py"]);
    project.write("src/calc.py", original);
    refused_until(&project, "src/calc.py has uncommitted changes", || drop(project.git(["reset", "--quiet"])));
}

#[test]
fn an_untracked_file_where_the_change_adds_one_is_not_overwritten() {
    let project = Project::with_program(KAIZEN, "echo 'PI = 3.14' > src/extra.py", "PI = 3");
    project.hold_out("PI = 3");
    assert_eq!(project.kaizen(["trust", "--yes"]).code, Some(0));
    project.write("src/extra.py", "mine = True\n");
    refused_until(&project, "src/extra.py", || std::fs::remove_file(project.root().join("src/extra.py")).unwrap());
    assert_eq!(project.read("src/extra.py"), "PI = 3.14\n");
    assert_eq!(project.kaizen(["undo"]).code, Some(0));
    assert!(!project.root().join("src/extra.py").exists());
}

#[test]
fn a_branch_that_moved_while_a_person_thought_is_not_promoted_over() {
    let project = Project::small(KAIZEN);
    assert_eq!(project.kaizen(["improve", "--in-place"]).code, Some(5));
    project.write("README", "new\n");
    let moved = project.commit("Work goes on");
    let said = project.kaizen(["approve", "h1", "--in-place"]);
    assert!(said.code == Some(1) && said.out.contains("moved since its trial"), "{said:?}");
    assert_eq!((project.git(["rev-parse", "HEAD"]), project.git(["status", "--porcelain"])), (moved, String::new()));
    assert!(project.read("src/calc.py").contains("18 < age"));
}

#[test]
fn a_detached_head_has_no_branch_to_promote_to() {
    let project = Project::small(KAIZEN);
    project.git(["switch", "--quiet", "--detach"]);
    let said = project.kaizen(LIVE);
    assert!(said.code == Some(3) && said.err.contains("HEAD is detached") && said.err.contains("hint: git switch"), "{said:?}");
}
