//! What a killed process left half done: completed when the ref moved, forgotten when it did not.

use crate::context::Context;
use crate::error::EngineError;
use crate::lease;
use crate::promote::in_place;
use crate::promote::landing::Landing;
use kaizen_domain::event::Event;
use kaizen_domain::version::DeployMode;

/// Finishes or undoes every open landing of the project; returns what was done, for people. Every command that
/// writes calls it first.
pub async fn recover(context: &Context) -> Result<Vec<String>, EngineError> {
    let mut done = Vec::new();
    for saga in context.store.open_sagas(context.project).await? {
        let landing: Landing = serde_json::from_str(&saga.data).map_err(|source| EngineError::Stored { what: "landing", source })?;
        let detail = settle(context, saga.id, &landing).await?;
        context.store.append_event(context.project, context.now(), &Event::Recovered { detail: detail.clone() }).await?;
        done.push(detail);
    }
    Ok(done)
}

/// [`recover`] for commands that only look: what a process at work has open is its own to finish.
pub async fn recover_if_idle(context: &Context) -> Result<Vec<String>, EngineError> {
    if context.store.open_sagas(context.project).await?.is_empty() {
        return Ok(Vec::new());
    }
    let holder = match lease::acquire(context).await {
        Err(EngineError::Environment { .. }) => return Ok(Vec::new()),
        other => other?,
    };
    let done = recover(context).await;
    let released = lease::release(context, &holder).await;
    done.and_then(|done| released.map(|()| done))
}

async fn settle(context: &Context, journal: i64, landing: &Landing) -> Result<String, EngineError> {
    let short: String = landing.commit.chars().take(12).collect();
    if landing.mode == DeployMode::InPlace {
        in_place::sweep(context, landing)?;
    }
    if has_landed(context, landing)? {
        if landing.mode == DeployMode::InPlace {
            in_place::bring_along(context, landing)?;
        }
        let version = landing.record(context, journal).await?;
        return Ok(format!("completed the interrupted {} of {} (commit {short})", landing.kind(), version.id));
    }
    context.store.saga_end(context.project, journal, "undone", context.now()).await?;
    Ok(format!("undid an interrupted {} before commit {short} reached its branch", landing.kind()))
}

fn has_landed(context: &Context, landing: &Landing) -> Result<bool, EngineError> {
    match context.git.resolve(&landing.reference)? {
        Some(tip) => Ok(tip == landing.commit || context.git.is_ancestor(&landing.commit, &tip)?),
        None => Ok(false),
    }
}
