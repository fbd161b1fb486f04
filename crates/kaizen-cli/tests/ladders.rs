//! The ladder that needs no writing down: a route's candidates, each tried until an answer stands; and what ladders came to.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::daemon::{Daemon, Home};
use kaizen_testkit::http::Answer;
use serde_json::{Value, json};

const SCRIPT: &str = r#"
[[rule]]
model = "large"
contains = "hard one"
json = { city = "Rome" }

[[rule]]
contains = "easy one"
json = { city = "Paris" }

[default]
text = "no city"
usage = { input = 100, output = 100 }
"#;

fn home(more: &str) -> Home {
    let home = Home::new(env!("CARGO_BIN_EXE_kaizen"), "");
    let script = home.file("script.toml", SCRIPT);
    let script = script.display();
    home.configure(&format!(
        "[models.providers.here]\nkind = \"script\"\nfile = \"{script}\"\nmodels = [\"small\", \"mid\"]\n\
         [models.providers.paid]\nkind = \"script\"\nfile = \"{script}\"\nmodels = [\"large\", \"dear\"]\n\
         [models.providers.paid.prices.\"*\"]\ninput = 1.0\noutput = 1.0\n\
         [models.providers.paid.prices.dear]\ninput = 100.0\noutput = 100.0\n{more}"
    ));
    home
}

fn ask(daemon: &Daemon, text: &str) -> Answer {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    daemon.post(
        "/v1/chat/completions",
        &json!({
            "model": "kaizen/extract", "max_tokens": 100, "messages": [{"role": "user", "content": text}],
            "response_format": {"type": "json_schema", "json_schema": {"name": "city", "schema": schema}},
        }),
    )
}

const CANDIDATES: &str = "[routes.extract]\ncandidates = [\"here/small\", \"here/mid\", \"paid/large\"]\n";

fn tiers(home: &Home) -> Vec<Value> {
    let told = home.json(&["budget"]);
    let line = |one: &Value| json!([one["model"], one["tries"], one["verified"], one["wrong"]]);
    told["tiers"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn candidates_are_a_ladder_where_the_answer_can_be_judged_free_ones_three_times_and_paid_ones_once() {
    let home = home(CANDIDATES);
    let daemon = home.serve(&[]);
    assert_eq!(ask(&daemon, "easy one").header("x-kaizen-route"), "here/small; by=ladder; tries=1");
    let hard = ask(&daemon, "hard one");
    assert_eq!((hard.status, hard.header("x-kaizen-route")), (200, "paid/large; by=ladder; tries=7"), "{}", hard.body);
    assert_eq!(ask(&daemon, "nobody can").status, 502);
    let plain = json!({"model": "kaizen/extract", "messages": [{"role": "user", "content": "easy one"}]});
    assert_eq!(daemon.post("/v1/chat/completions", &plain).header("x-kaizen-route"), "here/small; by=rule extract", "nobody can judge it");
    let page = daemon.get("/metrics").body;
    for line in [
        r#"kaizen_ladder_tries_total{model="here/small",ended="wrong"} 6"#,
        r#"kaizen_ladder_tries_total{model="here/small",ended="verified"} 1"#,
        r#"kaizen_ladder_tries_total{model="paid/large",ended="verified"} 1"#,
    ] {
        assert!(page.contains(line), "{line} is not in\n{page}");
    }
    daemon.stop();
    assert_eq!(tiers(&home), [json!(["here/mid", 6, 0, 6]), json!(["here/small", 7, 1, 6]), json!(["paid/large", 2, 1, 1])]);
}

#[test]
fn what_ladders_cost_and_saved_is_told_by_step() {
    let home = home(&format!("{CANDIDATES}[budget]\nreference = \"paid/dear\"\n"));
    let daemon = home.serve(&[]);
    assert_eq!(ask(&daemon, "easy one").status, 200);
    assert_eq!(ask(&daemon, "hard one").status, 200);
    daemon.stop();
    let told = home.json(&["budget"]);
    let of = |model: &str| told["tiers"].as_array().unwrap().iter().find(|one| one["model"] == model).unwrap().clone();
    let (small, large) = (of("here/small"), of("paid/large"));
    assert!(small["cost_usd"] == 0.0 && small["saved_usd"].as_f64().unwrap() > 0.0, "{told}");
    let (cost, saved) = (large["cost_usd"].as_f64().unwrap(), large["saved_usd"].as_f64().unwrap());
    assert!(cost > 0.0 && (saved - 99.0 * cost).abs() < cost, "{told}");
    assert!(home.ok(&["budget"]).contains("step of a ladder"));
}

#[test]
fn where_the_cache_is_on_or_a_rule_chooses_candidates_are_no_ladder() {
    for more in ["[cache]\nfor = [\"extract\"]\n", "[[routes.extract.rules]]\nmin_tokens = 9000\ncandidates = [\"paid/large\"]\n"] {
        let home = home(&format!("{CANDIDATES}{more}"));
        let daemon = home.serve(&[]);
        assert_eq!(ask(&daemon, "easy one").header("x-kaizen-route"), "here/small; by=rule extract", "{more}");
    }
}
