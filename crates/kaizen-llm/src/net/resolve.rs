//! From names to addresses: the system's way, or a table for who wants no system.

use futures_util::future::BoxFuture;
use std::io;
use std::net::SocketAddr;

/// Who knows addresses.
pub trait Resolve: Send + Sync {
    /// The addresses of a host, in the order in which to try them.
    fn resolve(&self, host: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;
}

/// The system's resolver (`getaddrinfo`).
#[derive(Debug, Clone, Copy)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}
