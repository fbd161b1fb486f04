//! `kaizen purge`

use super::doctor::size;
use super::projects::{at_work, chosen, refuse};
use crate::args;
use crate::machine::{Surroundings, now};
use crate::output::Output;
use crate::render::plural;
use kaizen_api::v1::PurgeResult;
use kaizen_engine::cache::{Entry, Use, look, set_aside};
use kaizen_engine::error::EngineError;
use kaizen_engine::foundation::{branch_of, short_ref};
use kaizen_store::{Project, Purged, Store};

/// Shows what goes, asks, deletes it.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Purge) -> Result<u8, EngineError> {
    let store = Store::open(&here.store).await?;
    let project = if wanted.all { None } else { Some(chosen(here, &store, wanted.project.as_deref()).await?) };
    let counted = match &project {
        Some(project) => store.would_purge(project.id).await?,
        None => store.would_purge_everything().await?,
    };
    let cached: Vec<Entry> = look(&here.machine.cache)?.into_iter().filter(|entry| entry.state != Use::Now).collect();
    let mut result = result(here, project.as_ref(), &counted, &cached, store.projects().await?);
    if wanted.dry_run || (counted.is_empty() && cached.is_empty()) {
        return told(output, &result);
    }
    refuse(&at_work(here, &store, now()).await?, "a purge")?;
    ask(output, wanted, &result)?;
    here.faults.at("purge.begun")?;
    let gone = match &project {
        Some(project) => store.purge(project.id).await?,
        None => store.purge_everything().await?,
    };
    store.close().await;
    here.faults.at("purge.rows")?;
    for entry in &cached {
        if let Some(aside) = set_aside(entry)? {
            here.faults.at("purge.aside")?;
            aside.remove()?;
        }
    }
    (result.done, result.rows) = (true, rows(&gone));
    told(output, &result)
}

fn ask(output: &Output, wanted: &args::Purge, result: &PurgeResult) -> Result<(), EngineError> {
    if wanted.yes {
        return Ok(());
    }
    output.note(text(result));
    if output.confirm("Delete this for good?") {
        return Ok(());
    }
    Err(EngineError::Waiting {
        message: "nothing was deleted".into(),
        hint: "kaizen backup FILE keeps a copy; then: kaizen purge --yes".into(),
    })
}

fn rows(purged: &Purged) -> std::collections::BTreeMap<String, u64> {
    purged.iter().map(|(table, count)| ((*table).to_owned(), *count)).collect()
}

fn result(here: &Surroundings, project: Option<&Project>, counted: &Purged, cached: &[Entry], all: Vec<Project>) -> PurgeResult {
    let meant = all.iter().filter(|one| project.is_none_or(|project| project.id == one.id) && !one.root.as_os_str().is_empty());
    let branches = meant.map(|one| {
        let branch = branch_of(&one.name);
        format!("branch {0} of {1}, if there is one (git branch -D {0})", short_ref(&branch), one.root.display())
    });
    let settings = here.settings.is_file().then(|| here.settings.display().to_string());
    PurgeResult {
        schema: "kaizen.purge/1".into(),
        done: false,
        project: project.map(|project| project.name.clone()),
        rows: rows(counted),
        cached: cached.len() as u64,
        bytes: cached.iter().map(|entry| entry.bytes).sum(),
        stays: branches.chain(settings.filter(|_| project.is_none())).collect(),
    }
}

fn told(output: &Output, result: &PurgeResult) -> Result<u8, EngineError> {
    output.either(result, || text(result))?;
    Ok(0)
}

fn text(result: &PurgeResult) -> String {
    let whose = result.project.as_deref().map_or_else(|| "everything".to_owned(), |name| format!("project {name}"));
    let verb = if result.done { "deleted" } else { "would go" };
    let count: u64 = result.rows.values().sum();
    let mut lines = vec![format!("{verb}: {whose}, {count} {}", plural(count as usize, "row"))];
    lines.extend(result.rows.iter().map(|(table, count)| format!("  {table:<20} {count}")));
    let copies = format!("{} {}", result.cached, if result.cached == 1 { "directory" } else { "directories" });
    lines.push(format!("  {:<20} {copies}, {}, whatever project they are of: they are made anew when needed", "cache", size(result.bytes)));
    lines.extend(result.stays.iter().map(|what| format!("  {:<20} {what}", "stays")));
    lines.join("\n")
}
