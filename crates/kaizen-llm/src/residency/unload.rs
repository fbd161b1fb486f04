//! Unloading that is believed only when it is seen: the server lists the model no more, and the process that held it is gone.
//!
//! Asking can fail quietly: a model may stay for ever in the state of stopping, or leave the list while its memory stays taken. So
//! the server is asked, watched with growing pauses, asked again, asked by way of the model's own queue, and then the answer is that it
//! is stuck and which process holds the memory. Nothing is ended here, and nothing is tried for ever.

use super::ollama::{Ollama, OllamaError, Running, same};
use super::process::Process;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long to watch, and how often.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The first pause; each is longer by half than the one before.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// How long each way of asking is given.
    pub step: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { first: Duration::from_millis(50), longest: Duration::from_secs(2), step: Duration::from_secs(10) }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was not loaded.
    Absent,
    /// The server lists it no more and its process is gone, where that can be seen.
    Gone,
    /// The server lists it no more, but the process that held it still does.
    Lingers(Process),
    /// The server still lists it after everything; the process that holds it, where that can be seen.
    Stuck(Option<Process>),
}

/// Memory at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Memory {
    /// Loaded models.
    pub models: u64,
    /// Bytes the server says they take in all.
    pub listed: u64,
    /// Bytes the server says they take of the card's memory.
    pub vram: u64,
    /// Bytes of main memory the server and its runners hold, where it runs on this machine.
    pub resident: Option<u64>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Unloaded {
    /// The model.
    pub model: String,
    /// How it ended.
    pub ended: Ended,
    /// How often it was asked for.
    pub asked: u32,
    /// Its process was known and watched; else only the server's list was.
    pub watched: bool,
    /// What the server said when it did not do what it was asked for.
    pub said: Option<String>,
    /// Memory before.
    pub before: Memory,
    /// Memory after.
    pub after: Memory,
    /// From the first request to the end.
    pub took: Duration,
}

/// A model to unload, and what is known of where it lives.
#[derive(Debug, Clone, Copy)]
pub struct Leaving<'a> {
    /// Its name.
    pub model: &'a str,
    /// Its files, by which the process that holds it is found.
    pub files: &'a [PathBuf],
    /// The server's own process, where it runs on this machine.
    pub host: Option<Process>,
}

/// Unloads a model and watches until it is gone.
///
/// Errors: a server that is not there. One that hangs or refuses is a stuck unload, with its words.
pub async fn unload(server: &Ollama, leaving: Leaving<'_>, pace: Pace) -> Result<Unloaded, OllamaError> {
    let begun = Instant::now();
    let running = server.running().await?;
    let before = memory_of(&running, leaving.host);
    let runner = leaving.host.and_then(|host| host.runner_of(leaving.files));
    let mut result = Unloaded {
        model: leaving.model.to_owned(),
        ended: Ended::Absent,
        asked: 0,
        watched: runner.is_some(),
        said: None,
        before,
        after: before,
        took: Duration::ZERO,
    };
    if !lists(&running, leaving.model) {
        return Ok(result);
    }
    result.ended = Ended::Stuck(runner);
    for empty_prompt in [false, false, true] {
        result.asked += 1;
        result.said = words(server.release(leaving.model, empty_prompt).await)?;
        if gone(server, leaving.model, pace).await? {
            result.ended = settled(runner, pace).await;
            break;
        }
    }
    result.after = memory(server, leaving.host).await?;
    result.took = begun.elapsed();
    Ok(result)
}

/// Memory now.
pub async fn memory(server: &Ollama, host: Option<Process>) -> Result<Memory, OllamaError> {
    Ok(memory_of(&server.running().await?, host))
}

/// Waits until a model whose process was ended from outside is off the list.
pub async fn gone(server: &Ollama, model: &str, pace: Pace) -> Result<bool, OllamaError> {
    let mut pauses = Pauses::new(pace);
    loop {
        // A list that does not come in time is a list it may still be on.
        match server.running().await {
            Ok(running) if !lists(&running, model) => return Ok(true),
            Ok(_) | Err(OllamaError::TimedOut { .. }) => {}
            Err(error) => return Err(error),
        }
        if !pauses.rest().await {
            return Ok(false);
        }
    }
}

/// Its memory comes back with the end of its process, which may take a moment longer than the list says.
async fn settled(runner: Option<Process>, pace: Pace) -> Ended {
    let Some(runner) = runner else { return Ended::Gone };
    let mut pauses = Pauses::new(pace);
    while runner.is_there() {
        if !pauses.rest().await {
            return Ended::Lingers(runner);
        }
    }
    Ended::Gone
}

/// What a server said that did not do what it was asked for; one that is not there at all is an error.
fn words(answer: Result<(), OllamaError>) -> Result<Option<String>, OllamaError> {
    match answer {
        Ok(()) => Ok(None),
        Err(error @ OllamaError::Unreachable { .. }) => Err(error),
        Err(error) => Ok(Some(error.to_string())),
    }
}

fn lists(running: &[Running], model: &str) -> bool {
    running.iter().any(|one| same(&one.name, model))
}

fn memory_of(running: &[Running], host: Option<Process>) -> Memory {
    let sum = |of: fn(&Running) -> u64| running.iter().map(of).fold(0, u64::saturating_add);
    Memory {
        models: running.len() as u64,
        listed: sum(|one| one.size),
        vram: sum(|one| one.size_vram),
        resident: host.map(Process::resident),
    }
}

struct Pauses {
    next: Duration,
    longest: Duration,
    end: Instant,
}

impl Pauses {
    fn new(pace: Pace) -> Self {
        Self { next: pace.first, longest: pace.longest, end: Instant::now() + pace.step }
    }

    /// Rests; `false` when the time is up.
    async fn rest(&mut self) -> bool {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        tokio::time::sleep(self.next.min(left)).await;
        self.next = (self.next * 3 / 2).min(self.longest);
        true
    }
}
