//! OpenAI, and everything that speaks as it does: a LiteLLM proxy, vLLM, llama.cpp, Groq, Mistral, OpenRouter...
//!
//! The base URL includes the version (`https://api.openai.com/v1`), as OpenAI's own clients have it.

use super::{Manner, bearer};
use crate::face::Tongue;

/// How it is spoken to.
pub const OPENAI: Manner = Manner {
    kind: "openai",
    tongue: Tongue::OpenAi,
    base_url: Some("https://api.openai.com/v1"),
    key_variable: Some("OPENAI_API_KEY"),
    key: bearer,
    headers: &[],
};
