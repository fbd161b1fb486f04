//! What models ask for is told with its source and its age; old prices are told as old, and an unknown one is not zero.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::daemon::Home;
use serde_json::{Value, json};

fn home(config: &str) -> Home {
    Home::new(env!("CARGO_BIN_EXE_kaizen"), config)
}

fn one(list: &Value, model: &str) -> Value {
    list["prices"].as_array().unwrap().iter().find(|one| one["model"] == model).unwrap_or_else(|| panic!("{model}")).clone()
}

#[test]
fn every_price_says_where_it_is_from_and_how_old_it_is() {
    let home = home("[models.providers.openai.prices]\n\"gpt-4o*\" = { input = 1.5, output = 6.0 }\n[budget]\nprice_age = \"36500d\"\n");
    let list = home.json(&["models", "prices"]);
    assert_eq!(list["schema"], "kaizen.prices/1");
    for price in list["prices"].as_array().unwrap() {
        let whose = price["kind"].as_str().unwrap();
        let dated = price["date"].is_string()
            && price["age_days"].as_i64().unwrap() >= 0
            && price["source"].as_str().unwrap().starts_with("https://");
        assert!(["vendor", "reported", "settings"].contains(&whose) && (dated || whose == "settings"), "{price}");
        assert_eq!(price["old"], false, "{price}");
    }
    let (own, listed) = (one(&list, "openai/gpt-4o*"), one(&list, "gpt-4o"));
    assert_eq!((&own["input_usd"], &own["kind"], &own["host"]), (&json!(1.5), &json!("settings"), &Value::Null));
    assert_eq!((&listed["host"], &listed["kind"]), (&json!("api.openai.com"), &json!("vendor")));
    let text = home.ok(&["models", "prices"]);
    assert!(text.contains("your own") && text.contains("api.anthropic.com") && text.contains("days old"), "{text}");
}

#[test]
fn prices_older_than_the_setting_are_told_as_old() {
    let home = home("[budget]\nprice_age = \"1s\"\n");
    let said = home.run(&["models", "prices"]);
    let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(err.contains("prices are older than 0 days ([budget] price_age)"), "{err}");
    assert!(out.contains("days old"), "{out}");
    assert_eq!(one(&home.json(&["models", "prices"]), "claude-opus-5-5")["old"], true);
    assert!(home.ok(&["budget"]).contains("which is OLD"));
    assert_eq!(home.json(&["budget"])["prices_old"], true);
}

#[test]
fn where_there_is_a_budget_a_model_without_a_price_is_refused_and_not_taken_for_free() {
    let home = home(
        "[budget]\nmonthly = 5.0\n[models.providers.lab]\nkind = \"openai\"\nbase_url = \"http://192.0.2.7/v1\"\nheaders = { x-a = \"b\" }\n",
    );
    let daemon = home.serve(&["--offline"]);
    let refused = daemon.post("/v1/chat/completions", &json!({"model": "lab/m", "messages": [{"role": "user", "content": "hi"}]}));
    assert!(refused.status != 200 && refused.body.contains("unknown is not zero"), "{}", refused.body);
    assert_eq!(refused.header("x-should-retry"), "false");
}
