//! What the guide to the gateway shows is what happens: its settings are right together, and its commands work against a daemon that
//! was started with them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::daemon::Home;
use std::path::Path;
use std::process::Command;

const SCRIPT: &str = "[default]\ntext = \"Because it gets colder.\"\n";

/// The providers of the page, answering from a script: their names and prices are not what is tried here.
fn home(page: &str) -> Home {
    let home = Home::new(env!("CARGO_BIN_EXE_kaizen"), "");
    let script = home.file("script.toml", SCRIPT);
    let mut config = String::new();
    for provider in ["ollama", "openai", "anthropic"] {
        config += &format!("[models.providers.{provider}]\nkind = \"script\"\nfile = \"{}\"\n", script.display());
    }
    for shown in blocks(page, "toml") {
        config += shown;
    }
    home.configure(&config);
    home
}

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides").join(name)).unwrap()
}

/// The text of each fenced block of a language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    page.split(fence.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn the_settings_of_the_guide_to_the_gateway_are_right_together() {
    let page = read("gateway.md");
    assert!(blocks(&page, "toml").len() > 3);
    let checked = home(&page).run(&["config", "check"]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    for shown in blocks(&page, "toml") {
        let alone = Home::new(env!("CARGO_BIN_EXE_kaizen"), shown).run(&["config", "check"]);
        assert!(alone.status.success(), "{}\n{shown}", String::from_utf8_lossy(&alone.stderr));
    }
}

#[test]
fn every_command_of_the_guide_to_the_gateway_works_in_its_order() {
    let page = read("gateway.md");
    let home = home(&page);
    let daemon = home.serve(&[]);
    let mut tried = 0;
    for line in blocks(&page, "sh").iter().flat_map(|block| block.lines()).filter(|line| !line.starts_with('#') && !line.is_empty()) {
        // It runs already, at a port of its own.
        if line == "kaizen serve" {
            continue;
        }
        let line = line.replace("127.0.0.1:8400", &format!("127.0.0.1:{}", daemon.port));
        let clean = home.command(&[]);
        let mut shell = Command::new("/bin/sh");
        shell.env_clear().envs(clean.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(home.path());
        shell.args(["-e", "-c", &format!("kaizen() {{ \"$KAIZEN_UNDER_TEST\" \"$@\"; }}\n{line}")]);
        let ran = shell.env("KAIZEN_UNDER_TEST", env!("CARGO_BIN_EXE_kaizen")).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success(), "{line}\n{out}\n{err}");
        if line.contains("leaves fall") {
            assert!(out.contains("Because it gets colder."), "{line}\n{out}");
        }
        tried += 1;
    }
    assert!(tried >= 10, "only {tried} commands");
}
