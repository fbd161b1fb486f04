//! Who calls the gateway: a key of Kaizen's, a program of this machine, or nobody we know.
//!
//! A program on this machine needs no key, so that changing the base URL is all there is to do. What it sends as its key is its
//! own provider key, and is passed on to that provider only. From elsewhere a key of Kaizen's is needed.

use crate::keys::{self, Keys};
use axum::http::{HeaderMap, HeaderName, header};
use kaizen_llm::face::{Face, Tongue};
use kaizen_llm::pattern::fits;
use kaizen_llm::provider::Provider;
use kaizen_llm::refusal::Refusal;
use kaizen_llm::route::PREFIX;
use kaizen_llm::route::catalogue::{Catalogue, Target};
use kaizen_llm::secret::Secret;
use kaizen_store::GatewayKey;
use std::net::IpAddr;
use std::sync::Arc;

/// How Anthropic's clients send their key.
pub const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

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
            Some(text) if text.starts_with(keys::PREFIX) => match keys.find(text).await {
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

    /// Whether the key may use a model: where one of its patterns fits the full name, or the short name where that means this model.
    /// Whatever name led there: a short one, or a routed one, reaches nothing that is not listed. A key that lists nothing but
    /// `kaizen/...` names goes wherever those lead.
    pub fn may_use(&self, asked: &str, target: &Target, catalogue: &Catalogue) -> bool {
        let Some(key) = self.key.as_ref().filter(|key| !key.rules.models.is_empty()) else { return true };
        let (routed, models): (Vec<&String>, Vec<&String>) = key.rules.models.iter().partition(|pattern| pattern.starts_with(PREFIX));
        if models.is_empty() {
            return routed.iter().any(|pattern| fits(pattern, asked));
        }
        let is_short = || catalogue.find(&target.model).is_ok_and(|meant| meant == *target);
        let full = target.to_string();
        models.iter().any(|pattern| fits(pattern, &full) || (fits(pattern, &target.model) && is_short()))
    }

    /// The refusal of a model that the key may not use.
    pub fn forbidden(&self, asked: &str) -> Refusal {
        let (name, models) = self.key.as_ref().map_or(("", String::new()), |key| (&key.name, key.rules.models.join(", ")));
        Refusal::new(403, format!("the key '{name}' may not use {asked}; it may use {models}"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use kaizen_llm::route::catalogue::Supplier;
    use kaizen_store::KeyRules;

    fn catalogue() -> Catalogue {
        let supplier = |name: &str, patterns: &[&str]| Supplier {
            name: name.into(),
            local: false,
            free: false,
            patterns: patterns.iter().map(|p| (*p).into()).collect(),
        };
        let mut catalogue = Catalogue::new(vec![supplier("openai", &["gpt-*"]), supplier("proxy", &[])]);
        catalogue.add("proxy", "gpt-cheap");
        catalogue
    }

    fn may(models: &[&str], asked: &str) -> bool {
        let rules = KeyRules { budget: None, rate: None, models: models.iter().map(|m| (*m).into()).collect(), scopes: Vec::new() };
        let key =
            GatewayKey { name: "alice".into(), hash: kaizen_domain::hash::ContentHash::of(b"k"), rules, created_at: 0, revoked_at: None };
        let caller = Caller { key: Some(Arc::new(key)), own: None };
        let catalogue = catalogue();
        // What routing leads to here.
        let target = catalogue.find(if asked.starts_with(PREFIX) { "openai/gpt-4o" } else { asked }).unwrap();
        caller.may_use(asked, &target, &catalogue)
    }

    #[test]
    fn a_full_name_allows_its_short_name_and_the_other_way_round() {
        assert!(may(&["openai/gpt-4o"], "gpt-4o") && may(&["gpt-4o"], "openai/gpt-4o") && may(&["gpt-*"], "gpt-4o"));
        assert!(!may(&["gpt-4o"], "proxy/gpt-4o"), "the short name means another one");
        assert!(!may(&["openai/gpt-4o"], "gpt-4.1") && may(&[], "gpt-4.1"));
    }

    #[test]
    fn neither_a_short_name_nor_a_routed_one_reaches_what_is_not_listed() {
        assert!(!may(&["openai/*"], "gpt-cheap"), "it is the proxy's");
        assert!(!may(&["proxy/*"], "kaizen/auto") && !may(&["proxy/*", "kaizen/auto"], "kaizen/auto"));
        assert!(may(&["openai/*"], "kaizen/auto"));
    }

    #[test]
    fn a_key_for_routed_names_alone_goes_where_they_lead() {
        assert!(may(&["kaizen/auto"], "kaizen/auto") && !may(&["kaizen/auto"], "kaizen/coding") && !may(&["kaizen/*"], "gpt-4o"));
    }
}
