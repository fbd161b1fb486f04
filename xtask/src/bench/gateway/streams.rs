//! Streams: whether their last piece waits, and what ten thousand idle ones cost.

use super::client::{ask, send};
use super::daemon;
use crate::Outcome;
use crate::bench::Site;
use crate::bench::room::Room;
use crate::bench::table::{Table, median, milliseconds};
use crate::bench::wish::Wish;
use std::io::Read;

const CHAT: &str = "/v1/chat/completions";
const SLOW: &str = r#"{"model":"slow","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
const IDLE: &str = r#"{"model":"idle","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
const KEY: &str = "authorization: Bearer sk-bench\r\n";

/// How many idle streams are promised to fit.
const STREAMS: u32 = 10_000;
/// Into how many megabytes.
const MEMORY: f64 = 400.0;
/// Files the daemon has open beside its streams.
const OTHERS: u32 = 100;

/// Measures both.
pub(super) fn measure(site: &Site, wish: &Wish, table: &mut Table) -> Outcome {
    let room = Room::new(&site.binary)?;
    let upstream = daemon::upstream(site)?;
    let token = daemon::prepare(&room, upstream.port)?;
    let daemon = daemon::start(&room, &token)?;
    let mut stalls = Vec::new();
    for _ in 0..wish.scaled(30) {
        let (without, through) = (ask(upstream.port, CHAT, "", SLOW)?, ask(daemon.port, CHAT, KEY, SLOW)?);
        if through.status != 200 || !through.body.contains("[DONE]") {
            return Err(format!("a stream ended with {}: {}", through.status, through.body));
        }
        stalls.push(milliseconds(through.spread) - milliseconds(without.spread));
    }
    table.at_most("a stream of 100 ms takes longer by, median", median(stalls)?.max(0.0), 2.0, "ms");
    idle(&daemon, wish, table)
}

fn idle(daemon: &daemon::Daemon, wish: &Wish, table: &mut Table) -> Outcome {
    let count = wish.scaled(STREAMS).min(room_for()?);
    let before = daemon.server.memory()?;
    let mut open = Vec::new();
    for number in 0..count {
        let mut stream = send(daemon.port, CHAT, KEY, IDLE)?;
        let mut piece = [0; 1024];
        let mut heard = Vec::new();
        while !heard.windows(6).any(|window| window == b"data: ") {
            let bytes = stream.read(&mut piece).map_err(|error| format!("idle stream {number}: {error}"))?;
            if bytes == 0 {
                return Err(format!("idle stream {number} was ended: {}", String::from_utf8_lossy(&heard)));
            }
            heard.extend_from_slice(piece.get(..bytes).unwrap_or_default());
        }
        open.push(stream);
    }
    let after = daemon.server.memory()?;
    let said = format!("memory with {count} idle streams");
    if count * 10 >= STREAMS * 9 {
        table.at_most(&said, after, MEMORY * f64::from(count) / f64::from(STREAMS), "MB");
    } else {
        table.note(&said, after, "MB");
    }
    table.note("memory before them", before, "MB");
    drop(open);
    Ok(())
}

/// How many streams the system lets one process hold: each is two files of the daemon, one to the client and one to the provider.
fn room_for() -> Result<u32, String> {
    let path = "/proc/self/limits";
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let line =
        text.lines().find_map(|line| line.strip_prefix("Max open files")).ok_or_else(|| format!("{path}: no line for open files"))?;
    // Soft, then hard: the daemon takes the hard one.
    match line.split_whitespace().nth(1) {
        Some("unlimited") => Ok(u32::MAX),
        hard => hard
            .and_then(|hard| hard.parse::<u32>().ok())
            .map(|hard| hard.saturating_sub(OTHERS) / 2)
            .ok_or_else(|| format!("{path}: {line}")),
    }
}
