//! A stand-in for Ollama that runs as processes of its own: its documented API, real GGUF files, and real memory for every loaded model.
//!
//! It is a small program (`ollama/server.py`, which also says what can be made to go wrong); its runners are its child processes, as
//! Ollama's are, so that memory is measured from outside. It ends with the value that started it, also when the test is killed.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

const PROGRAM: &str = include_str!("ollama/server.py");

/// The card's memory: 16 GB as they are sold.
const VRAM: u64 = 16 << 30;

/// Bytes a loaded model really holds for every byte it claims: 32 MiB for a GiB.
const SCALE: f64 = 1.0 / 32.0;

/// A running stand-in.
pub struct FakeOllama {
    child: Child,
    port: u16,
    room: tempfile::TempDir,
}

/// A model of 3 billion parameters in four bits: 28 layers, 8 heads of keys and values of 128, trained for 131,072 tokens.
pub fn model_3b() -> Value {
    json!({ "weights": 2_019_377_152_u64, "layers": 28, "embedding": 3_072, "heads": 24, "kv_heads": 8, "context": 131_072, "parameters": "3.2B" })
}

/// A model of 14 billion parameters in four bits: 48 layers, 8 heads of keys and values of 128, trained for 32,768 tokens.
pub fn model_14b() -> Value {
    json!({ "weights": 8_988_110_848_u64, "layers": 48, "embedding": 5_120, "heads": 40, "kv_heads": 8, "context": 32_768,
        "architecture": "qwen2", "parameters": "14.8B" })
}

/// A model that takes next to nothing.
pub fn model_tiny() -> Value {
    json!({ "weights": 1 << 20, "layers": 2, "embedding": 64, "heads": 4, "kv_heads": 2, "context": 2_048, "parameters": "1M" })
}

impl FakeOllama {
    /// Starts one with these models installed, on a free port.
    pub fn start(models: &[(&str, Value)]) -> Self {
        Self::with(models, json!({}))
    }

    /// Starts one; `settings` win over the usual ones: `vram`, `scale`, `library` (what can be pulled), `port`.
    pub fn with(models: &[(&str, Value)], settings: Value) -> Self {
        let room = tempfile::Builder::new().prefix("kaizen-ollama-").tempdir().expect("a temporary directory");
        let models: serde_json::Map<String, Value> = models.iter().map(|(name, model)| ((*name).to_owned(), model.clone())).collect();
        let mut config = json!({ "directory": room.path(), "vram": VRAM, "scale": SCALE, "models": models });
        for (key, value) in settings.as_object().expect("settings are an object") {
            config[key] = value.clone();
        }
        let (program, file) = (room.path().join("server.py"), room.path().join("config.json"));
        std::fs::write(&program, PROGRAM).expect("the program is written");
        std::fs::write(&file, config.to_string()).expect("the configuration is written");
        let mut command = Command::new("python3");
        command.arg(&program).arg(&file).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python3 starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("its port");
        let port = line.trim().parse().expect("its port");
        Self { child, port, room }
    }

    /// Its address, as a client is told it.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where it keeps its files.
    pub fn directory(&self) -> PathBuf {
        self.room.path().to_owned()
    }

    /// Makes something go wrong, or right again: see the program's own words.
    pub fn switch(&self, switches: Value) {
        self.ask("POST", "/fake", Some(&switches));
    }

    /// Every request so far: `{path, asked}`.
    pub fn requests(&self) -> Vec<Value> {
        self.ask("POST", "/fake", Some(&json!({})))["log"].as_array().cloned().unwrap_or_default()
    }

    /// How many connections others opened to it so far; only [`Self::switch`], [`Self::requests`] and this are not counted.
    pub fn connections(&self) -> u64 {
        self.ask("POST", "/fake", Some(&json!({})))["accepted"].as_u64().expect("a count")
    }

    /// Names of the loaded models.
    pub fn loaded(&self) -> Vec<String> {
        let running = self.ask("GET", "/api/ps", None);
        let models = running["models"].as_array().cloned().unwrap_or_default();
        models.iter().filter_map(|model| model["name"].as_str().map(str::to_owned)).collect()
    }

    /// Loads a model as another client would.
    pub fn load(&self, model: &str, context: u64) {
        self.ask("POST", "/api/generate", Some(&json!({ "model": model, "options": { "num_ctx": context }, "keep_alive": -1 })));
    }

    /// Process ids of its runners, one per loaded model.
    pub fn runners(&self) -> Vec<u32> {
        let children = format!("/proc/{0}/task", self.child.id());
        let tasks = std::fs::read_dir(children).into_iter().flatten().flatten();
        let named = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
        named.flat_map(|text| text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>()).collect()
    }

    /// Bytes of main memory that it and its runners hold.
    pub fn resident(&self) -> u64 {
        std::iter::once(self.child.id()).chain(self.runners()).map(resident).sum()
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        drop(self.child.kill().and_then(|()| self.child.wait()));
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        let head = format!("{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (_, text) = answer.split_once("\r\n\r\n").expect("a head and a body");
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{path}: {error} in {answer}"))
    }
}

impl Drop for FakeOllama {
    /// Its input ends: it collects its runners and goes.
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
}
