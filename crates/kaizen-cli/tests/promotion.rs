//! What a promotion writes into the user's repository, and everything it leaves alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::patterns::{ADULT, CALC, CLAMP};
use kaizen_testkit::project::Project;
use kaizen_testkit::traces::{Fingerprint, sql};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

fn trailers(project: &Project, revision: &str) -> Vec<(String, String)> {
    let text = project.git(["log", "-1", "--format=%(trailers:only,unfold)", revision]);
    text.lines().filter_map(|line| line.split_once(": ")).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn value<'a>(trailers: &'a [(String, String)], key: &str) -> Option<&'a str> {
    trailers.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
}

#[test]
fn the_commit_says_what_was_wrong_what_was_measured_and_where_the_record_is() {
    let project = Project::small(KAIZEN);
    assert_eq!(project.kaizen(["improve"]).code, Some(0));
    let text = project.git(["log", "-1", "--format=%B", "kaizen/calc"]);
    let subject = text.lines().next().unwrap();
    assert!(subject.starts_with("[AUTO] Self-tuning: src/calc.py:2") && subject.chars().count() <= 72, "{subject}");
    for part in ["Weakness w1: adult.limit fails", "Hypothesis h1: ", "Strategy: ", "points 1 -> 2", "gained 1 case: adult.limit", "proof "]
    {
        assert!(text.contains(part), "{part:?} is missing:\n{text}");
    }
    let trailers = trailers(&project, "kaizen/calc");
    let names: Vec<&str> = trailers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Kaizen-Hypothesis", "Kaizen-Trial", "Kaizen-Version", "Kaizen-Audit"]);
    assert_eq!((value(&trailers, "Kaizen-Hypothesis"), value(&trailers, "Kaizen-Version")), (Some("h1"), Some("v1")));
    assert_eq!(project.git(["rev-parse", "kaizen/calc^"]), project.git(["rev-parse", "main"]));
    assert_eq!(project.git(["log", "-1", "--format=%an <%ae>", "kaizen/calc"]), "Kaizen <kaizen@localhost>");
}

#[test]
fn a_programs_edit_is_signed_as_assisted_by_it_and_never_signed_off() {
    let project = Project::with_program(KAIZEN, "sed -i 's/18 < age/18 <= age/' src/calc.py", "18 <= age");
    project.hold_out("18 <= age");
    project.git(["config", "format.signOff", "true"]);
    assert_eq!(project.kaizen(["trust", "--yes"]).code, Some(0));
    let said = project.kaizen(["improve"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let trailers = trailers(&project, "kaizen/calc");
    assert_eq!(value(&trailers, "Assisted-by"), Some("fixer"));
    assert!(!project.git(["log", "-1", "--format=%B", "kaizen/calc"]).contains("Signed-off-by"));
}

#[test]
fn the_log_holds_and_a_changed_record_or_a_lost_commit_shows() {
    let project = Project::small(KAIZEN);
    project.kaizen(["improve"]);
    let commit = project.git(["rev-parse", "kaizen/calc"]);
    let verified = project.kaizen(["log", "--verify", "--json"]);
    assert_eq!((verified.code, verified.result()["anchored"][0].as_str()), (Some(0), Some(commit.as_str())), "{verified:?}");

    let sequence = sql(&project, "SELECT sequence FROM event WHERE name = 'PROMOTED'");
    let body = sql(&project, &format!("SELECT body FROM event WHERE sequence = {sequence}"));
    sql(&project, &format!("UPDATE event SET body = replace(body, '{commit}', '{}') WHERE sequence = {sequence}", "0".repeat(40)));
    let verified = project.kaizen(["log", "--verify"]);
    assert!(verified.code == Some(1) && verified.out.contains("NOT hold") && verified.out.contains(&sequence), "{verified:?}");

    sql(&project, &format!("UPDATE event SET body = '{}' WHERE sequence = {sequence}", body.replace('\'', "''")));
    assert_eq!(project.kaizen(["log", "--verify"]).code, Some(0));
    project.git(["branch", "-D", "kaizen/calc"]);
    project.git(["reflog", "expire", "--expire=now", "--all"]);
    project.git(["gc", "--quiet", "--prune=now"]);
    let verified = project.kaizen(["log", "--verify"]);
    assert!(verified.code == Some(1) && verified.out.contains("is gone"), "{verified:?}");
}

/// A repository in the midst of somebody's work.
fn busy() -> Project {
    let project = Project::of_patterns(KAIZEN, CALC, &[ADULT, CLAMP]);
    project.write("notes.txt", "one\n");
    project.write(".gitignore", "ignored/\n");
    project.commit("Notes");
    project.write("notes.txt", "stashed\n");
    project.git(["stash", "push", "--quiet"]);
    project.write("notes.txt", "staged\n");
    project.git(["add", "notes.txt"]);
    project.write("notes.txt", "unstaged\n");
    project.write("src/calc.py", project.read("src/calc.py") + "# mine\n");
    project.write("untracked.txt", "mine\n");
    project.write("ignored/data.bin", [0u8, 255, 7]);
    project
}

/// Hooks that leave a mark outside the repository when they run.
fn with_hooks(project: &Project) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let mark = project.room().join("a hook ran");
    for name in ["pre-commit", "post-commit", "commit-msg", "reference-transaction", "post-checkout", "post-index-change", "fsmonitor"] {
        project.write(&format!(".git/hooks/{name}"), format!("#!/bin/sh\necho {name} >> '{}'\n", mark.display()));
        let hook = project.root().join(".git/hooks").join(name);
        std::fs::set_permissions(hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    project.git(["config", "core.hooksPath", ".git/hooks"]);
    project.git(["config", "core.fsmonitor", ".git/hooks/fsmonitor"]);
    // Configuring git ran none of them; if it ever does, that mark is not Kaizen's.
    if mark.exists() {
        std::fs::remove_file(&mark).unwrap();
    }
    mark
}

#[test]
fn work_in_progress_index_stash_hooks_and_configuration_stay_byte_for_byte() {
    let project = busy();
    let mark = with_hooks(&project);
    let before = Fingerprint::of(&project.root());
    let commands: [&[&str]; 13] = [
        &["measure", "--runs", "1"],
        &["improve", "--dry-run"],
        &["improve"],
        &["status"],
        &["versions"],
        &["weaknesses", "--all"],
        &["log", "--verify"],
        &["explain", "v1"],
        &["show", "v1"],
        &["diff", "v1"],
        &["improve", "--dirty"],
        &["undo"],
        &["improve"],
    ];
    for command in commands {
        let said = project.kaizen(command);
        assert!(matches!(said.code, Some(0 | 1)), "{command:?}: {said:?}");
        let differing = before.differences(&Fingerprint::of(&project.root()));
        assert!(differing.is_empty(), "{command:?} changed {differing:?}");
    }
    assert!(!mark.exists(), "{}", std::fs::read_to_string(&mark).unwrap());
    assert_eq!(project.git(["rev-list", "--count", "main..kaizen/calc"]), "2");
}

#[test]
fn a_dry_run_proves_the_change_and_writes_no_ref() {
    let project = Project::small(KAIZEN);
    let state = || (project.git(["for-each-ref"]), project.git(["rev-list", "--all", "--reflog", "--objects"]));
    let before = state();
    let said = project.kaizen(["improve", "--dry-run", "--json"]);
    let result = said.result();
    assert_eq!(
        (said.code, result["would_promote"].as_u64(), result["promoted"].as_array().unwrap().len()),
        (Some(0), Some(1), 0),
        "{said:?}"
    );
    assert_eq!(state(), before);
    let said = project.kaizen(["improve", "--json"]);
    assert_eq!((said.code, said.result()["promoted"].as_array().unwrap().len()), (Some(0), 1), "{said:?}");
}

#[test]
fn what_was_tried_on_a_baseline_is_never_tried_again() {
    let project = Project::of_patterns(KAIZEN, CALC, &[("never", "no edit writes this"), CLAMP]);
    let tried = || sql(&project, "SELECT count(*) FROM tried").parse::<u32>().unwrap();
    let first = project.kaizen(["improve", "--json"]);
    let after_first = tried();
    assert!(first.code == Some(1) && after_first > 3, "{after_first} {first:?}");
    let second = project.kaizen(["improve", "--json", "--seed", "7"]);
    assert_eq!((second.code, second.result()["rejected"].as_u64(), tried()), (Some(1), Some(0), after_first), "{second:?}");
    assert_eq!(sql(&project, "SELECT count(*) - count(DISTINCT change) FROM tried"), "0");
}
