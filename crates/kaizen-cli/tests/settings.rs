//! The user's `config.toml`: shown with its origin beside the project's file, also where there is no project; mistakes are told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said, said};
use serde_json::Value;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

fn with_settings(text: &str) -> Project {
    let project = Project::failing_python(KAIZEN);
    std::fs::create_dir_all(project.home().join("config")).unwrap();
    std::fs::write(project.home().join("config/config.toml"), text).unwrap();
    project
}

fn outside(project: &Project, arguments: &[&str]) -> Said {
    said(&project.command(arguments).current_dir(project.room()).output().unwrap())
}

fn origin<'v>(values: &'v Value, key: &str) -> (&'v str, &'v str) {
    let value = values.as_array().unwrap().iter().find(|value| value["key"] == key).unwrap_or_else(|| panic!("{key} is not shown"));
    (value["value"].as_str().unwrap(), value["origin"].as_str().unwrap())
}

#[test]
fn both_files_are_shown_with_the_origin_of_each_value() {
    let project = with_settings("[budget]\nmonthly = 20\npace = \"phases\"\n");
    let said = said(&project.command(["config", "show", "--json"]).env("KAIZEN_BUDGET_PACE", "off").output().unwrap());
    let result = said.result();
    let file = format!("{}:2", project.home().join("config/config.toml").display());
    assert_eq!(origin(&result["values"], "project.name"), ("\"calc\"", "kaizen.toml:2"));
    assert_eq!(origin(&result["user"], "budget.monthly"), ("20.0", file.as_str()));
    assert_eq!(origin(&result["user"], "budget.pace"), ("\"off\"", "KAIZEN_BUDGET_PACE"));
    assert_eq!(origin(&result["user"], "serve.address"), ("\"127.0.0.1:8400\"", "default"));
    let text = project.kaizen(["config", "show"]).out;
    assert!(text.contains("benchmark.format") && text.contains("models.providers.ollama.base_url"), "{text}");
}

#[test]
fn outside_of_a_repository_the_users_settings_are_shown() {
    let project = with_settings("[privacy]\noffline = true\n");
    let said = outside(&project, &["config", "show", "--json"]);
    let result = said.result();
    assert_eq!((said.code, result["values"].as_array().unwrap().len()), (Some(0), 0), "{said:?}");
    assert_eq!(origin(&result["user"], "privacy.offline").0, "true");
    assert!(outside(&project, &["config", "check"]).out.contains("config.toml is right"));
}

#[test]
fn a_mistake_names_file_line_key_and_what_would_be_right() {
    let project = with_settings("[budget]\nmontly = 20\n");
    for said in [project.kaizen(["config", "check"]), outside(&project, &["config", "show"]), project.kaizen(["budget"])] {
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains("config.toml:2: budget.montly: unknown key"), "{}", said.err);
        assert!(said.err.contains("hint: did you mean `monthly`?"), "{}", said.err);
    }
    let project = with_settings("");
    let said = said(&project.command(["budget"]).env("KAIZEN_BUDGET_MONTHLY", "lots").output().unwrap());
    assert!(said.err.contains("error: KAIZEN_BUDGET_MONTHLY: budget.monthly: \"lots\" is not a number"), "{}", said.err);
}

#[test]
fn a_secret_in_the_file_is_refused_without_being_repeated() {
    let secret = ["sk-", "abc123abc123abc123abc123"].concat();
    let project = with_settings(&format!("[models.providers.openai]\nkey = \"{secret}\"\n"));
    let said = project.kaizen(["config", "show"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("env:OPENAI_API_KEY") && !said.err.contains(&secret), "{}", said.err);
}
