//! Accepting connections: HTTP/1.1, no delay on small segments, a limit on how long a request's head may take and on how many
//! connections are open, and an end that lets begun answers finish.
//!
//! What a request says is none of its business.

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How long a client may take over the head of a request.
const HEAD: Duration = Duration::from_secs(10);
/// The longest head, in bytes.
const HEAD_BYTES: usize = 64 * 1024;
/// How long answers that are under way may take to finish when the daemon ends.
const FAREWELL: Duration = Duration::from_secs(10);
/// How long to wait after the system refused a connection (no file descriptors left, say).
const BREATH: Duration = Duration::from_millis(50);

/// Serves `router` on `listener` until `ended` resolves; then takes no more connections and lets answers finish for ten seconds.
/// At most `connections` are open at once: later ones wait.
pub async fn serve(listener: TcpListener, router: Router, connections: usize, ended: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(connections));
    let mut open = JoinSet::new();
    tokio::pin!(ended);
    loop {
        // Kept until looked at, those that ended would add up to every connection there ever was.
        while open.try_join_next().is_some() {}
        let place = tokio::select! {
            place = Arc::clone(&room).acquire_owned() => place,
            () = &mut ended => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut ended => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                // A socket for both families tells peers of this machine by `::ffff:127.0.0.1`.
                let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                let connection = graceful.watch(connection(stream, peer, router.clone()));
                open.spawn(async move {
                    // A connection that breaks is its client's affair: what it asked for is recorded by the answer's own end.
                    drop(connection.await);
                    drop(place);
                });
            }
            Err(_) => tokio::time::sleep(BREATH).await,
        }
    }
    drop(listener);
    drop(tokio::time::timeout(FAREWELL, graceful.shutdown()).await);
    // What is still under way is cut off here: nobody holds a part of the daemon after this, and its operations are recorded as
    // cancelled.
    open.shutdown().await;
}

type Connection = http1::Connection<TokioIo<TcpStream>, TowerToHyperService<WithPeer>>;

fn connection(stream: TcpStream, peer: SocketAddr, router: Router) -> Connection {
    // Without it the last piece of a stream waits for the client's acknowledgement: some 40 ms. A socket that refuses is closed already.
    drop(stream.set_nodelay(true));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES).half_close(false);
    builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(WithPeer { router, peer }))
}

/// The router, told who is at the other end.
#[derive(Clone)]
struct WithPeer {
    router: Router,
    peer: SocketAddr,
}

impl tower_service::Service<hyper::Request<hyper::body::Incoming>> for WithPeer {
    type Response = axum::response::Response;
    type Error = Infallible;
    type Future = axum::routing::future::RouteFuture<Infallible>;

    fn poll_ready(&mut self, context: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        <Router as tower_service::Service<hyper::Request<hyper::body::Incoming>>>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, mut request: hyper::Request<hyper::body::Incoming>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.router.call(request)
    }
}
