//! A LiteLLM proxy from the package index as the provider behind the gateway: with answers it makes up itself, and passing calls on
//! to a second daemon, so that what it streams went through its own translation.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::daemon::{Daemon, Home};
use kaizen_testkit::http::get;
use kaizen_testkit::venv::with_packages;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const LITELLM: &[&str] = &["litellm[proxy]==1.106.2"];

/// What the daemon behind the proxy answers.
const SCRIPT: &str = r#"
[[rule]]
contains = "weather"
tools = true
tool_calls = [{ name = "weather", arguments = { city = "Paris" } }, { name = "weather", arguments = { city = "Rome" } }]

[default]
text = "one two three"
pieces = 3
"#;

struct Proxy {
    process: Child,
    port: u16,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Proxy {
    /// Starts one whose model `relayed` is served by the daemon at `behind`.
    fn start(home: &Home, behind: u16) -> Self {
        let room = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients");
        let python = with_packages(&room, "litellm-proxy", LITELLM).join("bin/python3");
        let made_up = |name: &str, answer: &str| {
            format!("  - model_name: {name}\n    litellm_params: {{model: openai/{name}, api_key: sk-none, mock_response: {answer}}}\n")
        };
        let config = format!(
            "model_list:\n{}{}{}{}  - model_name: relayed\n    litellm_params: {{model: openai/conform, api_key: sk-none, \
             api_base: \"http://127.0.0.1:{behind}/v1\"}}\nlitellm_settings: {{num_retries: 0}}\nrouter_settings: {{num_retries: 0, disable_cooldowns: true}}\n",
            made_up("plain", "\"Paris is the capital.\""),
            made_up("limited", "litellm.RateLimitError"),
            made_up("long", "litellm.ContextWindowExceededError"),
            made_up("embed", "[0.5, -0.25, 1.0]"),
        );
        let config = home.file("litellm.yaml", &config);
        // Its own address could be taken by another test in between: then it ends, and the next one is tried.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).unwrap().port();
            let mut command = Command::new(&python);
            command.arg(python.with_file_name("litellm")).args(["--host", "127.0.0.1", "--num_workers", "1", "--port", &port.to_string()]);
            command.arg("--config").arg(&config).current_dir(home.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            // It starts without a key of its own, and asks nobody for a list of prices.
            command.env("LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY", "true").env("LITELLM_LOCAL_MODEL_COST_MAP", "True");
            let mut proxy = Self { process: command.spawn().unwrap(), port };
            if proxy.wait_until_it_listens() {
                return proxy;
            }
        }
        panic!("LiteLLM does not start");
    }

    fn wait_until_it_listens(&mut self) -> bool {
        let until = Instant::now() + Duration::from_secs(180);
        while Instant::now() < until && self.process.try_wait().unwrap().is_none() {
            let listens = std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok();
            if listens && get(self.port, "/health/liveliness").status == 200 {
                return true;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        false
    }
}

fn behind() -> (Home, Daemon) {
    let home = Home::new(env!("CARGO_BIN_EXE_kaizen"), "");
    let script = home.file("script.toml", SCRIPT);
    home.configure(&format!("[models.providers.script]\nkind = \"script\"\nfile = \"{}\"\nmodels = [\"conform\"]\n", script.display()));
    let daemon = home.serve(&[]);
    (home, daemon)
}

fn front(proxy: &Proxy) -> (Home, Daemon) {
    let config = format!("[models.providers.litellm]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:{}/v1\"\n", proxy.port);
    let home = Home::new(env!("CARGO_BIN_EXE_kaizen"), &config);
    let daemon = home.serve(&[]);
    (home, daemon)
}

fn tool() -> Value {
    let parameters = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    json!([{"type": "function", "function": {"name": "weather", "parameters": parameters}}])
}

fn chat(model: &str, text: &str, more: Value) -> Value {
    let mut asked = json!({"model": format!("litellm/{model}"), "messages": [{"role": "user", "content": text}]});
    more.as_object().unwrap().iter().for_each(|(key, value)| asked[key] = value.clone());
    asked
}

/// The chunks of a stream; it has to end with `[DONE]`.
fn chunks(body: &str) -> Vec<Value> {
    let lines: Vec<&str> = body.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    let (last, chunks) = lines.split_last().expect("a stream");
    assert_eq!(*last, "[DONE]", "{body}");
    chunks.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn said(chunks: &[Value]) -> String {
    chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect()
}

#[test]
fn a_litellm_proxy_is_a_provider_like_any_other() {
    let (_relay_home, relay) = behind();
    let home = Home::new(env!("CARGO_BIN_EXE_kaizen"), "");
    let proxy = Proxy::start(&home, relay.port);
    let (_home, daemon) = front(&proxy);
    let ask = |asked: &Value| daemon.post("/v1/chat/completions", asked);

    let whole = ask(&chat("plain", "capital of France?", json!({})));
    assert_eq!((whole.status, &whole.json()["choices"][0]["message"]["content"]), (200, &json!("Paris is the capital.")), "{}", whole.body);
    let recorded = daemon.recorded(&whole);
    assert!(recorded["usage"]["output"].as_u64().is_some_and(|tokens| tokens > 0), "{recorded}");

    // It tells the tokens of a stream in a chunk that also has a choice.
    for asks in [true, false] {
        let more = if asks { json!({"stream": true, "stream_options": {"include_usage": true}}) } else { json!({"stream": true}) };
        let streamed = ask(&chat("plain", "capital of France?", more));
        let chunks = chunks(&streamed.body);
        assert_eq!(said(&chunks), "Paris is the capital.", "{}", streamed.body);
        let told = chunks.iter().filter(|chunk| chunk.get("usage").is_some_and(|usage| !usage.is_null())).count();
        assert_eq!(told, usize::from(asks), "{}", streamed.body);
        let recorded = daemon.recorded(&streamed);
        assert!(recorded["usage"]["output"].as_u64().is_some_and(|tokens| tokens > 0), "{recorded}");
    }

    let relayed = ask(&chat("relayed", "count", json!({"stream": true})));
    assert_eq!(said(&chunks(&relayed.body)), "one two three", "{}", relayed.body);
    let called = ask(&chat("relayed", "weather?", json!({"tools": tool()})));
    let calls = called.json()["choices"][0]["message"]["tool_calls"].clone();
    assert_eq!(calls.as_array().map(Vec::len), Some(2), "{}", called.body);
    let streamed = ask(&chat("relayed", "weather?", json!({"tools": tool(), "stream": true})));
    let mut arguments = [String::new(), String::new()];
    for chunk in chunks(&streamed.body) {
        for call in chunk["choices"][0]["delta"]["tool_calls"].as_array().into_iter().flatten() {
            let place = usize::try_from(call["index"].as_u64().expect("every delta has its index")).unwrap();
            arguments[place].push_str(call["function"]["arguments"].as_str().unwrap_or_default());
        }
    }
    let cities = arguments.map(|text| serde_json::from_str::<Value>(&text).unwrap()["city"].clone());
    assert_eq!(cities, [json!("Paris"), json!("Rome")], "{}", streamed.body);
    let message = daemon.post(
        "/v1/messages",
        &json!({
            "model": "litellm/relayed", "max_tokens": 100, "messages": [{"role": "user", "content": "weather?"}],
            "tools": [{"name": "weather", "input_schema": {"type": "object"}}],
        }),
    );
    assert_eq!((message.status, &message.json()["content"][0]["input"]["city"]), (200, &json!("Paris")), "{}", message.body);

    let limited = ask(&chat("limited", "hello", json!({})));
    assert_eq!(limited.status, 429, "{}", limited.body);
    assert!(limited.json()["error"]["message"].as_str().is_some_and(|said| said.contains("mock rate limit")), "{}", limited.body);
    assert_eq!(daemon.recorded(&limited)["outcome"], "failed");
    let long = ask(&chat("long", "hello", json!({})));
    assert_eq!((long.status, &long.json()["error"]["type"]), (400, &json!("invalid_request_error")), "{}", long.body);

    for format in ["float", "base64"] {
        let embedded = daemon.post("/v1/embeddings", &json!({"model": "litellm/embed", "input": "a", "encoding_format": format}));
        assert_eq!(embedded.status, 200, "{}", embedded.body);
        let vector = embedded.json()["data"][0]["embedding"].clone();
        assert!(vector == json!([0.5, -0.25, 1.0]) || vector == "AAAAPwAAgL4AAIA/", "{}", embedded.body);
    }
    assert!(!daemon.stop().contains("panicked"));
    relay.stop();
}
