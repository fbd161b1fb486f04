//! A cloned `kaizen.toml` runs no program of its own before a person allowed exactly its lines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");
const MENDS: &str = "python3 -c \"p='src/calc.py'; t=open(p).read(); open(p,'w').write(t.replace('18 < age','18 <= age'))\"";

/// The failing project, whose file declares the program `run`.
fn cloned(run: &str) -> Project {
    let project = Project::failing_python(KAIZEN);
    declare(&project, run);
    project.commit("A program of its own");
    project
}

fn declare(project: &Project, run: &str) {
    let text = project.read("kaizen.toml");
    let own = text.split("\n[propose.command.fixer]").next().unwrap();
    project.write("kaizen.toml", format!("{own}\n[propose.command.fixer]\nrun = '''{run}'''\n"));
}

/// Whether `improve` asks for trust; it begins no cycle, so nothing else can happen.
fn asks(project: &Project) -> bool {
    let said = project.kaizen(["improve", "--cycles", "0", "--exit-zero"]);
    match said.code {
        Some(0) => false,
        Some(5) => true,
        _ => panic!("{said:?}"),
    }
}

fn trust(project: &Project) -> Said {
    let said = project.kaizen(["trust", "--yes"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    said
}

#[test]
fn nothing_of_a_cloned_file_runs_before_its_lines_are_trusted() {
    let project = cloned(MENDS);
    let said = project.kaizen(["improve"]);
    assert_eq!((said.code, said.out.as_str()), (Some(5), ""), "{said:?}");
    assert!(said.err.contains("  kaizen.toml:12  propose.command.fixer.run = python3 -c "), "{said:?}");
    assert!(
        said.err.ends_with("error: kaizen.toml names 1 command that nobody has trusted yet\nhint: read it, then: kaizen trust\n"),
        "{said:?}"
    );
    let log = project.kaizen(["log", "-n", "0"]);
    assert_eq!((log.code, log.out.as_str()), (Some(0), ""), "something happened");
    let answer = project.kaizen(["trust"]);
    assert_eq!(answer.code, Some(5), "without a terminal nobody can say yes: {answer:?}");
    assert!(asks(&project));
}

#[test]
fn a_machine_is_told_in_json_that_a_person_is_needed() {
    let said = cloned(MENDS).kaizen(["improve", "--json"]);
    let result = said.result();
    let told = (said.code, result["schema"].as_str(), result["exit_code"].as_u64(), result["hint"].as_str());
    assert_eq!(told, (Some(5), Some("kaizen.error/1"), Some(5), Some("read it, then: kaizen trust")));
}

#[test]
fn trust_holds_for_exactly_the_lines_that_were_shown() {
    let project = cloned("true");
    assert!(trust(&project).err.contains("propose.command.fixer.run = true"));
    assert!(!asks(&project));
    project.write("kaizen.toml", project.read("kaizen.toml").replace("[benchmark]\n", "[benchmark]\ntimeout = \"50s\"\n"));
    assert!(!asks(&project), "another key changed, and the line moved");
    declare(&project, "true; rm -rf .");
    assert!(asks(&project), "the command changed");
    let longer = format!("{}\n[propose.command.second]\nrun = \"true\"\n", project.read("kaizen.toml").replace("true; rm -rf .", "true"));
    project.write("kaizen.toml", longer);
    assert!(asks(&project), "a command was added");
    declare(&project, "true");
    assert!(!asks(&project), "the trusted lines again");
}

#[test]
fn trust_in_one_place_says_nothing_about_another() {
    let (here, there) = (cloned("true"), cloned("true"));
    trust(&here);
    let store = here.home().join("data/kaizen.db");
    let said = there.kaizen(["improve", "--cycles", "0", "--store", store.to_str().unwrap()]);
    assert_eq!(said.code, Some(5), "{said:?}");
}

#[test]
fn a_trusted_program_proposes_and_its_change_waits_for_a_person_where_the_evidence_is_weak() {
    let project = cloned(MENDS);
    trust(&project);
    let said = project.kaizen(["improve", "--json", "--only", "fixer"]);
    let result = said.result();
    assert_eq!((said.code, result["waiting"].as_u64(), result["promoted"].to_string()), (Some(5), Some(1), "[]".to_owned()), "{said:?}");
}

#[test]
fn a_project_that_only_mutates_needs_no_trust() {
    let project = Project::failing_python(KAIZEN);
    assert!(!asks(&project));
    let said = project.kaizen(["trust"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("nothing to trust"), "{said:?}");
}

#[test]
fn no_lever_is_wide_enough_for_kaizens_own_file() {
    let weaken = "python3 -c \"p='kaizen.toml'; t=open(p).read(); open(p,'w').write(t.replace('[benchmark]','[benchmark]\\nignore = [\\\"*eighteen*\\\"]'))\"";
    let project = Project::failing_python(KAIZEN);
    project.write(
        "kaizen.toml",
        project.read("kaizen.toml").replace("\"src/**/*.py\"", "\"**\"") + "\n[propose]\nuse = [\"command\"]\nattempts = 1\n",
    );
    declare(&project, weaken);
    project.commit("The widest lever");
    trust(&project);
    let said = project.kaizen(["improve", "--json"]);
    let result = said.result();
    assert_eq!((said.code, result["quarantined"].as_u64()), (Some(1), Some(1)), "{said:?}");
    assert!(said.out.contains("touched protected files: kaizen.toml"), "{said:?}");
}
