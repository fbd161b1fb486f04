//! An HTTP proxy that reaches granted hosts and nothing else: `CONNECT` (RFC 9110, section 9.3.6) for everything encrypted, which it
//! does not look into, and plain requests in absolute form (RFC 9112, section 3.2.2), one for each connection.

use super::carry::{Carrier, connect};
use crate::config::grant::{Host, split};
use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The longest head of a request, in bytes.
const HEAD_CAP: usize = 32 << 10;
const HEADERS: usize = 100;
/// How long a request's head may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What may be reached, and what was asked for.
pub(super) struct Filter {
    hosts: Vec<Host>,
    reached: Mutex<BTreeSet<String>>,
    refused: Mutex<BTreeSet<String>>,
}

/// The most destinations that are remembered.
const REMEMBERED: usize = 100;

impl Filter {
    pub(super) fn new(hosts: Vec<Host>) -> Self {
        Self { hosts, reached: Mutex::default(), refused: Mutex::default() }
    }

    /// Whether a destination is granted; it is remembered either way.
    fn allows(&self, to: &Destination) -> bool {
        let is_granted = self.hosts.iter().any(|host| host.covers(&to.host, to.port));
        let list = if is_granted { &self.reached } else { &self.refused };
        let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() < REMEMBERED {
            list.insert(to.text());
        }
        is_granted
    }

    pub(super) fn reached(&self) -> Vec<String> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    pub(super) fn refused(&self) -> Vec<String> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Destination {
    host: String,
    port: u16,
}

impl Destination {
    fn of(authority: &str, usual: Option<u16>) -> Option<Self> {
        let (host, port) = split(authority)?;
        let is_plain = !host.is_empty() && host.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '@' | '/'));
        is_plain.then_some(Self { host: host.to_owned(), port: port.or(usual)? })
    }

    fn text(&self) -> String {
        if self.host.contains(':') { format!("[{}]:{}", self.host, self.port) } else { format!("{}:{}", self.host, self.port) }
    }
}

/// What a client asked for.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    to: Destination,
    /// What to send there before anything else; empty for a tunnel.
    opening: Vec<u8>,
    is_tunnel: bool,
}

/// Serves one connection of the jail.
pub(super) fn serve(filter: &Filter, mut inner: TcpStream, carrier: &Carrier) {
    let served = inner.set_read_timeout(Some(PATIENCE)).and_then(|()| read_request(&mut inner)).and_then(|request| {
        inner.set_read_timeout(None)?;
        answer(filter, request, &mut inner)
    });
    // A client that is gone needs no answer.
    if let Ok(Some(outer)) = served {
        carrier.carry(inner, outer);
    }
}

fn answer(filter: &Filter, request: Option<Request>, inner: &mut TcpStream) -> io::Result<Option<TcpStream>> {
    let Some(request) = request else {
        return refuse(inner, "400 Bad Request", "this proxy takes CONNECT and plain http requests in absolute form");
    };
    let to = request.to.text();
    if !filter.allows(&request.to) {
        return refuse(inner, "403 Forbidden", &format!("{to} is not granted to this sandbox: see grants in kaizen.toml"));
    }
    match connect(&to) {
        Ok(mut outer) => {
            if request.is_tunnel {
                inner.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            }
            outer.write_all(&request.opening)?;
            Ok(Some(outer))
        }
        Err(error) => refuse(inner, "502 Bad Gateway", &format!("{to} cannot be reached: {error}")),
    }
}

fn refuse(inner: &mut TcpStream, status: &str, why: &str) -> io::Result<Option<TcpStream>> {
    let length = why.len() + 1;
    write!(inner, "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{why}\n")?;
    Ok(None)
}

/// Reads up to the end of the head; `None` for what is no request this proxy takes.
fn read_request(inner: &mut TcpStream) -> io::Result<Option<Request>> {
    let mut read = Vec::new();
    let mut chunk = [0; 4096];
    while read.len() < HEAD_CAP {
        let count = inner.read(&mut chunk)?;
        if count == 0 {
            return Ok(None);
        }
        read.extend_from_slice(&chunk[..count]);
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        match parsed.parse(&read) {
            Ok(httparse::Status::Complete(end)) => return Ok(understood(&parsed, &read[end..])),
            Ok(httparse::Status::Partial) => {}
            Err(_) => return Ok(None),
        }
    }
    Ok(None)
}

fn understood(parsed: &httparse::Request<'_, '_>, rest: &[u8]) -> Option<Request> {
    let (method, target) = (parsed.method?, parsed.path?);
    if method == "CONNECT" {
        return Some(Request { to: Destination::of(target, None)?, opening: rest.to_vec(), is_tunnel: true });
    }
    let absolute = target.strip_prefix("http://")?;
    let (authority, path) = absolute.find(['/', '?']).map_or((absolute, ""), |at| absolute.split_at(at));
    let mut opening = format!("{method} {}{path} HTTP/1.1\r\n", if path.starts_with('/') { "" } else { "/" }).into_bytes();
    // The host is what was filtered, whatever the header says; one request for each connection, since only the first is filtered.
    opening.extend(format!("Host: {authority}\r\nConnection: close\r\n").into_bytes());
    for header in parsed.headers.iter().filter(|header| is_passed_on(header.name)) {
        opening.extend([header.name.as_bytes(), b": ", header.value, b"\r\n"].concat());
    }
    opening.extend(b"\r\n");
    opening.extend(rest);
    Some(Request { to: Destination::of(authority, Some(80))?, opening, is_tunnel: false })
}

/// Headers for the next hop only are not (RFC 9110, section 7.6.1).
fn is_passed_on(name: &str) -> bool {
    let own = ["host", "connection", "proxy-connection", "proxy-authorization", "keep-alive", "te", "trailer", "upgrade"];
    !own.iter().any(|header| name.eq_ignore_ascii_case(header))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Request> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        match parsed.parse(text.as_bytes()) {
            Ok(httparse::Status::Complete(end)) => understood(&parsed, &text.as_bytes()[end..]),
            _ => None,
        }
    }

    #[test]
    fn a_tunnel_names_its_destination_and_port() {
        let request = read("CONNECT pypi.org:443 HTTP/1.1\r\nHost: other.org\r\n\r\nfirst").unwrap();
        assert_eq!((request.to.text().as_str(), request.is_tunnel, request.opening.as_slice()), ("pypi.org:443", true, &b"first"[..]));
        assert_eq!(read("CONNECT [::1]:443 HTTP/1.1\r\n\r\n").unwrap().to.text(), "[::1]:443");
        for refused in ["CONNECT pypi.org HTTP/1.1\r\n\r\n", "CONNECT :443 HTTP/1.1\r\n\r\n", "CONNECT a@b:443 HTTP/1.1\r\n\r\n"] {
            assert_eq!(read(refused), None, "{refused}");
        }
    }

    #[test]
    fn a_plain_request_is_sent_on_with_the_host_that_was_filtered() {
        let text = "GET http://pypi.org/simple/?a=b HTTP/1.1\r\nHost: evil.org\r\nProxy-Connection: keep-alive\r\nAccept: */*\r\n\r\nbody";
        let request = read(text).unwrap();
        assert_eq!(request.to, Destination { host: "pypi.org".into(), port: 80 });
        let expected = "GET /simple/?a=b HTTP/1.1\r\nHost: pypi.org\r\nConnection: close\r\nAccept: */*\r\n\r\nbody";
        assert_eq!(String::from_utf8(request.opening).unwrap(), expected);
        assert!(read("GET http://pypi.org?x HTTP/1.1\r\n\r\n").unwrap().opening.starts_with(b"GET /?x HTTP/1.1\r\n"));
        for refused in ["GET /simple HTTP/1.1\r\n\r\n", "GET https://pypi.org/ HTTP/1.1\r\n\r\n", "GET http://a@b/ HTTP/1.1\r\n\r\n"] {
            assert_eq!(read(refused), None, "{refused}");
        }
    }
}
