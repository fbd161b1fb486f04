//! Whom Kaizen talks to is counted, kept and told; what it may not talk to is refused and told too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::daemon::{Daemon, Home};
use kaizen_testkit::ollama::{FakeOllama, model_tiny};
use kaizen_testkit::traces::wait_until;
use serde_json::{Value, json};

fn home(config: &str) -> Home {
    Home::new(env!("CARGO_BIN_EXE_kaizen"), config)
}

/// `[for, host, local, connections > 0, refused]` of each line.
fn hosts(home: &Home) -> Vec<Value> {
    let told = home.json(&["log", "--network"]);
    assert_eq!(told["schema"], "kaizen.network/1");
    let line = |one: &Value| json!([one["part"], one["host"], one["local"], one["connections"].as_u64().unwrap() > 0, one["refused"]]);
    told["hosts"].as_array().unwrap().iter().map(line).collect()
}

fn connections(told: &Value) -> u64 {
    told["hosts"].as_array().unwrap().iter().map(|one| one["connections"].as_u64().unwrap()).sum()
}

fn ask(daemon: &Daemon, model: &str) -> u16 {
    daemon.post("/v1/chat/completions", &json!({"model": model, "messages": [{"role": "user", "content": "hello"}]})).status
}

/// What the server has is asked for after the daemon began to listen.
fn knows_its_models(daemon: &Daemon) {
    wait_until("the daemon knows the server's models", || {
        let told = daemon.get("/api/v1/models").json();
        told["models"].as_array().unwrap().iter().any(|model| model["name"] == "ollama/m:tiny")
    });
}

#[test]
fn every_host_the_daemon_talked_to_is_told_with_what_it_was_for() {
    let fake = FakeOllama::start(&[("m:tiny", model_tiny())]);
    let address = fake.address();
    let home = home(&format!("[models.providers.ollama]\nbase_url = \"{address}\"\n[otlp]\nforward = \"http://127.0.0.1:9\"\n"));
    assert!(home.ok(&["log", "--network"]).contains("no host was talked to"));
    let daemon = home.serve(&[]);
    knows_its_models(&daemon);
    assert_eq!(ask(&daemon, "ollama/m:tiny"), 200);
    daemon.stop();
    let host = address.trim_start_matches("http://");
    assert_eq!(hosts(&home), [json!(["calls", host, true, true, 0]), json!(["models", host, true, true, 0])]);
    let told = home.json(&["log", "--network"]);
    let call = &told["hosts"][0];
    assert!(call["sent"].as_u64().unwrap() > 100 && call["received"].as_u64().unwrap() > 100, "{told}");
    assert_eq!(connections(&told), fake.connections());
    home.ok(&["models"]);
    let after = connections(&home.json(&["log", "--network"]));
    assert!(after > connections(&told), "a command counts too");
    assert_eq!(after, fake.connections());
    let text = home.ok(&["log", "--network"]);
    assert!(text.contains("connections") && text.contains(host) && text.ends_with("nothing went to another machine\n"), "{text}");
}

#[test]
fn what_offline_refuses_is_told_and_was_not_reached() {
    let home = home(
        "[models.providers.lab]\nkind = \"openai\"\nbase_url = \"http://192.0.2.7:8000/v1\"\nmodels = [\"lab-1\"]\nheaders = { x-team = \"a\" }\n",
    );
    let daemon = home.serve(&["--offline"]);
    assert_eq!(ask(&daemon, "lab/lab-1"), 403);
    daemon.stop();
    assert_eq!(hosts(&home)[0], json!(["calls", "192.0.2.7:8000", false, false, 1]));
}

#[test]
fn offline_no_server_elsewhere_is_asked_for_models_and_no_telemetry_leaves() {
    let home = home("[privacy]\noffline = true\n[otlp]\nforward = \"http://192.0.2.7:4318\"\n");
    let models = home.run(&["models", "--server", "http://192.0.2.7:11434"]);
    let said = String::from_utf8_lossy(&models.stderr).into_owned();
    assert_eq!(models.status.code(), Some(2), "{said}");
    assert!(
        said.contains("offline: http://192.0.2.7:11434 is not on this machine") && said.contains("[privacy] offline = false"),
        "{said}"
    );
    let serve = home.run(&["serve", "--address", "127.0.0.1:0"]);
    let said = String::from_utf8_lossy(&serve.stderr).into_owned();
    assert!(!serve.status.success() && said.contains("[otlp] forward: offline: 192.0.2.7 is not on this machine"), "{said}");
}

#[test]
fn names_in_the_settings_that_mean_nothing_are_told_at_the_start() {
    let fake = FakeOllama::start(&[("m:tiny", model_tiny())]);
    let home = home(&format!(
        "[models.providers.ollama]\nbase_url = \"{}\"\n[routes.sum]\ncandidates = [\"ollama/m:tiny\", \"ollama/m:gone\"]\n",
        fake.address()
    ));
    let daemon = home.serve(&[]);
    knows_its_models(&daemon);
    assert_eq!(ask(&daemon, "kaizen/sum"), 200);
    let said = daemon.stop();
    assert!(said.contains("config.toml, rule sum: no provider has a model 'ollama/m:gone'"), "{said}");
    assert!(!said.contains("'ollama/m:tiny'"), "{said}");
}

#[test]
fn a_providers_key_is_kept_in_the_keyring_and_never_shown() {
    let home = home("");
    let name = format!("test-{}", std::process::id());
    let typed = home.file("typed", "sk-ring-secret\n");
    let keep = |input: std::fs::File, name: &str| home.command(&["key", "keep", name]).stdin(input).output().unwrap();
    let kept = keep(std::fs::File::open(&typed).unwrap(), &name);
    let said = format!("{}{}", String::from_utf8_lossy(&kept.stdout), String::from_utf8_lossy(&kept.stderr));
    assert!(!said.contains("sk-ring-secret"), "{said}");
    match kept.status.code() {
        Some(0) => assert!(said.contains(&format!("key = \"keyring:{name}\"")), "{said}"),
        // A kernel without a keyring says so, with another way.
        code => assert!(code == Some(3) && said.contains("use a file or the environment"), "{said}"),
    }
    let nothing = keep(std::fs::File::open("/dev/null").unwrap(), &name);
    assert_eq!(nothing.status.code(), Some(2));
}
