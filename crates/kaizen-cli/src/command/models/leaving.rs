//! One model that is to leave: asked, verified, and where it is allowed its process ended.

use super::{Place, memory, refused};
use crate::command::doctor::size;
use crate::command::stop::ending::{Ending, RUNNER, end};
use crate::output::{Output, Style};
use kaizen_api::v1::models::UnloadedModel;
use kaizen_engine::error::EngineError;
use kaizen_llm::residency::files_of;
use kaizen_llm::residency::ollama::OllamaError;
use kaizen_llm::residency::process::Process;
use kaizen_llm::residency::unload::{self, Ended, Leaving, Unloaded};

/// Unloads a model; with `force`, ends the process of one that does not leave.
pub async fn unload(place: &Place, model: &str, force: bool) -> Result<UnloadedModel, EngineError> {
    // A model may be loaded and deleted: then its process cannot be told from others'.
    let files = match files_of(&place.server, model).await {
        Err(OllamaError::Unknown { .. }) if is_loaded(place, model).await? => vec![],
        files => files.map_err(refused)?,
    };
    let leaving = Leaving { model, files: &files, host: place.host };
    let mut unloaded = unload::unload(&place.server, leaving, place.pace).await.map_err(refused)?;
    let forced = match holder(unloaded.ended) {
        Some(runner) if force => end_runner(place, &mut unloaded, runner).await?,
        _ => false,
    };
    Ok(wire(&unloaded, &place.server.address(), forced))
}

async fn is_loaded(place: &Place, model: &str) -> Result<bool, EngineError> {
    let running = place.server.running().await.map_err(refused)?;
    Ok(running.iter().any(|one| kaizen_llm::residency::ollama::same(&one.name, model)))
}

/// The process that still holds it.
fn holder(ended: Ended) -> Option<Process> {
    match ended {
        Ended::Lingers(runner) | Ended::Stuck(Some(runner)) => Some(runner),
        Ended::Absent | Ended::Gone | Ended::Stuck(None) => None,
    }
}

/// Ends the process; the server notices by itself.
async fn end_runner(place: &Place, unloaded: &mut Unloaded, runner: Process) -> Result<bool, EngineError> {
    let ending = end(runner, &RUNNER).await;
    if matches!(ending, Ending::Asked | Ending::Killed | Ending::WasGone)
        && unload::gone(&place.server, &unloaded.model, place.pace).await.map_err(refused)?
    {
        unloaded.ended = Ended::Gone;
    }
    unloaded.after = unload::memory(&place.server, place.host).await.map_err(refused)?;
    Ok(matches!(ending, Ending::Asked | Ending::Killed))
}

/// The wire form.
pub fn wire(unloaded: &Unloaded, server: &str, forced: bool) -> UnloadedModel {
    let runner = holder(unloaded.ended).map(|runner| runner.pid);
    let state = match unloaded.ended {
        Ended::Absent => "absent",
        Ended::Gone => "gone",
        Ended::Lingers(_) => "lingers",
        Ended::Stuck(_) => "stuck",
    };
    let gone = matches!(unloaded.ended, Ended::Absent | Ended::Gone);
    UnloadedModel {
        model: unloaded.model.clone(),
        state: state.to_owned(),
        asked: unloaded.asked,
        proof: if unloaded.watched { "process" } else { "list" }.to_owned(),
        forced,
        runner,
        said: unloaded.said.clone(),
        before: memory(unloaded.before),
        after: memory(unloaded.after),
        seconds: unloaded.took.as_secs_f64(),
        mend: (!gone).then(|| mend(&unloaded.model, server, runner)),
    }
}

fn mend(model: &str, server: &str, runner: Option<u32>) -> String {
    match runner {
        Some(pid) => format!("kaizen models unload {model} --force ends process {pid}, which holds it"),
        None => format!("on the machine of {server}: ollama stop {model}; if it stays, end its runner or start the server again"),
    }
}

/// One line, and its mend.
pub fn told(output: &Output, one: &UnloadedModel) -> String {
    let times = if one.asked == 1 { "once".to_owned() } else { format!("{} times", one.asked) };
    let how = match (one.forced, one.proof.as_str()) {
        (true, _) => ", its process ended",
        (false, "list") => "; only the server says so, its process was not seen from here",
        (false, _) => "",
    };
    let (style, word) = if one.mend.is_some() { (Style::Bad, &one.state[..]) } else { (Style::Good, "unloaded") };
    let word = output.style(style, &format!("{word:<8}"));
    let mut text = match one.state.as_str() {
        "absent" => format!("  absent    {}: it was not loaded", one.model),
        "gone" => format!("  {word}  {}: {} in {:.1} s, asked {times}{how}", one.model, given_back(one), one.seconds),
        "lingers" => format!("  {word}  {}: off the list, but process {} still holds its memory", one.model, one.runner.unwrap_or(0)),
        _ => {
            let by = one.runner.map_or_else(String::new, |pid| format!("; process {pid} holds its memory"));
            format!("  {word}  {}: asked {times} in {:.0} s, and still listed{by}", one.model, one.seconds)
        }
    };
    text.extend(one.said.iter().map(|said| format!("\n            it said: {said}")));
    text.extend(one.mend.iter().map(|mend| format!("\n            mend: {mend}")));
    text
}

fn given_back(one: &UnloadedModel) -> String {
    let card = format!("card {} -> {}", size(one.before.vram), size(one.after.vram));
    match (one.before.resident, one.after.resident) {
        (Some(before), Some(after)) => format!("{card}, server's memory {} -> {}", size(before), size(after)),
        _ => card,
    }
}
