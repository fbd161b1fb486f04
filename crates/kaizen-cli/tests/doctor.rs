//! `kaizen doctor` with the real binary, inside and outside a project.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::Project;
use serde_json::Value;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

fn find<'r>(result: &'r Value, name: &str) -> &'r Value {
    let checks = result["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no check {name} in {result}"))
}

#[test]
fn a_fit_machine_and_project_is_said_line_by_line() {
    let project = Project::failing_python(KAIZEN);
    let said = project.kaizen(["doctor"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    for line in [
        "ok       git ",
        "ok       sandbox ",
        "ok       store ",
        "ok       kaizen.toml calc",
        "ok       processor frequency ",
        "ok       hardware instruction counts ",
        "kaizen/calc takes promotions",
        "fit: ",
    ] {
        assert!(said.out.contains(line), "{line:?} is not in\n{}", said.out);
    }
}

#[test]
fn it_works_outside_a_project_and_says_nothing_of_one() {
    let project = Project::new(KAIZEN);
    let outside = project.home();
    std::fs::create_dir_all(&outside).unwrap();
    let said = project.kaizen(["-C", outside.to_str().unwrap(), "doctor", "--json"]);
    let result = said.result();
    assert_eq!((said.code, &result["schema"], &result["fit"]), (Some(0), &"kaizen.doctor/1".into(), &true.into()), "{said:?}");
    assert!(result["checks"].as_array().unwrap().iter().all(|check| check["name"] != "kaizen.toml"), "{result}");
}

#[test]
fn a_broken_configuration_is_missing_with_its_line_and_its_mend() {
    let project = Project::failing_python(KAIZEN);
    project.write("kaizen.toml", project.read("kaizen.toml").replace("format = \"unittest\"", "format = \"unitest\""));
    let said = project.kaizen(["doctor", "--json"]);
    let result = said.result();
    let check = find(&result, "kaizen.toml");
    assert_eq!((said.code, &check["state"], &result["fit"]), (Some(3), &"missing".into(), &false.into()), "{said:?}");
    assert!(check["detail"].as_str().unwrap().contains("kaizen.toml:6") && check["mend"].as_str().unwrap().contains("unittest"), "{check}");
}

#[test]
fn what_keeps_a_promotion_from_landing_is_said_before_it_is_tried() {
    let project = Project::failing_python(KAIZEN);
    project.git(["switch", "--quiet", "--create", "kaizen/calc"]);
    let said = project.kaizen(["doctor"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.out.contains("missing  branch kaizen/calc is checked out") && said.out.contains("mend: git switch"), "{}", said.out);
}

#[test]
fn untrusted_programs_and_a_half_done_promotion_are_warnings() {
    let project = Project::failing_python(KAIZEN);
    let died = project.kaizen_with_fault(["improve"], "promote.swap_ref:abort");
    assert_eq!(died.code, None, "{died:?}");
    project.write("kaizen.toml", format!("{}\n[propose.command.tidy]\nrun = \"true\"\n", project.read("kaizen.toml")));
    let said = project.kaizen(["doctor", "--json"]);
    let result = said.result();
    assert_eq!(
        (said.code, &find(&result, "trust")["state"], &find(&result, "recovery")["state"]),
        (Some(0), &"warning".into(), &"warning".into()),
        "{said:?}"
    );
    assert_eq!(project.kaizen(["trust", "--yes"]).code, Some(0));
    assert_eq!(find(&project.kaizen(["doctor", "--json"]).result(), "trust")["state"], "ok");
}

#[test]
fn a_store_that_cannot_be_opened_and_a_missing_git_are_missing() {
    let project = Project::failing_python(KAIZEN);
    project.write("store.db", "this is no database, and long enough not to be taken for an empty one\n".repeat(20));
    let store = project.root().join("store.db");
    let said = project.kaizen(["doctor", "--json", "--store", store.to_str().unwrap()]);
    assert_eq!((said.code, &find(&said.result(), "store")["state"]), (Some(3), &"missing".into()), "{said:?}");
    let mut command = project.command(["doctor"]);
    let bare = kaizen_testkit::project::said(&command.env("PATH", "/nowhere").output().unwrap());
    assert_eq!(bare.code, Some(3), "{bare:?}");
    for part in ["missing  git git is not installed", "mend: install git", "warning  python3 is not on the search path"] {
        assert!(bare.out.contains(part), "{part:?} is not in\n{}", bare.out);
    }
}

#[test]
fn the_apparmor_profile_names_this_very_program_and_nothing_else_is_on_standard_output() {
    let project = Project::new(KAIZEN);
    let said = project.kaizen(["doctor", "--apparmor"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.starts_with("abi <abi/4.0>,") && said.out.contains(&format!("profile kaizen \"{KAIZEN}\"")), "{said:?}");
    assert!(said.err.contains("sudo apparmor_parser -r") && said.err.contains("apparmor_restrict_unprivileged_userns=0"), "{said:?}");
    let result = project.kaizen(["doctor", "--apparmor", "--json"]).result();
    assert_eq!((&result["schema"], result["profile"].as_str()), (&"kaizen.apparmor/1".into(), Some(said.out.as_str())));
}

#[test]
fn a_project_s_tools_its_settings_and_its_owner_are_looked_at() {
    let project = Project::failing_python(KAIZEN);
    project.write("package.json", "{}");
    project.write("package-lock.json", "{}");
    project.write(".venv/pyvenv.cfg", "home = /opt/python/bin\nversion = 3.9.2\n");
    std::fs::create_dir_all(project.home().join("config")).unwrap();
    std::fs::write(project.home().join("config/config.toml"), "[budget]\nmonthly = \"lots\"\n").unwrap();
    let mut command = project.command(["doctor", "--json"]);
    for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"] {
        command.env_remove(name);
    }
    let said = kaizen_testkit::project::said(&command.output().unwrap());
    let result = said.result();
    assert_eq!(said.code, Some(3), "{said:?}");
    for (name, state, part, mend) in [
        ("git identity", "warning", "does not know who you are", "git config --global user.name"),
        (".venv", "warning", "3.9.2 from /opt/python/bin is gone", "python3 -m venv .venv"),
        ("node packages", "warning", "node_modules is not", "npm ci"),
        ("config.toml", "missing", "config.toml:2", "monthly"),
        ("store pages", "ok", "whole", ""),
        ("daemon", "ok", "none runs", ""),
        ("sandbox", "ok", "candidates run in the", ""),
    ] {
        let check = find(&result, name);
        let text = check.to_string();
        assert!(check["state"] == state && text.contains(part) && text.contains(mend), "{name}: {check}");
    }
    let checks = result["checks"].as_array().unwrap();
    assert!(
        checks.iter().all(|check| check["state"] == "ok" || check["mend"].as_str().is_some_and(|mend| !mend.contains('\n'))),
        "{result}"
    );
}

#[test]
fn a_tier_below_the_one_the_project_asks_for_and_a_repository_of_somebody_else_are_missing() {
    let project = Project::failing_python(KAIZEN);
    let asked = project.read("kaizen.toml") + "\n[gate]\nmin_tier = \"namespaces\"\n";
    project.write("kaizen.toml", asked);
    let result = project.kaizen(["doctor", "--json"]).result();
    let best = find(&result, "sandbox")["detail"].as_str().unwrap().to_owned();
    let told = result["checks"].as_array().unwrap().iter().any(|check| check["name"] == "gate.min_tier" && check["state"] == "missing");
    assert_eq!(told, !best.contains("namespaces"), "{best}: {result}");
    let mut command = project.command(["doctor", "--json"]);
    let said = kaizen_testkit::project::said(&command.env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1").output().unwrap());
    let result = said.result();
    let check = find(&result, "repository");
    assert_eq!((said.code, &check["state"]), (Some(3), &"missing".into()), "{said:?}");
    assert!(check["mend"].as_str().unwrap().contains("safe.directory"), "{check}");
}
