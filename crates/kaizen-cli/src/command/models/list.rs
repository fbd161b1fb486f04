//! `kaizen models list`

use super::{Place, loaded, refused};
use crate::command::doctor::size;
use crate::machine::now;
use crate::output::{Output, Style};
use kaizen_api::v1::models::{LoadedModel, Model, ModelList};
use kaizen_engine::error::EngineError;
use kaizen_llm::residency::ollama::{Installed, Running, same};
use kaizen_llm::residency::plan::Room;

/// Lists installed and loaded models.
pub async fn run(output: &Output, place: &Place, room: Room) -> Result<u8, EngineError> {
    let version = place.server.version().await.map_err(refused)?;
    let installed = place.server.installed().await.map_err(refused)?;
    let running = place.server.running().await.map_err(refused)?;
    let list = ModelList {
        schema: "kaizen.models/1".into(),
        server: place.server.address(),
        version,
        cap: room.cap(),
        used: running.iter().map(|one| one.size_vram).fold(0, u64::saturating_add),
        models: models(&installed, &running),
    };
    output.either(&list, || text(output, &list))?;
    Ok(0)
}

/// Loaded ones first, then by name.
fn models(installed: &[Installed], running: &[Running]) -> Vec<Model> {
    let here = |name: &str| running.iter().find(|one| same(&one.name, name)).map(|one| loaded(one, now()));
    let mut models: Vec<Model> =
        installed.iter().map(|one| Model { name: one.name.clone(), size: Some(one.size), loaded: here(&one.name) }).collect();
    let orphans = running.iter().filter(|one| !installed.iter().any(|other| same(&other.name, &one.name)));
    models.extend(orphans.map(|one| Model { name: one.name.clone(), size: None, loaded: here(&one.name) }));
    models.sort_by(|one, other| (one.loaded.is_none(), &one.name).cmp(&(other.loaded.is_none(), &other.name)));
    models
}

fn text(output: &Output, list: &ModelList) -> String {
    let mut lines = vec![format!("Ollama {} at {}: {} of {} in use", list.version, list.server, size(list.used), size(list.cap))];
    if list.models.is_empty() {
        lines.push("no model is installed; `kaizen models pull llama3.2:3b` fetches a small one".into());
    }
    let width = list.models.iter().map(|model| model.name.chars().count()).max().unwrap_or(0);
    for model in &list.models {
        let name = format!("{:<width$}", model.name);
        let name = if model.loaded.is_some() { output.style(Style::Strong, &name) } else { name };
        let files = model.size.map_or_else(|| "not installed any more".to_owned(), size);
        lines.push(format!("  {name}  {files:>9}  {}", model.loaded.as_ref().map_or_else(String::new, state)).trim_end().to_owned());
        let mend = model.loaded.iter().filter_map(|one| one.mend.as_ref());
        lines.extend(mend.map(|mend| format!("  {:<width$}  mend: {mend}", "")));
    }
    lines.join("\n")
}

/// One line of a loaded model.
pub fn state(one: &LoadedModel) -> String {
    let context = one.context.map_or_else(String::new, |tokens| format!(", context {tokens}"));
    let share = (one.cpu_share * 100.0).round();
    let split = if one.cpu_share > 0.0 { format!(", {share:.0} % of it on the processor") } else { String::new() };
    let stopping = if one.state == "stopping" { ", stopping" } else { "" };
    format!("loaded: {} of the card{context}{split}{stopping}", size(one.vram))
}
