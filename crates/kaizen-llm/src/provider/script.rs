//! A provider that answers from a file of rules: for demos, tests, and work without any model. No socket, no chance, no clock:
//! the same requests in the same order get the same answers, byte for byte.
//!
//! It speaks OpenAI's shape, so whatever a client speaks is translated as for any provider. Rules are tried in order, the
//! first one that matches answers:
//!
//! ```toml
//! [[rule]]                                 # every condition that is given has to hold
//! model = "tiny*"                          # the model; a * stands for any text
//! contains = "capital of France"           # part of the last user message
//! tools = false                            # whether the request brings tools
//! call = 2                                 # only the second request for which the rest of this rule holds
//! text = "Paris."                          # the answer; {last} stands for the last user message
//! usage = { input = 12, output = 2 }       # absent: a token for every four letters
//! delay = "200ms"                          # before the first piece
//! between = "20ms"                         # between two pieces of a stream
//! pieces = 3                               # a stream's pieces; absent: one for each word
//!
//! [[rule]]
//! contains = "weather"
//! tool_calls = [{ name = "weather", arguments = { city = "Paris" } }]
//!
//! [[rule]]
//! contains = "as JSON"
//! json = { answer = 42 }
//!
//! [[rule]]
//! contains = "overload"
//! error = { status = 529, message = "too many requests", retry_after = "1s" }
//!
//! [[rule]]
//! contains = "half"
//! text = "this stream ends too early"
//! cut_after = 2                            # breaks the connection after so many pieces
//!
//! [default]                                # when no rule matches; absent: an error with status 404
//! text = "You said: {last}"
//! ```
//!
//! `finish` gives another reason for the end (`length`), `embedding` a vector for `/v1/embeddings` (absent: four numbers made
//! from the text).

mod answer;
mod rules;

use super::{Manner, bearer};
use crate::face::Tongue;
use bytes::Bytes;
use rules::Rules;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub use answer::{Playback, Staged};
pub use rules::BadScript;

/// How it is spoken to: not at all, it is in this process.
pub const SCRIPT: Manner = Manner { kind: "script", tongue: Tongue::OpenAi, base_url: None, key_variable: None, key: bearer, headers: &[] };

/// The rules of one file and how often each has been met.
#[derive(Debug, Clone)]
pub struct Script {
    rules: Arc<Rules>,
    met: Arc<Vec<AtomicU64>>,
    calls: Arc<AtomicU64>,
}

impl Script {
    /// Reads rules. `file` is for errors.
    pub fn parse(file: &Path, text: &str) -> Result<Self, BadScript> {
        let rules = Rules::parse(file, text)?;
        let met = (0..rules.rules.len()).map(|_| AtomicU64::new(0)).collect();
        Ok(Self { rules: Arc::new(rules), met: Arc::new(met), calls: Arc::default() })
    }

    /// Reads a file of rules.
    pub fn load(file: &Path) -> Result<Self, BadScript> {
        let text = std::fs::read_to_string(file).map_err(|e| BadScript::unreadable(file, &e))?;
        Self::parse(file, &text)
    }

    /// What it answers to the body of a chat completion, or of embeddings where `path` is theirs.
    pub(crate) fn answer(&self, path: &str, body: &Bytes) -> Staged {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let Some(asked) = answer::Heard::read(body) else { return answer::unreadable() };
        let met = |place: usize| self.met[place].fetch_add(1, Ordering::Relaxed) + 1;
        match self.rules.choose(&asked, met) {
            Some(rule) => answer::staged(rule, &asked, path, call),
            None => answer::no_rule(&asked),
        }
    }
}

/// Waits, where there is anything to wait for.
pub(crate) async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}
