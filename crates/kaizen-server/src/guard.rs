//! Who may speak to the daemon at all: the Host rule and the Origin rule, for every route, reads included.
//!
//! A web page the user visits can make the browser send requests to this machine. It cannot choose the Host header freely (DNS
//! rebinding shows a foreign name) and cannot hide its Origin: both are checked. Programs send neither a foreign Host nor an Origin.

use crate::problem::Problem;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;

/// The names under which the daemon may be called, beside those of this machine itself.
#[derive(Debug, Clone, Default)]
pub struct Names {
    own: Arc<[String]>,
    /// It listens on every address: which of them are its own nobody needs to know, since a rebound name is a name and never an
    /// address.
    any_address: bool,
}

impl Names {
    /// `address` is what the daemon listens on, `others` what the user added.
    pub fn new(address: IpAddr, others: &[String]) -> Self {
        let own = (!address.is_unspecified()).then(|| address.to_string());
        let own = own.into_iter().chain(others.iter().cloned()).collect();
        Self { own, any_address: address.is_unspecified() }
    }

    /// Whether a Host or the host of an Origin is ours.
    fn knows(&self, host: &str) -> bool {
        let bare = without_port(host).trim_start_matches('[').trim_end_matches(']');
        let address = bare.parse::<IpAddr>().ok();
        let ours = address.is_some_and(|address| address.is_loopback() || self.any_address);
        ours || bare.eq_ignore_ascii_case("localhost") || self.own.iter().any(|own| own.eq_ignore_ascii_case(bare))
    }
}

/// Refuses what comes from elsewhere.
pub async fn check(State(names): State<Names>, request: Request, next: Next) -> Response {
    match refusal(&names, request.headers(), request.uri().host()) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}

fn refusal(names: &Names, headers: &HeaderMap, uri_host: Option<&str>) -> Option<Problem> {
    let Some(host) = text(headers, &header::HOST).or(uri_host) else {
        return Some(Problem::new(400, "a request without a Host header"));
    };
    if !names.knows(host) {
        let hint = "call it by its address, or add the name to [serve] names in config.toml";
        return Some(Problem::new(421, format!("this daemon does not answer to the name '{host}'")).hint(hint));
    }
    let origin = headers.get(header::ORIGIN)?;
    let own = origin.to_str().ok().and_then(|origin| origin.split_once("://")).is_some_and(|(_, rest)| names.knows(rest));
    (!own).then(|| Problem::new(403, "a page of another site may not call this daemon"))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// `localhost:8400` -> `localhost`, `[::1]:8400` -> `[::1]`.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && (!name.contains(':') || name.ends_with(']')) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn status(host: &str, origin: Option<&str>) -> Option<u16> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        let names = Names::new("10.0.0.7".parse().unwrap(), &["Box.lan".to_owned()]);
        refusal(&names, &headers, None).map(|problem| problem.status)
    }

    #[test]
    fn this_machine_may_call_by_any_of_its_names() {
        for host in ["localhost", "localhost:8400", "127.0.0.1:8400", "[::1]:8400", "127.9.9.9", "10.0.0.7:8400", "box.lan", "BOX.lan:1"] {
            assert_eq!(status(host, None), None, "{host}");
        }
    }

    #[test]
    fn a_rebound_name_is_refused() {
        for host in ["evil.example", "evil.example:8400", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.8", ""] {
            assert_eq!(status(host, None), Some(421), "{host}");
        }
    }

    #[test]
    fn a_page_of_another_site_is_refused() {
        assert_eq!(status("localhost:8400", Some("http://localhost:8400")), None);
        for origin in ["https://evil.example", "null", "http://localhost.evil.example", "file://"] {
            assert_eq!(status("localhost:8400", Some(origin)), Some(403), "{origin}");
        }
    }

    #[test]
    fn a_daemon_that_listens_everywhere_is_called_by_any_address_and_by_no_name() {
        let names = Names::new("0.0.0.0".parse().unwrap(), &[]);
        assert!(names.knows("192.168.1.5:8400") && names.knows("[fe80::1]:8400"));
        assert!(!names.knows("evil.example:8400"));
    }

    #[test]
    fn a_request_must_say_whom_it_wants() {
        assert_eq!(refusal(&Names::default(), &HeaderMap::new(), None).map(|problem| problem.status), Some(400));
    }
}
