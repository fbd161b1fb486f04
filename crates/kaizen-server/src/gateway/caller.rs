//! Who calls the gateway: a key of Kaizen's, a program of this machine, or nobody we know.
//!
//! A program on this machine needs no key, so that changing the base URL is all there is to do. What it sends as its key is its
//! own provider key, and is passed on to that provider only. From elsewhere a key of Kaizen's is needed.

use crate::keys::{Keys, PREFIX};
use axum::http::{HeaderMap, HeaderName, header};
use kaizen_llm::face::{Face, Tongue};
use kaizen_llm::provider::Provider;
use kaizen_llm::refusal::Refusal;
use kaizen_llm::secret::Secret;
use kaizen_store::GatewayKey;
use std::net::IpAddr;
use std::sync::Arc;

/// How Anthropic's clients send their key.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The key of Kaizen's that was shown: the tenant.
    pub key: Option<Arc<GatewayKey>>,
    /// The client's own provider key.
    pub own: Option<Secret>,
}

impl Caller {
    /// Reads the headers. `Err` is the answer to give.
    pub async fn of(keys: &Keys, headers: &HeaderMap, peer: IpAddr) -> Result<Self, Refusal> {
        match shown(headers) {
            Some(text) if text.starts_with(PREFIX) => match keys.find(text).await {
                Ok(Some(key)) => Ok(Self { key: Some(key), own: None }),
                Ok(None) => Err(Refusal::new(401, "this key of Kaizen's is not known, or was revoked; `kaizen key list` shows them")),
                Err(error) => Err(Refusal::new(503, format!("the key could not be looked up: {error}"))),
            },
            _ if !peer.is_loopback() => Err(Refusal::new(401, "from another machine a key of Kaizen's is needed: `kaizen key add NAME`")),
            text => Ok(Self { key: None, own: text.and_then(Secret::new) }),
        }
    }

    /// The name of the tenant.
    pub fn tenant(&self) -> Option<&str> {
        self.key.as_ref().map(|key| key.name.as_str())
    }

    /// Refuses a model that the key may not use.
    pub fn may_use(&self, asked: &str) -> Result<(), Refusal> {
        let Some(key) = &self.key else { return Ok(()) };
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(head) => asked.starts_with(head),
            None => asked == pattern,
        };
        match key.rules.models.is_empty() || key.rules.models.iter().any(fits) {
            true => Ok(()),
            false => {
                Err(Refusal::new(403, format!("the key '{}' may not use {asked}; it may use {}", key.name, key.rules.models.join(", "))))
            }
        }
    }

    /// The client's own key, where it is meant for this provider: the service whose shape the client speaks, or a program of this
    /// machine. No other host ever sees it. A key that does not look like one gives way to the configured one.
    pub fn own_for(&self, face: Face, provider: &Provider) -> Option<&Secret> {
        let native = face.tongue().unwrap_or(Tongue::OpenAi) == provider.manner().tongue;
        let own = self.own.as_ref().filter(|_| native)?;
        let looks_real = own.expose().starts_with("sk-");
        let meant = match provider.is_local() {
            true => !provider.has_key(),
            false => provider.is_usual() && (looks_real || !provider.has_key()),
        };
        meant.then_some(own)
    }
}

fn shown(headers: &HeaderMap) -> Option<&str> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(&header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ").or(value.strip_prefix("bearer ")));
    bearer.or_else(|| text(&API_KEY)).map(str::trim).filter(|text| !text.is_empty())
}
