//! `kaizen stop`: ends Kaizen's own processes on this machine, with `--all` unloads every model, and shows that memory came back.
//!
//! Who runs is known from the leases of the store: a process is ended only where number and start time are the holder's.

use super::log::network;
use super::models::{self, Place, leaving, refused};
use super::time;
use crate::args;
use crate::command::doctor::size;
use crate::machine::Surroundings;
use crate::output::{Output, Style};
use crate::wire::settings;
use kaizen_api::v1::models::{ModelMemory, StopResult, StoppedWorker};
use kaizen_engine::error::EngineError;
use kaizen_llm::residency::ollama::OllamaError;
use kaizen_llm::residency::unload;
use kaizen_store::Store;
use std::time::Duration;

pub mod ending;
mod workers;

/// Stops; 1 where something is left.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Stop) -> Result<u8, EngineError> {
    let grace = Duration::from_millis(time::span(&wanted.grace)?.unsigned_abs());
    // Looked at before anything is ended: a mistake in the address is found first.
    let place = wanted.all.then(|| Place::of(&wanted.server, &settings(here)?)).transpose()?;
    let store = Store::open(&here.store).await?;
    let workers = workers::stop(&store, &here.machine.host, grace).await?;
    let mut result =
        StopResult { schema: "kaizen.stop/1".into(), workers, server: None, models: vec![], before: None, after: None, done: false };
    if let Some(place) = &place {
        let outcome = unload_all(place, wanted.force, &mut result).await;
        network::keep(here, output, &place.net).await;
        outcome?;
    }
    result.done = result.workers.iter().all(left_nothing) && result.models.iter().all(|one| one.mend.is_none()) && is_empty(result.after);
    output.either(&result, || text(output, &result, wanted.all))?;
    Ok(if result.done { 0 } else { 1 })
}

/// A server that is not there holds no model; one that does not answer may.
async fn unload_all(place: &Place, force: bool, result: &mut StopResult) -> Result<(), EngineError> {
    let running = match place.server.running().await {
        Err(OllamaError::Unreachable { .. }) => return Ok(()),
        running => running.map_err(refused)?,
    };
    result.server = Some(place.server.address());
    let memory = async || unload::memory(&place.server, place.host).await.map_err(refused).map(models::memory);
    result.before = Some(memory().await?);
    for model in running {
        result.models.push(leaving::unload(place, &model.name, force).await?);
    }
    result.after = Some(memory().await?);
    Ok(())
}

fn left_nothing(worker: &StoppedWorker) -> bool {
    matches!(worker.state.as_str(), "ended" | "killed" | "was_gone" | "elsewhere")
}

fn is_empty(after: Option<ModelMemory>) -> bool {
    after.is_none_or(|after| after.models == 0 && after.vram == 0)
}

fn text(output: &Output, result: &StopResult, all: bool) -> String {
    let mut lines: Vec<String> = result.workers.iter().map(|worker| workers::told(output, worker)).collect();
    if result.workers.is_empty() {
        lines.push("no process of Kaizen runs with this store".into());
    }
    match &result.server {
        None if all => lines.push("no Ollama answers: no model is loaded".into()),
        None => {}
        Some(server) if result.models.is_empty() => lines.push(format!("no model is loaded at {server}")),
        Some(_) => lines.extend(result.models.iter().map(|one| leaving::told(output, one))),
    }
    lines.extend(memory_line(output, result));
    lines.join("\n")
}

/// Before and after, as the server and the kernel say.
fn memory_line(output: &Output, result: &StopResult) -> Option<String> {
    let (before, after) = (result.before?, result.after?);
    let resident = match (before.resident, after.resident) {
        (Some(before), Some(after)) => format!(", memory of the server's processes {} -> {}", size(before), size(after)),
        _ => ", memory of the server's processes not seen from here".to_owned(),
    };
    let word = output.style(Style::Strong, "memory  ");
    Some(format!("  {word}  models {} -> {}, card {} -> {}{resident}", before.models, after.models, size(before.vram), size(after.vram)))
}
