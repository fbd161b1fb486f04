//! The gateway as its clients meet it: real sockets, a real daemon, a provider that answers from a script.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "gateway/money.rs"]
mod money;

use kaizen_testkit::daemon::{Daemon, Home};
use kaizen_testkit::http::{Answer, ask, connect, finish, get, post, request};
use kaizen_testkit::traces::wait_until;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};

const SCRIPT: &str = r#"
[[rule]]
model = "dear"
contains = "sk-proj"
text = "a secret was told"

[[rule]]
model = "dear"
contains = "my landlord"
text = "Legal."

[[rule]]
model = "dear"
contains = "Something odd"
text = "riddles"

[[rule]]
contains = "capital of France"
text = "Paris."

[[rule]]
contains = "expensive"
text = "gold"
usage = { input = 50, output = 1000 }

[[rule]]
contains = "half a stream"
text = "one two three four"
pieces = 4
cut_after = 2

[[rule]]
contains = "slowly"
text = "a b c d e f g h"
pieces = 8
between = "2s"

[[rule]]
contains = "as json"
json = { city = "Paris" }

[[rule]]
model = "dear"
contains = "hard one"
json = { city = "Rome" }

[[rule]]
model = "small"
contains = "only the small one"
text = "I am small."

[[rule]]
contains = "only the small one"
error = { status = 503, message = "not now" }

[[rule]]
contains = "fall over"
error = { status = 500, message = "it fell over" }

[default]
text = "You said: {last}"
"#;

fn home(more: &str) -> Home {
    let home = Home::new(env!("CARGO_BIN_EXE_kaizen"), "");
    let script = home.file("script.toml", SCRIPT);
    let script = script.display();
    home.configure(&format!(
        "{more}\n[models.providers.script]\nkind = \"script\"\nfile = \"{script}\"\nmodels = [\"conform\", \"small\"]\n\
         [models.providers.paid]\nkind = \"script\"\nfile = \"{script}\"\nmodels = [\"dear\"]\n\
         [models.providers.paid.prices.dear]\ninput = 1.0\noutput = 1.0\n"
    ));
    home
}

fn chat(model: &str, text: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": text}]})
}

fn say(daemon: &Daemon, model: &str, text: &str) -> Answer {
    daemon.post("/v1/chat/completions", &chat(model, text))
}

/// What a call cost, in nano-dollars.
fn nanos(operation: &Value) -> Option<u64> {
    operation["cost_usd"].as_f64().map(|dollars| (dollars * 1e9).round() as u64)
}

fn newest(daemon: &Daemon) -> Value {
    // A call is recorded after its answer was given.
    let mut found = Value::Null;
    wait_until("a call is recorded", || {
        found = daemon.get("/api/v1/operations?limit=1").json()["operations"].get(0).cloned().unwrap_or_default();
        !found.is_null()
    });
    found
}

#[test]
fn a_call_is_answered_by_the_model_that_was_asked_for_and_recorded() {
    let home = home("");
    let daemon = home.serve(&[]);
    let answer = say(&daemon, "conform", "What is the capital of France? My key is sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["choices"][0]["message"]["content"], "Paris.");
    assert_eq!((answer.header("x-kaizen-route"), answer.header("x-kaizen-cache")), ("script/conform; by=named", "off"));
    let operation = daemon.recorded(&answer);
    assert_eq!((&operation["outcome"], &operation["kind"], &operation["source"]), (&json!("ok"), &json!("chat"), &json!("gateway")));
    assert_eq!(operation["model"], json!({"asked": "conform", "served": "conform", "provider": "script"}));
    assert_eq!(operation["route"], json!({"by": "named", "candidates": ["script/conform"], "chosen": 0, "propensity": 1.0}));
    assert_eq!((&operation["offline"], &operation["cost_usd"]), (&json!(true), &json!(0.0)));
    assert_eq!(operation["content"]["output"], "Paris.");
    let input = operation["content"]["input"].as_str().unwrap();
    assert!(input.contains("capital of France") && input.contains("[redacted:") && !input.contains("sk-proj"), "{input}");
    assert!(daemon.stop().contains("every record is written"));
}

#[test]
fn of_a_long_call_the_beginning_is_recorded_and_how_much_was_cut() {
    const LIMIT: usize = 256 * 1024;
    let home = home("");
    let daemon = home.serve(&[]);
    let secret = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD";
    // The secret lies across the end of what is recorded: "user: " comes before it.
    let head = "word ".repeat(LIMIT / 5 - 5);
    let text = format!("{head}{secret} {}", "more ".repeat(LIMIT / 5));
    let answer = say(&daemon, "conform", &text);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let operation = daemon.recorded(&answer);
    for (name, all) in [("input", text.len() + "user: \n".len()), ("output", "You said: ".len() + text.len())] {
        let kept = operation["content"][name].as_str().unwrap();
        let (kept, mark) = kept.rsplit_once("\n[cut: ").unwrap();
        let cut: usize = mark.strip_suffix(" more bytes]").unwrap().parse().unwrap();
        assert!(kept.len() <= LIMIT && kept.len() > LIMIT - 200, "{name}: {}", kept.len());
        assert!(cut > all - LIMIT - 200 && cut < all, "{name}: {cut} of {all}");
        assert!(kept.contains("word word") && !kept.contains("sk-proj"), "{name}: {}", &kept[kept.len() - 100..]);
    }
}

#[test]
fn what_cannot_be_answered_is_refused_in_the_clients_own_shape_and_recorded() {
    let home = home("[serve]\nbody_limit = \"64KiB\"\n");
    let daemon = home.serve(&[]);
    let raw = |path: &str, body: &[u8]| ask(daemon.port, "POST", path, &[("content-type", "application/json")], body);
    let broken = raw("/v1/chat/completions", b"{\"model\": ");
    assert_eq!((broken.status, &broken.json()["error"]["type"]), (400, &json!("invalid_request_error")));
    assert_eq!(daemon.recorded(&broken)["outcome"], "refused");
    let wrong = daemon.post("/v1/chat/completions", &json!({"model": "conform", "messages": "hello"}));
    assert_eq!((wrong.status, &wrong.json()["error"]["param"]), (400, &json!("messages")));
    let unknown = say(&daemon, "no/such-model", "hi");
    assert_eq!((unknown.status, &unknown.json()["error"]["code"]), (404, &json!("model_not_found")));
    assert_eq!(unknown.header("x-should-retry"), "false");
    let anthropic =
        daemon.post("/v1/messages", &json!({"model": "no/such-model", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}));
    assert_eq!((&anthropic.json()["type"], &anthropic.json()["error"]["type"]), (&json!("error"), &json!("not_found_error")));
    let ollama = daemon.post("/api/chat", &json!({"model": "no/such-model", "messages": []}));
    assert!(ollama.json()["error"].is_string(), "{}", ollama.body);
    let large = raw("/v1/chat/completions", &vec![b' '; 100_000]);
    assert_eq!((large.status, large.json()["error"]["message"].as_str().unwrap().contains("body_limit")), (413, true));
    let deep = raw("/v1/chat/completions", "[".repeat(60_000).as_bytes());
    assert_eq!(deep.status, 400);
    assert_eq!(raw("/v1/chat/completions", b"\xff\xfe").status, 400);
    let failed = say(&daemon, "conform", "please fall over");
    assert_eq!((failed.status, &failed.json()["error"]["message"]), (500, &json!("it fell over")));
    let operation = daemon.recorded(&failed);
    assert_eq!((&operation["outcome"], &operation["error"]["kind"]), (&json!("failed"), &json!("http_500")));
}

#[test]
fn pages_of_other_sites_and_other_names_are_refused_everywhere() {
    let home = home("");
    let daemon = home.serve(&[]);
    for path in ["/health", "/metrics", "/api/v1/operations", "/v1/models"] {
        assert_eq!(ask(daemon.port, "GET", path, &[("host", "evil.example")], b"").status, 421, "{path}");
        assert_eq!(ask(daemon.port, "GET", path, &[("origin", "https://evil.example")], b"").status, 403, "{path}");
        assert_eq!(get(daemon.port, path).status, 200, "{path}");
    }
    let nothing = get(daemon.port, "/nothing");
    assert_eq!((nothing.status, nothing.header("content-type")), (404, "application/problem+json"));
    assert_eq!(get(daemon.port, "/v1/chat/completions").status, 405);
}

#[test]
fn every_route_that_is_promised_exists() {
    let home = home("");
    let daemon = home.serve(&[]);
    let page = get(daemon.port, "/openapi.json").json();
    let paths = page["paths"].as_object().unwrap();
    assert!(paths.len() > 20, "{paths:?}");
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            let answer =
                ask(daemon.port, &method.to_uppercase(), &path.replace("{id}", "none"), &[("content-type", "application/json")], b"");
            let missing = answer.status == 405 || (answer.status == 404 && answer.body.contains("there is nothing at"));
            assert!(!missing, "{method} {path}: {}", answer.body);
        }
    }
}

#[test]
fn a_stream_that_breaks_says_so_inside_and_in_its_record() {
    let home = home("");
    let daemon = home.serve(&[]);
    let mut asked = chat("conform", "half a stream");
    asked["stream"] = json!(true);
    let answer = daemon.post("/v1/chat/completions", &asked);
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("one") && answer.body.contains("\"error\"") && !answer.body.contains("[DONE]"), "{}", answer.body);
    let operation = daemon.recorded(&answer);
    assert_eq!((&operation["outcome"], &operation["error"]["kind"]), (&json!("failed"), &json!("cut")));
}

#[test]
fn a_client_that_hangs_up_ends_the_call_and_its_part_is_recorded() {
    let home = home("");
    let daemon = home.serve(&[]);
    let mut asked = chat("conform", "slowly");
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
    drop(stream);
    let operation = newest(&daemon);
    assert_eq!(operation["outcome"], "cancelled", "{operation}");
    assert!(operation["usage"]["output"].as_u64().is_some_and(|output| output < 8), "{operation}");
}

#[test]
fn sixty_four_clients_and_a_kill_never_spend_more_than_the_limit() {
    let home = home("[budget]\nmonthly = 0.05\npace = \"off\"\nlocal_only = 1.0\nblock = 0.005\n");
    let spent = AtomicU64::new(0);
    let run = |daemon: &Daemon, each: u32| {
        let port = daemon.port;
        std::thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| {
                    for _ in 0..each {
                        let mut asked = chat("dear", "something expensive");
                        asked["max_tokens"] = json!(1000);
                        let answer = post(port, "/v1/chat/completions", &[], &asked);
                        match answer.status {
                            200 => drop(spent.fetch_add(1, Ordering::Relaxed)),
                            429 => {
                                assert_eq!(answer.header("x-should-retry"), "false", "{}", answer.body);
                                assert_eq!(answer.json()["error"]["code"], "budget_exhausted", "{}", answer.body);
                            }
                            other => panic!("{other}: {}", answer.body),
                        }
                    }
                });
            }
        });
    };
    let daemon = home.serve(&[]);
    // 16 of the 47 calls that the limit allows, then a kill with a block open.
    for _ in 0..16 {
        let mut asked = chat("dear", "something expensive");
        asked["max_tokens"] = json!(1000);
        assert_eq!(daemon.post("/v1/chat/completions", &asked).status, 200);
        spent.fetch_add(1, Ordering::Relaxed);
    }
    daemon.kill();
    let daemon = home.serve(&[]);
    run(&daemon, 3);
    let calls = spent.load(Ordering::Relaxed);
    // A call costs 0.00105 USD. A killed process strands at most one block of 0.005.
    assert!((40..=47).contains(&calls), "{calls} calls of 0.00105 USD with a limit of 0.05");
    let named = daemon.post("/v1/chat/completions", &chat("conform", "What is the capital of France?"));
    assert_eq!(named.status, 200, "what costs nothing goes on: {}", named.body);
    let told = home.json(&["budget"]);
    assert!(told.to_string().contains("0.05"), "{told}");
}

#[test]
fn an_answer_is_given_again_only_where_that_was_asked_for() {
    let home = home("[cache]\nfor = [\"chat\"]\n");
    let daemon = home.serve(&[]);
    let mut asked = chat("conform", "What is the capital of France?");
    asked["temperature"] = json!(0);
    let first = daemon.post("/v1/chat/completions", &asked);
    assert_eq!(first.header("x-kaizen-cache"), "miss", "{}", first.body);
    asked["user"] = json!("somebody else");
    let second = daemon.post("/v1/chat/completions", &asked);
    assert_eq!((second.header("x-kaizen-cache"), &second.body), ("hit", &first.body));
    assert_eq!(daemon.recorded(&second)["cache"], "hit");
    let beta = post(daemon.port, "/v1/chat/completions", &[("openai-beta", "other=v2")], &asked);
    assert_eq!(beta.header("x-kaizen-cache"), "miss", "what a header asks for is asked for");
    asked["temperature"] = json!(1);
    assert_eq!(daemon.post("/v1/chat/completions", &asked).header("x-kaizen-cache"), "off", "what is drawn is not given again");
    drop(daemon);
    asked["temperature"] = json!(0);
    let daemon = home.serve(&[]);
    assert_eq!(daemon.post("/v1/chat/completions", &asked).header("x-kaizen-cache"), "hit", "it is kept across a restart");
    assert!(get(daemon.port, "/metrics").body.contains("kaizen_cache_lookups_total{result=\"hit\"} 1"));
}

#[test]
fn what_another_candidate_answered_is_not_given_again_in_the_name_of_the_first() {
    let home = home("[cache]\nfor = [\"chat\", \"ask\"]\n[routes.ask]\ncandidates = [\"script/conform\", \"script/small\"]\n");
    let daemon = home.serve(&[]);
    let ask = |model: &str| {
        let mut asked = chat(model, "only the small one");
        asked["temperature"] = json!(0);
        daemon.post("/v1/chat/completions", &asked)
    };
    for _ in 0..2 {
        let routed = ask("kaizen/ask");
        assert_eq!(routed.json()["choices"][0]["message"]["content"], "I am small.", "{}", routed.body);
        assert!(routed.header("x-kaizen-route").starts_with("script/small"), "{:?}", routed.headers);
        assert_eq!(routed.header("x-kaizen-cache"), "miss", "the first candidate has not answered");
    }
    let named = ask("script/conform");
    assert_eq!(
        (named.status, &named.json()["error"]["message"]),
        (503, &json!("not now")),
        "a named model is not exchanged: {}",
        named.body
    );
    assert_eq!(ask("script/small").header("x-kaizen-cache"), "miss");
    assert_eq!(ask("script/small").header("x-kaizen-cache"), "hit");
}

#[test]
fn a_key_bears_its_models_its_rate_and_its_rights() {
    let home = home("");
    let key = home.key(&["alice", "--model", "script/*", "--rate", "2"]);
    let daemon = home.serve(&[]);
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str())];
    let ask = |model: &str| post(daemon.port, "/v1/chat/completions", &headers, &chat(model, "What is the capital of France?"));
    assert_eq!(ask("paid/dear").status, 403);
    let first = ask("script/conform");
    assert_eq!((first.status, &daemon.recorded(&first)["tenant"]), (200, &json!("alice")));
    assert_eq!(ask("script/conform").status, 200);
    let third = ask("script/conform");
    assert_eq!((third.status, third.header("retry-after").is_empty()), (429, false));
    let write = post(daemon.port, "/api/v1/operations", &headers, &json!({"operations": []}));
    assert_eq!(write.status, 403, "{}", write.body);
    let wrong = post(daemon.port, "/v1/chat/completions", &[("authorization", "Bearer kz_wrong")], &chat("conform", "hi"));
    assert_eq!(wrong.status, 401);
}

#[test]
fn a_keys_list_of_models_holds_by_whatever_name_they_are_asked_for() {
    let home = home(
        "[routes.ask]\ncandidates = [\"paid/dear\", \"script/conform\"]\n[routes.gold]\ncandidates = [\"paid/dear\"]\n\
         [routes.extract]\ntiers = [{ model = \"paid/dear\" }]\n",
    );
    let key = home.key(&["alice", "--model", "script/conform"]);
    let daemon = home.serve(&[]);
    let bearer = format!("Bearer {key}");
    let ask = |asked: &Value| post(daemon.port, "/v1/chat/completions", &[("authorization", bearer.as_str())], asked);
    let short = ask(&chat("conform", "What is the capital of France?"));
    assert_eq!(short.status, 200, "the full name is listed: {}", short.body);
    let routed = ask(&chat("kaizen/ask", "What is the capital of France?"));
    assert_eq!((routed.status, routed.header("x-kaizen-route").starts_with("script/conform")), (200, true), "{:?}", routed.headers);
    for beyond in ["dear", "paid/dear", "kaizen/gold"] {
        let refused = ask(&chat(beyond, "What is the capital of France?"));
        assert_eq!(refused.status, 403, "{beyond}: {}", refused.body);
    }
    let mut ladder = chat("kaizen/extract", "hard one");
    ladder["response_format"] = json!({"type": "json_schema", "json_schema": {"name": "city", "schema": {"type": "object"}}});
    assert_eq!(ask(&ladder).status, 403);
}

#[test]
fn what_others_send_is_in_the_store_before_it_is_acknowledged() {
    let home = home("");
    let key = home.key(&["writer", "--scope", "record"]);
    let daemon = home.serve(&[]);
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str())];
    let batch = json!({"operations": [
        {"id": "deploy-1", "kind": "deploy", "started_at": 1_795_000_000_000_i64, "duration_us": 5, "outcome": "ok"},
        {"id": "deploy-2", "kind": "", "outcome": "ok"},
    ]});
    assert_eq!(post(daemon.port, "/api/v1/operations", &[], &batch).status, 401);
    let taken = post(daemon.port, "/api/v1/operations", &headers, &batch).json();
    assert_eq!((&taken["new"], &taken["known"], &taken["rejected"]), (&json!(1), &json!(0), &json!(1)), "{taken}");
    assert_eq!(taken["reasons"][0]["index"], 1, "{taken}");
    daemon.kill();
    let daemon = home.serve(&[]);
    let again = post(daemon.port, "/api/v1/operations", &headers, &batch).json();
    assert_eq!((&again["new"], &again["known"]), (&json!(0), &json!(1)), "{again}");
    let up = daemon.post("/v1/feedback", &json!({"operation": "deploy-1", "thumbs": "up", "text": "smooth"}));
    assert_eq!(up.status, 200, "{}", up.body);
    let shown = daemon.get("/api/v1/operations/deploy-1").json();
    assert_eq!(shown["feedback"][0]["reward"], 1.0, "{shown}");
    let nobody = daemon.post("/v1/feedback", &json!({"operation": "nobody", "reward": 0.5}));
    assert_eq!(nobody.status, 404, "{}", nobody.body);
    let garbage = post(daemon.port, "/api/v1/operations", &headers, &json!(5));
    assert_eq!((garbage.status, garbage.header("content-type")), (400, "application/problem+json"));
}

#[test]
fn telemetry_of_other_programs_becomes_operations() {
    let home = home("");
    let daemon = home.serve(&[]);
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let count = |key: &str, value: u32| json!({"key": key, "value": {"intValue": value.to_string()}});
    let span = json!({"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "chat m", "kind": 3,
        "startTimeUnixNano": "1795000000000000000", "endTimeUnixNano": "1795000000500000000",
        "attributes": [text("gen_ai.operation.name", "chat"), text("gen_ai.system", "openai"), text("gen_ai.request.model", "gpt-4o-mini"),
            count("gen_ai.usage.prompt_tokens", 12), count("gen_ai.usage.completion_tokens", 3)]});
    let sent = json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]});
    for path in ["/v1/traces", "/otlp/v1/traces"] {
        assert_eq!(daemon.post(path, &sent).status, 200, "{path}");
    }
    let listed = daemon.get("/api/v1/operations").json();
    let operations = listed["operations"].as_array().unwrap();
    assert_eq!(operations.len(), 1, "the same span twice is one operation: {listed}");
    assert_eq!((&operations[0]["usage"]["input"], &operations[0]["source"]), (&json!(12), &json!("otlp")), "{listed}");
    assert_eq!(ask(daemon.port, "POST", "/v1/traces", &[("content-type", "text/plain")], b"x").status, 415);
    let point = json!({"timeUnixNano": "1795000000000000000", "asDouble": 2.5});
    let metric = json!({"name": "queue.length", "unit": "1", "gauge": {"dataPoints": [point]}});
    let sent = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]});
    for _ in 0..2 {
        assert_eq!(daemon.post("/v1/metrics", &sent).status, 200);
    }
    assert_eq!(daemon.get("/api/v1/metrics").json()["metrics"], json!(["queue.length"]));
    let samples = daemon.get("/api/v1/metrics/queue.length").json();
    assert_eq!((samples["samples"].as_array().unwrap().len(), &samples["samples"][0]["value"]), (1, &json!(2.5)), "{samples}");
}

#[test]
fn a_routed_name_goes_to_the_next_candidate_and_a_named_model_never_does() {
    let home = home(
        "[routes.summarise]\ncandidates = [\"ollama/not-there:1b\", \"script/conform\"]\n[models.providers.ollama]\nbase_url = \"http://127.0.0.1:9\"\n",
    );
    let daemon = home.serve(&[]);
    let routed = say(&daemon, "kaizen/summarise", "What is the capital of France?");
    assert_eq!(routed.status, 200, "{}", routed.body);
    assert!(routed.header("x-kaizen-route").starts_with("script/conform"), "{:?}", routed.headers);
    let operation = daemon.recorded(&routed);
    assert_eq!((&operation["kind"], &operation["route"]["chosen"]), (&json!("summarise"), &json!(1)), "{operation}");
    let named = say(&daemon, "ollama/not-there:1b", "What is the capital of France?");
    assert!(matches!(named.status, 502 | 503), "{}", named.body);
    let unknown = say(&daemon, "kaizen/unheard-of", "hi");
    assert_eq!((unknown.status, unknown.body.contains("[routes.unheard-of]")), (404, true), "{}", unknown.body);
}

#[test]
fn a_ladder_is_climbed_until_an_answer_stands_and_every_try_is_paid_and_told() {
    let tiers =
        "[routes.extract]\ntiers = [{ model = \"script/small\", attempts = 2 }, { model = \"paid/dear\" }]\n[budget]\nmonthly = 1.0\n";
    let home = home(&format!("{tiers}pace = \"off\"\nreference = \"paid/dear\"\n"));
    let daemon = home.serve(&[]);
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let ask = |text: &str| {
        let mut asked = chat("kaizen/extract", text);
        asked["max_tokens"] = json!(100);
        asked["response_format"] = json!({"type": "json_schema", "json_schema": {"name": "city", "schema": schema}});
        daemon.post("/v1/chat/completions", &asked)
    };
    let stands = ask("small one, give me the city as json");
    assert_eq!(stands.status, 200, "{}", stands.body);
    assert_eq!(stands.header("x-kaizen-route"), "script/small; by=ladder; tries=1");
    let free = daemon.recorded(&stands);
    let tokens = free["usage"]["input"].as_u64().unwrap() + free["usage"]["output"].as_u64().unwrap();
    // The reference asks for 1000 nano-dollars a token, and the small one for nothing.
    assert_eq!((&free["attributes"]["saved_nano_usd"], nanos(&free)), (&json!(tokens * 1000), Some(0)), "{free}");
    let climbed = ask("hard one, as text");
    assert_eq!(climbed.status, 200, "{}", climbed.body);
    assert_eq!(climbed.header("x-kaizen-route"), "paid/dear; by=ladder; tries=3");
    let operation = daemon.recorded(&climbed);
    let tries: Vec<&str> = operation["attributes"]["ladder"].as_array().unwrap().iter().map(|one| one["ended"].as_str().unwrap()).collect();
    assert_eq!(tries, ["wrong", "wrong", "verified"], "{operation}");
    assert!(operation["cost_usd"].as_f64().is_some_and(|cost| cost > 0.0), "{operation}");
    let fallen = ask("nobody can");
    assert_eq!((fallen.status, &fallen.json()["error"]["code"]), (502, &json!("no_answer_stands")), "{}", fallen.body);
}

#[test]
fn where_a_model_has_the_role_it_says_the_kind_of_calls_that_no_rule_knows() {
    let home = home(
        "[roles]\nintent = \"paid/dear\"\n[budget]\nmonthly = 1.0\npace = \"off\"\n[routes.legal]\ncandidates = [\"script/conform\"]\n",
    );
    let daemon = home.serve(&[]);
    let of_kind = |kind: &str| daemon.get(&format!("/api/v1/operations?kind={kind}")).json()["operations"].as_array().unwrap().clone();
    let answer = say(&daemon, "conform", "May my landlord do that? My key is sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD");
    assert_eq!(answer.status, 200);
    // The call is recorded at once; what it was about is written down when the model has said it.
    wait_until("the kind and the question are recorded", || !of_kind("legal").is_empty() && !of_kind("kaizen.intent").is_empty());
    let operation = daemon.recorded(&answer);
    assert_eq!(operation["kind"], "legal", "{operation}");
    let questions = of_kind("kaizen.intent");
    assert_eq!(questions.len(), 1, "a question has none about itself: {questions:?}");
    let question = &questions[0];
    assert_eq!((&question["parent"], &question["source"], &question["outcome"]), (&operation["id"], &json!("own"), &json!("ok")));
    assert!(nanos(question).is_some_and(|cost| cost > 0), "{question}");
    // A rule is sure of this one, the client of that one, and the model's answer to the last is no known kind.
    let sure = say(&daemon, "conform", "Translate this: landlord");
    let told = post(daemon.port, "/v1/chat/completions", &[("x-kaizen-kind", "rent")], &chat("conform", "May my landlord do that?"));
    let odd = say(&daemon, "conform", "Something odd");
    let kinds = [sure, told, odd].map(|answer| daemon.recorded(&answer)["kind"].take());
    assert_eq!(kinds, [json!("translate"), json!("rent"), json!("chat")]);
    wait_until("the second question is recorded", || of_kind("kaizen.intent").len() > 1);
    assert_eq!((of_kind("kaizen.intent").len(), of_kind("legal").len()), (2, 1));
    daemon.stop();
}

#[test]
fn without_the_role_nobody_is_asked_for_the_kind() {
    let home = home("");
    let daemon = home.serve(&[]);
    let answer = say(&daemon, "conform", "May my landlord do that?");
    assert_eq!(daemon.recorded(&answer)["kind"], "chat");
    daemon.stop();
    let daemon = home.serve(&[]);
    let listed = daemon.get("/api/v1/operations").json();
    assert_eq!(listed["operations"].as_array().unwrap().len(), 1, "{listed}");
}

#[test]
fn by_phases_a_share_of_the_routed_calls_stays_on_this_machine() {
    let home = home(
        "[budget]\nmonthly = 1000.0\npace = \"phases\"\nphases = [{ until = 31, local = 0.5 }]\n\
         [routes.ask]\nrules = []\ncandidates = [\"paid/dear\", \"script/conform\"]\n",
    );
    let daemon = home.serve(&[]);
    let went = |_: u32| {
        let mut asked = chat("kaizen/ask", "What is the capital of France?");
        asked["max_tokens"] = json!(10);
        daemon.post("/v1/chat/completions", &asked).header("x-kaizen-route").starts_with("script/")
    };
    let local = (0..10).map(went).filter(|local| *local).count();
    assert_eq!(local, 5, "half of the calls");
}

#[test]
fn offline_opens_no_connection_to_another_machine() {
    let home = home("");
    let daemon = home.serve(&["--offline"]);
    let refused = post(daemon.port, "/v1/chat/completions", &[("authorization", "Bearer sk-mine")], &chat("openai/gpt-4o-mini", "hi"));
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (403, &json!("offline")), "{}", refused.body);
    assert_eq!(say(&daemon, "conform", "What is the capital of France?").status, 200);
}

#[test]
fn beyond_this_machine_it_listens_only_where_keys_are_asked_for() {
    let home = home("");
    let refused = home.run(&["serve", "--address", "0.0.0.0:0"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(said.contains("can be reached from other machines") && said.contains("kaizen key add"), "{said}");
}

#[test]
fn a_request_whose_head_never_ends_is_given_up() {
    let home = home("");
    let daemon = home.serve(&[]);
    let mut stream = connect(daemon.port);
    stream.write_all(b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nx-a: ").unwrap();
    let mut rest = Vec::new();
    let ended = stream.read_to_end(&mut rest);
    assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() != std::io::ErrorKind::WouldBlock), "the server ends it");
    let mut whole = connect(daemon.port);
    whole.write_all(&request(daemon.port, "GET", "/health", &[], b"")).unwrap();
    assert_eq!(finish(whole).status, 200);
}
