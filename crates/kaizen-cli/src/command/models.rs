//! `kaizen models`: what is in the card's memory, and what comes and goes there.

use super::log::network;
use super::time;
use crate::args;
use crate::machine::Surroundings;
use crate::output::Output;
use crate::wire::settings;
use kaizen_api::v1::models::{LoadedModel, ModelMemory};
use kaizen_engine::config::quantity::ByteSize;
use kaizen_engine::error::EngineError;
use kaizen_engine::settings::Settings;
use kaizen_llm::net::{Net, Part, Reach};
use kaizen_llm::residency::ollama::{Ollama, OllamaError, Patience, Running};
use kaizen_llm::residency::plan::Room;
use kaizen_llm::residency::process::Process;
use kaizen_llm::residency::unload::{Memory, Pace};
use kaizen_llm::transport::{Transport, Trust};
use std::sync::Arc;
use std::time::Duration;

mod in_use;
pub mod leaving;
mod list;
mod load;
pub mod prices;
mod pull;
mod timing;
mod unload;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// The provider whose models come and go.
const OLLAMA: &str = "ollama";
/// Where it usually is.
const USUAL: &str = "http://127.0.0.1:11434";

/// Runs one of them; without an action the list.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Models) -> Result<u8, EngineError> {
    let settings = settings(here)?;
    if let Some(args::ModelsAction::Prices) = &wanted.action {
        return prices::run(output, &settings);
    }
    let place = Place::of(&wanted.server, &settings)?;
    let room = room(wanted.vram.as_deref(), &settings)?;
    let outcome = match &wanted.action {
        None | Some(args::ModelsAction::List | args::ModelsAction::Prices) => list::run(output, &place, room).await,
        Some(args::ModelsAction::Pull(wanted)) => pull::run(output, &place, &wanted.model).await,
        Some(args::ModelsAction::Load(wanted)) => load::run(here, output, &place, room, &with_hot(wanted, &settings)).await,
        Some(args::ModelsAction::Unload(wanted)) => unload::run(output, &place, wanted).await,
    };
    network::keep(here, output, &place.net).await;
    outcome
}

/// A server, and its process where it runs on this machine.
pub struct Place {
    /// The server.
    pub server: Ollama,
    /// The way to it.
    pub net: Arc<Net>,
    /// What goes that way.
    pub transport: Arc<Transport>,
    /// Its process.
    pub host: Option<Process>,
    /// How long its models are watched as they leave.
    pub pace: Pace,
}

impl Place {
    /// Where the arguments say, else the settings.
    pub fn of(wanted: &args::ModelServer, settings: &Settings) -> Result<Self, EngineError> {
        let reach = if settings.privacy.offline { Reach::ThisMachine } else { Reach::Anywhere };
        let net = Arc::new(Net::new(reach).for_part(Part::Models));
        let transport = Arc::new(Transport::new(Arc::clone(&net), CONNECT, Trust::System));
        let configured = settings.models.providers.get(OLLAMA).and_then(|provider| provider.base_url.as_ref());
        let address = wanted.server.as_deref().or(configured.map(|url| url.as_str())).unwrap_or(USUAL);
        let server = Ollama::new(Arc::clone(&transport), address, Patience::default()).map_err(refused)?;
        let step = Duration::from_millis(time::span(&wanted.patience)?.unsigned_abs());
        let host = server.local_port().and_then(Process::listening);
        Ok(Self { server, net, transport, host, pace: Pace { step, ..Pace::default() } })
    }
}

/// The card's memory, and the part of it that models may take.
fn room(wanted: Option<&str>, settings: &Settings) -> Result<Room, EngineError> {
    let size =
        |text: &str| ByteSize::try_from(text.to_owned()).map_err(|wrong| EngineError::usage(format!("--vram: {wrong}"), "--vram 16GiB"));
    let vram = wanted.map(size).transpose()?.or(settings.models.vram).map_or(Room::default().vram, |size| size.0);
    // A share between 0 and 1, as its schema demands.
    Ok(Room { vram, percent: (settings.models.vram_share * 100.0).round() as u8 })
}

/// The models that are to stay: those of the command line, of the settings, and the one that says of what kind a request is.
fn with_hot(wanted: &args::Load, settings: &Settings) -> args::Load {
    let configured = settings.models.hot.iter().chain(&settings.roles.intent).filter(|model| model.provider() == OLLAMA);
    let keep = wanted.keep.iter().cloned().chain(configured.map(|model| model.model().to_owned())).collect();
    args::Load { keep, ..wanted.clone() }
}

/// What a server did not do, with its mend.
pub fn refused(error: OllamaError) -> EngineError {
    let mend = error.mend();
    match &error {
        OllamaError::Address(_) | OllamaError::Offline { .. } | OllamaError::Unknown { .. } => EngineError::usage(error.to_string(), mend),
        OllamaError::Unreachable { .. } => EngineError::environment(error.to_string(), format!("{mend}: --server URL")),
        _ => EngineError::environment(error.to_string(), mend),
    }
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
