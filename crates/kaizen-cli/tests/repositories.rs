//! Repositories as people have them: what state they are in and where they lie.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said};
use kaizen_testkit::traces::Fingerprint;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

fn improved(said: &Said) {
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("PROMOTED"), "{said:?}");
}

/// Only the defect's line differs between two revisions.
fn only_the_defect(project: &Project, before: &str, after: &str) {
    assert_eq!(project.git(["diff", "--numstat", before, after]), "1\t1\tsrc/calc.py");
    assert!(project.git(["show", &format!("{after}:src/calc.py")]).contains("18 <= age"));
}

fn refused(said: &Said, code: i32, parts: &[&str]) {
    assert_eq!(said.code, Some(code), "{said:?}");
    assert!(!said.out.contains("baseline"), "{said:?}");
    for part in parts {
        assert!(said.err.contains(part), "{part:?} is missing: {}", said.err);
    }
}

/// A directory next to the project, for a second checkout.
fn beside(project: &Project, name: &str) -> PathBuf {
    project.room().join(name)
}

fn in_directory(project: &Project, directory: &std::path::Path, arguments: &[&str]) -> Said {
    let mut all = vec![OsStr::new("-C"), directory.as_os_str()];
    all.extend(arguments.iter().map(OsStr::new));
    project.kaizen(all)
}

#[test]
fn uncommitted_changes_are_left_out_and_that_is_said() {
    let project = Project::small(KAIZEN);
    project.write("src/calc.py", project.read("src/calc.py").replace("18 < age", "18 <= age"));
    project.write("new.txt", "new\n");
    let before = Fingerprint::of(&project.root());
    let said = project.kaizen(["improve"]);
    improved(&said);
    assert!(said.out.contains("2 uncommitted paths left out: HEAD is measured"), "{said:?}");
    only_the_defect(&project, "main", "kaizen/calc");
    assert!(before.differences(&Fingerprint::of(&project.root())).is_empty());
}

#[test]
fn dirty_measures_the_tree_as_it_is_and_commits_only_the_change() {
    let project = Project::small(KAIZEN);
    project.write("src/calc.py", project.read("src/calc.py") + "# mine\n");
    project.write("new.txt", "new\n");
    let before = Fingerprint::of(&project.root());
    improved(&project.kaizen(["improve", "--dirty"]));
    only_the_defect(&project, "main", "kaizen/calc");
    assert!(before.differences(&Fingerprint::of(&project.root())).is_empty());
}

#[test]
fn a_change_that_builds_on_uncommitted_work_is_not_promoted_without_it() {
    let project = Project::small(KAIZEN);
    let mended = project.read("src/calc.py").replace("18 < age", "18 <= age");
    project.write("src/calc.py", mended);
    project.commit("Mended");
    project.write(
        "src/calc.py",
        project.read("src/calc.py").replace("def is_adult(age):\n    return 18 <= age", "def is_adult(age):\n    return (18 < age)"),
    );
    let said = project.kaizen(["improve", "--dirty"]);
    assert!(said.code == Some(1) && said.out.contains("builds on uncommitted work"), "{said:?}");
    assert_eq!(project.git(["for-each-ref", "--format=%(refname:short)"]), "main");
}

#[test]
fn a_detached_head_is_a_starting_point_like_any_other() {
    let project = Project::small(KAIZEN);
    project.git(["switch", "--quiet", "--detach"]);
    let before = Fingerprint::of(&project.root());
    improved(&project.kaizen(["improve"]));
    only_the_defect(&project, "HEAD", "kaizen/calc");
    assert!(before.differences(&Fingerprint::of(&project.root())).is_empty());
}

#[test]
fn a_repository_without_a_commit_or_none_at_all_is_refused_with_the_way_out() {
    let project = Project::small(KAIZEN);
    std::fs::remove_dir_all(project.root().join(".git")).unwrap();
    refused(&project.kaizen(["improve"]), 3, &["is not in a git repository", "hint:", "git init"]);
    project.git(["init", "--quiet", "--initial-branch=main"]);
    refused(&project.kaizen(["improve"]), 3, &["the repository has no commit yet", "hint:", "git commit"]);
    project.commit("First");
    improved(&project.kaizen(["improve"]));
    let bare = beside(&project, "bare.git");
    project.git([OsStr::new("clone"), OsStr::new("--quiet"), OsStr::new("--bare"), OsStr::new("."), bare.as_os_str()]);
    refused(&in_directory(&project, &bare, &["improve"]), 3, &["no working tree"]);
}

#[test]
fn commits_are_made_without_the_signer_that_the_user_configured() {
    let project = Project::small(KAIZEN);
    for (key, value) in [("commit.gpgSign", "true"), ("tag.gpgSign", "true"), ("gpg.program", "/bin/false"), ("log.showSignature", "true")]
    {
        project.git(["config", key, value]);
    }
    improved(&project.kaizen(["improve"]));
    only_the_defect(&project, "main", "kaizen/calc");
    assert_eq!(project.kaizen(["undo"]).code, Some(0));
    assert_eq!(project.kaizen(["log", "--verify"]).code, Some(0));
}

#[test]
fn names_that_are_no_utf_8_stay_as_they_are() {
    let project = Project::small(KAIZEN);
    for name in [&b"caf\xe9.txt"[..], b"src/\xff\xfe.py", b"a\nline\tand a tab", b"\"quoted\""] {
        std::fs::write(project.root().join(OsStr::from_bytes(name)), "x = 1\n").unwrap();
    }
    project.commit("Odd names");
    improved(&project.kaizen(["improve"]));
    only_the_defect(&project, "main", "kaizen/calc");
}

#[test]
fn a_file_that_can_be_run_can_still_be_run_when_it_was_mended() {
    let project = Project::small(KAIZEN);
    let mode = |revision: &str| project.git(["ls-tree", revision, "src/calc.py"]).split(' ').next().unwrap().to_owned();
    project.git(["update-index", "--chmod=+x", "src/calc.py"]);
    project.git(["commit", "--quiet", "-m", "A program"]);
    project.git(["checkout", "--quiet", "--", "src/calc.py"]);
    improved(&project.kaizen(["improve", "--in-place", "--auto"]));
    assert_eq!((mode("HEAD^"), mode("HEAD")), ("100755".to_owned(), "100755".to_owned()));
    assert_eq!(project.git(["status", "--porcelain"]), "");
}

#[test]
fn submodules_are_measured_where_they_are_checked_out_and_never_moved() {
    let project = Project::small(KAIZEN);
    let part = beside(&project, "part");
    project.git([OsStr::new("init"), OsStr::new("--quiet"), part.as_os_str()]);
    let at = part.to_str().unwrap();
    std::fs::write(part.join("part.py"), "PART = 1\n").unwrap();
    project.git(["-C", at, "add", "part.py"]);
    project.git(["-C", at, "commit", "--quiet", "-m", "Part"]);
    project.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", at, "lib/part"]);
    let present =
        "if test -f lib/part/part.py; then p=true; else p=false; fi\necho \"{\\\"id\\\": \\\"part.present\\\", \\\"passed\\\": $p}\"\n";
    project.write("check.sh", project.read("check.sh") + present);
    project.commit("A submodule");
    std::fs::write(project.root().join("lib/part/part.py"), "PART = 2\n").unwrap();
    let before = Fingerprint::of(&project.root());
    let said = project.kaizen(["improve", "--json"]);
    assert_eq!(
        (said.code, said.result()["points"]["before"].as_f64(), said.result()["points"]["after"].as_f64()),
        (Some(0), Some(2.0), Some(3.0)),
        "{said:?}"
    );
    only_the_defect(&project, "main", "kaizen/calc");
    assert_eq!(before.differences(&Fingerprint::of(&project.root())), Vec::<PathBuf>::new());
}

#[test]
fn a_linked_worktree_is_a_project_of_its_own_and_in_place_moves_only_its_branch() {
    let project = Project::small(KAIZEN);
    let linked = beside(&project, "linked");
    project.git([
        OsStr::new("worktree"),
        OsStr::new("add"),
        OsStr::new("--quiet"),
        OsStr::new("-b"),
        OsStr::new("side"),
        linked.as_os_str(),
    ]);
    let before = (Fingerprint::of(&linked), project.git(["rev-parse", "main"]), project.read("src/calc.py"));
    improved(&in_directory(&project, &linked, &["improve"]));
    only_the_defect(&project, "side", "kaizen/calc");
    assert!(before.0.differences(&Fingerprint::of(&linked)).is_empty());
    assert_eq!(in_directory(&project, &linked, &["undo"]).code, Some(0));
    std::fs::write(linked.join("README"), "new\n").unwrap();
    project.git([OsStr::new("-C"), linked.as_os_str(), OsStr::new("add"), OsStr::new("README")]);
    project.git([OsStr::new("-C"), linked.as_os_str(), OsStr::new("commit"), OsStr::new("--quiet"), OsStr::new("-m"), OsStr::new("Side")]);
    project.git(["branch", "-D", "--quiet", "kaizen/calc"]);
    improved(&in_directory(&project, &linked, &["improve", "--in-place", "--auto"]));
    assert!(std::fs::read_to_string(linked.join("src/calc.py")).unwrap().contains("18 <= age"));
    only_the_defect(&project, "side^", "side");
    assert_eq!((project.git(["rev-parse", "main"]), project.read("src/calc.py")), (before.1, before.2));
    assert_eq!(project.git(["status", "--porcelain"]), "");
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_measured_and_stays_left_out() {
    let project = Project::small(KAIZEN);
    project.write("docs/long.txt", "text\n");
    project.write("check.sh", project.read("check.sh") + "test -f docs/long.txt && echo '{\"id\": \"docs.present\", \"passed\": true}'\n");
    project.commit("Documentation");
    project.git(["sparse-checkout", "set", "src"]);
    let before = Fingerprint::of(&project.root());
    let said = project.kaizen(["improve", "--json"]);
    assert_eq!((said.code, said.result()["points"]["max"].as_f64()), (Some(0), Some(3.0)), "{said:?}");
    only_the_defect(&project, "main", "kaizen/calc");
    assert!(before.differences(&Fingerprint::of(&project.root())).is_empty());
    assert_eq!(project.kaizen(["undo"]).code, Some(0));
    project.write("README", "new\n");
    project.commit("More");
    improved(&project.kaizen(["improve", "--in-place", "--auto"]));
    assert_eq!(project.git(["status", "--porcelain"]), "");
    assert!(project.git(["ls-files", "-t"]).contains("S docs/long.txt") && !project.root().join("docs").exists());
}

#[test]
fn a_shallow_clone_stays_shallow_and_is_enough() {
    let project = Project::small(KAIZEN);
    project.commit("More history");
    let origin = beside(&project, "origin");
    std::fs::rename(project.root(), &origin).unwrap();
    std::fs::create_dir(project.root()).unwrap();
    project.git(["clone", "--quiet", "--depth", "1", &format!("file://{}", origin.display()), "."]);
    let shallow = project.read(".git/shallow");
    improved(&project.kaizen(["improve"]));
    only_the_defect(&project, "main", "kaizen/calc");
    assert_eq!((project.read(".git/shallow"), project.git(["rev-list", "--count", "kaizen/calc"])), (shallow, "2".to_owned()));
    assert_eq!(project.kaizen(["undo"]).code, Some(0));
}

#[test]
fn a_path_with_spaces_quotes_and_umlauts_is_a_path_like_any_other() {
    let project = Project::small(KAIZEN);
    let odd = beside(&project, "ein Projekt: \"schöner\" 'größer' $HOME – 日本");
    std::fs::rename(project.root(), &odd).unwrap();
    std::fs::create_dir(project.root()).unwrap();
    improved(&in_directory(&project, &odd, &["improve"]));
    improved_in_place(&project, &odd);
}

fn improved_in_place(project: &Project, odd: &std::path::Path) {
    assert_eq!(in_directory(project, odd, &["undo"]).code, Some(0));
    std::fs::write(odd.join("README"), "new\n").unwrap();
    for arguments in [&["add", "README"][..], &["commit", "--quiet", "-m", "More"]] {
        project.git([OsStr::new("-C"), odd.as_os_str()].into_iter().chain(arguments.iter().map(OsStr::new)));
    }
    improved(&in_directory(project, odd, &["improve", "--in-place", "--auto"]));
    assert!(std::fs::read_to_string(odd.join("src/calc.py")).unwrap().contains("18 <= age"));
}

#[test]
fn a_configuration_below_the_root_is_refused_and_a_directory_below_the_root_means_the_root() {
    let project = Project::small(KAIZEN);
    project.write("sub/kaizen.toml", project.read("kaizen.toml"));
    project.write("docs/a.txt", "a\n");
    project.commit("Two configurations");
    refused(&in_directory(&project, &project.root().join("sub"), &["improve"]), 2, &["sub/kaizen.toml is not at the root", "hint:"]);
    improved(&in_directory(&project, &project.root().join("docs"), &["improve"]));
}

#[test]
fn a_repository_of_sha_256_objects_is_promoted_and_undone_alike() {
    let project = Project::small(KAIZEN);
    std::fs::remove_dir_all(project.root().join(".git")).unwrap();
    project.git(["init", "--quiet", "--initial-branch=main", "--object-format=sha256"]);
    assert_eq!(project.commit("First").len(), 64);
    improved(&project.kaizen(["improve"]));
    only_the_defect(&project, "main", "kaizen/calc");
    assert_eq!(project.kaizen(["undo"]).code, Some(0));
    assert_eq!(project.kaizen(["log", "--verify"]).code, Some(0));
}
