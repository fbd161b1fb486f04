//! `kaizen models load`: size from the header, a plan, room made and verified, then the model.

use super::in_use::in_use;
use super::leaving::{self, told};
use super::timing::Timings;
use super::{Place, list, loaded, refused};
use crate::args;
use crate::command::doctor::size;
use crate::machine::{Surroundings, now};
use crate::output::{Output, Style};
use kaizen_api::v1::models::LoadResult;
use kaizen_engine::error::EngineError;
use kaizen_llm::residency::evict::Resident;
use kaizen_llm::residency::ollama::{Loading, Running, same};
use kaizen_llm::residency::plan::{Decision, Plan, Refusal, Room, Terms, plan};
use kaizen_llm::residency::process::free_memory;
use kaizen_llm::residency::size::CacheType;
use kaizen_llm::residency::{Carried, Size, Source, carry_out, measure};

/// What was asked for and found out.
struct Asked<'a> {
    wanted: &'a args::Load,
    measured: Size,
    context: u64,
    cache: u64,
    plan: Plan,
    /// Models with calls of Kaizen's daemons under way.
    busy: Vec<String>,
}

/// Loads a model; 1 where it was refused or who had to leave did not.
pub async fn run(here: &Surroundings, output: &Output, place: &Place, room: Room, wanted: &args::Load) -> Result<u8, EngineError> {
    let timings = Timings::read(&here.machine.cache);
    let busy = in_use(here, place).await?;
    let asked = ask(place, room, wanted, &timings, busy).await?;
    if wanted.dry_run {
        return answer(output, place, &asked, None);
    }
    let loading = Loading {
        model: wanted.model.clone(),
        context: asked.context,
        keep_alive: wanted.keep_alive.clone(),
        embedding: asked.measured.embedding,
    };
    let carried = carry_out(&place.server, &asked.plan, &loading, place.pace, place.host).await.map_err(refused)?;
    if carried.loaded.is_some() {
        let took = u64::try_from(carried.took.as_millis()).unwrap_or(u64::MAX);
        timings.keep(&place.server.address(), &wanted.model, took)?;
    }
    answer(output, place, &asked, Some(carried))
}

async fn ask<'a>(
    place: &Place,
    room: Room,
    wanted: &'a args::Load,
    timings: &Timings,
    busy: Vec<String>,
) -> Result<Asked<'a>, EngineError> {
    let measured = measure(&place.server, &wanted.model).await.map_err(refused)?;
    let running = place.server.running().await.map_err(refused)?;
    let context = wanted.context.unwrap_or(measured.context);
    let kind = match wanted.kv {
        args::KvType::F16 => CacheType::F16,
        args::KvType::Q8 => CacheType::Q8_0,
        args::KvType::Q4 => CacheType::Q4_0,
    };
    let cache = measured.shape.cache(context, wanted.parallel, kind);
    let others: Vec<Resident> = running
        .iter()
        .filter(|one| !same(&one.name, &wanted.model))
        .map(|one| resident(one, wanted, timings.of(&place.server.address(), &one.name), &busy))
        .collect();
    // Only this machine's own main memory can be looked at.
    let ram = place.server.local_port().and_then(|_| free_memory());
    let terms = Terms { evict_hot: wanted.evict_kept, offload: wanted.offload, ram };
    let plan = plan(room, &others, measured.weights.saturating_add(cache), terms);
    Ok(Asked { wanted, measured, context, cache, plan, busy })
}

/// What others ask it for cannot be seen from here, only the calls of Kaizen's own daemons.
fn resident(running: &Running, wanted: &args::Load, loaded_in: Option<u64>, busy: &[String]) -> Resident {
    let in_use = busy.iter().any(|model| same(model, &running.name));
    let hot = wanted.keep.iter().any(|keep| same(keep, &running.name));
    Resident { name: running.name.clone(), vram: running.size_vram, in_use, hot, loaded_in }
}

fn answer(output: &Output, place: &Place, asked: &Asked<'_>, carried: Option<Carried>) -> Result<u8, EngineError> {
    let result = result(place, asked, carried);
    output.either(&result, || text(output, &result))?;
    Ok(if result.done { 0 } else { 1 })
}

fn result(place: &Place, asked: &Asked<'_>, carried: Option<Carried>) -> LoadResult {
    let Asked { wanted, measured, plan, .. } = asked;
    let refused = matches!(plan.decision, Decision::Refuse(_));
    let (unloaded, running, seconds) = match &carried {
        Some(carried) => (carried.unloaded.as_slice(), carried.loaded.as_ref(), carried.took.as_secs_f64()),
        None => (&[][..], None, 0.0),
    };
    LoadResult {
        schema: "kaizen.load/1".into(),
        model: wanted.model.clone(),
        decision: plan.decision.name().into(),
        reason: reason(plan, &asked.busy),
        unload: plan.decision.unload().to_vec(),
        cpu_share: cpu_share(plan),
        cap: plan.cap,
        used: plan.used,
        weights: measured.weights,
        weights_from: source(measured.source).into(),
        cache: asked.cache,
        context: asked.context,
        parallel: wanted.parallel,
        unloaded: unloaded.iter().map(|one| leaving::wire(one, &place.server.address(), false)).collect(),
        loaded: running.map(|one| loaded(one, now())),
        seconds,
        done: !refused && (carried.is_none() || running.is_some()),
    }
}

fn source(source: Source) -> &'static str {
    match source {
        Source::Header => "header",
        Source::Described => "tensors",
        Source::Files => "files",
    }
}

fn cpu_share(plan: &Plan) -> f64 {
    match plan.decision {
        Decision::OffloadCpu { cpu, .. } if plan.need > 0 => cpu as f64 / plan.need as f64,
        _ => 0.0,
    }
}

/// Why it was refused, with what would help.
fn reason(plan: &Plan, busy: &[String]) -> Option<String> {
    let Decision::Refuse(refusal) = &plan.decision else { return None };
    let help = match refusal {
        Refusal::Larger => "a smaller --context, a smaller quantisation, or --offload for a part on the processor",
        Refusal::Held(by) if by.iter().any(|name| busy.iter().any(|model| same(model, name))) => {
            "calls of the gateway are under way in it: wait until they end, or --offload puts a part on the processor"
        }
        Refusal::Held(_) => "--evict-kept unloads models to be kept too, --offload puts a part on the processor",
        Refusal::Memory { .. } => "a smaller --context or a smaller quantisation",
    };
    Some(format!("{refusal}: {help}"))
}

fn text(output: &Output, result: &LoadResult) -> String {
    let need = result.weights.saturating_add(result.cache);
    let mut lines = vec![format!(
        "{}  needs {}: weights {} ({}), cache {} for {} tokens x {}; {} of {} in use by others",
        output.style(Style::Strong, &result.decision),
        size(need),
        size(result.weights),
        result.weights_from,
        size(result.cache),
        result.context,
        result.parallel,
        size(result.used),
        size(result.cap),
    )];
    lines.extend(result.reason.iter().map(|reason| format!("  {reason}")));
    if result.cpu_share > 0.0 {
        lines.push(format!("  {:.0} % of it on the processor", result.cpu_share * 100.0));
    }
    if result.unloaded.is_empty() && !result.unload.is_empty() {
        lines.push(format!("  would unload {}", result.unload.join(", ")));
    }
    lines.extend(result.unloaded.iter().map(|one| told(output, one)));
    let all_left = result.unloaded.iter().all(|one| one.mend.is_none());
    if !result.done && result.reason.is_none() && all_left {
        lines.push("  the server said it was loaded and does not list it: look at its log".into());
    }
    if let Some(model) = &result.loaded {
        lines.push(format!("  {} {} in {:.1} s", result.model, list::state(model), result.seconds));
        lines.extend(model.mend.iter().map(|mend| format!("  mend: {mend}")));
    }
    lines.join("\n")
}
