//! Why an Ollama did not do what was asked, with what a person can do about it.

use crate::transport::Broken;
use std::time::Duration;

/// Why a server did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum OllamaError {
    /// The address is none.
    #[error("'{0}' is not the address of a server")]
    Address(String),
    /// Nobody listens there.
    #[error("no Ollama answers at {server}")]
    Unreachable {
        /// Its address.
        server: String,
        /// What the connection said.
        source: Broken,
    },
    /// It is not on this machine, and nothing else may be talked to.
    #[error("offline: {server} is not on this machine")]
    Offline {
        /// Its address.
        server: String,
    },
    /// It did not answer in time.
    #[error("{server} did not answer {what} within {} s", waited.as_secs_f64())]
    TimedOut {
        /// Its address.
        server: String,
        /// The path.
        what: &'static str,
        /// The limit.
        waited: Duration,
    },
    /// It does not have the model.
    #[error("{server} has no model {model}")]
    Unknown {
        /// Its address.
        server: String,
        /// The model.
        model: String,
    },
    /// It said no.
    #[error("{server} refused {what}: {message}")]
    Refused {
        /// Its address.
        server: String,
        /// The path.
        what: &'static str,
        /// Its words.
        message: String,
    },
    /// It broke off in the middle of an answer.
    #[error("{server} broke off in the middle of {what}")]
    Cut {
        /// Its address.
        server: String,
        /// The path.
        what: &'static str,
    },
    /// Its answer is none of Ollama's.
    #[error("{server} answered {what} with something else than Ollama does: {detail}")]
    Garbled {
        /// Its address.
        server: String,
        /// The path.
        what: &'static str,
        /// What was wrong.
        detail: String,
    },
}

impl OllamaError {
    /// What a person can do about it.
    pub fn mend(&self) -> String {
        match self {
            Self::Address(_) => "write it as http://HOST:PORT, such as http://127.0.0.1:11434".into(),
            Self::Unreachable { .. } => "start it with `ollama serve`, or name another server".into(),
            Self::Offline { .. } => "name a server of this machine, or set [privacy] offline = false".into(),
            Self::TimedOut { server, .. } => {
                format!("look at the log of the Ollama at {server}; where it hangs, end it and start it again with `ollama serve`")
            }
            Self::Unknown { model, .. } => format!("fetch it: kaizen models pull {model}"),
            Self::Refused { .. } => "its words above say what it lacks; its log says more".into(),
            Self::Cut { .. } => {
                "run the same command again: a pull goes on where it stopped; if it breaks again, look at the server's log".into()
            }
            Self::Garbled { server, .. } => format!("is {server} an Ollama? Name the right server, or update it"),
        }
    }
}
