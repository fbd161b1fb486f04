//! The only place where this crate opens a connection: it decides whom this process may talk to, and writes down whom it did.
//!
//! Kept to this machine (offline), a host that is neither a loopback address nor `localhost` is refused before anybody is
//! asked for its address; `localhost` is taken for the loopback addresses without asking. Every address is looked at once more
//! right before its socket is opened, so a name that leads elsewhere leads nowhere. There are no proxies and nothing in the
//! environment is heeded. A program on this machine that passes things on (a proxy of the user's) is beyond this.

mod resolve;
mod wire;

use futures_util::stream::{FuturesUnordered, StreamExt};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;

pub use resolve::{Resolve, SystemResolver};
pub use wire::Wire;

/// How long an address may keep us waiting before the next one is tried beside it (RFC 8305).
const STAGGER: Duration = Duration::from_millis(250);

/// Whom this process may talk to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Everybody.
    Anywhere,
    /// Only programs on this machine.
    ThisMachine,
}

/// What connections are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Calls of models.
    Calls,
    /// Which models a server has and holds, and fetching, loading and unloading them.
    Models,
    /// Telemetry that is passed on.
    Telemetry,
}

impl Part {
    /// Its word in records.
    pub fn word(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Models => "models",
            Self::Telemetry => "telemetry",
        }
    }
}

/// What went to and came from one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// What for.
    pub part: Part,
    /// `host:port`.
    pub host: String,
    /// The host is this machine.
    pub local: bool,
    /// How many connections were opened.
    pub connections: u64,
    /// How often a connection was refused because this process is kept to its machine.
    pub refused: u64,
    /// Bytes sent, with headers and encryption.
    pub sent: u64,
    /// Bytes received, with headers and encryption.
    pub received: u64,
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreached {
    /// The host is not on this machine, and nothing else may be talked to.
    #[error("offline: {host} is not on this machine")]
    Offline {
        /// The host.
        host: String,
    },
    /// Nobody knows its address.
    #[error("{host} has no address: {why}")]
    NoAddress {
        /// The host.
        host: String,
        /// What the resolver says.
        why: String,
    },
    /// Nobody answers there.
    #[error("{host} cannot be reached: {why}")]
    Refused {
        /// The host.
        host: String,
        /// What the last address said.
        why: String,
    },
    /// It takes too long.
    #[error("{host} did not take the connection within {within:?}")]
    TimedOut {
        /// The host.
        host: String,
        /// How long was waited.
        within: Duration,
    },
}

/// The way out.
pub struct Net {
    reach: Reach,
    part: Part,
    resolver: Arc<dyn Resolve>,
    hosts: Arc<Mutex<Hosts>>,
}

type Hosts = BTreeMap<(Part, String, u16), Arc<wire::Count>>;

impl std::fmt::Debug for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Net").field("reach", &self.reach).finish_non_exhaustive()
    }
}

impl Net {
    /// With the system's names.
    pub fn new(reach: Reach) -> Self {
        Self::with_resolver(reach, Arc::new(SystemResolver))
    }

    /// With names of somebody else's.
    pub fn with_resolver(reach: Reach, resolver: Arc<dyn Resolve>) -> Self {
        Self { reach, part: Part::Calls, resolver, hosts: Arc::default() }
    }

    /// The same way out, whose connections are counted apart.
    pub fn for_part(&self, part: Part) -> Self {
        Self { reach: self.reach, part, resolver: Arc::clone(&self.resolver), hosts: Arc::clone(&self.hosts) }
    }

    /// Every host that was talked to or refused since the start, of all parts, by name.
    pub fn traffic(&self) -> Vec<Traffic> {
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.iter().map(|((part, host, port), count)| count.traffic(*part, host, *port, is_this_machine(host))).collect()
    }

    /// Whether a connection to this host may be tried. Being told no is written down.
    pub fn permit(&self, host: &str, port: u16) -> Result<(), Unreached> {
        if self.reach == Reach::Anywhere || is_this_machine(host) {
            return Ok(());
        }
        self.count(host, port).refuse();
        Err(Unreached::Offline { host: host.to_string() })
    }

    /// Opens a connection, with `TCP_NODELAY`.
    pub async fn connect(&self, host: &str, port: u16, within: Duration) -> Result<Wire, Unreached> {
        self.permit(host, port)?;
        let timed_out = || Unreached::TimedOut { host: host.to_string(), within };
        let stream = tokio::time::timeout(within, self.reach_one(host, port)).await.map_err(|_| timed_out())??;
        let refused = |e: std::io::Error| Unreached::Refused { host: host.to_string(), why: e.to_string() };
        stream.set_nodelay(true).map_err(refused)?;
        let count = self.count(host, port);
        count.open();
        Ok(Wire::new(stream, count))
    }

    fn count(&self, host: &str, port: u16) -> Arc<wire::Count> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(hosts.entry((self.part, host.to_string(), port)).or_default())
    }

    /// The first address that answers; each further one is tried when the one before failed or takes its time.
    async fn reach_one(&self, host: &str, port: u16) -> Result<TcpStream, Unreached> {
        let mut waiting = self.addresses(host, port).await?.into_iter();
        let mut trying = FuturesUnordered::new();
        let mut last = "it has no address".to_string();
        loop {
            match waiting.next() {
                Some(address) => trying.push(self.open(host, address)),
                None if trying.is_empty() => return Err(Unreached::Refused { host: host.to_string(), why: last }),
                None => {}
            }
            let patience = if waiting.len() > 0 { STAGGER } else { Duration::MAX };
            match tokio::time::timeout(patience, trying.next()).await {
                Ok(Some(Ok(stream))) => return Ok(stream),
                Ok(Some(Err(Unreached::Refused { why, .. }))) => last = why,
                Ok(Some(Err(other))) => return Err(other),
                Ok(None) | Err(_) => {}
            }
        }
    }

    async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Unreached> {
        if let Some(address) = literal(host) {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        if is_localhost(host) {
            return Ok([IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].map(|ip| SocketAddr::new(ip, port)).into());
        }
        let no_address = |why: String| Unreached::NoAddress { host: host.to_string(), why };
        let found = self.resolver.resolve(host.to_string(), port).await.map_err(|e| no_address(e.to_string()))?;
        if found.is_empty() { Err(no_address("the answer is empty".to_string())) } else { Ok(found) }
    }

    /// The last look at where it goes.
    async fn open(&self, host: &str, address: SocketAddr) -> Result<TcpStream, Unreached> {
        if self.reach == Reach::ThisMachine && !is_loopback(address.ip()) {
            self.count(host, address.port()).refuse();
            return Err(Unreached::Offline { host: format!("{host} ({})", address.ip()) });
        }
        TcpStream::connect(address).await.map_err(|e| Unreached::Refused { host: host.to_string(), why: e.to_string() })
    }
}

/// Whether a host is this machine by its name alone.
pub fn is_this_machine(host: &str) -> bool {
    literal(host).map_or_else(|| is_localhost(host), is_loopback)
}

/// An address, with or without brackets. Shorter spellings (`127.1`) are names, and no name is trusted.
fn literal(host: &str) -> Option<IpAddr> {
    host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host).parse().ok()
}

/// `localhost` and everything below it (RFC 6761).
fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_and_localhost_are_this_machine() {
        for local in ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "::ffff:127.0.0.1", "localhost", "LOCALHOST.", "a.localhost"] {
            assert!(is_this_machine(local), "{local}");
        }
        for other in [
            "0.0.0.0",
            "::",
            "10.0.0.1",
            "192.168.1.2",
            "127.1",
            "2130706433",
            "0x7f000001",
            "localhost.example.org",
            "notlocalhost",
            "",
            "::ffff:8.8.8.8",
        ] {
            assert!(!is_this_machine(other), "{other}");
        }
    }
}
