//! A client of Ollama's own API, as far as models that come and go need it: which are installed, which are loaded, what one is,
//! pull, load, release.
//!
//! Every call ends: by its answer, or by a time-out that names the server. Answers are bounded. Chat goes another way, through the
//! providers. Shapes: Ollama, docs/api.md.

mod error;
mod exchange;

use crate::address::Address;
use crate::transport::Transport;
use bytes::BytesMut;
pub use error::OllamaError;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The port Ollama listens on.
const PORT: u16 = 11_434;

/// The longest line of progress.
const LONGEST_LINE: usize = 1 << 16;

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// A connection and a short answer.
    pub answer: Duration,
    /// A model to be loaded: a large one from a slow disk takes minutes.
    pub load: Duration,
    /// The next line of a pull: the check of a large file says nothing for minutes.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { answer: Duration::from_secs(10), load: Duration::from_secs(600), silence: Duration::from_secs(600) }
    }
}

/// One server.
#[derive(Debug, Clone)]
pub struct Ollama {
    transport: Arc<Transport>,
    place: Address,
    patience: Patience,
}

/// An installed model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Installed {
    /// `llama3.2:3b`
    pub name: String,
    /// Bytes of its files.
    pub size: u64,
    /// Of its manifest.
    #[serde(default)]
    pub digest: String,
}

/// A loaded model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Running {
    /// `llama3.2:3b`
    pub name: String,
    /// Bytes it takes in all.
    pub size: u64,
    /// Of these, bytes in the memory of the graphics card.
    #[serde(default)]
    pub size_vram: u64,
    /// Its context in tokens, where the server says so.
    #[serde(default)]
    pub context_length: Option<u64>,
    /// When it goes, RFC 3339; in the past while it is being unloaded.
    #[serde(default)]
    pub expires_at: String,
}

impl Running {
    /// The share that runs on the processor, 0 to 1. Above zero where the model did not fit, and Ollama does not say so by itself.
    pub fn cpu_share(&self) -> f64 {
        if self.size == 0 { 0.0 } else { self.size.saturating_sub(self.size_vram) as f64 / self.size as f64 }
    }
}

/// What `/api/show` says.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Shown {
    /// The Modelfile; its `FROM` lines name the files where the server keeps them.
    #[serde(default)]
    pub modelfile: String,
    /// Parameters, one per line.
    #[serde(default)]
    pub parameters: String,
    /// The header's entries; lists are left out unless asked for.
    #[serde(default)]
    pub model_info: serde_json::Map<String, Value>,
    /// `completion`, `embedding`, `vision`...
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// Its tensors, where asked for.
    #[serde(default)]
    pub tensors: Option<Vec<Tensor>>,
}

/// A tensor of a model.
#[derive(Debug, Clone, Deserialize)]
pub struct Tensor {
    /// `Q4_K`
    #[serde(rename = "type")]
    pub kind: String,
    /// Its dimensions.
    pub shape: Vec<u64>,
}

/// A step of a pull.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Pulling {
    /// `pulling manifest`, `success`...
    pub status: String,
    /// Bytes of the file that is being fetched.
    #[serde(default)]
    pub total: Option<u64>,
    /// Bytes of it that are there.
    #[serde(default)]
    pub completed: Option<u64>,
}

/// How a model is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loading {
    /// Its name.
    pub model: String,
    /// Its context in tokens.
    pub context: u64,
    /// How long it stays after its last request: `5m`, `-1` for ever; the server's own where `None`.
    pub keep_alive: Option<String>,
    /// It makes embeddings only.
    pub embedding: bool,
}

impl Ollama {
    /// A server by its address: `http://HOST:PORT`, or `HOST[:PORT]` as in `OLLAMA_HOST`. One that the transport may not talk to is
    /// refused here.
    pub fn new(transport: Arc<Transport>, address: &str, patience: Patience) -> Result<Self, OllamaError> {
        let refused = || OllamaError::Address(address.to_owned());
        let bare = !address.contains("://");
        let text = if bare { format!("http://{address}") } else { address.to_owned() };
        let read = |text: &str| Address::parse(text).map_err(|_| refused());
        let mut place = read(&text)?;
        let port = if bare { place.authority.port_u16().or(Some(PORT)) } else { place.authority.port_u16() };
        // What a server listens on everywhere is reached at the loopback.
        let host = if place.host() == "0.0.0.0" { "127.0.0.1" } else { place.host() };
        if let Some(port) = port {
            place = read(&format!("{}://{host}:{port}{}", place.scheme, place.base))?;
        }
        let offline = |_| OllamaError::Offline { server: place.to_string() };
        transport.net().permit(place.host(), place.port()).map_err(offline)?;
        Ok(Self { transport, place, patience })
    }

    /// Its address as people write it.
    pub fn address(&self) -> String {
        self.place.to_string()
    }

    /// The port, where the server runs on this machine.
    pub fn local_port(&self) -> Option<u16> {
        self.place.is_this_machine().then(|| self.place.port())
    }

    /// Its version.
    pub async fn version(&self) -> Result<String, OllamaError> {
        #[derive(Deserialize)]
        struct Version {
            version: String,
        }
        Ok(self.get::<Version>("/api/version").await?.version)
    }

    /// The installed models.
    pub async fn installed(&self) -> Result<Vec<Installed>, OllamaError> {
        Ok(self.get::<Models<Installed>>("/api/tags").await?.models)
    }

    /// The loaded models.
    pub async fn running(&self) -> Result<Vec<Running>, OllamaError> {
        Ok(self.get::<Models<Running>>("/api/ps").await?.models)
    }

    /// What a model is; with `whole`, its lists and tensors too.
    pub async fn show(&self, model: &str, whole: bool) -> Result<Shown, OllamaError> {
        let body = json!({ "model": model, "verbose": whole });
        let answer = self.post("/api/show", model, &body, self.patience.answer).await?;
        self.read("/api/show", answer, self.patience.answer).await
    }

    /// Fetches a model; `tell` hears every step. Ends well only at the server's own `success`.
    pub async fn pull(&self, model: &str, mut tell: impl FnMut(&Pulling)) -> Result<(), OllamaError> {
        const WHAT: &str = "/api/pull";
        let mut answer = self.post(WHAT, model, &json!({ "model": model, "stream": true }), self.patience.silence).await?.into_body();
        let (mut rest, mut done) = (BytesMut::new(), false);
        while let Some(chunk) = self.chunk(WHAT, &mut answer, self.patience.silence).await? {
            rest.extend_from_slice(&chunk);
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line = rest.split_to(end + 1);
                done |= self.step(model, &line, &mut tell)?;
            }
            if rest.len() > LONGEST_LINE {
                return Err(self.garbled(WHAT, "a line without end"));
            }
        }
        done |= self.step(model, &rest, &mut tell)?;
        if done { Ok(()) } else { Err(OllamaError::Cut { server: self.address(), what: WHAT }) }
    }

    /// One line of a pull; whether it is the last.
    fn step(&self, model: &str, line: &[u8], tell: &mut impl FnMut(&Pulling)) -> Result<bool, OllamaError> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Line {
            Failed { error: String },
            Step(Pulling),
        }
        if line.trim_ascii().is_empty() {
            return Ok(false);
        }
        match serde_json::from_slice(line).map_err(|error| self.garbled("/api/pull", error))? {
            Line::Failed { error } if error.contains("does not exist") => Err(self.unknown(model)),
            Line::Failed { error } => Err(self.refused("/api/pull", error)),
            Line::Step(step) => {
                tell(&step);
                Ok(step.status == "success")
            }
        }
    }

    /// Loads a model; the answer comes when it is there.
    pub async fn load(&self, wanted: &Loading) -> Result<(), OllamaError> {
        let mut body = json!({ "model": wanted.model, "stream": false, "options": { "num_ctx": wanted.context } });
        if let Some(keep_alive) = &wanted.keep_alive {
            body["keep_alive"] = keep_alive_value(keep_alive);
        }
        let path = if wanted.embedding { "/api/embed" } else { "/api/generate" };
        if wanted.embedding {
            body["input"] = json!("");
        }
        let answer = self.post(path, &wanted.model, &body, self.patience.load).await?;
        self.read::<Value>(path, answer, self.patience.load).await.map(drop)
    }

    /// Asks for a model to be unloaded; with `empty_prompt` by a request that goes through the model's queue. It may still be there
    /// when this returns.
    pub async fn release(&self, model: &str, empty_prompt: bool) -> Result<(), OllamaError> {
        let mut body = json!({ "model": model, "stream": false, "keep_alive": 0 });
        if empty_prompt {
            body["prompt"] = json!("");
        }
        let answer = self.post("/api/generate", model, &body, self.patience.answer).await?;
        self.read::<Value>("/api/generate", answer, self.patience.answer).await.map(drop)
    }
}

#[derive(Deserialize)]
struct Models<T> {
    models: Vec<T>,
}

/// `5m` is a length of time for Ollama, `-1` and `300` are numbers.
fn keep_alive_value(text: &str) -> Value {
    text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number))
}

/// Whether two names mean the same model: a name without a tag has the tag `latest`.
pub fn same(one: &str, other: &str) -> bool {
    let full = |name: &str| {
        if name.rsplit('/').next().is_some_and(|last| last.contains(':')) { name.to_owned() } else { format!("{name}:latest") }
    };
    full(one).eq_ignore_ascii_case(&full(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Net, Reach};
    use crate::transport::Trust;

    fn server(address: &str) -> Result<Ollama, OllamaError> {
        at(Reach::Anywhere, address)
    }

    fn at(reach: Reach, address: &str) -> Result<Ollama, OllamaError> {
        let transport = Transport::new(Arc::new(Net::new(reach)), Duration::from_secs(1), Trust::System);
        Ollama::new(Arc::new(transport), address, Patience::default())
    }

    #[test]
    fn addresses_are_read_as_ollama_reads_its_own() {
        for (written, address, port) in [
            ("127.0.0.1", "http://127.0.0.1:11434", Some(11_434)),
            ("localhost:8080", "http://localhost:8080", Some(8_080)),
            ("http://127.0.0.1:9/", "http://127.0.0.1:9", Some(9)),
            ("0.0.0.0:11434", "http://127.0.0.1:11434", Some(11_434)),
            ("http://[::1]:11434", "http://[::1]:11434", Some(11_434)),
            ("https://models.example.org", "https://models.example.org", None),
        ] {
            let server = server(written).unwrap();
            assert_eq!((server.address().as_str(), server.local_port()), (address, port), "{written}");
        }
        for wrong in ["", "ftp://a", "http://", "http://user:secret@host:1", "http://a?b=c"] {
            assert!(matches!(server(wrong), Err(OllamaError::Address(_))), "{wrong}");
        }
    }

    #[test]
    fn kept_to_this_machine_there_is_no_server_elsewhere() {
        for here in ["127.0.0.1", "http://localhost:9", "0.0.0.0:1"] {
            assert!(at(Reach::ThisMachine, here).is_ok(), "{here}");
        }
        let elsewhere = at(Reach::ThisMachine, "https://models.example.org").unwrap_err();
        assert_eq!(elsewhere.to_string(), "offline: https://models.example.org is not on this machine");
    }

    #[test]
    fn a_name_without_a_tag_is_the_latest() {
        assert!(same("llama3.2", "llama3.2:latest") && same("hf.co/A/B", "hf.co/a/b:latest"));
        assert!(!same("llama3.2", "llama3.2:3b") && !same("localhost:5000/x", "localhost:5000/x:y"));
    }

    #[test]
    fn what_is_not_in_the_cards_memory_is_the_processors_share() {
        let running = |size, size_vram| Running { name: String::new(), size, size_vram, context_length: None, expires_at: String::new() };
        assert_eq!(
            [running(0, 0).cpu_share(), running(8, 8).cpu_share(), running(8, 6).cpu_share(), running(8, 9).cpu_share()],
            [0.0, 0.0, 0.25, 0.0]
        );
    }
}
