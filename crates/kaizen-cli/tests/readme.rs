//! What the README shows is what happens: every command in a block of `sh`, and the demo as it is described.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said, said};
use serde_json::Value;
use std::path::{Path, PathBuf};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// Pages that begin in a project as it is before Kaizen.
const BEFORE: [&str; 3] = ["README.md", "docs/guides/first-repair.md", "docs/guides/agents.md"];

const MEASURED: &str = "docs/guides/measured.md";
const CHECK: &str = "docs/guides/check.md";
const TUNING: &str = "docs/guides/tuning.md";

#[test]
fn every_command_of_the_pages_works_in_their_order() {
    for page in BEFORE {
        let project = Project::failing_python(KAIZEN);
        project.git(["rm", "--quiet", "kaizen.toml"]);
        project.commit("As a project is before Kaizen");
        let name = project.root().file_name().unwrap().to_string_lossy().into_owned();
        works(&project, page, &name);
    }
}

#[test]
fn every_command_of_the_guide_to_measured_quantities_works_in_its_order() {
    let project = Project::measured(KAIZEN, &[("better", "echo 70 > src/cost.txt")]);
    works(&project, MEASURED, "measured");
    assert_eq!(project.git(["show", "kaizen/measured:src/cost.txt"]), "70");
}

#[test]
fn every_command_of_the_guide_to_checks_works_in_its_order() {
    let project = Project::measured(KAIZEN, &[]);
    project.git(["switch", "-q", "-c", "feature"]);
    project.write("src/cost.txt", "70\n");
    project.commit("Cheaper");
    project.write("src/cost.txt", "60\n");
    works(&project, CHECK, "measured");
    assert!(project.read("check.md").starts_with("### kaizen check: "));
}

#[test]
fn every_command_of_the_guide_to_tuning_works_in_its_order() {
    let project = Project::tunable(KAIZEN);
    works(&project, TUNING, "measured");
    assert!(!project.read("settings.yaml").contains("entries: 16 "));
}

#[test]
fn the_settings_that_pages_show_are_right() {
    let project = Project::new(KAIZEN);
    for page in [BEFORE.as_slice(), &[MEASURED, CHECK, TUNING]].concat() {
        for shown in blocks(&read(page), "toml") {
            let judge = if shown.contains("[benchmark]\n") { "" } else { "[benchmark]\ncommand = \"sh bench.sh\"\nformat = \"json\"\n" };
            project.write("kaizen.toml", format!("[project]\nname = \"shown\"\n{judge}{shown}"));
            let outcome = project.kaizen(["config", "check"]);
            assert_eq!(outcome.code, Some(0), "{page}: {outcome:?}\n{shown}");
        }
    }
}

fn works(project: &Project, page: &str, name: &str) {
    for line in commands(&read(page)) {
        check(project, page, &line.replace("NAME", name));
    }
}

/// Cargo's commands are checked for what they would start: they build this very binary.
fn check(project: &Project, page: &str, line: &str) {
    match line.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["cargo", "run", "--release", "--", command] => {
            let help = project.kaizen([*command, "--help"]);
            assert_eq!(help.code, Some(0), "{page}: {line}: {help:?}");
        }
        ["cargo", "xtask", task] => assert!(read("xtask/src/main.rs").contains(&format!("name: \"{task}\"")), "{page}: {line}"),
        ["cargo", "install", "--profile", profile, "--path", package] => {
            assert!(read("Cargo.toml").contains(&format!("[profile.{profile}]")), "{page}: {line}");
            assert!(read(&format!("{package}/Cargo.toml")).contains("name = \"kaizen\""), "{page}: {line}");
        }
        _ => {
            let outcome = shell(project, line);
            assert_eq!(outcome.code, Some(0), "{page}: {line}: {outcome:?}");
        }
    }
}

fn shell(project: &Project, line: &str) -> Said {
    let script = format!("kaizen() {{ \"$KAIZEN_UNDER_TEST\" \"$@\"; }}\n{line}");
    // The project's own clean environment, with a shell in the place of the binary.
    let clean = project.command([""; 0]);
    let mut command = std::process::Command::new("/bin/sh");
    command.env_clear().envs(clean.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(project.root());
    command.args(["-e", "-c", &script]).env("KAIZEN_UNDER_TEST", KAIZEN).env("GIT_PAGER", "cat").stdin(std::process::Stdio::null());
    said(&command.output().expect("a shell runs"))
}

/// The lines in fenced blocks of `sh`; a line that ends with a backslash goes on.
fn commands(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for block in blocks(page, "sh") {
        let block = block.replace("\\\n", "");
        found.extend(block.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).map(str::to_owned));
    }
    assert!(!found.is_empty(), "a page without a command");
    found
}

/// The text of each fenced block of a language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    page.split(fence.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn the_links_of_the_pages_lead_somewhere() {
    let others =
        ["SPECIFICATION.md", "ARCHITECTURE.md", "SECURITY.md", "CONTRIBUTING.md", "AGENTS.md", "CHANGELOG.md", MEASURED, CHECK, TUNING];
    for page in [BEFORE.as_slice(), &others].concat() {
        let place = root().join(page).parent().unwrap().to_owned();
        for target in links(&read(page)).iter().filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let file = place.join(target.split('#').next().unwrap());
            assert!(file.exists(), "{page} links to {target}");
        }
    }
}

fn links(page: &str) -> Vec<String> {
    page.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target.to_owned())).collect()
}

#[test]
fn the_demo_promotes_in_every_example_refuses_the_cheat_and_leaves_nothing_to_do() {
    let project = Project::new(KAIZEN);
    project.commit("Nothing");
    let demo = project.home().with_file_name("demo");
    let outcome = project.kaizen([Path::new("demo"), Path::new("--json"), Path::new("--into"), &demo]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let result = outcome.result();
    let examples = result["projects"].as_array().unwrap();
    assert_eq!(examples.len(), 2, "{result}");
    for example in examples {
        assert!(!example["promoted"].as_array().unwrap().is_empty(), "{example}");
        assert!(example["points"]["after"].as_f64() > example["points"]["before"].as_f64(), "{example}");
    }
    assert!(outcome.out.lines().any(is_the_refused_cheat), "no shortcut was refused by the hold-out:\n{}", outcome.out);
    mended_by_hand(&demo.join("wordfreq"), examples[0]["branch"].as_str().unwrap());
}

/// A decision about the edit that copies the tests' answers: rejected, by cases it could not see.
fn is_the_refused_cheat(line: &str) -> bool {
    let Ok(event) = serde_json::from_str::<Value>(line) else { return false };
    let about_it = event["progress"] == "decided" && event["summary"].as_str().is_some_and(|summary| summary.starts_with("shortcut"));
    about_it && event["decision"]["outcome"] == "rejected" && event["decision"]["reasons"].to_string().contains("hold")
}

/// The same files with the same mends, in a repository Kaizen has never seen.
fn mended_by_hand(example: &Path, branch: &str) {
    let project = Project::new(KAIZEN);
    let git_dir = example.join(".git");
    let mended = [Path::new("--git-dir"), &git_dir, Path::new("--work-tree=."), Path::new("checkout"), Path::new(branch), Path::new(".")];
    project.git(mended);
    project.commit("Mended by hand");
    assert_eq!(project.kaizen(["trust", "--yes"]).code, Some(0));
    let outcome = project.kaizen(["improve", "--json"]);
    let result = outcome.result();
    assert_eq!(
        (outcome.code, &result["weaknesses"], &result["promoted"]),
        (Some(0), &Value::from(0), &serde_json::json!([])),
        "{outcome:?}"
    );
    assert!(project.kaizen(["improve"]).out.contains("nothing to do"));
}

fn read(path: &str) -> String {
    let file = root().join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
