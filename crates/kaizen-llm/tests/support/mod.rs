//! Small real upstreams that speak HTTP by hand, and providers that are sent to them.
#![allow(dead_code)]

use bytes::Bytes;
use kaizen_llm::breaker::BreakerPolicy;
use kaizen_llm::face::{Asked, Face, read};
use kaizen_llm::net::{Net, Reach};
use kaizen_llm::provider::{Provider, ProviderSettings, manner};
use kaizen_llm::retry::RetryPolicy;
use kaizen_llm::secret::Secret;
use kaizen_llm::send::{Answer, AnswerStream, Body, Call, Failed};
use kaizen_llm::transport::{Transport, Trust};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::Instant;

pub const WHOLE: &str = r#"{"id":"c1","object":"chat.completion","created":1,"model":"m-1","choices":[{"index":0,"message":{"role":"assistant","content":"Paris"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#;

pub const STREAM: &str = concat!(
    "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Grüße 🦀\"},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11}}\n\n",
    "data: [DONE]\n\n",
);

/// The stream up to its reason to finish.
pub fn unfinished() -> &'static str {
    let end = STREAM.find("\"finish_reason\":\"stop\"").and_then(|stop| STREAM[..stop].rfind("data: ")).unwrap();
    &STREAM[..end]
}

/// One connection of an upstream, seen from the upstream.
pub struct Peer {
    pub stream: TcpStream,
    /// The place of this request among all, from 0.
    pub nth: usize,
    tell: mpsc::UnboundedSender<String>,
}

impl Peer {
    /// Reads one request: its head and its body. An empty head when the client went away.
    pub async fn request(&mut self) -> (String, Vec<u8>) {
        let (head, mut body) = self.head().await;
        let length = head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ").map(|n| n.trim().parse().unwrap()));
        while body.len() < length.unwrap_or(0) {
            let mut piece = vec![0; 65536];
            match self.stream.read(&mut piece).await {
                Ok(0) | Err(_) => break,
                Ok(n) => body.extend_from_slice(&piece[..n]),
            }
        }
        (head, body)
    }

    /// Reads the head of a request and whatever of its body came with it.
    pub async fn head(&mut self) -> (String, Vec<u8>) {
        let mut all = Vec::new();
        loop {
            if let Some(end) = all.windows(4).position(|w| w == b"\r\n\r\n") {
                let body = all.split_off(end + 4);
                return (String::from_utf8(all).unwrap(), body);
            }
            let mut piece = [0; 4096];
            match self.stream.read(&mut piece).await {
                Ok(0) | Err(_) => return (String::new(), Vec::new()),
                Ok(n) => all.extend_from_slice(&piece[..n]),
            }
        }
    }

    /// Writes; a client that went away is not our trouble.
    pub async fn say(&mut self, text: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(text.as_ref()).await.is_ok()
    }

    pub async fn answer(&mut self, status: &str, headers: &str, body: &str) {
        self.say(format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()))
            .await;
    }

    pub async fn begin_stream(&mut self) {
        self.say("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n").await;
    }

    pub async fn chunk(&mut self, text: impl AsRef<[u8]>) -> bool {
        let text = text.as_ref();
        let mut framed = format!("{:x}\r\n", text.len()).into_bytes();
        framed.extend_from_slice(text);
        framed.extend_from_slice(b"\r\n");
        self.say(framed).await
    }

    pub async fn end(&mut self) {
        self.say("0\r\n\r\n").await;
    }

    /// Waits until the client has closed the connection.
    pub async fn until_closed(&mut self) {
        let mut sink = [0; 4096];
        while matches!(self.stream.read(&mut sink).await, Ok(n) if n > 0) {}
    }

    /// Tells the test something.
    pub fn tell(&self, what: impl Into<String>) {
        self.tell.send(what.into()).unwrap();
    }

    pub async fn for_ever(&self) {
        std::future::pending::<()>().await;
    }
}

/// An upstream and what it tells.
pub struct Upstream {
    pub address: SocketAddr,
    pub told: mpsc::UnboundedReceiver<String>,
}

impl Upstream {
    /// Each connection is treated as told; `nth` counts connections.
    pub async fn start<F, R>(treat: F) -> Self
    where
        F: Fn(Peer) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, told) = mpsc::unbounded_channel();
        let count = AtomicUsize::new(0);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let nth = count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(treat(Peer { stream, nth, tell: tell.clone() }));
            }
        });
        Self { address, told }
    }

    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub async fn next_told(&mut self) -> String {
        self.told.recv().await.unwrap()
    }
}

pub fn transport(net: Net) -> Arc<Transport> {
    Arc::new(Transport::new(Arc::new(net), Duration::from_secs(5), Trust::These(Vec::new())))
}

/// Few, quick attempts.
pub fn settings(kind: &str, base_url: &str) -> ProviderSettings {
    ProviderSettings {
        base_url: Some(base_url.to_string()),
        retry: RetryPolicy { attempts: 3, base: Duration::from_millis(1), cap: Duration::from_millis(1), patience: Duration::from_secs(2) },
        breaker: BreakerPolicy { failures: 0, ..BreakerPolicy::default() },
        ..ProviderSettings::new(manner(kind).unwrap())
    }
}

pub fn provider(settings: ProviderSettings) -> Provider {
    Provider::new("up", settings, Some(&Secret::new("sk-very-secret").unwrap()), transport(Net::new(Reach::Anywhere)), 1).unwrap()
}

pub fn openai(upstream: &Upstream) -> Provider {
    provider(settings("openai", &upstream.url()))
}

pub fn chat(stream: bool) -> Bytes {
    Bytes::from(format!(
        r#"{{"model":"gpt","stream":{stream},"stream_options":{{"include_usage":true}},"messages":[{{"role":"user","content":"capital of France?"}}]}}"#
    ))
}

pub async fn ask(provider: &Provider, face: Face, body: &Bytes, time: Duration) -> Result<Answer, Failed> {
    let asked: Asked = read(face, body).unwrap();
    let call = Call {
        face,
        model: "m-1",
        asked: &asked,
        body,
        client_key: None,
        headers: &[],
        deadline: Instant::now() + time,
        id: "id1",
        unix: 1_795_000_000,
        reserved: false,
    };
    provider.send(call).await
}

pub async fn plain(provider: &Provider) -> Result<Answer, Failed> {
    ask(provider, Face::Chat, &chat(false), Duration::from_secs(60)).await
}

pub async fn streamed(provider: &Provider) -> Result<Box<AnswerStream>, Failed> {
    match ask(provider, Face::Chat, &chat(true), Duration::from_secs(60)).await?.body {
        Body::Stream(stream) => Ok(stream),
        Body::Whole(whole, _) => panic!("not streamed: {whole:?}"),
    }
}

pub fn text(answer: &Answer) -> &str {
    match &answer.body {
        Body::Whole(whole, _) => std::str::from_utf8(whole).unwrap(),
        Body::Stream(_) => panic!("streamed"),
    }
}

/// Everything of a stream, and the error at its end.
pub async fn drain(stream: &mut AnswerStream) -> (String, Option<Failed>) {
    let mut all = Vec::new();
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(bytes) => all.extend_from_slice(&bytes),
            Err(failed) => return (String::from_utf8(all).unwrap(), Some(failed)),
        }
    }
    (String::from_utf8(all).unwrap(), None)
}
