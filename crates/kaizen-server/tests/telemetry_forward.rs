//! Telemetry is passed on as it came, and never at the cost of taking it in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::IntoResponse;
use kaizen_llm::address::Address;
use kaizen_llm::net::{Net, Reach};
use kaizen_llm::transport::{Transport, Trust};
use kaizen_server::ingest::forward::{Counts, Forward, Next, Patience};
use kaizen_server::ingest::otlp::Signal;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

const LONG: Duration = Duration::from_secs(30);

/// A collector that answers each request with the next of its statuses, then 200, and only as often as it is let.
struct Collector {
    statuses: Mutex<Vec<u16>>,
    seen: Mutex<Vec<(String, HeaderMap, Bytes)>>,
    lets: Semaphore,
}

async fn collect(State(collector): State<Arc<Collector>>, uri: Uri, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    collector.lets.acquire().await.unwrap().forget();
    collector.seen.lock().unwrap().push((uri.path().to_owned(), headers, body));
    let status = collector.statuses.lock().unwrap().pop().unwrap_or(200);
    (StatusCode::from_u16(status).unwrap(), [("retry-after", "0")], "{}")
}

async fn collector(statuses: &[u16], lets: usize) -> (Arc<Collector>, String) {
    let statuses = Mutex::new(statuses.iter().rev().copied().collect());
    let collector = Arc::new(Collector { statuses, seen: Mutex::default(), lets: Semaphore::new(lets) });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/otel/", listener.local_addr().unwrap());
    let router = Router::new().fallback(collect).with_state(Arc::clone(&collector));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (collector, base)
}

fn client() -> Arc<Transport> {
    Arc::new(Transport::new(Arc::new(Net::new(Reach::ThisMachine)), LONG, Trust::These(Vec::new())))
}

fn next(base: String) -> Next {
    Next {
        base: Address::parse(&base).unwrap(),
        headers: HeaderMap::from_iter([("x-project".parse().unwrap(), HeaderValue::from_static("ours"))]),
    }
}

fn sent() -> HeaderMap {
    let pairs = [
        ("content-type", "application/x-protobuf"),
        ("content-encoding", "gzip"),
        ("user-agent", "exporter/1"),
        ("host", "here"),
        ("x-kaizen-project", "p"),
        ("content-length", "9"),
        ("x-project", "theirs"),
    ];
    pairs.into_iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
}

#[tokio::test]
async fn bytes_and_headers_arrive_as_they_came() {
    let (collector, base) = collector(&[], 10).await;
    let forward = Forward::start(client(), next(base), Patience::default());
    let body = Bytes::from_static(b"\x1f\x8b\x00any\xff");
    forward.pass(Signal::Logs, &sent(), body.clone());
    let counts = forward.close(LONG).await;
    assert_eq!(counts, Counts { sent: 1, dropped: 0, waiting: 0 });
    let (path, headers, arrived) = collector.seen.lock().unwrap().remove(0);
    assert_eq!((path.as_str(), arrived), ("/otel/v1/logs", body));
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!(header("content-encoding"), Some("gzip"));
    assert_eq!(header("user-agent"), Some("exporter/1"));
    assert_eq!(header("x-project"), Some("ours"));
    assert_eq!(header("content-length"), Some("7"));
    assert_eq!(header("x-kaizen-project"), None);
    assert!(header("host").is_some_and(|host| host.starts_with("127.0.0.1")));
}

#[tokio::test]
async fn what_is_not_taken_now_is_sent_again() {
    let (collector, base) = collector(&[503, 429], 10).await;
    let forward = Forward::start(client(), next(base), Patience { pause: Duration::ZERO, ..Patience::default() });
    forward.pass(Signal::Traces, &sent(), Bytes::from_static(b"one"));
    assert_eq!(forward.close(LONG).await, Counts { sent: 1, dropped: 0, waiting: 0 });
    assert_eq!(collector.seen.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn what_is_refused_is_dropped_and_the_next_goes_on() {
    let (collector, base) = collector(&[400], 10).await;
    let forward = Forward::start(client(), next(base), Patience::default());
    forward.pass(Signal::Traces, &sent(), Bytes::from_static(b"one"));
    forward.pass(Signal::Traces, &sent(), Bytes::from_static(b"two"));
    assert_eq!(forward.close(LONG).await, Counts { sent: 1, dropped: 1, waiting: 0 });
    assert_eq!(collector.seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_full_queue_drops_and_never_waits() {
    let (collector, base) = collector(&[], 0).await;
    let forward = Forward::start(client(), next(base), Patience { requests: 2, ..Patience::default() });
    for _ in 0..10 {
        forward.pass(Signal::Traces, &sent(), Bytes::from_static(b"one"));
    }
    let counts = forward.counts();
    assert_eq!((counts.sent, counts.dropped + counts.waiting), (0, 10));
    assert!(counts.dropped >= 7, "two wait, and one may be under way: {counts:?}");
    collector.lets.add_permits(10);
    let counts = forward.close(LONG).await;
    assert_eq!(counts.sent + counts.dropped, 10);
}

#[tokio::test]
async fn bodies_that_wait_have_a_bound_in_bytes() {
    let (_collector, base) = collector(&[], 0).await;
    let forward = Forward::start(client(), next(base), Patience { bytes: 100, ..Patience::default() });
    forward.pass(Signal::Traces, &sent(), Bytes::from(vec![0; 90]));
    forward.pass(Signal::Traces, &sent(), Bytes::from(vec![0; 90]));
    assert_eq!(forward.counts(), Counts { sent: 0, dropped: 1, waiting: 1 });
    assert_eq!(forward.close(Duration::ZERO).await, Counts { sent: 0, dropped: 2, waiting: 0 });
}

#[tokio::test]
async fn a_collector_that_is_not_there_costs_only_its_own() {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let patience = Patience { attempts: 3, pause: Duration::ZERO, ..Patience::default() };
    let forward = Forward::start(client(), next(format!("http://127.0.0.1:{port}")), patience);
    forward.pass(Signal::Metrics, &sent(), Bytes::from_static(b"one"));
    assert_eq!(forward.close(LONG).await, Counts { sent: 0, dropped: 1, waiting: 0 });
}

#[tokio::test]
async fn one_connection_carries_what_is_sent_one_after_the_other() {
    let (_collector, base) = collector(&[], 10).await;
    let transport = client();
    let forward = Forward::start(Arc::clone(&transport), next(base), Patience::default());
    for _ in 0..5 {
        forward.pass(Signal::Traces, &sent(), Bytes::from_static(b"one"));
    }
    assert_eq!(forward.close(LONG).await.sent, 5);
    let traffic = transport.net().traffic();
    assert_eq!((traffic.len(), traffic[0].local, traffic[0].connections), (1, true, 1), "{traffic:?}");
}

#[tokio::test]
async fn kept_to_this_machine_nothing_is_sent_elsewhere_and_nothing_is_tried_again() {
    let transport = client();
    let forward = Forward::start(Arc::clone(&transport), next("http://192.0.2.1:4318".into()), Patience::default());
    forward.pass(Signal::Traces, &sent(), Bytes::from_static(b"one"));
    assert_eq!(forward.close(LONG).await, Counts { sent: 0, dropped: 1, waiting: 0 });
    let traffic = transport.net().traffic();
    assert_eq!((traffic[0].connections, traffic[0].refused), (0, 1), "{traffic:?}");
}
