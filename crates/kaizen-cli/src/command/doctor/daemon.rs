//! What `doctor` says about daemons: which run, whether they answer, and which were cut off.

use super::{ok, warning};
use crate::command::projects::{DAEMON, at_work, daemon_of};
use crate::command::time::rfc3339;
use crate::machine::{Surroundings, now};
use kaizen_api::v1::Check;
use kaizen_engine::error::EngineError;
use kaizen_engine::lease::has_ended;
use kaizen_store::Store;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long a daemon of this machine may take to let somebody in.
const PATIENCE: Duration = Duration::from_secs(2);

/// Everyone who holds a lease, and daemons that were cut off.
pub(super) async fn checks(here: &Surroundings, store: &Store) -> Result<Vec<Check>, EngineError> {
    let leases = at_work(here, store, now()).await?;
    let mut found: Vec<Check> = Vec::new();
    for lease in &leases {
        let who = format!("process {} on {}", lease.holder.pid, lease.holder.host);
        let listens = lease.name.trim_start_matches(DAEMON);
        found.push(match daemon_of(lease) {
            Some(address) if lease.holder.host == here.machine.host => daemon(listens, &address, &who),
            Some(_) => ok("daemon", format!("{listens}, {who}")),
            None => ok("run", format!("{who} works on {}", lease.project_name)),
        });
    }
    if !found.iter().any(|check| check.name == "daemon") {
        found.push(ok("daemon", "none runs with this store (kaizen serve)"));
    }
    for run in store.unended_runs().await?.into_iter().filter(|run| has_ended(&run.holder, &here.machine.host)) {
        let said = format!("the one of {} (process {}) was cut off, and nobody looked into it yet", rfc3339(run.began_at), run.holder.pid);
        found.push(warning("daemon", said, "the next `kaizen serve` says what it left; kaizen budget reconcile"));
    }
    Ok(found)
}

fn daemon(listens: &str, address: &str, who: &str) -> Check {
    let answers = address.parse::<SocketAddr>().is_ok_and(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok());
    match answers {
        true => ok("daemon", format!("listens on {listens}, {who}")),
        false => warning("daemon", format!("{who} does not answer at {address}"), "kaizen stop ends it; kaizen serve starts another"),
    }
}
