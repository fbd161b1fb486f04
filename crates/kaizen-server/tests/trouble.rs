//! The gateway when its store fails beneath it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_engine::observe::redact::Redactor;
use kaizen_engine::settings::Settings;
use kaizen_server::daemon::{Daemon, Start};
use kaizen_server::desk::Secrets;
use kaizen_store::{Holder, Location, Store};
use serde_json::json;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

static COMPLAINTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn complain(what: String) {
    COMPLAINTS.lock().unwrap().push(what);
}

/// A daemon that answers everything with `Paris.` and keeps all answers.
async fn daemon(store: Store) -> Daemon {
    let script = std::env::temp_dir().join(format!("kaizen-trouble-{}.toml", std::process::id()));
    std::fs::write(&script, "[default]\ntext = \"Paris.\"\n").unwrap();
    let settings: Settings = serde_json::from_value(json!({
        "models": {"providers": {"script": {"kind": "script", "file": script, "models": ["conform"]}}},
        "cache": {"for": ["*"]},
    }))
    .unwrap();
    let redactor = Redactor::new(&settings.record, Default::default()).unwrap();
    let holder = Holder { host: "here".into(), pid: 7, started: 8 };
    let runs = std::env::temp_dir().join(format!("kaizen-trouble-runs-{}", std::process::id()));
    let start =
        Start { store, settings, holder, runs: runs.clone(), secrets: Secrets::default(), redactor, clock: || 1_795_176_000_000, complain };
    let daemon = Daemon::start(start, "127.0.0.1:0".parse().unwrap()).await.unwrap();
    std::fs::remove_file(script).unwrap();
    std::fs::remove_dir_all(runs).unwrap();
    daemon
}

#[tokio::test]
async fn a_cache_that_cannot_be_asked_is_complained_of_and_the_call_is_answered() {
    let store = Store::open(&Location::Memory).await.unwrap();
    let daemon = daemon(store.clone()).await;
    let address = daemon.address;
    let running = tokio::spawn(daemon.run(std::future::pending()));
    store.close().await;
    let body = json!({"model": "conform", "temperature": 0, "messages": [{"role": "user", "content": "hi"}]}).to_string();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head =
        format!("POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    running.abort();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("Paris.") && answer.contains("x-kaizen-cache: off"), "{answer}");
    let complaints = COMPLAINTS.lock().unwrap().clone();
    assert!(complaints.iter().any(|what| what.starts_with("the response cache could not be asked: ")), "{complaints:?}");
}
