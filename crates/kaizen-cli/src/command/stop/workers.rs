//! The processes that hold leases.

use super::ending::{Ending, end};
use crate::output::{Output, Style};
use kaizen_api::v1::models::StoppedWorker;
use kaizen_engine::error::EngineError;
use kaizen_llm::residency::process::Process;
use kaizen_store::{Lease, Store};
use rustix::process::Signal;
use std::time::{Duration, Instant};

/// What the second request, at which a run drops everything, and the kill are given.
const AT_ONCE: Duration = Duration::from_secs(3);

/// Ends every holder on this machine; a lease of one that is gone is given back in its name.
pub async fn stop(store: &Store, host: &str, grace: Duration) -> Result<Vec<StoppedWorker>, EngineError> {
    let mut workers: Vec<StoppedWorker> = Vec::new();
    let leases = store.leases().await?;
    for (at, lease) in leases.iter().enumerate() {
        // One process may hold several leases: it ended with the first of them.
        if leases[..at].iter().any(|earlier| earlier.holder == lease.holder) {
            if lease.holder.host == host {
                release(store, lease).await?;
            }
            continue;
        }
        let begun = Instant::now();
        let state = if lease.holder.host == host { one(store, lease, grace).await? } else { "elsewhere" };
        workers.push(StoppedWorker {
            project: lease.project_name.clone(),
            lease: lease.name.clone(),
            host: lease.holder.host.clone(),
            pid: lease.holder.pid,
            state: state.to_owned(),
            seconds: begun.elapsed().as_secs_f64(),
        });
    }
    Ok(workers)
}

async fn one(store: &Store, lease: &Lease, grace: Duration) -> Result<&'static str, EngineError> {
    let process = Process { pid: lease.holder.pid, started: lease.holder.started };
    let ending = end(process, &[(Signal::TERM, grace), (Signal::TERM, AT_ONCE), (Signal::KILL, AT_ONCE)]).await;
    let state = match ending {
        Ending::WasGone => "was_gone",
        Ending::Asked => "ended",
        Ending::Killed => "killed",
        Ending::Refused => return Ok("refused"),
        Ending::Stays => return Ok("stays"),
    };
    release(store, lease).await?;
    Ok(state)
}

/// In the name of a holder of this machine that is gone; one that is still there keeps its lease.
async fn release(store: &Store, lease: &Lease) -> Result<(), EngineError> {
    if !(Process { pid: lease.holder.pid, started: lease.holder.started }).is_there() {
        store.release_lease(lease.project, &lease.name, &lease.holder).await?;
    }
    Ok(())
}

/// One line.
pub fn told(output: &Output, worker: &StoppedWorker) -> String {
    let who = format!("{} of {}: process {}", worker.lease, worker.project, worker.pid);
    let good = |word: &str| output.style(Style::Good, &format!("{word:<8}"));
    let bad = |word: &str| output.style(Style::Bad, &format!("{word:<8}"));
    match worker.state.as_str() {
        "ended" => format!("  {}  {who} ended in {:.1} s; its state is kept", good("stopped"), worker.seconds),
        "killed" => format!("  {}  {who} did not listen for {:.0} s and was killed; its state is kept", good("killed"), worker.seconds),
        "was_gone" => format!("  {}  {who} was gone already", good("gone")),
        "elsewhere" => format!("  elsewhere {who} on {}: stop it there", worker.host),
        "refused" => format!("  {}  {who} belongs to another user: stop it as that user", bad("refused")),
        _ => format!("  {}  {who} survived its killing: the kernel holds it, look at its disk", bad("stays")),
    }
}
