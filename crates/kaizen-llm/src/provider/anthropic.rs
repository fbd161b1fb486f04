//! Anthropic. The base URL has no version (`https://api.anthropic.com`), as its own clients have it.

use super::{Manner, bearer};
use crate::face::Tongue;
use crate::secret::Secret;
use http::HeaderName;

/// How it is spoken to.
pub const ANTHROPIC: Manner = Manner {
    kind: "anthropic",
    tongue: Tongue::Anthropic,
    base_url: Some("https://api.anthropic.com"),
    key_variable: Some("ANTHROPIC_API_KEY"),
    key,
    headers: &[("anthropic-version", "2023-06-01")],
};

/// A key goes into `x-api-key`; what a person got by signing in is a bearer token.
fn key(key: &Secret) -> (HeaderName, String) {
    match key.expose().starts_with("sk-ant-oat") {
        true => bearer(key),
        false => (HeaderName::from_static("x-api-key"), key.expose().to_string()),
    }
}
