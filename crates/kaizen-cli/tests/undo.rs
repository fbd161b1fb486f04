//! Taking versions back: that version only, and nothing else of the repository.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::patterns::{ADULT, CALC, FITS};
use kaizen_testkit::project::{Project, said};
use kaizen_testkit::traces::{Fingerprint, sql};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

const MENDED: (&str, &str) = ("18 <= age", "size <= room");

/// Both defects mended, each by a version of its own.
fn with_two_versions(source: &str) -> Project {
    let project = Project::of_patterns(KAIZEN, source, &[ADULT, FITS]);
    let said = project.kaizen(["improve", "--json"]);
    assert_eq!((said.code, said.result()["promoted"].as_array().unwrap().len()), (Some(0), 2), "{said:?}");
    project
}

fn promoted(project: &Project) -> (bool, bool) {
    let text = project.git(["show", "kaizen/calc:src/calc.py"]);
    (text.contains(MENDED.0), text.contains(MENDED.1))
}

/// The id of the version that mended the pattern's case.
fn version_of(project: &Project, summary: &str) -> String {
    let list = project.kaizen(["versions", "--json"]).result();
    let found = list["versions"].as_array().unwrap().iter().find(|one| one["summary"].as_str().unwrap().contains(summary));
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

fn states(project: &Project) -> Vec<String> {
    let list = project.kaizen(["versions", "--json"]).result();
    list["versions"].as_array().unwrap().iter().rev().map(|one| one["state"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn rolling_the_first_version_back_keeps_the_second_and_the_measured_tree() {
    let project = with_two_versions(CALC);
    let before = Fingerprint::of(&project.root());
    let first = version_of(&project, MENDED.0);
    let said = project.kaizen(["rollback", &first, "--reason", "not what we want"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(promoted(&project), (false, true));
    let message = project.git(["log", "-1", "--format=%B", "kaizen/calc"]);
    for part in ["[AUTO] Roll back ", "Reason: not what we want", &format!("Kaizen-Version: {first}"), "Kaizen-Audit: "] {
        assert!(message.contains(part), "{part:?} is missing:\n{message}");
    }
    assert_eq!(project.git(["rev-list", "--count", "main..kaizen/calc"]), "3");
    assert!(before.differences(&Fingerprint::of(&project.root())).is_empty());
    assert_eq!(project.kaizen(["log", "--verify"]).code, Some(0));
}

#[test]
fn undo_takes_the_newest_active_version_back_until_none_is_left() {
    let project = with_two_versions(CALC);
    let newest = project.kaizen(["versions", "--json"]).result()["versions"][0]["summary"].as_str().unwrap().contains(MENDED.1);
    assert_eq!(project.kaizen(["undo"]).code, Some(0));
    assert_eq!(promoted(&project), (newest, !newest));
    assert_eq!(states(&project), ["active", "rolled_back"]);
    assert_eq!(project.kaizen(["undo"]).code, Some(0));
    assert_eq!(promoted(&project), (false, false));
    assert_eq!(project.git(["diff", "main", "kaizen/calc"]), "");
    let said = project.kaizen(["undo"]);
    assert!(said.code == Some(2) && said.err.contains("no promotion to take back"), "{said:?}");
    let again = project.kaizen(["rollback", "v1"]);
    assert!(again.code == Some(2) && again.err.contains("taken back before"), "{again:?}");
}

#[test]
fn rolling_back_since_a_time_takes_all_of_them_newest_first() {
    let project = with_two_versions(CALC);
    let said = project.kaizen(["rollback", "--since", "1h"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!((promoted(&project), states(&project)), ((false, false), vec!["rolled_back".to_owned(); 2]));
}

#[test]
fn a_time_of_day_is_one_of_the_local_clock() {
    let project = Project::small(KAIZEN);
    assert_eq!(project.kaizen(["improve"]).code, Some(0));
    sql(&project, "UPDATE version SET at = at - 7200000");
    // An hour ago where clocks are five hours ahead, an hour after the promotion.
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() + 4 * 3600;
    let clock = format!("{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60);
    let since = |zone: &str| said(&project.command(["rollback", "--since", &clock]).env("TZ", zone).output().unwrap());
    let later = since("XYZ-5");
    assert!(later.code == Some(2) && later.err.contains("no version was promoted since then"), "{later:?}");
    let nowhere = since("No/Such/Place");
    assert!(nowhere.code == Some(2) && nowhere.err.contains("the time zone that TZ names is not known"), "{nowhere:?}");
    assert_eq!(since("UTC0").code, Some(0), "yesterday's");
}

#[test]
fn a_version_that_a_later_one_builds_on_is_not_taken_back_alone_and_nothing_changes() {
    let project = with_two_versions("is_adult = lambda age: 18 < age\nfits = lambda size, room: size < room\n");
    let tip = project.git(["rev-parse", "kaizen/calc"]);
    let said = project.kaizen(["rollback", "v1"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    for part in ["v1 cannot be taken back alone", "src/calc.py", "hint:", "kaizen undo"] {
        assert!(said.err.contains(part), "{part:?} is missing: {}", said.err);
    }
    assert_eq!((project.git(["rev-parse", "kaizen/calc"]), states(&project)), (tip, vec!["active".to_owned(); 2]));
    assert_eq!(project.kaizen(["undo"]).code, Some(0));
    assert_eq!(project.kaizen(["undo"]).code, Some(0));
    assert_eq!(project.git(["diff", "main", "kaizen/calc"]), "");
}

#[test]
fn what_a_person_took_back_does_not_come_back_by_itself() {
    let project = Project::small(KAIZEN);
    assert_eq!(project.kaizen(["improve"]).code, Some(0));
    assert_eq!(project.kaizen(["undo"]).code, Some(0));
    let said = project.kaizen(["improve"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(project.git(["diff", "main", "kaizen/calc"]), "");
}

#[test]
fn a_version_whose_branch_is_gone_says_how_to_go_on() {
    let project = Project::small(KAIZEN);
    project.kaizen(["improve"]);
    project.git(["branch", "-m", "kaizen/calc", "elsewhere"]);
    let said = project.kaizen(["undo"]);
    assert!(said.code == Some(3) && said.err.contains("kaizen/calc is gone") && said.err.contains("git revert"), "{said:?}");
}
