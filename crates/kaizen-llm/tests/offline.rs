//! Kept to this machine, nothing leaves it: not by address, not by name, not by a redirect.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use futures_util::future::BoxFuture;
use kaizen_llm::net::{Net, Reach, Resolve, Unreached};
use kaizen_llm::provider::Provider;
use kaizen_llm::secret::Secret;
use kaizen_llm::send::Failed;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::*;

/// Every name leads to the same addresses; who asked is counted.
struct Table {
    addresses: Vec<SocketAddr>,
    asked: AtomicUsize,
}

impl Table {
    fn new(addresses: &[SocketAddr]) -> Arc<Self> {
        Arc::new(Self { addresses: addresses.to_vec(), asked: AtomicUsize::new(0) })
    }
}

impl Resolve for Table {
    fn resolve(&self, _: String, _: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let addresses = self.addresses.clone();
        Box::pin(async move { Ok(addresses) })
    }
}

const SOON: Duration = Duration::from_secs(5);

fn at(net: &Arc<Net>, url: &str) -> Provider {
    let transport = kaizen_llm::transport::Transport::new(net.clone(), SOON, kaizen_llm::transport::Trust::These(Vec::new()));
    Provider::new("up", settings("openai", url), Some(&Secret::new("k").unwrap()), transport.into(), 1).unwrap()
}

#[tokio::test]
async fn no_host_elsewhere_is_talked_to_nor_asked_for() {
    let upstream = Upstream::start(async |_: Peer| {}).await;
    // Even a name that leads to this very machine is somebody else's word for it.
    let table = Table::new(&[upstream.address]);
    let net = Arc::new(Net::with_resolver(Reach::ThisMachine, table.clone()));
    for host in
        ["api.openai.com", "192.0.2.1", "[2001:db8::1]", "0.0.0.0", "127.1", "2130706433", "localhost.example.org", "169.254.169.254"]
    {
        for scheme in ["http", "https"] {
            let failed = plain(&at(&net, &format!("{scheme}://{host}/v1"))).await.unwrap_err();
            assert!(matches!(failed, Failed::Offline { .. }), "{host}: {failed}");
            assert_eq!((failed.refusal().status, failed.kind().as_str()), (403, "offline"));
        }
    }
    assert_eq!(table.asked.load(Ordering::Relaxed), 0, "a name was looked up");
    assert!(net.traffic().iter().all(|host| host.connections == 0 && host.refused > 0 && host.sent == 0), "{:?}", net.traffic());
}

#[tokio::test]
async fn this_machine_is_talked_to_by_each_of_its_names() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.answer("200 OK", "connection: close\r\n", WHOLE).await;
    })
    .await;
    let table = Table::new(&[]);
    let net = Arc::new(Net::with_resolver(Reach::ThisMachine, table.clone()));
    for host in ["127.0.0.1", "localhost", "LOCALHOST", "models.localhost", "[::ffff:127.0.0.1]"] {
        let answer = plain(&at(&net, &format!("http://{host}:{}/v1", upstream.address.port()))).await;
        assert_eq!(answer.map(|a| a.status).unwrap(), 200, "{host}");
    }
    assert_eq!(table.asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_leads_nowhere() {
    for reach in [Reach::ThisMachine, Reach::Anywhere] {
        let upstream = Upstream::start(async |mut peer: Peer| {
            peer.request().await;
            peer.answer("307 Temporary Redirect", "location: http://192.0.2.1/v1/chat/completions\r\n", "").await;
        })
        .await;
        let net = Arc::new(Net::new(reach));
        let failed = plain(&at(&net, &upstream.url())).await.unwrap_err();
        assert!(matches!(failed, Failed::Refused { status: 307, .. }), "{failed}");
        assert_eq!(net.traffic().len(), 1, "{:?}", net.traffic());
    }
}

#[tokio::test]
async fn an_address_is_tried_after_another_that_refuses() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.answer("200 OK", "", WHOLE).await;
    })
    .await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let net = Arc::new(Net::with_resolver(Reach::Anywhere, Table::new(&[closed, upstream.address])));
    assert_eq!(plain(&at(&net, "http://llm.example.org/v1")).await.unwrap().status, 200);
    let traffic = net.traffic();
    assert_eq!((traffic[0].host.as_str(), traffic[0].local, traffic[0].connections), ("llm.example.org:80", false, 1));
}

#[tokio::test]
async fn a_name_without_an_address_is_unreachable() {
    let net = Net::with_resolver(Reach::Anywhere, Table::new(&[]));
    let error = net.connect("llm.example.org", 80, SOON).await.unwrap_err();
    assert_eq!(error, Unreached::NoAddress { host: "llm.example.org".into(), why: "the answer is empty".into() });
}

/// A resolver whose answer changes after it was first asked: what was loopback is not any more.
struct Rebinding(Mutex<Vec<SocketAddr>>);

impl Resolve for Rebinding {
    fn resolve(&self, _: String, _: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        let next = self.0.lock().unwrap().pop();
        Box::pin(async move { Ok(next.into_iter().collect()) })
    }
}

#[tokio::test]
async fn a_name_that_changes_its_address_stays_refused() {
    let rebinding = Rebinding(Mutex::new(vec!["192.0.2.1:80".parse().unwrap(), "127.0.0.1:80".parse().unwrap()]));
    let net = Net::with_resolver(Reach::ThisMachine, Arc::new(rebinding));
    for _ in 0..2 {
        assert!(matches!(net.connect("rebind.example", 80, SOON).await, Err(Unreached::Offline { .. })));
    }
}
