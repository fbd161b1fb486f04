//! Providers: who serves models, how each is spoken to, and what the user says about it.
//!
//! A kind of provider is a value in a file of its own and a line in [`PROVIDERS`]; nothing else knows kinds by name. Sending
//! is [`crate::send`]'s. A provider's key is held here and shown nowhere.

pub mod anthropic;
pub mod ollama;
pub mod openai;
pub mod script;

use crate::address::Address;
use crate::breaker::{Breaker, BreakerPolicy, BreakerState};
use crate::busy::Busy;
use crate::face::Tongue;
use crate::retry::{Coins, RetryPolicy};
use crate::secret::Secret;
use crate::transport::Transport;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use script::Script;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Every kind of provider.
pub const PROVIDERS: [&Manner; 4] = [&openai::OPENAI, &anthropic::ANTHROPIC, &ollama::OLLAMA, &script::SCRIPT];

/// How one kind of provider is spoken to.
#[derive(Debug)]
pub struct Manner {
    /// Its name in the settings: `kind = "openai"`.
    pub kind: &'static str,
    /// The shape it speaks.
    pub tongue: Tongue,
    /// Where it is unless the settings say otherwise; absent: it is no host.
    pub base_url: Option<&'static str>,
    /// The environment variable that holds its key by custom.
    pub key_variable: Option<&'static str>,
    /// How it wants to see a key.
    pub key: fn(&Secret) -> (HeaderName, String),
    /// Headers it always gets.
    pub headers: &'static [(&'static str, &'static str)],
}

/// The kind of this name.
pub fn manner(kind: &str) -> Option<&'static Manner> {
    PROVIDERS.into_iter().find(|manner| manner.kind == kind)
}

/// `authorization: Bearer KEY`.
fn bearer(key: &Secret) -> (HeaderName, String) {
    (header::AUTHORIZATION, format!("Bearer {}", key.expose()))
}

/// How long a provider may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// From sending to the head of the answer. Models that are not streamed are silent while they think.
    pub head: Duration,
    /// Between two pieces of an answer.
    pub piece: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: Duration::from_secs(300), piece: Duration::from_secs(120) }
    }
}

/// What the settings say of one provider.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// Its kind.
    pub manner: &'static Manner,
    /// Where it is; absent: where its kind usually is.
    pub base_url: Option<String>,
    /// Further headers for each request.
    pub headers: Vec<(String, String)>,
    /// How long it may take.
    pub patience: Patience,
    /// How often and how patiently it is asked again.
    pub retry: RetryPolicy,
    /// When it is left alone.
    pub breaker: BreakerPolicy,
    /// The most a whole answer may have, in bytes.
    pub answer_limit: usize,
    /// How many tokens an answer may have where the client sets no limit and the shape wants one.
    pub max_output: u64,
    /// Ollama: the size of the context where the client asks for none.
    pub num_ctx: Option<u64>,
    /// Ollama: how long a model stays loaded, as JSON, where the client says nothing.
    pub keep_alive: Option<String>,
}

impl ProviderSettings {
    /// Of this kind, with nothing said.
    pub fn new(manner: &'static Manner) -> Self {
        Self {
            manner,
            base_url: None,
            headers: Vec::new(),
            patience: Patience::default(),
            retry: RetryPolicy::default(),
            breaker: BreakerPolicy::default(),
            answer_limit: 64 * 1024 * 1024,
            max_output: crate::translate::MAX_OUTPUT_UNSAID,
            num_ctx: None,
            keep_alive: None,
        }
    }
}

/// Why a provider cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("provider '{provider}': {why}")]
pub struct BadProvider {
    /// Its name.
    pub provider: String,
    /// Why.
    pub why: String,
}

/// Where a provider is.
#[derive(Debug)]
pub(crate) enum Seat {
    Host { address: Address, transport: Arc<Transport> },
    Script(Script),
}

/// One provider, ready to be sent to.
#[derive(Debug)]
pub struct Provider {
    pub(crate) name: String,
    pub(crate) settings: ProviderSettings,
    pub(crate) seat: Seat,
    pub(crate) headers: HeaderMap,
    pub(crate) has_key: bool,
    /// Shared with the streams that are under way: they tell it how they end.
    pub(crate) breaker: Arc<Mutex<Breaker>>,
    pub(crate) coins: Coins,
    pub(crate) busy: Busy,
}

impl Provider {
    /// A provider that is reached over the network. `seed` makes the jitter of its waits.
    pub fn new(
        name: &str,
        settings: ProviderSettings,
        key: Option<&Secret>,
        transport: Arc<Transport>,
        seed: u64,
    ) -> Result<Self, BadProvider> {
        let bad = |why: String| BadProvider { provider: name.to_string(), why };
        let address = settings.base_url.as_deref().or(settings.manner.base_url);
        let address = address.ok_or_else(|| bad(format!("a provider of kind '{}' has no address", settings.manner.kind)))?;
        let address = Address::parse(address).map_err(|why| bad(why.to_string()))?;
        Self::seated(name, settings, Seat::Host { address, transport }, key, seed)
    }

    /// A provider that answers from a script.
    pub fn scripted(name: &str, script: Script) -> Result<Self, BadProvider> {
        let settings = ProviderSettings {
            breaker: BreakerPolicy { failures: 0, ..BreakerPolicy::default() },
            ..ProviderSettings::new(&script::SCRIPT)
        };
        Self::seated(name, settings, Seat::Script(script), None, 0)
    }

    fn seated(name: &str, settings: ProviderSettings, seat: Seat, key: Option<&Secret>, seed: u64) -> Result<Self, BadProvider> {
        let bad = |why: String| BadProvider { provider: name.to_string(), why };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("kaizen/", env!("CARGO_PKG_VERSION"))));
        let own = settings.manner.headers.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        for (name, value) in own.chain(settings.headers.iter().cloned()) {
            let (name, value) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>());
            let (Ok(name), Ok(mut value)) = (name, value) else { return Err(bad("a header has a name or a value that is none".into())) };
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        if let Some(key) = key {
            put_key(&mut headers, settings.manner, key).ok_or_else(|| bad("the key has characters no header can carry".into()))?;
        }
        let breaker = Arc::new(Mutex::new(Breaker::new(settings.breaker)));
        Ok(Self {
            name: name.to_string(),
            settings,
            seat,
            headers,
            has_key: key.is_some(),
            breaker,
            coins: Coins::new(seed),
            busy: Busy::default(),
        })
    }

    /// Its name in the settings.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its kind.
    pub fn manner(&self) -> &'static Manner {
        self.settings.manner
    }

    /// It runs on this machine.
    pub fn is_local(&self) -> bool {
        match &self.seat {
            Seat::Host { address, .. } => address.is_this_machine(),
            Seat::Script(_) => true,
        }
    }

    /// Its host, as the price lists know it; empty where it is none.
    pub fn host(&self) -> &str {
        match &self.seat {
            Seat::Host { address, .. } => address.host(),
            Seat::Script(_) => "",
        }
    }

    /// It is at the usual address of its kind.
    pub fn is_usual(&self) -> bool {
        let usual = self.settings.manner.base_url.and_then(|url| url.parse::<Uri>().ok());
        usual.is_some_and(|usual| usual.host() == Some(self.host()))
    }

    /// Where it is; `None` where it is no host.
    pub fn address(&self) -> Option<&Address> {
        match &self.seat {
            Seat::Host { address, .. } => Some(address),
            Seat::Script(_) => None,
        }
    }

    /// The models it is being asked for right now, with how many calls.
    pub fn busy(&self) -> Vec<(String, u64)> {
        self.busy.now()
    }

    /// Whether a key was configured for it.
    pub fn has_key(&self) -> bool {
        self.has_key
    }

    /// How its breaker stands.
    pub fn health(&self, now: Instant) -> BreakerState {
        self.breaker().state(now)
    }

    pub(crate) fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        // A breaker is a few numbers that are right after each step: a panic elsewhere cannot have left it half done.
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where keys stand: only a provider's own goes out, and only one.
pub(crate) const KEY_HEADERS: [HeaderName; 2] = [header::AUTHORIZATION, HeaderName::from_static("x-api-key")];

/// Puts a key where this kind of provider wants to see it; `None` where no header can carry it.
pub(crate) fn put_key(headers: &mut HeaderMap, manner: &Manner, key: &Secret) -> Option<()> {
    let (name, value) = (manner.key)(key);
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    KEY_HEADERS.iter().for_each(|other| drop(headers.remove(other)));
    headers.insert(name, value);
    Some(())
}
