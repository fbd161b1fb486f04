//! `kaizen models`: what is in the card's memory, and what comes and goes there.

use super::time;
use crate::args;
use crate::machine::Surroundings;
use crate::output::Output;
use kaizen_api::v1::models::{LoadedModel, ModelMemory};
use kaizen_engine::error::EngineError;
use kaizen_llm::residency::ollama::{Ollama, OllamaError, Patience, Running, client};
use kaizen_llm::residency::plan::Room;
use kaizen_llm::residency::process::Process;
use kaizen_llm::residency::unload::{Memory, Pace};
use std::time::Duration;

pub mod leaving;
mod list;
mod load;
mod pull;
mod timing;
mod unload;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// Runs one of them; without an action the list.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Models) -> Result<u8, EngineError> {
    let place = Place::of(&wanted.server)?;
    let room = Room { vram: size(&wanted.vram)?, ..Room::default() };
    match &wanted.action {
        None | Some(args::ModelsAction::List) => list::run(output, &place, room).await,
        Some(args::ModelsAction::Pull(wanted)) => pull::run(output, &place, &wanted.model).await,
        Some(args::ModelsAction::Load(wanted)) => load::run(here, output, &place, room, wanted).await,
        Some(args::ModelsAction::Unload(wanted)) => unload::run(output, &place, wanted).await,
    }
}

/// A server, and its process where it runs on this machine.
pub struct Place {
    /// The server.
    pub server: Ollama,
    /// Its process.
    pub host: Option<Process>,
    /// How long its models are watched as they leave.
    pub pace: Pace,
}

impl Place {
    /// Where the arguments say.
    pub fn of(wanted: &args::ModelServer) -> Result<Self, EngineError> {
        let client = client(CONNECT).map_err(|error| EngineError::environment(error.to_string(), "report it: no client could be made"))?;
        let server = Ollama::new(client, &wanted.server, Patience::default()).map_err(refused)?;
        let step = Duration::from_millis(time::span(&wanted.patience)?.unsigned_abs());
        let host = server.local_port().and_then(Process::listening);
        Ok(Self { server, host, pace: Pace { step, ..Pace::default() } })
    }
}

/// What a server did not do, with its mend.
pub fn refused(error: OllamaError) -> EngineError {
    let mend = error.mend();
    match &error {
        OllamaError::Address(_) | OllamaError::Unknown { .. } => EngineError::usage(error.to_string(), mend),
        OllamaError::Unreachable { .. } => EngineError::environment(error.to_string(), format!("{mend}: --server URL")),
        _ => EngineError::environment(error.to_string(), mend),
    }
}

/// `16GiB`, `24GB`, `512MiB` in bytes.
fn size(text: &str) -> Result<u64, EngineError> {
    let refused = || EngineError::usage(format!("'{text}' is not a size"), "write a number with a unit: 16GiB, 24GB, 512MiB");
    let split = text.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(refused)?;
    let number: u64 = text[..split].parse().map_err(|_| refused())?;
    let unit = match text[split..].trim() {
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return Err(refused()),
    };
    number.checked_mul(unit).ok_or_else(refused)
}

/// The wire form of a loaded model. `now` in ms since 1970 tells whether it is on its way out.
fn loaded(running: &Running, now: i64) -> LoadedModel {
    let past = running.expires_at.parse::<jiff::Timestamp>().is_ok_and(|end| end.as_millisecond() < now);
    let share = running.cpu_share();
    LoadedModel {
        size: running.size,
        vram: running.size_vram,
        cpu_share: share,
        context: running.context_length,
        expires_at: running.expires_at.clone(),
        state: if past { "stopping" } else { "ready" }.to_owned(),
        mend: (share > 0.0).then(|| split_mend(running)),
    }
}

/// How a model that was split without a word comes onto the card whole.
fn split_mend(running: &Running) -> String {
    let smaller = running.context_length.map_or_else(|| "a smaller --context".to_owned(), |now| format!("--context {}", (now / 2).max(1)));
    format!("unload others (kaizen models unload NAME), then: kaizen models load {} {smaller}; or a smaller quantisation", running.name)
}

/// The wire form of memory.
pub fn memory(memory: Memory) -> ModelMemory {
    ModelMemory { models: memory.models, size: memory.listed, vram: memory.vram, resident: memory.resident }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_need_a_unit() {
        assert_eq!((size("16GiB").unwrap(), size("24 GB").unwrap(), size("1MiB").unwrap()), (16 << 30, 24_000_000_000, 1 << 20));
        for wrong in ["16", "GiB", "16 gigs", "99999999999GiB", "-1GiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
