//! Ollama by its own API, which carries what its OpenAI-compatible one cannot: the size of the context, and how long a model
//! stays loaded. Which of its models are loaded is `residency`'s.

use super::{Manner, bearer};
use crate::face::Tongue;

/// How it is spoken to.
pub const OLLAMA: Manner = Manner {
    kind: "ollama",
    tongue: Tongue::Ollama,
    base_url: Some("http://127.0.0.1:11434"),
    key_variable: None,
    key: bearer,
    headers: &[],
};
