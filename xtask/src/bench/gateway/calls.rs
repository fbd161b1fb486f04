//! What one call costs through each gateway: processor time, throughput, time added, memory.

use super::daemon;
use super::load::{Load, load, post};
use super::peer::{self, Peer};
use super::process::Server;
use crate::Outcome;
use crate::bench::Site;
use crate::bench::room::Room;
use crate::bench::table::{Table, median};
use crate::bench::wish::Wish;
use std::time::Duration;

const ROUNDS: u32 = 10;
const MANY: u32 = 64;
const LONG: Duration = Duration::from_secs(4);
const SHORT: Duration = Duration::from_secs(2);
/// Before anything is counted: pools fill, code becomes warm.
const WARM: Duration = Duration::from_secs(1);
/// How many of these a system may take until it answers.
const WARMINGS: u32 = 5;

/// One system under load.
struct System {
    name: String,
    url: String,
    script: String,
    server: Option<Server>,
    many: Vec<Load>,
    one: Vec<Load>,
    memory: f64,
    program: f64,
}

/// Measures all systems in turn.
pub(super) fn measure(site: &Site, wish: &Wish, table: &mut Table) -> Outcome {
    let room = Room::new(&site.binary)?;
    let upstream = daemon::upstream(site)?;
    let mut systems = vec![direct(upstream.port), ours(&room, upstream.port)?];
    for start in peer::PEERS {
        match start(site, &room, upstream.port) {
            Ok(peer) => systems.push(theirs(peer)),
            Err(why) => table.said("a peer that is absent", why.lines().next().unwrap_or_default()),
        }
    }
    systems.iter().try_for_each(|system| warmed(&room, system))?;
    for _ in 0..wish.scaled(ROUNDS) {
        systems.iter_mut().try_for_each(|system| round(&room, system))?;
    }
    report(&systems, table)
}

/// A system's first calls may take longer than a load lasts.
fn warmed(room: &Room, system: &System) -> Outcome {
    let mut last = Ok(());
    for _ in 0..WARMINGS {
        last = load(room.path(), &system.url, &system.script, MANY, WARM, None).map(drop);
        if last.is_ok() {
            break;
        }
    }
    last
}

fn direct(port: u16) -> System {
    system("directly", format!("http://127.0.0.1:{port}/v1/chat/completions"), "mock", None)
}

fn ours(room: &Room, port: u16) -> Result<System, String> {
    let token = daemon::prepare(room, port)?;
    let daemon = daemon::start(room, &token)?;
    let url = format!("http://127.0.0.1:{}/v1/chat/completions", daemon.port);
    Ok(system("Kaizen", url, "mock", Some(daemon.server)))
}

fn theirs(peer: Peer) -> System {
    let mut system = system(peer.name, peer.url, peer.model, Some(peer.server));
    system.script = post(&body(peer.model), &peer.headers.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>());
    system
}

fn system(name: &str, url: String, model: &str, server: Option<Server>) -> System {
    let script = post(&body(model), &[("authorization", "Bearer sk-bench")]);
    System { name: name.to_string(), url, script, server, many: Vec::new(), one: Vec::new(), memory: 0.0, program: 0.0 }
}

fn body(model: &str) -> String {
    format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"What is the capital of France?"}}]}}"#)
}

fn round(room: &Room, system: &mut System) -> Outcome {
    let server = system.server.as_ref();
    system.many.push(load(room.path(), &system.url, &system.script, MANY, LONG, server)?);
    system.one.push(load(room.path(), &system.url, &system.script, 1, SHORT, server)?);
    let Some(server) = server else { return Ok(()) };
    system.memory = system.memory.max(server.memory()?);
    system.program = system.program.max(server.program()?);
    Ok(())
}

fn report(systems: &[System], table: &mut Table) -> Outcome {
    let [direct, ours, peers @ ..] = systems else { return Err("nothing was measured".to_string()) };
    let of = |loads: &[Load], number: fn(&Load) -> f64| median(loads.iter().map(number).collect());
    let added = |system: &System, number: fn(&Load) -> f64, many: bool| {
        let loads = |system: &System| if many { system.many.clone() } else { system.one.clone() };
        let pairs = loads(system).into_iter().zip(loads(direct));
        median(pairs.map(|(through, without)| number(&through) - number(&without)).collect())
    };
    table.at_most("processor time of a call, 64 clients", of(&ours.many, |load| load.processor)?, 120.0, "us");
    table.at_most("time added to a call, 1 client, median", added(ours, |load| load.median, false)?, 0.2, "ms");
    table.at_most("time added to a call, 64 clients, 99th percentile", added(ours, |load| load.slowest, true)?, 5.0, "ms");
    table.note("  99th percentile of a call through it, 64 clients", of(&ours.many, |load| load.slowest)?, "ms");
    table.at_most("memory after all calls", ours.memory, 40.0, "MB");
    table.note("  of which pages of the program's own file", ours.program, "MB");
    table.note("calls a second, 64 clients", of(&ours.many, |load| load.rate)?, "");
    table.note("calls a second without a gateway", of(&direct.many, |load| load.rate)?, "");
    for peer in peers {
        let name = &peer.name;
        let ratio = median(ours.many.iter().zip(&peer.many).map(|(ours, theirs)| ours.rate / theirs.rate).collect())?;
        let said = format!("calls a second, against {name}");
        if name == peer::REFERENCE {
            table.at_least(&said, ratio, 2.0, "times")
        } else {
            table.note(&said, ratio, "times")
        }
        table.note(&format!("{name}: processor time of a call"), of(&peer.many, |load| load.processor)?, "us");
        table.note(&format!("{name}: time added to a call, 1 client"), added(peer, |load| load.median, false)?, "ms");
        table.note(&format!("{name}: memory"), peer.memory, "MB");
    }
    Ok(())
}
