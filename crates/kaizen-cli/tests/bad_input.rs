//! Everything that can be wrong with a request or an upstream, at a real daemon: the status, the shape of the refusal, the record, and
//! that nothing of it stays behind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::daemon::{Daemon, Home};
use kaizen_testkit::http::{Answer, ask, connect, post, request};
use kaizen_testkit::traces::wait_until;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

const FACES: [(&str, &str); 4] =
    [("chat", "/v1/chat/completions"), ("messages", "/v1/messages"), ("responses", "/v1/responses"), ("ollama", "/api/chat")];
const CHUNK: &str = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"one"},"finish_reason":null}]}"#;

/// An upstream that does what the path says: `/hang/v1/chat/completions` never answers.
fn upstream() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(std::thread::spawn(|| behave(stream)))));
    port
}

fn behave(mut stream: TcpStream) -> Option<()> {
    let path = asked_path(&mut stream)?;
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: ";
    let pieces = |piece: &[u8]| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
    let begun = || {
        let first = pieces(format!("data: {CHUNK}\n\n").as_bytes());
        [format!("{head}text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n").as_bytes(), &first].concat()
    };
    match path.split('/').nth(1)? {
        "cut" => stream.write_all(format!("{head}application/json\r\ncontent-length: 500\r\n\r\n{{\"id\"").as_bytes()).ok()?,
        "garbled" => {
            let body = b"{\"id\":\"\xff\xfe\",\"choices\":[\xff";
            let head = format!("{head}application/json\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all(&[head.as_bytes(), body].concat()).ok()?;
        }
        "down" => {
            let body = r#"{"error":{"message":"it fell over","type":"server_error"}}"#;
            let head = "HTTP/1.1 500 Internal Server Error\r\nconnection: close\r\ncontent-type: application/json\r\n";
            stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).ok()?;
        }
        "stream-cut" => stream.write_all(&begun()).ok()?,
        "stream-garbled" => stream.write_all(&[begun(), pieces(b"data: {\"id\": \"\xff\xfe\n\n")].concat()).ok()?,
        "stream-hang" => {
            stream.write_all(&begun()).ok()?;
            // Until the other side gives up.
            stream.read_to_end(&mut Vec::new()).ok()?;
        }
        _ => drop(stream.read_to_end(&mut Vec::new())),
    }
    Some(())
}

/// Reads one request; its path.
fn asked_path(stream: &mut TcpStream) -> Option<String> {
    let (mut all, mut piece) = (Vec::new(), [0; 65536]);
    loop {
        let count = stream.read(&mut piece).ok().filter(|count| *count > 0)?;
        all.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&all).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.trim().parse().ok());
        if body.len() >= length.unwrap_or(0_usize) {
            return Some(head.split(' ').nth(1)?.to_owned());
        }
    }
}

/// A provider of its own for each behaviour and face: what one does speaks against no other.
fn home(more: &str, behaviours: &[&str]) -> Home {
    let port = upstream();
    // Only what hangs is to run into its limit, however busy the machine is.
    let limit = |hangs: bool| if hangs { "1s" } else { "60s" };
    let provider = |behaviour: &str, face: &str| {
        let (timeout, idle) = (limit(behaviour == "hang"), limit(behaviour == "stream-hang"));
        format!(
            "[models.providers.{behaviour}-{face}]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:{port}/{behaviour}/v1\"\n\
             timeout = \"{timeout}\"\nidle_timeout = \"{idle}\"\nmodels = [\"m\"]\nprices.m = {{ input = 1.0, output = 1.0 }}\n"
        )
    };
    let providers: String = behaviours.iter().flat_map(|behaviour| FACES.iter().map(move |(face, _)| provider(behaviour, face))).collect();
    Home::new(env!("CARGO_BIN_EXE_kaizen"), &format!("{more}\n{providers}"))
}

fn body(face: &str, model: &str) -> Value {
    match face {
        "responses" => json!({"model": model, "input": "hi", "max_output_tokens": 10}),
        "ollama" => json!({"model": model, "stream": false, "messages": [{"role": "user", "content": "hi"}]}),
        _ => json!({"model": model, "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}]}),
    }
}

/// Whether a refusal has the shape that the clients of this face read.
fn is_shaped(face: &str, answer: &Answer) -> bool {
    let said = answer.json();
    match face {
        "messages" => said["type"] == "error" && said["error"]["type"].is_string() && said["error"]["message"].is_string(),
        "ollama" => said["error"].is_string(),
        _ => said["error"]["message"].is_string() && said["error"]["type"].is_string(),
    }
}

/// Sockets that the daemon has open.
fn sockets(daemon: &Daemon) -> usize {
    let files = std::fs::read_dir(format!("/proc/{}/fd", daemon.pid())).unwrap();
    let target = |file: std::io::Result<std::fs::DirEntry>| std::fs::read_link(file.ok()?.path()).ok();
    files.filter_map(target).filter(|target| target.to_string_lossy().starts_with("socket:")).count()
}

/// Its memory, in MiB.
fn memory(daemon: &Daemon) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// No call is under way, no record waits, and no more sockets are open than at the beginning.
fn is_empty(daemon: &Daemon, before: usize) -> bool {
    let page = daemon.get("/metrics").body;
    page.contains("kaizen_calls_under_way 0\n") && page.contains("kaizen_records_waiting 0\n") && sockets(daemon) <= before
}

fn settles(daemon: &Daemon, before: usize) {
    wait_until(&format!("no call under way, no record waiting and {before} sockets"), || is_empty(daemon, before));
}

/// Ends it; no money is set aside afterwards.
fn ends_with_nothing_aside(home: &Home, daemon: Daemon) {
    daemon.stop();
    let budget = home.json(&["budget"]);
    assert_eq!((&budget["open_usd"], &budget["blocks"]), (&json!(0.0), &json!([])), "{budget}");
}

#[test]
fn an_upstream_that_hangs_breaks_off_babbles_or_falls_over_is_told_in_each_clients_shape_and_leaves_nothing() {
    let home = home("[budget]\nmonthly = 100.0\n", &["hang", "cut", "garbled", "down"]);
    let daemon = home.serve(&[]);
    let before = sockets(&daemon);
    std::thread::scope(|scope| {
        for (behaviour, status, kind) in
            [("hang", 504, "timeout"), ("cut", 502, "cut"), ("garbled", 502, "garbled"), ("down", 500, "http_500")]
        {
            for (face, path) in FACES {
                let daemon = &daemon;
                scope.spawn(move || {
                    let answer = daemon.post(path, &body(face, &format!("{behaviour}-{face}/m")));
                    assert_eq!(answer.status, status, "{behaviour} {face}: {}", answer.body);
                    assert!(is_shaped(face, &answer), "{behaviour} {face}: {}", answer.body);
                    let operation = daemon.recorded(&answer);
                    assert_eq!(operation["outcome"], "failed", "{behaviour} {face}: {operation}");
                    assert!(operation["error"]["kind"].as_str().unwrap().contains(kind), "{behaviour} {face}: {operation}");
                });
            }
        }
    });
    settles(&daemon, before);
    ends_with_nothing_aside(&home, daemon);
}

#[test]
fn a_stream_that_hangs_breaks_off_or_babbles_says_so_inside_and_leaves_nothing() {
    let home = home("[budget]\nmonthly = 100.0\n", &["stream-hang", "stream-cut", "stream-garbled"]);
    let daemon = home.serve(&[]);
    let before = sockets(&daemon);
    for behaviour in ["stream-hang", "stream-cut", "stream-garbled"] {
        for (face, path) in FACES {
            let mut asked = body(face, &format!("{behaviour}-{face}/m"));
            asked["stream"] = json!(true);
            let answer = daemon.post(path, &asked);
            assert_eq!(answer.status, 200, "{behaviour} {face}: {}", answer.body);
            assert!(answer.body.contains("one") && answer.body.contains("error"), "{behaviour} {face}: {}", answer.body);
            let operation = daemon.recorded(&answer);
            assert_eq!(operation["outcome"], "failed", "{behaviour} {face}: {operation}");
        }
    }
    settles(&daemon, before);
    ends_with_nothing_aside(&home, daemon);
}

#[test]
fn what_a_client_sends_wrong_is_refused_in_its_own_shape_and_recorded() {
    let home = home("", &[]);
    let daemon = home.serve(&[]);
    let before = sockets(&daemon);
    let raw = |path: &str, body: &[u8]| ask(daemon.port, "POST", path, &[("content-type", "application/json")], body);
    for (face, path) in FACES {
        let cases: [(&[u8], u16); 6] = [
            (b"{\"model\": ", 400),
            (b"[1, 2]", 400),
            (b"\"hello\"", 400),
            (b"{\"model\": 5, \"messages\": [], \"input\": []}", 400),
            (b"{\"model\": \"m\", \"messages\": 7, \"input\": 7}", 400),
            (b"\xff\xfe\x00", 400),
        ];
        for (sent, status) in cases {
            let answer = raw(path, sent);
            let shown = String::from_utf8_lossy(sent);
            assert_eq!((answer.status, is_shaped(face, &answer)), (status, true), "{face} {shown}: {}", answer.body);
            assert_eq!(daemon.recorded(&answer)["outcome"], "refused", "{face} {shown}");
        }
        let unknown = daemon.post(path, &body(face, "nobody/nothing"));
        assert_eq!((unknown.status, is_shaped(face, &unknown)), (404, true), "{face}: {}", unknown.body);
        assert_eq!(daemon.recorded(&unknown)["outcome"], "refused", "{face}");
    }
    settles(&daemon, before);
}

#[test]
fn an_exhausted_budget_is_refused_in_each_shape_and_not_tried_again() {
    let home = home("[budget]\nmonthly = 0.000001\n", &["hang"]);
    let daemon = home.serve(&[]);
    for (face, path) in FACES {
        let answer = daemon.post(path, &body(face, &format!("hang-{face}/m")));
        assert_eq!((answer.status, answer.header("x-should-retry")), (429, "false"), "{face}: {}", answer.body);
        assert!(is_shaped(face, &answer), "{face}: {}", answer.body);
        let operation = daemon.recorded(&answer);
        assert_eq!((&operation["outcome"], &operation["error"]["kind"]), (&json!("refused"), &json!("budget_exhausted")), "{operation}");
    }
    ends_with_nothing_aside(&home, daemon);
}

#[test]
fn bodies_of_a_hundred_megabytes_are_refused_and_take_no_memory() {
    let home = home("", &[]);
    let bearer = format!("Bearer {}", home.key(&["writer", "--scope", "record"]));
    let daemon = home.serve(&[]);
    let large = vec![b' '; 100 << 20];
    let send = |path: &str| ask(daemon.port, "POST", path, &[("content-type", "application/json"), ("authorization", &bearer)], &large);
    let all = FACES.iter().map(|(_, path)| *path).chain(["/api/v1/operations", "/api/v1/trajectories", "/v1/traces", "/v1/embeddings"]);
    let paths: Vec<&str> = all.collect();
    assert_eq!(send(paths[0]).status, 413);
    let (before, open) = (memory(&daemon), sockets(&daemon));
    for path in paths {
        assert_eq!(send(path).status, 413, "{path}");
    }
    settles(&daemon, open);
    let after = memory(&daemon);
    assert!(after < before + 96, "{after} MiB after, {before} before: eight bodies of 32 MiB each were read");
}

#[test]
fn requests_that_never_come_to_an_end_are_given_up_and_their_connections_closed() {
    let home = home("", &[]);
    let daemon = home.serve(&[]);
    let before = sockets(&daemon);
    let slow: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut stream = connect(daemon.port);
            stream.write_all(b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nx-a: ").unwrap();
            stream
        })
        .collect();
    let mut gone = connect(daemon.port);
    let whole = request(daemon.port, "POST", "/v1/chat/completions", &[("content-type", "application/json")], &[b' '; 5_000]);
    gone.write_all(&whole[..2_000]).unwrap();
    drop(gone);
    assert_eq!(daemon.get("/health").status, 200, "others are served meanwhile");
    for mut stream in slow {
        let mut rest = Vec::new();
        let ended = stream.read_to_end(&mut rest);
        assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() != std::io::ErrorKind::WouldBlock), "the daemon ends it");
    }
    settles(&daemon, before);
}

#[test]
fn records_that_cannot_be_are_told_apart_from_those_that_can() {
    let home = home("", &[]);
    let bearer = format!("Bearer {}", home.key(&["writer", "--scope", "record"]));
    let headers = [("authorization", bearer.as_str())];
    let daemon = home.serve(&[]);
    let batch = json!({"operations": [
        {"id": "twice", "kind": "deploy"}, {"id": "twice", "kind": "deploy"}, {"id": "late", "kind": "deploy", "started_at": "2199-01-01T00:00:00Z"},
        {"kind": 7}, {"kind": "x", "cost_usd": -1}, {"kind": "x", "usage": {"input": 1, "cache_read": 2}}, null,
    ]});
    let taken = post(daemon.port, "/api/v1/operations", &headers, &batch).json();
    assert_eq!((&taken["new"], &taken["known"], &taken["rejected"]), (&json!(2), &json!(1), &json!(4)), "{taken}");
    let ahead = |hours: u64| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let at = now + u128::from(hours) * 3_600_000_000_000;
        json!({"traceId": "5b8efff798038103d269b633813fc60c", "spanId": format!("{hours:016x}"), "name": "chat", "kind": 3,
            "startTimeUnixNano": at.to_string(), "endTimeUnixNano": (at - 5_000_000).to_string(),
            "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}]})
    };
    let sent = json!({"resourceSpans": [{"scopeSpans": [{"spans": [ahead(1), ahead(500)]}]}]});
    let answer = daemon.post("/v1/traces", &sent).json();
    assert_eq!(answer["partialSuccess"]["rejectedSpans"].to_string().trim_matches('"'), "1", "{answer}");
    let one = daemon.get("/api/v1/operations/5b8efff798038103d269b633813fc60c:0000000000000001").json();
    let clock = one["operation"]["attributes"]["clock"].as_str().unwrap();
    assert!(clock.contains("before it began") && clock.contains("in the future"), "{one}");
    let reasons: Vec<String> = daemon.get("/api/v1/dead-letters").json()["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|letter| letter["reason"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(reasons.len(), 5, "{reasons:?}");
    let nobody = json!({"operation": "nobody", "reward": 1});
    let mine = daemon.post("/v1/feedback", &nobody);
    assert_eq!((mine.status, is_shaped("chat", &mine)), (404, true), "{}", mine.body);
    let theirs = post(daemon.port, "/api/v1/feedback", &headers, &nobody);
    assert_eq!((theirs.status, theirs.header("content-type")), (404, "application/problem+json"));
}
