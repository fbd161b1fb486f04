//! Whether what was acknowledged is there after the daemon was killed in the middle of its work.

use super::client::{ask, number};
use super::daemon;
use crate::Outcome;
use crate::bench::Site;
use crate::bench::room::Room;
use crate::bench::table::Table;
use crate::bench::wish::Wish;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const BATCH: u64 = 100;
/// Who sends at the same time.
const SENDERS: u64 = 4;

/// Kills the daemon again and again while four clients send; then sends all that was acknowledged once more: each must be known.
pub(super) fn measure(site: &Site, wish: &Wish, table: &mut Table) -> Outcome {
    let room = Room::new(&site.binary)?;
    let token = daemon::prepare(&room, 9)?;
    let mut acknowledged: Vec<(u32, u64, u64)> = Vec::new();
    for run in 0..wish.times {
        let mut daemon = daemon::start(&room, &token)?;
        let (port, ended) = (daemon.port, AtomicBool::new(false));
        std::thread::scope(|scope| {
            let (token, ended) = (&token, &ended);
            let senders: Vec<_> = (0..SENDERS).map(|sender| scope.spawn(move || send(port, token, run, sender, ended))).collect();
            // A moment that differs from run to run, without a source of chance: what the kill meets differs anyway.
            std::thread::sleep(Duration::from_millis(40 + u64::from(run) * 37 % 400));
            let killed = daemon.server.kill();
            ended.store(true, Ordering::Relaxed);
            for sender in senders {
                acknowledged.extend(sender.join().map_err(|_| "a sender failed".to_string())?);
            }
            killed
        })?;
    }
    let daemon = daemon::start(&room, &token)?;
    let mut missing = 0;
    for (run, sender, batch) in &acknowledged {
        let answer = post(daemon.port, &token, *run, *sender, *batch)?;
        missing += BATCH - number(&answer, "known").unwrap_or(0);
    }
    let records = acknowledged.len() as u64 * BATCH;
    table.note(&format!("operations acknowledged in {} runs that were killed", wish.times), records as f64, "");
    table.none("of them missing afterwards", missing as usize);
    if records == 0 { Err("nothing was acknowledged before a kill".to_string()) } else { Ok(()) }
}

/// Sends batches until the daemon is gone; those that were acknowledged.
fn send(port: u16, token: &str, run: u32, sender: u64, ended: &AtomicBool) -> Vec<(u32, u64, u64)> {
    let mut acknowledged = Vec::new();
    for batch in 0.. {
        if ended.load(Ordering::Relaxed) {
            break;
        }
        // An answer that did not come is no acknowledgement.
        if post(port, token, run, sender, batch).is_ok_and(|answer| number(&answer, "new").is_some()) {
            acknowledged.push((run, sender, batch));
        }
    }
    acknowledged
}

fn post(port: u16, token: &str, run: u32, sender: u64, batch: u64) -> Result<String, String> {
    let operation = |index: u64| {
        format!(r#"{{"id":"k{run}-{sender}-{batch}-{index}","kind":"chat","started_at":1795000000000,"duration_us":5,"outcome":"ok"}}"#)
    };
    let all: Vec<String> = (0..BATCH).map(operation).collect();
    let body = format!("{{\"operations\":[{}]}}", all.join(","));
    let answer = ask(port, "/api/v1/operations", &format!("authorization: Bearer {token}\r\n"), &body)?;
    if answer.status == 200 { Ok(answer.body) } else { Err(format!("{}: {}", answer.status, answer.body)) }
}
