//! The real clients people use, from their registries, against the gateway.
//!
//! Their environments are made once below the build directory. The provider answers from a script and speaks
//! OpenAI's shape, so every other shape is translated both ways.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::daemon::Home;
use kaizen_testkit::{npm, venv};
use std::path::{Path, PathBuf};
use std::process::Command;

const SCRIPT: &str = r#"
[[rule]]
contains = "capital of France"
text = "Paris."
pieces = 2

[[rule]]
contains = "weather"
tools = true
tool_calls = [{ name = "weather", arguments = { city = "Paris" } }]

[[rule]]
contains = "sunny"
text = "It is sunny in Paris."

[[rule]]
contains = "as json"
json = { city = "Paris" }

[[rule]]
contains = "fail with 400"
error = { status = 400, message = "this is wrong" }

[[rule]]
contains = "fail with 401"
error = { status = 401, message = "who are you" }

[[rule]]
contains = "fail with 500 once"
call = 1
error = { status = 500, message = "once" }

[[rule]]
contains = "fail with 500 once"
text = "Here again."

[[rule]]
contains = "very slowly"
text = "one two three four five six seven eight nine ten"
pieces = 10
between = "200ms"

[default]
text = "sunny"
"#;

/// Pinned: two releases of one of them were reported to carry malware.
const PYTHON: &[&str] = &["openai==3.54.0", "anthropic==2.12.0", "ollama==0.6.3"];
const LITELLM: &[&str] = &["litellm==1.106.2"];
const LANGCHAIN: &[&str] = &["langchain-openai==1.7.3", "langchain-anthropic==1.7.7"];
const NODE: &str = "openai@7.57.0";

fn room() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients")
}

fn home() -> Home {
    let home = Home::new(env!("CARGO_BIN_EXE_kaizen"), "");
    let script = home.file("script.toml", SCRIPT);
    home.configure(&format!(
        "[models.providers.script]\nkind = \"script\"\nfile = \"{}\"\nmodels = [\"conform\", \"conform-embed\"]\n[roles]\nreasoning = \"script/conform\"\n",
        script.display()
    ));
    home
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// Runs a client's script against a daemon of its own.
fn conforms(mut command: Command, name: &str, checks: usize) {
    let home = home();
    let daemon = home.serve(&[]);
    command.arg(script(name)).arg(format!("http://127.0.0.1:{}", daemon.port));
    let ran = command.output().expect("the client runs");
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{name} after\n{out}\n{err}");
    assert_eq!(out.lines().filter(|line| line.starts_with("ok ")).count(), checks, "{out}");
    let said = daemon.stop();
    assert!(!said.contains("panicked"), "{said}");
}

fn python(environment: &str, packages: &[&str]) -> Command {
    Command::new(venv::with_packages(&room(), environment, packages).join("bin/python3"))
}

#[test]
fn openais_python_client_works_as_with_openai() {
    conforms(python("official", PYTHON), "openai_client.py", 11);
}

#[test]
fn anthropics_python_client_works_as_with_anthropic() {
    conforms(python("official", PYTHON), "anthropic_client.py", 6);
}

#[test]
fn ollamas_python_client_works_as_with_ollama() {
    conforms(python("official", PYTHON), "ollama_client.py", 5);
}

#[test]
fn litellm_works_as_a_client() {
    conforms(python("litellm", LITELLM), "litellm_client.py", 2);
}

#[test]
fn langchain_works_on_top() {
    conforms(python("langchain", LANGCHAIN), "langchain_client.py", 3);
}

#[test]
fn openais_node_client_works_as_with_openai() {
    let modules = npm::with_packages(&room(), "node", &[NODE]);
    // Packages are looked for beside the script.
    let copied = modules.with_file_name("openai_client.mjs");
    std::fs::copy(script("openai_client.mjs"), &copied).unwrap();
    let home = home();
    let daemon = home.serve(&[]);
    let mut command = Command::new("node");
    command.arg(copied).arg(format!("http://127.0.0.1:{}", daemon.port));
    let ran = command.output().expect("node runs");
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "after\n{out}\n{err}");
    assert_eq!(out.lines().filter(|line| line.starts_with("ok ")).count(), 7, "{out}");
}
