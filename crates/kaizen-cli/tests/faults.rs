//! Every named step of the loop fails or dies once: the next command completes or undoes it and goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said};
use kaizen_testkit::traces::{nothing_left, repaired_once, sql, survivors, wait_until};
use std::collections::BTreeSet;
use std::path::Path;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

const CYCLE: [&str; 6] = ["cycle.move", "cycle.moved", "cycle.leader", "cycle.ticket", "cycle.sample", "cycle.decided"];

/// Steps of trials and studies of measured quantities: `quantities.rs` and `speed.rs` kill them.
const QUANTITIES: [&str; 5] = ["cycle.coin", "study.told", "effect.coin", "effect.sample", "speed.screened"];

const PROMOTION: [&str; 7] = [
    "promote.write_tree",
    "promote.commit_tree",
    "promote.journal",
    "promote.swap_ref",
    "promote.files",
    "promote.record",
    "promote.close",
];

/// Only where files are brought along.
const IN_PLACE: [&str; 2] = ["promote.file", "promote.fresh_file"];

const LIVE: [&str; 3] = ["improve", "--in-place", "--auto"];

/// The fault was reached, and what it did: an error that names it, or a death without a word.
fn struck(said: &Said, step: &str, how: &str) {
    let expected = if how == "abort" { None } else { Some(3) };
    assert_eq!(said.code, expected, "{step}:{how}: {said:?}");
    assert!(how == "abort" || said.err.contains(step), "{step}: {said:?}");
}

fn no_process_left(project: &Project) {
    wait_until("the end of every process", || survivors(project).is_empty());
}

#[test]
fn the_steps_tested_here_are_the_steps_of_the_code() {
    let mut found = BTreeSet::new();
    let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../kaizen-engine/src")];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        found.extend(text.split("faults.at(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
    }
    let tested = CYCLE.iter().chain(&QUANTITIES).chain(&PROMOTION).chain(&IN_PLACE).map(|step| (*step).to_owned());
    assert_eq!(found, tested.collect::<BTreeSet<_>>());
}

/// Beside the user's branch: it does not exist, or is the whole commit; afterwards it is the commit.
fn beside(how: &str) {
    for step in CYCLE.iter().chain(&PROMOTION) {
        let project = Project::small(KAIZEN);
        let before = project.git(["rev-parse", "main"]);
        struck(&project.kaizen_with_fault(["improve"], &format!("{step}:{how}")), step, how);
        no_process_left(&project);
        let branches = project.git(["for-each-ref", "--format=%(refname:short)"]);
        assert!(
            branches == "main" || project.git(["diff", "--numstat", "main", "kaizen/calc"]) == "1\t1\tsrc/calc.py",
            "{step}: {branches}"
        );
        assert!(how == "abort" || branches == "main" || *step == "promote.close", "{step}: {branches}");
        let said = project.kaizen(["improve"]);
        assert_eq!(said.code, Some(0), "{step}:{how}: {said:?}");
        repaired_once(&project, &before, "kaizen/calc");
        assert_eq!((project.git(["rev-parse", "main"]), project.git(["status", "--porcelain"])), (before, String::new()));
    }
}

#[test]
fn a_step_that_fails_is_undone_and_the_next_run_goes_on() {
    beside("error");
}

#[test]
fn a_process_that_dies_at_a_step_is_completed_or_undone_by_the_next_run() {
    beside("abort");
}

/// In the working tree: its file is the one before or the one after; afterwards branch, index and file agree.
fn in_place(how: &str) {
    for step in PROMOTION.iter().chain(&IN_PLACE) {
        let project = Project::small(KAIZEN);
        let (before, original) = (project.git(["rev-parse", "main"]), project.read("src/calc.py"));
        let mended = original.replace("18 < age", "18 <= age");
        struck(&project.kaizen_with_fault(LIVE, &format!("{step}:{how}")), step, how);
        no_process_left(&project);
        let file = project.read("src/calc.py");
        assert!(file == original || file == mended, "{step}: {file}");
        // After the record a landing is only completed; and a file that cannot be written cannot be restored either,
        // which leaves the landing to the next command.
        if how == "error" && !["promote.close", "promote.file"].contains(step) {
            assert_eq!((file == original, project.git(["rev-parse", "main"]) == before), (true, true), "{step}");
            assert_eq!(project.git(["status", "--porcelain"]), "", "{step}");
        }
        let said = project.kaizen(LIVE);
        assert_eq!(said.code, Some(0), "{step}:{how}: {said:?}");
        repaired_once(&project, &before, "main");
        assert_eq!((project.read("src/calc.py"), project.git(["status", "--porcelain"])), (mended, String::new()), "{step}");
        assert_eq!(sql(&project, "SELECT COUNT(*) FROM hypothesis WHERE state = 'live'"), "1", "{step}");
    }
}

#[test]
fn a_step_in_place_that_fails_is_undone_and_the_next_run_goes_on() {
    in_place("error");
}

#[test]
fn a_process_that_dies_in_place_is_completed_or_undone_by_the_next_run() {
    in_place("abort");
}

#[test]
fn a_trial_that_was_decided_before_the_end_counts_what_the_baseline_showed_once() {
    let failures = |project: &Project| sql(project, "SELECT MAX(fails) FROM tally").parse::<u64>().unwrap();
    let (whole, cut) = (Project::small(KAIZEN), Project::small(KAIZEN));
    assert_eq!(whole.kaizen(["improve"]).code, Some(0));
    struck(&cut.kaizen_with_fault(["improve"], "cycle.decided:abort"), "cycle.decided", "abort");
    let first = failures(&cut);
    assert_eq!(cut.kaizen(["improve"]).code, Some(0));
    assert_eq!((first, failures(&cut)), (failures(&whole), first + 3), "the second run measures its baseline three times");
}

#[test]
fn a_rollback_that_fails_or_dies_is_whole_or_not_at_all_after_the_next_command() {
    for how in ["error", "abort"] {
        for step in PROMOTION.iter().filter(|step| **step != "promote.write_tree") {
            let project = Project::small(KAIZEN);
            assert_eq!(project.kaizen(["improve"]).code, Some(0));
            struck(&project.kaizen_with_fault(["undo"], &format!("{step}:{how}")), step, how);
            assert_eq!(project.kaizen(["status"]).code, Some(0));
            let versions = project.kaizen(["versions", "--json"]).result();
            let active = versions["versions"][0]["state"] == "active";
            assert_eq!(project.git(["diff", "main", "kaizen/calc"]).is_empty(), !active, "{step}:{how}");
            assert_eq!(project.kaizen(["undo"]).code, Some(if active { 0 } else { 2 }), "{step}:{how}");
            assert_eq!(project.git(["rev-list", "--count", "main..kaizen/calc"]), "2", "{step}:{how}");
            assert_eq!(project.kaizen(["log", "--verify"]).code, Some(0));
            nothing_left(&project);
        }
    }
}
