//! `kaizen log --network`: whom Kaizen talked to, or would not.
//!
//! What it counts is what Kaizen's own client opened. What runs in the sandbox has no network but what its grants say, and a store on
//! PostgreSQL is named by its own address.

use crate::command::doctor::size;
use crate::command::time::rfc3339;
use crate::machine::{Surroundings, now};
use crate::output::{Output, Style};
use kaizen_api::v1::{HostContacted, NetworkLog};
use kaizen_engine::error::EngineError;
use kaizen_llm::net::{Net, is_this_machine};
use kaizen_server::contacts::Contacts;
use kaizen_store::{Contact, Store, StoreError};

/// Tells it.
pub async fn run(here: &Surroundings, output: &Output) -> Result<u8, EngineError> {
    let store = Store::open(&here.store).await?;
    let contacts = store.contacts(store.gateway_project(now()).await?).await?;
    let log = NetworkLog { schema: "kaizen.network/1".into(), hosts: contacts.iter().map(contacted).collect() };
    output.either(&log, || text(output, &log.hosts))?;
    store.close().await;
    Ok(0)
}

/// Writes down whom a command talked to. What it did counts, whether or not that can be written down.
pub async fn keep(here: &Surroundings, output: &Output, net: &Net) {
    let kept = async {
        if net.traffic().is_empty() {
            return Ok(());
        }
        let (store, at) = (Store::open(&here.store).await?, now());
        Contacts::default().keep(net, &store, store.gateway_project(at).await?, at).await?;
        store.close().await;
        Ok::<(), StoreError>(())
    };
    if let Err(error) = kept.await {
        output.note(format!("whom this talked to could not be written down: {error}"));
    }
}

fn contacted(one: &Contact) -> HostContacted {
    let name = one.host.rsplit_once(':').map_or(one.host.as_str(), |(name, _)| name);
    HostContacted {
        host: one.host.clone(),
        part: one.part.clone(),
        local: is_this_machine(name),
        connections: one.connections,
        refused: one.refused,
        sent: one.sent,
        received: one.received,
        first_at: one.first_at,
        last_at: one.last_at,
    }
}

fn text(output: &Output, hosts: &[HostContacted]) -> String {
    if hosts.is_empty() {
        return "no host was talked to".to_owned();
    }
    let width = hosts.iter().map(|one| one.host.chars().count()).max().unwrap_or(0);
    let head = format!("{:<width$}  {:<10} {:>11} {:>10} {:>10} {:>7}  last", "host", "for", "connections", "sent", "received", "refused");
    let line = |one: &HostContacted| {
        let host = format!("{:<width$}", one.host);
        // What left this machine is what matters.
        let host = if one.local { output.style(Style::Dim, &host) } else { output.style(Style::Strong, &host) };
        let (sent, received) = (size(one.sent), size(one.received));
        let counts = format!("{:>11} {sent:>10} {received:>10} {:>7}", one.connections, one.refused);
        format!("{host}  {:<10} {counts}  {}", one.part, rfc3339(one.last_at))
    };
    let mut lines = vec![output.style(Style::Dim, &head)];
    lines.extend(hosts.iter().map(line));
    let elsewhere = hosts.iter().filter(|one| !one.local && one.connections > 0).count();
    lines.push(match elsewhere {
        0 => "nothing went to another machine".to_owned(),
        1 => "1 of them is another machine".to_owned(),
        more => format!("{more} of them are other machines"),
    });
    lines.join("\n")
}
