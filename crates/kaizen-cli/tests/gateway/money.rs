//! What calls are taken to have cost whose end nobody heard, and whom one asks for money.

use super::{chat, home, nanos, newest, say};
use kaizen_testkit::daemon::{Daemon, Home};
use kaizen_testkit::http::{connect, post, request};
use kaizen_testkit::traces::wait_until;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::time::Duration;

/// A model that costs 1000 nano-dollars a token, in its own house: each request is told, then answered with this body.
fn elsewhere(more: &str, body: Option<&'static str>) -> (Home, std::sync::mpsc::Receiver<()>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, asked) = (stream.unwrap(), asked.clone());
            std::thread::spawn(move || attend(stream, &asked, body));
        }
    });
    let provider = format!(
        "[models.providers.slow]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:{port}/v1\"\nmodels = [\"thinker\"]\n\
         [models.providers.slow.prices.thinker]\ninput = 1.0\noutput = 1.0\n"
    );
    (home(&format!("{more}\n{provider}")), told)
}

/// One request. Without a body it thinks until the client has gone, with an empty one it breaks off.
fn attend(mut stream: std::net::TcpStream, asked: &std::sync::mpsc::Sender<()>, body: Option<&str>) {
    let (mut head, mut piece) = (Vec::new(), [0; 4096]);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "a request has a head");
        head.extend_from_slice(&piece[..count]);
    }
    // A test that has ended does not want to know.
    let _ = asked.send(());
    if body == Some("") {
        return;
    }
    if let Some(body) = body {
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    }
    while stream.read(&mut piece).is_ok_and(|count| count > 0) {}
}

#[test]
fn an_attempt_that_broke_off_is_made_again_only_where_no_money_was_put_aside_for_it() {
    const BUDGET: &str = "[budget]\nmonthly = 1.0\npace = \"off\"\n";
    for (budget, attempts) in [("", 3), (BUDGET, 1)] {
        let (home, told) = elsewhere(budget, Some(""));
        let daemon = home.serve(&[]);
        let asked = json!({"model": "thinker", "max_tokens": 1000, "messages": [{"role": "user", "content": "hi"}]});
        let failed = daemon.post("/v1/chat/completions", &asked);
        assert_eq!((failed.status, told.try_iter().count()), (502, attempts), "{}", failed.body);
        let most = (asked.to_string().len() as u64 + 1000) * 1000;
        let expected = (!budget.is_empty()).then_some(most);
        assert_eq!(nanos(&daemon.recorded(&failed)), expected, "what one attempt may have cost, where money was put aside");
    }
}

#[test]
fn an_error_inside_a_good_status_is_a_failed_call() {
    let (home, _told) = elsewhere("", Some(r#"{"error":{"message":"it fell over quietly","type":"server_error"}}"#));
    let daemon = home.serve(&[]);
    let failed = say(&daemon, "thinker", "hi");
    assert_eq!((failed.status, &failed.json()["error"]["type"]), (502, &json!("server_error")), "{}", failed.body);
    let operation = daemon.recorded(&failed);
    assert_eq!((&operation["outcome"], &operation["error"]["kind"]), (&json!("failed"), &json!("server_error")), "{operation}");
    let asked = json!({"model": "thinker", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]});
    let anthropic = daemon.post("/v1/messages", &asked);
    assert!(matches!(anthropic.status, 502 | 503), "three attempts each: the breaker may have opened");
    assert_eq!(anthropic.json()["type"], "error", "{}", anthropic.body);
}

/// Asks, and hangs up as soon as the model was asked.
fn hang_up(daemon: &Daemon, told: &std::sync::mpsc::Receiver<()>, asked: &Value) -> Value {
    let mut stream = connect(daemon.port);
    let headers = [("content-type", "application/json")];
    stream.write_all(&request(daemon.port, "POST", "/v1/chat/completions", &headers, asked.to_string().as_bytes())).unwrap();
    told.recv_timeout(Duration::from_secs(60)).unwrap();
    drop(stream);
    newest(daemon)
}

#[test]
fn a_client_that_hangs_up_before_the_first_piece_has_spent_what_was_put_aside() {
    const BUDGET: &str = "[budget]\nmonthly = 1.0\npace = \"off\"\n";
    let ladder = format!("{BUDGET}[routes.extract]\ntiers = [{{ model = \"slow/thinker\" }}]\n");
    let format = json!({"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}});
    for (more, model, stream) in [(BUDGET, "thinker", false), (BUDGET, "thinker", true), (&ladder, "kaizen/extract", false)] {
        let (home, told) = elsewhere(more, None);
        let daemon = home.serve(&[]);
        let mut asked = chat(model, "think");
        (asked["max_tokens"], asked["stream"], asked["response_format"]) = (json!(1000), json!(stream), format.clone());
        // A token costs 1000 nano-dollars, and no body has more tokens than bytes.
        let most = (asked.to_string().len() as u64 + 1000) * 1000;
        let operation = hang_up(&daemon, &told, &asked);
        assert_eq!((&operation["outcome"], nanos(&operation)), (&json!("cancelled"), Some(most)), "{model}: {operation}");
        daemon.stop();
        let spent = home.json(&["budget"]);
        assert_eq!(spent["spent_usd"], json!(most as f64 / 1e9), "{model}: {spent}");
    }
}

#[test]
fn what_came_of_an_answer_is_paid_where_its_provider_counts_only_at_the_end() {
    const STREAM: &str = concat!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n",
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\
         \"model\":\"c\",\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":7,\"output_tokens\":1}}}\n\n",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\
         \"text\":\"a dozen words or so, which are more than one token\"}}\n\n",
    );
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, mut piece) = (listener.accept().unwrap().0, [0; 65_536]);
        assert!(stream.read(&mut piece).unwrap() > 0);
        stream.write_all(STREAM.as_bytes()).unwrap();
        while stream.read(&mut piece).is_ok_and(|count| count > 0) {}
    });
    let home = home(&format!(
        "[models.providers.claude]\nkind = \"anthropic\"\nbase_url = \"http://127.0.0.1:{port}\"\nmodels = [\"c\"]\n\
         [models.providers.claude.prices.c]\ninput = 1.0\noutput = 1.0\n"
    ));
    let daemon = home.serve(&[]);
    let asked = json!({"model": "c", "max_tokens": 50, "stream": true, "messages": [{"role": "user", "content": "hi"}]});
    let mut stream = connect(daemon.port);
    let headers = [("content-type", "application/json")];
    stream.write_all(&request(daemon.port, "POST", "/v1/messages", &headers, asked.to_string().as_bytes())).unwrap();
    let (mut seen, mut piece) = (String::new(), [0; 4096]);
    while !seen.contains("a dozen words") {
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "{seen}");
        seen.push_str(&String::from_utf8_lossy(&piece[..count]));
    }
    drop(stream);
    let operation = newest(&daemon);
    let output = operation["usage"]["output"].as_u64().unwrap();
    assert!(output > 12 && operation["usage"]["input"] == 7, "{operation}");
    assert_eq!((&operation["outcome"], nanos(&operation)), (&json!("cancelled"), Some((7 + output) * 1000)), "{operation}");
}

#[test]
fn what_a_client_that_hangs_up_has_spent_is_not_known_where_nothing_was_put_aside() {
    let (home, told) = elsewhere("", None);
    let daemon = home.serve(&[]);
    let operation = hang_up(&daemon, &told, &chat("thinker", "think"));
    assert_eq!((&operation["outcome"], nanos(&operation)), (&json!("cancelled"), None), "{operation}");
}

/// The number of the question that waits.
fn question(home: &Home) -> String {
    let mut id = String::new();
    wait_until("somebody is asked", || {
        id = home.json(&["budget", "asks"])["asks"].get(0).map_or_else(String::new, |ask| ask["id"].to_string());
        !id.is_empty()
    });
    id
}

#[test]
fn a_person_is_asked_for_what_there_is_no_money_for_while_the_call_waits() {
    // A call costs up to a cent, and the month has less.
    let home = home("[budget]\nmonthly = 0.005\npace = \"off\"\nwhen_exhausted = \"ask\"\nunanswered = \"wait\"\npatience = \"1s\"\n");
    let daemon = home.serve(&[]);
    let mut asked = chat("dear", "something expensive");
    asked["max_tokens"] = json!(10_000);
    let port = daemon.port;
    let call = || post(port, "/v1/chat/completions", &[], &asked);
    std::thread::scope(|scope| {
        let waits = scope.spawn(call);
        let id = question(&home);
        let told = home.json(&["budget", "asks"])["asks"][0].clone();
        assert_eq!((&told["model"], &told["kind"]), (&json!("paid/dear"), &json!("chat")), "{told}");
        assert!(told["reason"].as_str().unwrap().contains("are left this month"), "{told}");
        assert!(home.ok(&["budget", "allow", &id]).contains("may cost up to"));
        let allowed = waits.join().unwrap();
        assert_eq!(allowed.status, 200, "{}", allowed.body);
        assert_eq!(nanos(&daemon.recorded(&allowed)), Some(1_050_000));
        let waits = scope.spawn(call);
        let id = question(&home);
        home.ok(&["budget", "refuse", &id]);
        let refused = waits.join().unwrap();
        assert_eq!((refused.status, refused.header("x-should-retry")), (429, "false"), "{}", refused.body);
        assert!(refused.json()["error"]["message"].as_str().unwrap().ends_with("a person refused it"), "{}", refused.body);
        let late = home.run(&["budget", "allow", &id]);
        assert_eq!(late.status.code(), Some(2), "it is answered");
    });
    let mut stream = connect(port);
    let headers = [("content-type", "application/json")];
    stream.write_all(&request(port, "POST", "/v1/chat/completions", &headers, asked.to_string().as_bytes())).unwrap();
    question(&home);
    drop(stream);
    wait_until("who went away waits for nothing", || home.json(&["budget", "asks"])["asks"] == json!([]));
    daemon.stop();
}

#[test]
fn a_question_that_nobody_answers_ends_as_the_settings_say() {
    let run = |unanswered: &str| {
        let home = home(&format!(
            "[budget]\nmonthly = 0.005\npace = \"off\"\nwhen_exhausted = \"ask\"\nunanswered = \"{unanswered}\"\npatience = \"1s\"\n\
             [routes.ask]\nrules = []\ncandidates = [\"paid/dear\", \"script/conform\"]\n"
        ));
        let daemon = home.serve(&[]);
        let ask = |model: &str| {
            let mut asked = chat(model, "What is the capital of France?");
            asked["max_tokens"] = json!(10_000);
            let answer = daemon.post("/v1/chat/completions", &asked);
            (answer.status, answer.header("x-kaizen-route").to_owned(), answer.body)
        };
        let (named, routed) = (ask("dear"), ask("kaizen/ask"));
        assert!(named.0 == 429 && named.2.contains("nobody allowed it in time"), "{named:?}");
        assert_eq!(home.json(&["budget", "asks"])["asks"], json!([]));
        routed
    };
    let local = run("local");
    assert!(local.0 == 200 && local.1.starts_with("script/conform"), "{local:?}");
    let skipped = run("skip");
    assert!(skipped.0 == 429 && skipped.2.contains("nobody allowed it in time"), "{skipped:?}");
}

#[test]
fn what_there_is_no_money_for_goes_to_a_free_model_or_is_refused_as_the_settings_say() {
    let run = |when_exhausted: &str| {
        let home = home(&format!(
            "[budget]\nmonthly = 0.005\npace = \"off\"\nwhen_exhausted = \"{when_exhausted}\"\n\
             [routes.ask]\nrules = []\ncandidates = [\"paid/dear\", \"script/conform\"]\n"
        ));
        let mut asked = chat("kaizen/ask", "What is the capital of France?");
        asked["max_tokens"] = json!(10_000);
        let answer = home.serve(&[]).post("/v1/chat/completions", &asked);
        (answer.status, answer.header("x-kaizen-route").to_owned(), answer.body)
    };
    let degraded = run("degrade");
    assert!(degraded.0 == 200 && degraded.1.starts_with("script/conform"), "{degraded:?}");
    let refused = run("refuse");
    assert!(refused.0 == 429 && refused.2.contains("budget_exhausted"), "{refused:?}");
}
