//! The daemon's own life: how it ends, what it leaves, what it says of the one before it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::daemon::{Daemon, Home};
use kaizen_testkit::http::{Answer, connect, post, request};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;

const SCRIPT: &str = r#"
[[rule]]
contains = "for a long time"
text = "a b c d e f g h"
pieces = 8
between = "4s"

[[rule]]
contains = "expensive"
text = "gold"
usage = { input = 50, output = 1000 }

[default]
text = "You said: {last}"
"#;

fn home(more: &str) -> Home {
    let home = Home::new(env!("CARGO_BIN_EXE_kaizen"), "");
    let script = home.file("script.toml", SCRIPT);
    let script = script.display();
    home.configure(&format!(
        "{more}\n[models.providers.script]\nkind = \"script\"\nfile = \"{script}\"\nmodels = [\"conform\"]\n\
         [models.providers.paid]\nkind = \"script\"\nfile = \"{script}\"\nmodels = [\"dear\"]\n\
         [models.providers.paid.prices.dear]\ninput = 1.0\noutput = 1.0\n"
    ));
    home
}

fn chat(model: &str, text: &str) -> Value {
    json!({"model": model, "max_tokens": 1000, "messages": [{"role": "user", "content": text}]})
}

fn say(daemon: &Daemon, model: &str, text: &str) -> Answer {
    daemon.post("/v1/chat/completions", &chat(model, text))
}

/// A stream of which the first piece came.
fn streaming(daemon: &Daemon, model: &str) -> TcpStream {
    let mut asked = chat(model, "talk for a long time");
    asked["stream"] = json!(true);
    let mut stream = connect(daemon.port);
    let headers = [("content-type", "application/json")];
    stream.write_all(&request(daemon.port, "POST", "/v1/chat/completions", &headers, asked.to_string().as_bytes())).unwrap();
    let (mut seen, mut piece) = (String::new(), [0; 4096]);
    while !seen.contains("data:") {
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "{seen}");
        seen.push_str(&String::from_utf8_lossy(&piece[..count]));
    }
    stream
}

fn operations(daemon: &Daemon) -> Vec<Value> {
    daemon.get("/api/v1/operations").json()["operations"].as_array().unwrap().clone()
}

#[test]
fn a_daemon_that_ends_with_a_stream_open_cuts_it_off_and_has_its_record() {
    let home = home("");
    let daemon = home.serve(&[]);
    let open = streaming(&daemon, "conform");
    let said = daemon.stop();
    assert!(said.contains("every record is written") && !said.contains("did not let go"), "{said}");
    drop(open);
    let found = operations(&home.serve(&[]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["outcome"], &found[0]["model"]["served"]), (&json!("cancelled"), &json!("conform")), "{found:?}");
}

#[test]
fn what_one_daemon_lists_another_takes() {
    let (one, other) = (home(""), home(""));
    let (from, to) = (one.serve(&[]), other.serve(&[]));
    for (model, text) in [("conform", "hello"), ("dear", "something expensive"), ("nobody", "hello")] {
        say(&from, model, text);
    }
    let first = operations(&from).into_iter().map(|operation| operation["id"].as_str().unwrap().to_owned()).next().unwrap();
    assert_eq!(from.post("/v1/feedback", &json!({"operation": first, "thumbs": "up"})).status, 200);
    let listed = operations(&from);
    assert_eq!(listed.iter().filter_map(|one| one["cost_usd"].as_f64()).sum::<f64>(), 0.00105, "{listed:?}");
    let bearer = format!("Bearer {}", other.key(&["writer", "--scope", "record"]));
    let taken = post(to.port, "/api/v1/operations", &[("authorization", &bearer)], &json!({"operations": listed})).json();
    assert_eq!((&taken["new"], &taken["rejected"]), (&json!(3), &json!(0)), "{taken}");
    let mut expected = listed;
    expected.iter_mut().for_each(|operation| operation["source"] = json!("api"));
    assert_eq!(operations(&to), expected);
    let shown = from.get(&format!("/api/v1/operations/{first}")).json();
    assert_eq!((&shown["feedback"][0]["id"], &shown["feedback"][0]["reward"]), (&json!(first), &json!(1.0)), "{shown}");
}

#[test]
fn what_could_not_be_read_is_listed_with_its_reason_by_pages() {
    let home = home("");
    let bearer = format!("Bearer {}", home.key(&["writer", "--scope", "record"]));
    let daemon = home.serve(&[]);
    let batch: Vec<Value> =
        (0..5).map(|number| json!({"id": format!("bad-{number}"), "kind": "", "note": "sk-proj-abc123abc123abc123abc1"})).collect();
    let taken = post(daemon.port, "/api/v1/operations", &[("authorization", &bearer)], &json!({"operations": batch})).json();
    assert_eq!(taken["rejected"], 5, "{taken}");
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = daemon.get(&format!("/api/v1/dead-letters?limit=2{cursor}")).json();
        seen.extend(page["rejected"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_i64() else { break };
        cursor = format!("&cursor={next}");
    }
    let named = |number: usize| seen[number]["raw"].as_str().unwrap().contains(&format!("bad-{}", 4 - number));
    assert!(seen.len() == 5 && (0..5).all(named), "newest first: {seen:?}");
    assert!(seen[0]["reason"].as_str().unwrap().contains("note"), "{seen:?}");
    assert!(!seen[0]["raw"].as_str().unwrap().contains("sk-proj"), "{seen:?}");
    assert_eq!(daemon.get("/api/v1/dead-letters?cursor=yesterday").status, 400);
    let told = home.json(&["record", "--rejected", "--limit", "3"]);
    assert_eq!(told["rejected"].as_array().unwrap(), &seen[..3], "{told}");
    assert!(home.ok(&["record", "--rejected"]).contains("operations: unknown field `note`"));
}

#[test]
fn the_cache_tells_its_hits_and_what_it_spared_and_can_be_emptied() {
    let home = home("[cache]\nfor = [\"*\"]\n");
    let daemon = home.serve(&[]);
    assert!(!home.ok(&["budget"]).contains("cache"), "nothing is said of a cache nobody used");
    let mut asked = chat("dear", "something expensive");
    asked["temperature"] = json!(0);
    let states: Vec<String> = (0..4).map(|_| daemon.post("/v1/chat/completions", &asked).header("x-kaizen-cache").to_owned()).collect();
    assert_eq!(states, ["miss", "hit", "hit", "hit"]);
    let page = daemon.get("/metrics").body;
    for line in ["kaizen_cache_entries 1", "kaizen_cache_hit_ratio 0.75", "kaizen_cache_saved_usd 0.00315"] {
        assert!(page.contains(line), "{line}: {page}");
    }
    daemon.stop();
    let cache = home.json(&["budget"])["cache"].clone();
    assert_eq!(
        (&cache["lookups"], &cache["hits"], &cache["hit_rate"], &cache["saved_usd"]),
        (&json!(4), &json!(3), &json!(0.75), &json!(0.00315))
    );
    let told = home.ok(&["budget"]);
    assert!(told.contains("3 of 4 look-ups found one (75 %)") && told.contains("spared 0.0032 USD"), "{told}");
    assert!(home.ok(&["budget", "--clear-cache"]).contains("it held 1 answer"));
    assert_eq!(home.json(&["budget"])["cache"]["entries"], 0);
}

/// The first line of a daemon, beside the daemon.
fn cut_off(daemon: &Daemon) -> Value {
    daemon.get("/health").json()["cut_off"].clone()
}

#[test]
fn a_killed_daemon_is_told_once_with_the_calls_that_have_no_record() {
    let home = home("[budget]\nmonthly = 10.0\n");
    assert_eq!(cut_off(&home.serve(&[])), json!([]), "there was none before");
    let daemon = home.serve(&[]);
    assert_eq!(cut_off(&daemon)[0]["calls_without_record"], 0, "it was killed with nothing to do");
    for _ in 0..3 {
        assert_eq!(say(&daemon, "dear", "something expensive").status, 200);
    }
    assert_eq!(operations(&daemon).len(), 3);
    let open = [streaming(&daemon, "dear"), streaming(&daemon, "dear")];
    daemon.kill();
    drop(open);
    let told = cut_off(&home.serve(&[]));
    assert_eq!((&told[0]["calls_without_record"], &told[0]["exact"]), (&json!(2), &json!(true)), "{told}");
    assert!(told[0]["held_usd"].as_f64().unwrap() > 0.0 && told[0]["given_back_usd"] == 0.0, "{told}");
    let listed = home.json(&["budget", "reconcile"]);
    let block = &listed["blocks"][0];
    assert_eq!((&listed["done"], &block["recorded_usd"], &block["free_usd"]), (&json!(false), &json!(0.00315), &json!(0.0)), "{listed}");
    assert!(block["doubt"].as_str().unwrap().contains("2 calls were begun that have no record"), "{listed}");
    assert_eq!(home.json(&["budget", "reconcile", "--yes"])["given_back_usd"], 0.0, "nobody knows what these calls cost");
    let number = block["id"].to_string();
    let short = home.run(&["budget", "reconcile", "--block", &number, "--spent", "0.001", "--yes"]);
    assert_eq!(short.status.code(), Some(2), "{}", String::from_utf8_lossy(&short.stderr));
    let done = home.json(&["budget", "reconcile", "--block", &number, "--spent", "0.005", "--yes"]);
    assert_eq!(done["given_back_usd"].as_f64().unwrap() + 0.005, block["amount_usd"].as_f64().unwrap(), "{done}");
    let budget = home.json(&["budget"]);
    assert_eq!((&budget["spent_usd"], &budget["open_usd"], &budget["blocks"]), (&json!(0.005), &json!(0.0), &json!([])), "{budget}");
    assert_eq!(home.ok(&["budget", "reconcile"]).trim(), "no daemon that was cut off left money aside");
}

#[test]
fn money_that_a_killed_daemon_provably_did_not_send_is_free_again_at_the_next_start() {
    let home = home("[budget]\nmonthly = 10.0\n");
    let daemon = home.serve(&[]);
    for _ in 0..2 {
        assert_eq!(say(&daemon, "dear", "something expensive").status, 200);
    }
    assert_eq!(operations(&daemon).len(), 2);
    daemon.kill();
    assert!(home.json(&["budget"])["open_usd"].as_f64().unwrap() > 0.0);
    let would = home.json(&["budget", "reconcile"]);
    let daemon = home.serve(&[]);
    let told = cut_off(&daemon);
    assert_eq!((&told[0]["calls_without_record"], &told[0]["held_usd"]), (&json!(0), &json!(0.0)), "{told}");
    assert_eq!(told[0]["given_back_usd"], would["given_back_usd"], "{told}");
    let budget = home.json(&["budget"]);
    assert_eq!((&budget["spent_usd"], &budget["open_usd"]), (&json!(0.0021), &json!(0.0)), "{budget}");
    daemon.stop();
    assert_eq!(cut_off(&home.serve(&[])), json!([]), "a daemon that ended well left nothing to be told");
}

#[test]
fn a_daemon_told_to_end_as_soon_as_it_listens_ends_as_any_other() {
    let ends = || {
        let home = Home::new(env!("CARGO_BIN_EXE_kaizen"), "");
        for _ in 0..8 {
            let said = home.serve(&[]).stop();
            assert!(said.contains("every record is written"), "{said}");
        }
    };
    std::thread::scope(|all| (0..6).for_each(|_| drop(all.spawn(ends))));
}
