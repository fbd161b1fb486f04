//! One writer per project: a lease in the store that names host and process.

use crate::context::Context;
use crate::error::EngineError;
use kaizen_domain::id::ProjectId;
use kaizen_store::{Holder, Store, StoreError};

/// The one writer's lease.
const LOOP: &str = "loop";

/// The lease of a run that begins again and again. Between two cycles it writes nothing and holds the other lease not.
const FOREVER: &str = "forever";

/// How long a lease holds without renewal when its holder cannot be checked (another host), in milliseconds.
const TTL_MS: i64 = 12 * 3_600_000;

/// Takes the lease of an address this process listens on. Whoever had it before cannot listen there any more.
pub async fn of_address(store: &Store, project: ProjectId, name: &str, me: &Holder, at: i64) -> Result<(), EngineError> {
    match store.acquire_lease(project, name, me, at, TTL_MS).await {
        Err(StoreError::Held { holder }) => Ok(store.take_over(project, name, &holder, me, at, TTL_MS).await?),
        other => Ok(other?),
    }
}

/// Takes the project for this process. A lease of a process of this host that is gone is taken over.
pub async fn acquire(context: &Context) -> Result<Holder, EngineError> {
    take(context, LOOP).await
}

/// Marks this process as a run that begins again and again, so that it is found while it rests; others may write meanwhile.
pub async fn acquire_forever(context: &Context) -> Result<Holder, EngineError> {
    take(context, FOREVER).await
}

async fn take(context: &Context, name: &str) -> Result<Holder, EngineError> {
    let me = this_process(&context.machine.host);
    match context.store.acquire_lease(context.project, name, &me, context.now(), TTL_MS).await {
        Ok(()) => Ok(me),
        Err(StoreError::Held { holder }) if has_ended(&holder, &me.host) => {
            context.store.take_over(context.project, name, &holder, &me, context.now(), TTL_MS).await.map_err(held)?;
            Ok(me)
        }
        Err(error) => Err(held(error)),
    }
}

/// Gives the project back.
pub async fn release(context: &Context, holder: &Holder) -> Result<(), EngineError> {
    Ok(context.store.release_lease(context.project, LOOP, holder).await?)
}

/// Ends the mark of [`acquire_forever`].
pub async fn release_forever(context: &Context, holder: &Holder) -> Result<(), EngineError> {
    Ok(context.store.release_lease(context.project, FOREVER, holder).await?)
}

fn held(error: StoreError) -> EngineError {
    match error {
        StoreError::Held { holder } => EngineError::environment(
            format!("another kaizen works on this project: process {} on {}", holder.pid, holder.host),
            "wait for it, or stop it with Ctrl-C there; its state is kept",
        ),
        other => other.into(),
    }
}

/// This process, on the named host.
pub fn this_process(host: &str) -> Holder {
    Holder { host: host.to_owned(), pid: std::process::id(), started: started(std::process::id()).unwrap_or(0) }
}

/// Whether a holder is a process of this host that has ended. Of other hosts nothing is known.
pub fn has_ended(holder: &Holder, host: &str) -> bool {
    holder.host == host && started(holder.pid) != Some(holder.started)
}

/// When a process started, in clock ticks since boot: tells a reused process number from the old one.
fn started(pid: u32) -> Option<i64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    after_name.split_whitespace().nth(19)?.parse().ok()
}
