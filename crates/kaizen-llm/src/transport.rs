//! HTTP over connections of [`Net`]: a pool per host, HTTP/1.1 to plain upstreams, HTTP/2 over TLS where the other side
//! agrees to it.
//!
//! A thin layer over hyper's own client, without proxies, redirects, cookies or decompression. A redirect is an answer like any
//! other. Bodies are bytes that are already there; a request that was sent is never sent again from here.

use crate::net::{Net, Unreached};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::pki_types::CertificateDer;
use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

/// How long a connection nobody uses is kept.
const IDLE: Duration = Duration::from_secs(50);
/// How many connections nobody uses are kept for each host.
const IDLE_CONNECTIONS: usize = 256;
/// The most an upstream's status line and headers may have, in bytes.
const HEADER_LIMIT: usize = 64 * 1024;
/// The most headers an upstream may send.
const HEADER_COUNT: usize = 128;

/// Whose certificates are believed.
#[derive(Debug, Clone)]
pub enum Trust {
    /// Those the system believes. They are read when the first encrypted connection is opened.
    System,
    /// These.
    These(Vec<CertificateDer<'static>>),
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// There is no connection.
    #[error(transparent)]
    Unreached(#[from] Unreached),
    /// There is one, but it cannot be made secure.
    #[error("no secure connection: {0}")]
    Insecure(String),
    /// The connection was closed before the answer was whole.
    #[error("the connection was closed before the answer was whole")]
    Cut,
    /// What comes is no HTTP, or its headers have no end.
    #[error("the answer is not proper HTTP: {0}")]
    NotHttp(String),
}

type Plain = Client<Dial, Full<Bytes>>;
type Secure = Client<HttpsConnector<Dial>, Full<Bytes>>;

/// The client of all providers.
#[derive(Debug)]
pub struct Transport {
    dial: Dial,
    trust: Trust,
    plain: Plain,
    secure: OnceLock<Result<Secure, Broken>>,
}

impl Transport {
    /// Over this way out. A connection has to stand within `connect`.
    pub fn new(net: Arc<Net>, connect: Duration, trust: Trust) -> Self {
        let dial = Dial { net, within: connect };
        Self { plain: builder().build(dial.clone()), dial, trust, secure: OnceLock::new() }
    }

    /// The way out.
    pub fn net(&self) -> &Arc<Net> {
        &self.dial.net
    }

    /// Sends a request with an absolute address and waits for the head of its answer. Dropping the future or the answer's
    /// body ends the exchange on the upstream's side too.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Broken> {
        // Before anything else looks at the host: its name may be none that a secure connection could be made with.
        self.dial.net.permit(request.uri().host().unwrap_or_default(), port(request.uri()))?;
        let sent = match request.uri().scheme_str() {
            Some("https") => self.secure()?.request(request).await,
            _ => self.plain.request(request).await,
        };
        sent.map_err(|error| broken(&error))
    }

    fn secure(&self) -> Result<&Secure, Broken> {
        let secure = || {
            let https = HttpsConnectorBuilder::new().with_tls_config(tls(&self.trust)?).https_only().enable_all_versions();
            Ok(builder().build(https.wrap_connector(self.dial.clone())))
        };
        self.secure.get_or_init(secure).as_ref().map_err(Clone::clone)
    }
}

fn port(address: &Uri) -> u16 {
    address.port_u16().unwrap_or(if address.scheme_str() == Some("https") { 443 } else { 80 })
}

fn builder() -> legacy::Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new()).timer(TokioTimer::new()).pool_idle_timeout(IDLE).pool_max_idle_per_host(IDLE_CONNECTIONS);
    builder.http1_max_buf_size(HEADER_LIMIT).http1_max_headers(HEADER_COUNT);
    builder.http2_max_header_list_size(HEADER_LIMIT as u32).http2_keep_alive_interval(Duration::from_secs(30)).http2_adaptive_window(true);
    builder
}

fn tls(trust: &Trust) -> Result<rustls::ClientConfig, Broken> {
    let insecure = |why: &dyn std::fmt::Display| Broken::Insecure(why.to_string());
    let mut roots = rustls::RootCertStore::empty();
    match trust {
        Trust::System => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
            if roots.is_empty() {
                let errors: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
                return Err(insecure(&format!("this system has no certificates it believes {}", errors.join(", "))));
            }
        }
        Trust::These(certificates) => certificates.iter().try_for_each(|one| roots.add(one.clone())).map_err(|e| insecure(&e))?,
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(versions.map_err(|e| insecure(&e))?.with_root_certificates(roots).with_no_client_auth())
}

/// What failed, read from the chain of an error's sources.
fn broken(error: &legacy::Error) -> Broken {
    let mut source: Option<&(dyn Error + 'static)> = error.source();
    let mut last = error.to_string();
    while let Some(cause) = source {
        if let Some(unreached) = cause.downcast_ref::<Unreached>() {
            return unreached.clone().into();
        }
        if let Some(hyper) = cause.downcast_ref::<hyper::Error>() {
            return of_hyper(hyper);
        }
        last = cause.to_string();
        source = cause.source();
    }
    if error.is_connect() { Broken::Insecure(last) } else { Broken::Cut }
}

/// As [`Broken`], for an error in the middle of a body.
fn of_hyper(error: &hyper::Error) -> Broken {
    let reset = error.source().and_then(|e| e.downcast_ref::<std::io::Error>()).is_some();
    match error {
        e if e.is_incomplete_message() || e.is_canceled() || e.is_closed() || reset => Broken::Cut,
        e if e.is_parse() => Broken::NotHttp(e.to_string()),
        e if e.is_body_write_aborted() => Broken::Cut,
        e => Broken::NotHttp(e.source().map_or_else(|| e.to_string(), ToString::to_string)),
    }
}

/// The next bytes of a body; `None` at its proper end. Dropping this future loses nothing.
pub async fn data(body: &mut Incoming) -> Option<Result<Bytes, Broken>> {
    loop {
        match body.frame().await? {
            Err(error) => return Some(Err(of_hyper(&error))),
            Ok(frame) => {
                if let Ok(data) = frame.into_data() {
                    return Some(Ok(data));
                }
            }
        }
    }
}

/// Opens the connections of the pool.
#[derive(Debug, Clone)]
pub struct Dial {
    net: Arc<Net>,
    within: Duration,
}

impl tower_service::Service<Uri> for Dial {
    type Response = TokioIo<crate::net::Wire>;
    type Error = Unreached;
    type Future = BoxFuture<'static, Result<Self::Response, Unreached>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unreached>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let Self { net, within } = self.clone();
        Box::pin(async move { net.connect(address.host().unwrap_or_default(), port(&address), within).await.map(TokioIo::new) })
    }
}
