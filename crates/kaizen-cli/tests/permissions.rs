//! Who must say yes, and what a yes or a no does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

const MENDING: &str = "sed -i 's/18 < age/18 <= age/' src/calc.py";

fn branches(project: &Project) -> String {
    project.git(["for-each-ref", "--format=%(refname:short)"])
}

/// Nothing was promoted; a person is asked.
fn waits(project: &Project, said: &Said, why: &str) {
    assert_eq!(said.code, Some(5), "{said:?}");
    assert!(said.out.contains(why) && said.out.contains("kaizen approve h1"), "{said:?}");
    assert_eq!(branches(project), "main");
}

#[test]
fn a_file_under_ask_waits_for_a_person_and_their_yes_promotes_it() {
    let project = Project::small(KAIZEN);
    project.configure("[permissions]\nask = [\"src/**\"]\n");
    waits(&project, &project.kaizen(["improve"]), "permissions.ask covers src/calc.py");
    waits_still(&project);
    let said = project.kaizen(["approve", "h1", "--json"]);
    assert_eq!((said.code, said.result()["id"].as_str()), (Some(0), Some("v1")), "{said:?}");
    assert!(project.git(["show", "kaizen/calc:src/calc.py"]).contains("18 <= age"));
    assert_eq!(project.kaizen(["versions", "--json"]).result()["versions"][0]["promoted_by"].as_str(), Some("a person"));
    assert_eq!(project.kaizen(["approve", "h1"]).code, Some(2));
}

/// Running again asks again and searches nothing.
fn waits_still(project: &Project) {
    let said = project.kaizen(["improve", "--json"]);
    assert_eq!((said.code, said.result()["rejected"].as_u64()), (Some(5), Some(0)), "{said:?}");
}

#[test]
fn a_no_ends_the_hypothesis_and_it_does_not_come_back() {
    let project = Project::small(KAIZEN);
    project.configure("[permissions]\nask = [\"src/**\"]\n");
    waits(&project, &project.kaizen(["improve"]), "permissions.ask");
    assert_eq!(project.kaizen(["decline", "h1"]).code, Some(0));
    let said = project.kaizen(["improve"]);
    assert!(said.code == Some(1) && !said.out.contains("18 < age -> 18 <= age"), "{said:?}");
    assert_eq!(branches(&project), "main");
    let late = project.kaizen(["approve", "h1"]);
    assert!(late.code == Some(2) && late.err.contains("declined"), "{late:?}");
}

#[test]
fn auto_answers_ask_with_yes_and_a_list_of_auto_asks_for_all_else() {
    let project = Project::small(KAIZEN);
    project.configure("[permissions]\nauto = [\"docs/**\"]\n");
    waits(&project, &project.kaizen(["improve"]), "permissions.auto does not cover src/calc.py");
    let project = Project::small(KAIZEN);
    project.configure("[permissions]\nask = [\"src/**\"]\n");
    assert_eq!(project.kaizen(["improve", "--auto"]).code, Some(0));
    assert!(branches(&project).contains("kaizen/calc"));
}

#[test]
fn what_never_covers_is_never_promoted_whoever_proposes_it() {
    let own = Project::small(KAIZEN);
    own.configure("[permissions]\nnever = [\"src/calc.py\"]\n");
    let foreign = Project::with_program(KAIZEN, MENDING, "18 <= age");
    foreign.configure("[permissions]\nnever = [\"src/*.py\"]\n");
    assert_eq!(foreign.kaizen(["trust", "--yes"]).code, Some(0));
    for project in [own, foreign] {
        let said = project.kaizen(["improve", "--auto"]);
        assert!(said.code == Some(1) && said.out.contains("permissions.never covers src/calc.py"), "{said:?}");
        assert_eq!(branches(&project), "main");
    }
}

#[test]
fn a_programs_edit_without_a_hold_out_waits_even_with_auto() {
    let project = Project::with_program(KAIZEN, MENDING, "18 <= age");
    let said = project.kaizen(["improve"]);
    assert!(said.code == Some(5) && said.err.contains("kaizen trust"), "{said:?}");
    assert_eq!(project.kaizen(["trust", "--yes"]).code, Some(0));
    waits(&project, &project.kaizen(["improve", "--auto"]), "there is no hold-out");
    assert_eq!(project.kaizen(["approve", "h1"]).code, Some(0));
    assert!(project.git(["log", "-1", "--format=%B", "kaizen/calc"]).contains("Assisted-by: fixer"));
}

#[test]
fn a_yes_to_a_change_whose_baseline_moved_promotes_nothing_and_the_next_run_measures_anew() {
    let project = Project::small(KAIZEN);
    project.configure("[permissions]\nask = [\"src/**\"]\n");
    waits(&project, &project.kaizen(["improve"]), "permissions.ask");
    project.write("README", "new\n");
    project.commit("Work goes on");
    let said = project.kaizen(["approve", "h1"]);
    assert!(said.code == Some(1) && said.out.contains("moved since its trial"), "{said:?}");
    assert_eq!(branches(&project), "main");
    let said = project.kaizen(["improve"]);
    assert!(said.code == Some(5) && said.out.contains("kaizen approve h2"), "{said:?}");
    assert_eq!(project.kaizen(["approve", "h2"]).code, Some(0));
    assert_eq!(project.git(["rev-parse", "kaizen/calc^"]), project.git(["rev-parse", "main"]));
}
