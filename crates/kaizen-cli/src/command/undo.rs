//! `kaizen undo` and `kaizen rollback`

use super::{find, time};
use crate::args;
use crate::machine::{Surroundings, now};
use crate::output::Output;
use crate::wire::{Wanted, Wired, wire};
use kaizen_domain::version::{Version, VersionState};
use kaizen_engine::error::EngineError;
use kaizen_engine::lease;
use kaizen_engine::promote::{recover, rollback};

/// Takes the newest active version back.
pub async fn newest(here: &Surroundings, output: &Output, wanted: &args::Reason) -> Result<u8, EngineError> {
    let wired = wire(here, output, Wanted::default()).await?;
    alone(&wired, take_newest(&wired, output, &wanted.reason)).await
}

async fn take_newest(wired: &Wired, output: &Output, why: &str) -> Result<(), EngineError> {
    let chosen = active(wired).await?.into_iter().next_back();
    let version = chosen.ok_or_else(|| EngineError::usage("there is no promotion to take back", "`kaizen versions` lists them"))?;
    take_back(wired, output, vec![version], why).await
}

/// Takes one version back, or all since a time, newest first.
pub async fn rollback(here: &Surroundings, output: &Output, wanted: &args::Rollback) -> Result<u8, EngineError> {
    let wired = wire(here, output, Wanted::default()).await?;
    alone(&wired, take_chosen(&wired, output, wanted)).await
}

async fn take_chosen(wired: &Wired, output: &Output, wanted: &args::Rollback) -> Result<(), EngineError> {
    let all = active(wired).await?;
    let chosen = match (&wanted.version, &wanted.since) {
        (Some(text), _) => vec![find::version_named(wired, text).await?],
        (None, Some(text)) => {
            let since = time::past(text, now())?;
            all.into_iter().rev().filter(|version| version.at >= since).collect()
        }
        (None, None) => vec![],
    };
    if chosen.is_empty() {
        return Err(EngineError::usage("no version was promoted since then", "`kaizen versions` lists them with their times"));
    }
    take_back(wired, output, chosen, &wanted.reason).await
}

async fn active(wired: &Wired) -> Result<Vec<Version>, EngineError> {
    recover::recover(&wired.context).await?;
    let all = wired.context.store.versions(wired.context.project).await?;
    Ok(all.into_iter().filter(|version| version.state == VersionState::Active).collect())
}

/// Only the project's one writer may finish what a killed process left, or take anything back.
async fn alone(wired: &Wired, work: impl Future<Output = Result<(), EngineError>>) -> Result<u8, EngineError> {
    let holder = lease::acquire(&wired.context).await?;
    let result = work.await;
    let released = lease::release(&wired.context, &holder).await;
    result.and(released).map(|()| 0)
}

async fn take_back(wired: &Wired, output: &Output, versions: Vec<Version>, why: &str) -> Result<(), EngineError> {
    for version in versions {
        say(output, &rollback::roll_back(&wired.context, &version, why).await?)?;
    }
    Ok(())
}

fn say(output: &Output, version: &Version) -> Result<(), EngineError> {
    let commit: String = version.reverted_by.as_deref().unwrap_or("").chars().take(12).collect();
    let done = format!("took {} back with commit {commit}: {}", version.id, version.made.summary);
    output.done(done, Some(version.id.to_string()))
}
