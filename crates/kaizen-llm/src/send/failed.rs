//! Why there is no answer, and what follows from it: another attempt, another candidate, and what the client is told.

use crate::breaker::Health;
use crate::face::{Face, Malformed, Tongue};
use crate::net::Unreached;
use crate::refusal::{self, Refusal};
use crate::retry::{advice, retry_after, worth_another};
use crate::seen::Trouble;
use crate::translate::Garbled;
use crate::transport::Broken;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use std::time::Duration;

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failed {
    /// The provider answered with an error.
    #[error("the provider answered with status {status}")]
    Refused {
        /// Its status.
        status: u16,
        /// What it said, in its own shape.
        body: Bytes,
        /// Its headers a client can use.
        headers: Box<HeaderMap>,
        /// Whether the same request may succeed there a moment later.
        again: bool,
    },
    /// The provider reported a failure inside an answer that had a good status.
    #[error("{provider}: {}", .trouble.message)]
    Reported {
        /// Which provider.
        provider: String,
        /// What it said.
        trouble: Trouble,
    },
    /// The provider's shape cannot carry the request.
    #[error(transparent)]
    Malformed(Malformed),
    /// There is no connection.
    #[error("{provider}: {why}")]
    Unreachable {
        /// Which provider.
        provider: String,
        /// Why.
        why: String,
    },
    /// It took too long.
    #[error("{provider} {what} within {within:?}")]
    TimedOut {
        /// Which provider.
        provider: String,
        /// What did not happen.
        what: &'static str,
        /// In which time.
        within: Duration,
        /// The time was the request's own, not what this provider is given.
        own: bool,
    },
    /// The answer broke off.
    #[error("{provider}: the answer broke off")]
    Cut {
        /// Which provider.
        provider: String,
    },
    /// The answer is none.
    #[error("{provider}: {why}")]
    Garbled {
        /// Which provider.
        provider: String,
        /// Why not.
        why: String,
    },
    /// The provider failed too often and is left alone for a while.
    #[error("{provider} failed too often and is left alone for another {wait:?}")]
    Open {
        /// Which provider.
        provider: String,
        /// For how long still.
        wait: Duration,
    },
    /// This process is kept to its machine.
    #[error("offline: {host} is not on this machine")]
    Offline {
        /// The host.
        host: String,
    },
    /// There is no key for the provider.
    #[error("there is no key for {provider}")]
    NoKey {
        /// Which provider.
        provider: String,
    },
}

impl Failed {
    pub(crate) fn broken(provider: &str, broken: Broken) -> Self {
        let provider = provider.to_string();
        match broken {
            Broken::Unreached(Unreached::Offline { host }) => Self::Offline { host },
            Broken::Unreached(other) => Self::Unreachable { provider, why: other.to_string() },
            Broken::Insecure(_) => Self::Unreachable { provider, why: broken.to_string() },
            Broken::Cut => Self::Cut { provider },
            Broken::NotHttp(_) => Self::Garbled { provider, why: broken.to_string() },
        }
    }

    pub(crate) fn garbled(provider: &str, garbled: &Garbled) -> Self {
        let provider = provider.to_string();
        match garbled {
            Garbled::Cut => Self::Cut { provider },
            other => Self::Garbled { provider, why: other.to_string() },
        }
    }

    /// Whether the same provider may answer a moment later (`Some`), and the time it asks for. `now` in seconds since 1970.
    pub fn again(&self, now: i64) -> Option<Option<Duration>> {
        match self {
            Self::Refused { again, headers, .. } => again.then(|| retry_after(headers, now)),
            Self::Reported { .. } => (!self.is_clients_mistake()).then_some(None),
            Self::Unreachable { .. } | Self::Cut { .. } => Some(None),
            Self::TimedOut { .. } | Self::Garbled { .. } | Self::Malformed(_) => None,
            Self::Open { .. } | Self::Offline { .. } | Self::NoKey { .. } => None,
        }
    }

    /// Whether another candidate may answer. A request that is wrong is wrong everywhere, and a request whose own time is
    /// over has none left.
    pub fn another_may_help(&self) -> bool {
        match self {
            Self::Refused { status, .. } => matches!(status, 401..=404 | 408 | 409 | 413 | 425 | 429 | 500..),
            Self::TimedOut { own, .. } => !own,
            Self::Reported { .. } => !self.is_clients_mistake(),
            _ => true,
        }
    }

    /// The provider says that the request is wrong, though with a good status.
    fn is_clients_mistake(&self) -> bool {
        matches!(self, Self::Reported { trouble, .. } if trouble.kind == "invalid_request_error")
    }

    /// What it says about the provider.
    pub fn health(&self) -> Health {
        match self {
            Self::Refused { status: 500 | 502..=504 | 520..=529, .. } => Health::Ill,
            Self::Refused { status: 408 | 429, .. } => Health::Unknown,
            Self::Refused { .. } => Health::Well,
            Self::Reported { .. } if self.is_clients_mistake() => Health::Well,
            Self::Reported { .. } => Health::Ill,
            Self::TimedOut { own, .. } => {
                if *own {
                    Health::Unknown
                } else {
                    Health::Ill
                }
            }
            Self::Unreachable { .. } | Self::Cut { .. } | Self::Garbled { .. } => Health::Ill,
            Self::Malformed(_) | Self::Open { .. } | Self::Offline { .. } | Self::NoKey { .. } => Health::Unknown,
        }
    }

    /// A stable word to group by, for records.
    pub fn kind(&self) -> String {
        match self {
            Self::Refused { status, .. } => format!("http_{status}"),
            Self::Reported { trouble, .. } => trouble.kind.clone(),
            Self::Malformed(_) => "malformed".into(),
            Self::Unreachable { .. } => "unreachable".into(),
            Self::TimedOut { .. } => "timeout".into(),
            Self::Cut { .. } => "cut".into(),
            Self::Garbled { .. } => "garbled".into(),
            Self::Open { .. } => "breaker_open".into(),
            Self::Offline { .. } => "offline".into(),
            Self::NoKey { .. } => "no_key".into(),
        }
    }

    /// What the client is told where the failure is ours to word; an upstream's own refusal is worded by it.
    pub fn refusal(&self) -> Refusal {
        let (status, code) = match self {
            Self::Refused { status, body, .. } => return Refusal::heard(*status, body),
            Self::Reported { trouble, .. } => return Refusal::reported(&trouble.kind, &trouble.message),
            Self::Malformed(malformed) => return malformed.clone().into(),
            Self::TimedOut { .. } => (504, "upstream_timeout"),
            Self::Open { .. } => (503, "upstream_resting"),
            Self::Offline { .. } => (403, "offline"),
            Self::NoKey { .. } => (401, "no_upstream_key"),
            Self::Unreachable { .. } => (502, "upstream_unreachable"),
            Self::Cut { .. } => (502, "upstream_cut"),
            Self::Garbled { .. } => (502, "upstream_garbled"),
        };
        let retry_after = if let Self::Open { wait, .. } = self { Some(*wait) } else { None };
        Refusal { code: Some(code.to_string()), retry_after, ..Refusal::new(status, self.to_string()) }
    }

    /// The answer for the client: status, body and content type.
    pub fn told(&self, face: Face, tongue: Tongue) -> (u16, Bytes, &'static str) {
        match self {
            Self::Refused { status, body, .. } => refusal::passed_on(face, tongue, *status, body),
            other => refusal::refusal(face, &other.refusal()),
        }
    }

    /// A refusal of the provider's. What says that the money there is used up will not pass in a moment.
    pub(crate) fn refused(status: StatusCode, headers: HeaderMap, said: &HeaderMap, body: Bytes) -> Self {
        let spent = || Refusal::heard(status.as_u16(), &body).code.as_deref() == Some("insufficient_quota");
        let again = advice(said).unwrap_or_else(|| worth_another(status)) && !spent();
        Self::Refused { status: status.as_u16(), body, headers: Box::new(headers), again }
    }
}
