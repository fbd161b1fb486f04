//! A model that the gateway is asking right now is never taken out of memory for another.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::daemon::{Daemon, Home};
use kaizen_testkit::http::{connect, request};
use kaizen_testkit::ollama::{FakeOllama, model_14b};
use kaizen_testkit::traces::wait_until;
use serde_json::{Value, json};
use std::io::Write;

fn calls(daemon: &Daemon, name: &str) -> u64 {
    let told = daemon.get("/api/v1/models").json();
    let model = told["models"].as_array().unwrap().iter().find(|one| one["name"] == name).cloned();
    model.map_or(0, |model| model["in_use"].as_u64().unwrap())
}

fn planned(home: &Home) -> Value {
    let told = home.run(&["models", "load", "b:14b", "--dry-run", "--json"]);
    serde_json::from_slice(&told.stdout).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&told.stderr)))
}

#[test]
fn a_model_with_a_call_under_way_stays_and_leaves_when_the_call_is_over() {
    let fake = FakeOllama::start(&[("a:14b", model_14b()), ("b:14b", model_14b())]);
    fake.load("a:14b", 4_096);
    let home = Home::new(
        env!("CARGO_BIN_EXE_kaizen"),
        &format!("[models.providers.ollama]\nbase_url = \"{}\"\n", fake.address().replace("127.0.0.1", "localhost")),
    );
    assert_eq!(planned(&home)["decision"], "UNLOAD_FIRST", "without a daemon nothing is in use");
    let daemon = home.serve(&[]);
    assert_eq!(planned(&home)["decision"], "UNLOAD_FIRST", "nor without a call");
    fake.switch(json!({ "hang": "/api/chat" }));
    let body = json!({"model": "ollama/a:14b", "stream": true, "messages": [{"role": "user", "content": "hello"}]}).to_string();
    let mut client = connect(daemon.port);
    client
        .write_all(&request(daemon.port, "POST", "/v1/chat/completions", &[("content-type", "application/json")], body.as_bytes()))
        .unwrap();
    wait_until("the call is under way", || calls(&daemon, "ollama/a:14b") == 1);
    let told = planned(&home);
    assert_eq!((&told["decision"], &told["unload"]), (&json!("REFUSE"), &json!([])), "{told}");
    let reason = told["reason"].as_str().unwrap();
    assert!(reason.contains("held by a:14b") && reason.contains("calls of the gateway are under way"), "{reason}");
    let forced = home.run(&["models", "load", "b:14b", "--evict-kept"]);
    assert_eq!((forced.status.code(), fake.loaded()), (Some(1), vec!["a:14b".to_owned()]), "nor by force");
    drop(client);
    wait_until("the call is over", || calls(&daemon, "ollama/a:14b") == 0);
    assert_eq!(planned(&home)["decision"], "UNLOAD_FIRST");
}
