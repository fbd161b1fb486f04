//! What people help themselves with: completions that know what there is, hints for whatever goes wrong, reports others can read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said, said};
use std::process::Command;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// What bash offers for the last word of a line, with the script that `kaizen completions bash` prints.
fn offered(project: &Project, words: &[&str]) -> Vec<String> {
    const LINE: &str = "source <(\"$KAIZEN_UNDER_TEST\" completions bash)\nCOMP_WORDS=(\"$@\")\nCOMP_CWORD=$(($# - 1))\nCOMP_TYPE=9\n\
        _clap_complete_kaizen kaizen \"${COMP_WORDS[COMP_CWORD]}\" x\nprintf '%s\\n' \"${COMPREPLY[@]}\"";
    let clean = project.command([] as [&str; 0]);
    let mut shell = Command::new("bash");
    shell.args(["-c", LINE, "bash", "kaizen"]).args(words).env_clear().current_dir(project.root());
    shell.envs(clean.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("KAIZEN_UNDER_TEST", KAIZEN);
    let said = said(&shell.output().unwrap());
    assert_eq!(said.err, "", "{words:?}");
    said.out.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

#[test]
fn completions_offer_what_the_store_knows_and_nothing_where_there_is_no_store() {
    let project = Project::small(KAIZEN);
    assert_eq!(offered(&project, &["explain", ""]).iter().filter(|word| !word.starts_with('-')).count(), 0);
    assert!(!project.home().exists(), "asking for a word creates nothing");
    assert_eq!(project.kaizen(["improve"]).code, Some(0));
    let ids = offered(&project, &["explain", ""]);
    for id in ["v1", "h1", "t1", "w1"] {
        assert!(ids.iter().any(|word| word == id), "{id} is not in {ids:?}");
    }
    assert_eq!(offered(&project, &["rollback", "v"]), ["v1"]);
    assert_eq!(offered(&project, &["purge", "--project", "c"]), ["calc"]);
    assert_eq!(offered(&project, &["approve", ""]).iter().filter(|word| !word.starts_with('-')).count(), 0, "nothing waits");
    assert_eq!(offered(&project, &["impr"]), ["improve"]);
    assert_eq!(offered(&project, &["back"]), ["backup"]);
    let elsewhere = project.home();
    let root = project.root();
    let from_outside = ["-C", root.to_str().unwrap(), "diff", "v"];
    assert!(elsewhere.is_dir() && offered(&project, &from_outside) == ["v1"]);
    assert_eq!(project.kaizen(["undo"]).code, Some(0));
    assert!(offered(&project, &["rollback", "v"]).is_empty(), "what was taken back cannot be taken back again");
}

#[test]
fn there_is_a_script_for_each_shell_and_one_that_asks_nobody() {
    let project = Project::new(KAIZEN);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let asking = project.kaizen(["completions", shell]);
        assert!(asking.code == Some(0) && asking.out.contains("KAIZEN_COMPLETE"), "{shell}: {asking:?}");
        let fixed = project.kaizen(["completions", "--static", shell]);
        assert!(fixed.code == Some(0) && fixed.out.contains("improve") && !fixed.out.contains("KAIZEN_COMPLETE"), "{shell}");
    }
}

fn hinted(said: &Said, what: &[&str]) {
    assert!(matches!(said.code, Some(2..=5)), "{what:?}: {said:?}");
    assert!(said.err.starts_with("error: ") && said.err.contains("\nhint: "), "{what:?} has no hint: {said:?}");
}

#[test]
fn every_wrong_word_is_answered_with_a_hint() {
    let project = Project::failing_python(KAIZEN);
    let nowhere = project.room().join("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    let rows: &[&[&str]] = &[
        &["improove"],
        &["improve", "--cycels", "1"],
        &["improve", "--cycles", "many"],
        &["improve", "--for", "soon"],
        &["improve", "--until", "25:00"],
        &["improve", "--weakness", "x9"],
        &["improve", "--report", "pdf=x"],
        &["check", "--base", "nowhere"],
        &["check", "--margin", "5"],
        &["check", "--head", "x", "--dirty"],
        &["measure", "--runs", "0"],
        &["measure", "--report", "html=/no/such/place/x"],
        &["explain"],
        &["explain", "v99"],
        &["show", "nonsense"],
        &["diff", "v99"],
        &["study", "h99"],
        &["replay", "t99"],
        &["rollback", "v99"],
        &["rollback"],
        &["approve", "h99"],
        &["decline", "h99"],
        &["log", "-n", "few"],
        &["schema", "nothing"],
        &["completions", "tcsh"],
        &["config"],
        &["config", "shout"],
        &["key", "revoke", "nobody"],
        &["key", "add", "shop", "--rate", "0"],
        &["forget"],
        &["forget", "--before", "never"],
        &["backup", "/"],
        &["backup", "/no/such/place/x"],
        &["restore", nowhere],
        &["restore", "kaizen.toml"],
        &["export", "--project", "nobody"],
        &["export", "--format", "xml"],
        &["purge", "--project", "nobody"],
        &["gc", "--max-size", "much"],
        &["man", "kaizen.toml/x"],
        &["models", "load", "m", "--kv", "q1"],
        &["stop", "--grace", "long"],
        &["serve", "--address", "here"],
        &["-C", nowhere, "status"],
        &["--store", "/dev/null/x", "status"],
        &["sandbox"],
    ];
    // `backup` has a store to begin with.
    assert_eq!(project.kaizen(["status"]).code, Some(0));
    for row in rows {
        hinted(&project.kaizen(*row), row);
    }
    let json = project.kaizen(["improve", "--cycels", "1", "--json"]);
    let told = json.result();
    assert_eq!((json.code, json.err.as_str(), told["exit_code"].as_u64()), (Some(2), "", Some(2)), "{json:?}");
    assert!(told["hint"] == "kaizen improve --help" && told["error"].as_str().unwrap().contains("--cycles"), "{told}");
}

/// The text of an XML element or attribute everywhere in a file, read by another program than ours.
fn xml(path: &std::path::Path) -> String {
    const SCRIPT: &str = "import sys, xml.etree.ElementTree as tree\nsuite = tree.parse(sys.argv[1]).getroot()[0]\nprint(suite.get('tests'), suite.get('failures'), len(suite.findall('testcase/failure')))";
    let read = Command::new("python3").args(["-c", SCRIPT]).arg(path).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    String::from_utf8_lossy(&read.stdout).trim().to_owned()
}

fn asked(project: &Project) -> String {
    ["junit", "markdown", "html", "json"].map(|kind| format!("{kind}={}", project.room().join(kind).display())).join(",")
}

/// A page that shows what it says with nothing but itself.
fn needs_nothing_else(html: &str) {
    for outside in ["<script", "src=", "href=", "url(", "@import", "<img", "<link"] {
        assert!(!html.contains(outside), "{outside} is in\n{html}");
    }
    let addresses = html.matches("://").count();
    assert_eq!(addresses, html.matches("http://www.w3.org/2000/svg").count(), "{html}");
}

#[test]
fn a_baseline_and_a_run_of_the_loop_are_told_in_every_report() {
    let project = Project::failing_python(KAIZEN);
    let measured = project.kaizen(["measure", "--runs", "1", "--report", &asked(&project)]);
    assert_eq!(measured.code, Some(0), "{measured:?}");
    let read = |kind: &str| std::fs::read_to_string(project.room().join(kind)).unwrap();
    assert_eq!(xml(&project.room().join("junit")), "3 1 1");
    assert!(read("markdown").contains("### kaizen measure: 2/3 cases") && read("html").contains("1 that fail"), "{}", read("html"));
    assert!(read("json").contains("kaizen.measure/1"));
    needs_nothing_else(&read("html"));
    let improved = project.kaizen(["improve", "--report", &asked(&project)]);
    assert_eq!(improved.code, Some(0), "{improved:?}");
    assert_eq!(xml(&project.room().join("junit")), "1 0 0");
    for kind in ["markdown", "html"] {
        assert!(read(kind).contains("1 change promoted") && read(kind).contains("src/calc.py"), "{}", read(kind));
    }
    needs_nothing_else(&read("html"));
}

#[test]
fn a_measured_change_is_drawn_and_the_drawing_needs_nothing_else() {
    let project = Project::measured(KAIZEN, &[]);
    project.git(["switch", "-q", "-c", "feature"]);
    project.write("src/cost.txt", "70");
    project.commit("A change");
    let checked = project.kaizen(["check", "--json", "--report", &asked(&project)]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    let result = checked.result();
    let quantity = &result["quantity"];
    let pairs = quantity["pairs"].as_u64().unwrap();
    for list in [&quantity["differences"], &quantity["log_evidence"]["better"], &quantity["log_evidence"]["worse"]] {
        assert_eq!(list.as_array().unwrap().len() as u64, pairs);
    }
    let last = quantity["log_evidence"]["better"].as_array().unwrap().last().unwrap().as_f64().unwrap();
    assert!(last >= quantity["log_evidence"]["needed"].as_f64().unwrap(), "{quantity}");
    let html = std::fs::read_to_string(project.room().join("html")).unwrap();
    assert_eq!((html.matches("<svg").count(), html.matches("<polyline").count()), (2, 3), "{html}");
    assert_eq!(html.matches("<title>pair ").count() as u64, pairs);
    needs_nothing_else(&html);
    xml(&project.room().join("junit"));
}
