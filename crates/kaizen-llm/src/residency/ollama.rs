//! A client of Ollama's own API, as far as models that come and go need it: which are installed, which are loaded, what one is,
//! pull, load, release.
//!
//! Every call ends: by its answer, or by a time-out that names the server. Answers are bounded. Chat goes another way, through the
//! providers. Shapes: Ollama, docs/api.md.

use bytes::{Bytes, BytesMut};
use reqwest::{Client, Response, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

/// The port Ollama listens on.
const PORT: u16 = 11_434;

/// The largest answer that is read; a vocabulary in full takes some ten MiB.
const MOST_BYTES: usize = 64 << 20;

/// The longest line of progress, and of an error that is passed on.
const LONGEST_LINE: usize = 1 << 16;
const LONGEST_ERROR: usize = 1 << 10;

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

/// Why a server did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum OllamaError {
    /// The address is none.
    #[error("'{0}' is not the address of a server")]
    Address(String),
    /// Nobody listens there.
    #[error("no Ollama answers at {server}")]
    Unreachable {
        /// Its address.
        server: String,
        /// What the connection said.
        source: reqwest::Error,
    },
    /// It did not answer in time.
    #[error("{server} did not answer {what} within {} s", waited.as_secs_f64())]
    TimedOut {
        /// Its address.
        server: String,
        /// The path.
        what: &'static str,
        /// The limit.
        waited: Duration,
    },
    /// It does not have the model.
    #[error("{server} has no model {model}")]
    Unknown {
        /// Its address.
        server: String,
        /// The model.
        model: String,
    },
    /// It said no.
    #[error("{server} refused {what}: {message}")]
    Refused {
        /// Its address.
        server: String,
        /// The path.
        what: &'static str,
        /// Its words.
        message: String,
    },
    /// It broke off in the middle of an answer.
    #[error("{server} broke off in the middle of {what}")]
    Cut {
        /// Its address.
        server: String,
        /// The path.
        what: &'static str,
    },
    /// Its answer is none of Ollama's.
    #[error("{server} answered {what} with something else than Ollama does: {detail}")]
    Garbled {
        /// Its address.
        server: String,
        /// The path.
        what: &'static str,
        /// What was wrong.
        detail: String,
    },
}

impl OllamaError {
    /// What a person can do about it.
    pub fn mend(&self) -> String {
        match self {
            Self::Address(_) => "write it as http://HOST:PORT, such as http://127.0.0.1:11434".into(),
            Self::Unreachable { .. } => "start it with `ollama serve`, or name another server".into(),
            Self::TimedOut { server, .. } => {
                format!("look at the log of the Ollama at {server}; where it hangs, end it and start it again with `ollama serve`")
            }
            Self::Unknown { model, .. } => format!("fetch it: kaizen models pull {model}"),
            Self::Refused { .. } => "its words above say what it lacks; its log says more".into(),
            Self::Cut { .. } => {
                "run the same command again: a pull goes on where it stopped; if it breaks again, look at the server's log".into()
            }
            Self::Garbled { server, .. } => format!("is {server} an Ollama? Name the right server, or update it"),
        }
    }
}

/// One server.
#[derive(Debug, Clone)]
pub struct Ollama {
    client: Client,
    base: Url,
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

/// A client for servers of this kind: no redirects, no proxy from the environment, connections given up after `connect`.
pub fn client(connect: Duration) -> Result<Client, reqwest::Error> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Refused only where another thread was faster, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
    Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().connect_timeout(connect).tcp_nodelay(true).build()
}

impl Ollama {
    /// A server by its address: `http://HOST:PORT`, or `HOST[:PORT]` as in `OLLAMA_HOST`.
    pub fn new(client: Client, address: &str, patience: Patience) -> Result<Self, OllamaError> {
        let refused = || OllamaError::Address(address.to_owned());
        let bare = !address.contains("://");
        let text = if bare { format!("http://{address}") } else { address.to_owned() };
        let mut base = Url::parse(text.trim_end_matches('/')).map_err(|_| refused())?;
        let known = matches!(base.scheme(), "http" | "https") && base.username().is_empty() && base.password().is_none();
        if !known || base.query().is_some() || base.host_str().is_none_or(str::is_empty) {
            return Err(refused());
        }
        if bare && base.port().is_none() {
            base.set_port(Some(PORT)).map_err(|()| refused())?;
        }
        // What a server listens on everywhere is reached at the loopback.
        if base.host_str() == Some("0.0.0.0") {
            base.set_host(Some("127.0.0.1")).map_err(|_| refused())?;
        }
        Ok(Self { client, base, patience })
    }

    /// Its address as people write it.
    pub fn address(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    /// The port, where the server runs on this machine.
    pub fn local_port(&self) -> Option<u16> {
        let host = self.base.host_str()?.trim_matches(['[', ']']);
        let loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        if loopback { self.base.port_or_known_default() } else { None }
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
        let mut answer = self.post(WHAT, model, &json!({ "model": model, "stream": true }), self.patience.silence).await?;
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

    async fn get<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, OllamaError> {
        let request = self.client.get(self.url(what)?);
        let answer = self.send(what, "", request, self.patience.answer).await?;
        self.read(what, answer, self.patience.answer).await
    }

    async fn post(&self, what: &'static str, model: &str, body: &Value, limit: Duration) -> Result<Response, OllamaError> {
        let request = self.client.post(self.url(what)?).header("content-type", "application/json").body(body.to_string());
        self.send(what, model, request, limit).await
    }

    fn url(&self, path: &str) -> Result<Url, OllamaError> {
        let text = format!("{}{path}", self.address());
        Url::parse(&text).map_err(|_| OllamaError::Address(text))
    }

    async fn send(
        &self,
        what: &'static str,
        model: &str,
        request: reqwest::RequestBuilder,
        limit: Duration,
    ) -> Result<Response, OllamaError> {
        let answer = self.within(what, limit, request.send()).await?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let body = self.body(what, answer, LONGEST_ERROR, self.patience.answer).await.unwrap_or_default();
        let said = serde_json::from_slice::<Value>(&body).ok().and_then(|value| Some(value.get("error")?.as_str()?.to_owned()));
        match said {
            Some(said) if status == 404 && said.contains("not found") => Err(self.unknown(model)),
            Some(said) => Err(self.refused(what, said)),
            None => Err(self.garbled(what, format!("status {status}"))),
        }
    }

    async fn read<T: DeserializeOwned>(&self, what: &'static str, answer: Response, limit: Duration) -> Result<T, OllamaError> {
        let body = self.body(what, answer, MOST_BYTES, limit).await?;
        serde_json::from_slice(&body).map_err(|error| self.garbled(what, error))
    }

    async fn body(&self, what: &'static str, mut answer: Response, most: usize, limit: Duration) -> Result<Bytes, OllamaError> {
        let mut body = BytesMut::new();
        while let Some(chunk) = self.chunk(what, &mut answer, limit).await? {
            if body.len() + chunk.len() > most {
                return Err(self.garbled(what, format!("more than {most} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    async fn chunk(&self, what: &'static str, answer: &mut Response, limit: Duration) -> Result<Option<Bytes>, OllamaError> {
        let cut = OllamaError::Cut { server: self.address(), what };
        match tokio::time::timeout(limit, answer.chunk()).await {
            Ok(chunk) => chunk.map_err(|_| cut),
            Err(_) => Err(self.timed_out(what, limit)),
        }
    }

    async fn within<T>(
        &self,
        what: &'static str,
        limit: Duration,
        work: impl Future<Output = reqwest::Result<T>>,
    ) -> Result<T, OllamaError> {
        match tokio::time::timeout(limit, work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) if error.is_connect() => Err(OllamaError::Unreachable { server: self.address(), source: error.without_url() }),
            Ok(Err(error)) if error.is_timeout() => Err(self.timed_out(what, limit)),
            Ok(Err(error)) => Err(self.garbled(what, error.without_url())),
            Err(_) => Err(self.timed_out(what, limit)),
        }
    }

    fn timed_out(&self, what: &'static str, waited: Duration) -> OllamaError {
        OllamaError::TimedOut { server: self.address(), what, waited }
    }

    fn unknown(&self, model: &str) -> OllamaError {
        OllamaError::Unknown { server: self.address(), model: model.to_owned() }
    }

    fn refused(&self, what: &'static str, message: String) -> OllamaError {
        OllamaError::Refused { server: self.address(), what, message }
    }

    fn garbled(&self, what: &'static str, detail: impl std::fmt::Display) -> OllamaError {
        OllamaError::Garbled { server: self.address(), what, detail: detail.to_string() }
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

    fn server(address: &str) -> Result<Ollama, OllamaError> {
        Ollama::new(client(Duration::from_secs(1)).unwrap(), address, Patience::default())
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
