//! Passes telemetry on, unchanged: the bytes and headers that came in go to the next collector.
//!
//! Handing over never waits and never fails: what does not fit into the bounded queue, or is not accepted after some attempts,
//! is counted as dropped. The order of requests is kept. Nothing is stored: what waits is lost with the process.

use super::otlp::Signal;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request};
use http_body_util::Full;
use hyper::body::Incoming;
use kaizen_llm::address::Address;
use kaizen_llm::net::Unreached;
use kaizen_llm::transport::{Broken, Transport, data};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// How much of an answer is read, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// Headers of one connection, or meant for us alone.
const OURS: [HeaderName; 11] = [
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::EXPECT,
    header::COOKIE,
];

/// Where it goes.
#[derive(Debug, Clone)]
pub struct Next {
    /// The base address; `/v1/traces` and its like are added.
    pub base: Address,
    /// Headers that are set on each request, whatever the sender sent: the next collector's key.
    pub headers: HeaderMap,
}

/// How much is kept waiting, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Requests that may wait.
    pub requests: usize,
    /// Bytes of bodies that may wait.
    pub bytes: usize,
    /// How often one request is sent at most.
    pub attempts: u32,
    /// How long one attempt may take.
    pub attempt: Duration,
    /// The pause after a failed attempt; it doubles each time, up to a minute. The next collector may ask for a longer one.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { requests: 1024, bytes: 64 << 20, attempts: 5, attempt: Duration::from_secs(10), pause: Duration::from_millis(500) }
    }
}

/// What became of what was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Accepted by the next collector.
    pub sent: u64,
    /// Lost: the queue was full, the next collector refused it, or never answered.
    pub dropped: u64,
    /// Waiting.
    pub waiting: u64,
}

#[derive(Debug, Default)]
struct Tally {
    sent: AtomicU64,
    dropped: AtomicU64,
    waiting: AtomicU64,
    bytes: AtomicUsize,
}

#[derive(Debug)]
struct Parcel {
    signal: Signal,
    headers: HeaderMap,
    body: Bytes,
}

/// The way to the next collector.
#[derive(Debug)]
pub struct Forward {
    queue: mpsc::Sender<Parcel>,
    tally: Arc<Tally>,
    room: usize,
    carrier: JoinHandle<()>,
}

impl Forward {
    /// Starts the task that carries, on the current runtime. Whom it may talk to is the transport's affair.
    pub fn start(transport: Arc<Transport>, next: Next, patience: Patience) -> Self {
        let (queue, parcels) = mpsc::channel(patience.requests.max(1));
        let tally = Arc::new(Tally::default());
        let carrier = tokio::spawn(carry(transport, next, patience, parcels, Arc::clone(&tally)));
        Self { queue, tally, room: patience.bytes, carrier }
    }

    /// Hands one request over, at once. Headers that were meant for us alone (our own keys) must have been taken out.
    pub fn pass(&self, signal: Signal, headers: &HeaderMap, body: Bytes) {
        let size = body.len();
        let before = self.tally.bytes.fetch_add(size, Ordering::AcqRel);
        self.tally.waiting.fetch_add(1, Ordering::Relaxed);
        let fits = before.saturating_add(size) <= self.room;
        if !fits || self.queue.try_send(Parcel { signal, headers: passed_on(headers), body }).is_err() {
            self.tally.done(size, false);
        }
    }

    /// How it went so far.
    pub fn counts(&self) -> Counts {
        self.tally.counts()
    }

    /// Takes nothing more, and waits for what is under way, at most for `limit`; what still waits then is dropped.
    pub async fn close(self, limit: Duration) -> Counts {
        drop(self.queue);
        let mut carrier = self.carrier;
        if timeout(limit, &mut carrier).await.is_err() {
            carrier.abort();
        }
        let counts = self.tally.counts();
        Counts { dropped: counts.dropped + counts.waiting, waiting: 0, ..counts }
    }
}

impl Tally {
    fn done(&self, size: usize, sent: bool) {
        self.bytes.fetch_sub(size, Ordering::AcqRel);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        let counter = if sent { &self.sent } else { &self.dropped };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts { sent: read(&self.sent), dropped: read(&self.dropped), waiting: read(&self.waiting) }
    }
}

/// The headers that mean something to the next collector.
fn passed_on(headers: &HeaderMap) -> HeaderMap {
    let kept = headers.iter().filter(|(name, _)| !OURS.contains(name) && !is_ours(name.as_str()));
    kept.fold(HeaderMap::new(), |mut all, (name, value)| {
        all.append(name.clone(), value.clone());
        all
    })
}

fn is_ours(name: &str) -> bool {
    name.starts_with("x-kaizen-") || name == "keep-alive"
}

async fn carry(transport: Arc<Transport>, next: Next, patience: Patience, mut parcels: mpsc::Receiver<Parcel>, tally: Arc<Tally>) {
    while let Some(parcel) = parcels.recv().await {
        let size = parcel.body.len();
        let sent = deliver(&transport, &next, &patience, parcel).await;
        tally.done(size, sent);
    }
}

/// What one attempt led to.
enum Attempt {
    Accepted,
    /// Not now; the time the next collector asks for.
    Later(Option<Duration>),
    Refused,
}

async fn deliver(transport: &Transport, next: &Next, patience: &Patience, parcel: Parcel) -> bool {
    let Ok(address) = next.base.at(&format!("/v1/{}", parcel.signal.word())) else { return false };
    let mut headers = parcel.headers;
    for (name, value) in &next.headers {
        headers.insert(name.clone(), value.clone());
    }
    let mut pause = patience.pause;
    for attempt in 1..=patience.attempts.max(1) {
        let mut request = Request::new(Full::new(parcel.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = address.clone();
        *request.headers_mut() = headers.clone();
        let asked = match once(transport, request, Instant::now() + patience.attempt).await {
            Attempt::Accepted => return true,
            Attempt::Refused => return false,
            Attempt::Later(asked) => asked,
        };
        if attempt < patience.attempts {
            sleep(asked.unwrap_or(pause).min(Duration::from_secs(60))).await;
            pause = pause.saturating_mul(2);
        }
    }
    false
}

/// Sends once. A refusal would be repeated; the rest is worth another attempt (OTLP: 429, 502, 503, 504, and no answer at all).
async fn once(transport: &Transport, request: Request<Full<Bytes>>, deadline: Instant) -> Attempt {
    match timeout_at(deadline, transport.send(request)).await {
        Ok(Ok(answer)) => {
            let attempt = match answer.status().as_u16() {
                200..=299 => Attempt::Accepted,
                429 | 502..=504 => Attempt::Later(answer.headers().get(header::RETRY_AFTER).and_then(seconds)),
                _ => Attempt::Refused,
            };
            read_out(answer.into_body(), deadline).await;
            attempt
        }
        Ok(Err(Broken::Unreached(Unreached::Offline { .. }))) => Attempt::Refused,
        Ok(Err(_)) | Err(_) => Attempt::Later(None),
    }
}

/// The connection serves again once its answer was read. One that is long or late has said enough with its status.
async fn read_out(mut body: Incoming, deadline: Instant) {
    let mut left = ANSWER_LIMIT;
    while let Ok(Some(Ok(piece))) = timeout_at(deadline, data(&mut body)).await {
        match left.checked_sub(piece.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

fn seconds(value: &HeaderValue) -> Option<Duration> {
    value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
