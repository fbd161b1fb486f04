//! Encrypted upstreams: HTTP/2 where the other side offers it, one connection for many calls, nobody believed without reason.
//!
//! `tls/` holds a certificate for `localhost` that signed itself, and its key; neither is used anywhere else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use kaizen_llm::net::{Net, Reach};
use kaizen_llm::provider::Provider;
use kaizen_llm::send::Failed;
use kaizen_llm::transport::{Transport, Trust};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use support::{WHOLE, plain, settings, text};

const CERTIFICATE: &[u8] = include_bytes!("tls/localhost.cert.der");
const KEY: &[u8] = include_bytes!("tls/localhost.key.der");

/// Offers these protocols; answers every request with its protocol's version in a header.
async fn upstream(alpn: &'static [u8]) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(KEY.to_vec()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_no_client_auth().with_single_cert(vec![CertificateDer::from(CERTIFICATE.to_vec())], key).unwrap();
    config.alpn_protocols = vec![alpn.to_vec()];
    let (acceptor, listener) =
        (tokio_rustls::TlsAcceptor::from(Arc::new(config)), tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap());
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let answer = service_fn(|request: http::Request<hyper::body::Incoming>| async move {
                let answer = http::Response::builder().header("x-request-id", format!("{:?}", request.version()));
                Ok::<_, Infallible>(answer.body(Full::new(Bytes::from_static(WHOLE.as_bytes()))).unwrap())
            });
            match alpn {
                b"h2" => {
                    tokio::spawn(
                        hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), answer),
                    );
                }
                _ => {
                    tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
                }
            }
        }
    });
    address
}

fn at(address: SocketAddr, trust: Trust) -> (Provider, Arc<Net>) {
    let net = Arc::new(Net::new(Reach::ThisMachine));
    let transport = Transport::new(net.clone(), Duration::from_secs(5), trust);
    let url = format!("https://localhost:{}/v1", address.port());
    (Provider::new("up", settings("openai", &url), None, Arc::new(transport), 1).unwrap(), net)
}

fn ours() -> Trust {
    Trust::These(vec![CertificateDer::from(CERTIFICATE.to_vec())])
}

#[tokio::test]
async fn the_protocol_is_the_best_the_other_side_offers() {
    for (alpn, version) in [(&b"h2"[..], "HTTP/2.0"), (b"http/1.1", "HTTP/1.1")] {
        let (provider, net) = at(upstream(alpn).await, ours());
        for _ in 0..3 {
            let answer = plain(&provider).await.unwrap();
            assert_eq!(answer.headers.get("x-request-id").unwrap(), version);
            assert_eq!(text(&answer), WHOLE);
        }
        assert_eq!(net.traffic()[0].connections, 1, "{version}");
    }
}

#[tokio::test]
async fn who_cannot_prove_its_name_is_not_believed() {
    let (provider, _) = at(upstream(b"h2").await, Trust::These(Vec::new()));
    let failed = plain(&provider).await.unwrap_err();
    assert!(matches!(&failed, Failed::Unreachable { why, .. } if why.starts_with("no secure connection: ")), "{failed}");
}
