//! `kaizen gc`

use super::doctor::size;
use super::time::rfc3339;
use crate::args;
use crate::machine::Surroundings;
use crate::output::{Output, Style};
use crate::wire::launcher;
use kaizen_api::v1::{GcEntry, GcResult};
use kaizen_engine::cache::{Entry, Kind, Use, left_cgroups, look, set_aside};
use kaizen_engine::config::quantity::ByteSize;
use kaizen_engine::error::EngineError;
use kaizen_engine::scratch::Places;
use kaizen_sandbox::probe::probe;
use std::time::{SystemTime, UNIX_EPOCH};

/// Frees space; 1 where something could not be removed.
pub fn run(here: &Surroundings, output: &Output, wanted: &args::Gc) -> Result<u8, EngineError> {
    let most = most(&wanted.max_size)?;
    // Looked at before anything is prepared: preparing sweeps up.
    let entries = look(&here.machine.cache)?;
    let idle: u64 = entries.iter().filter(|entry| entry.state == Use::Idle).map(|entry| entry.bytes).sum();
    let mut excess = idle.saturating_sub(most);
    let mut told = Vec::new();
    for entry in &entries {
        let goes = entry.state == Use::Left || (entry.state == Use::Idle && excess > 0);
        if goes && entry.state == Use::Idle {
            excess = excess.saturating_sub(entry.bytes);
        }
        told.push(one(here, entry, goes, wanted.dry_run)?);
    }
    let cgroups = left_cgroups().len() as u64;
    if cgroups > 0 && !wanted.dry_run {
        // The sandbox removes them itself when a jail is opened.
        probe(&launcher(&Places::prepare(&here.machine.cache)?.scratch)?);
    }
    let sum = |gone: bool| told.iter().filter(|entry| is_gone(entry) == gone).map(|entry| entry.bytes).sum();
    let result = GcResult {
        schema: "kaizen.gc/1".into(),
        dry_run: wanted.dry_run,
        freed: sum(true),
        left: sum(false),
        cgroups,
        cgroups_left: left_cgroups().len() as u64,
        max_size: most,
        entries: told,
    };
    output.either(&result, || text(output, &result))?;
    Ok(u8::from(result.entries.iter().any(|entry| entry.outcome == "failed")))
}

/// `0` too, which no other size may be.
fn most(text: &str) -> Result<u64, EngineError> {
    if text.trim() == "0" {
        return Ok(0);
    }
    ByteSize::try_from(text.to_owned()).map(|size| size.0).map_err(|wrong| EngineError::usage(format!("--max-size: {wrong}"), wrong.hint))
}

fn is_gone(entry: &GcEntry) -> bool {
    matches!(entry.outcome.as_str(), "removed" | "would_be_removed")
}

fn one(here: &Surroundings, entry: &Entry, goes: bool, dry_run: bool) -> Result<GcEntry, EngineError> {
    let (outcome, why) = match (entry.state, goes) {
        (Use::Now, _) => ("in_use", None),
        (_, false) => ("kept", None),
        (_, true) if dry_run => ("would_be_removed", None),
        (_, true) => match set_aside(entry)? {
            None => ("in_use", None),
            Some(aside) => {
                here.faults.at("gc.aside")?;
                aside.remove().map_or_else(|error| ("failed", Some(error.to_string())), |()| ("removed", None))
            }
        },
    };
    Ok(GcEntry {
        kind: entry.kind.word().into(),
        path: entry.path.display().to_string(),
        bytes: entry.bytes,
        used_at: rfc3339(millis(entry.used)),
        outcome: outcome.into(),
        why,
    })
}

fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn text(output: &Output, result: &GcResult) -> String {
    let mut lines: Vec<String> = result.entries.iter().map(|entry| line(output, entry)).collect();
    if result.cgroups > 0 {
        lines.push(format!("control groups of dead jails: {} -> {}", result.cgroups, result.cgroups_left));
    }
    let freed = if result.dry_run { "would be free" } else { "free again" };
    let scratch = Kind::Scratch.word();
    let used = result.entries.iter().filter(|entry| entry.outcome == "in_use" && entry.kind != scratch).count();
    lines.push(format!("{} {freed}, {} stay ({used} in use)", size(result.freed), size(result.left)));
    lines.join("\n")
}

fn line(output: &Output, entry: &GcEntry) -> String {
    let style = match entry.outcome.as_str() {
        "removed" | "would_be_removed" => Style::Good,
        "failed" => Style::Bad,
        _ => Style::Dim,
    };
    let outcome = output.style(style, &format!("{:<16}", entry.outcome.replace('_', " ")));
    let why = entry.why.as_ref().map_or_else(String::new, |why| format!("  {why}"));
    format!("{outcome} {:<8} {:>9}  {}  {}{why}", entry.kind, size(entry.bytes), entry.used_at, entry.path)
}
