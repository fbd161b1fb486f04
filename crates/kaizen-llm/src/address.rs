//! Where a server is: scheme, host and port, and the path that everything there begins with.
//!
//! Read once, so that no part of the program takes an address for something else than the others do. Holds no secret: an address
//! with a user part is refused and never repeated.

use crate::net::is_this_machine;
use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};
use std::fmt;

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
    /// Without a final `/`.
    pub(crate) base: String,
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It is something else.
    #[error("'{0}' is no address like https://host/v1")]
    None(String),
    /// It has a user part.
    #[error("a key does not belong into the address: use `key`")]
    Key,
}

impl Address {
    /// Reads `http://` or `https://`, a host, perhaps a port and a path.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        // What has a user part may have a password in it, whatever else is wrong with it.
        let none = || if text.contains('@') { BadAddress::Key } else { BadAddress::None(text.to_owned()) };
        let parts = text.parse::<Uri>().map_err(|_| none())?.into_parts();
        let scheme = parts.scheme.filter(|scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS).ok_or_else(none)?;
        let authority = parts.authority.filter(|authority| !authority.host().is_empty()).ok_or_else(none)?;
        if authority.as_str().contains('@') {
            return Err(BadAddress::Key);
        }
        if parts.path_and_query.as_ref().is_some_and(|path| path.query().is_some()) {
            return Err(none());
        }
        let base = parts.path_and_query.as_ref().map_or("", PathAndQuery::path).trim_end_matches('/').to_owned();
        Ok(Self { scheme, authority, base })
    }

    /// Its host, an IPv6 address with its brackets.
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// Its port, where none is written that of its scheme.
    pub fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(if self.scheme == Scheme::HTTPS { 443 } else { 80 })
    }

    /// Whether it is on this machine by its name alone.
    pub fn is_this_machine(&self) -> bool {
        is_this_machine(self.host())
    }

    /// Something below it; `path` begins with `/`.
    pub fn at(&self, path: &str) -> Result<Uri, http::Error> {
        let path = format!("{}{path}", self.base);
        Uri::builder().scheme(self.scheme.clone()).authority(self.authority.clone()).path_and_query(path).build()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_written_and_gone_on_from() {
        for (text, written, port, local) in [
            ("https://api.openai.com/v1/", "https://api.openai.com/v1", 443, false),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", 8080, true),
            ("http://[::1]/x", "http://[::1]/x", 80, true),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.to_string().as_str(), address.port(), address.is_this_machine()), (written, port, local));
            assert_eq!(address.at("/models").unwrap().to_string(), format!("{written}/models"));
        }
    }

    #[test]
    fn what_is_none_is_refused_and_a_key_in_it_is_not_repeated() {
        for wrong in ["", "http://", "host:80", "ftp://host", "/v1", "http://host?key=1", "http://a b"] {
            assert_eq!(Address::parse(wrong), Err(BadAddress::None(wrong.to_owned())), "{wrong}");
        }
        assert!(!Address::parse("https://user:sk-1@host").unwrap_err().to_string().contains("sk-1"));
    }
}
