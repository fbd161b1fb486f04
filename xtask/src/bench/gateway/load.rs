//! Load by `wrk`: how many calls a second, how long they take, what they cost the server.

use super::process::Server;
use crate::bench::room::answer;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What wrk says at its end, on one line of its own.
const DONE: &str = r#"
function done(summary, latency, requests)
  local errors = summary.errors
  local bad = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("\nKAIZEN %d %d %d %d %d\n", summary.requests, summary.duration, bad, latency:percentile(50), latency:percentile(99)))
end
"#;

/// What was measured in one round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    /// Answers a second.
    pub(super) rate: f64,
    /// The middle time of an answer, in milliseconds.
    pub(super) median: f64,
    /// What one in a hundred exceeds, in milliseconds.
    pub(super) slowest: f64,
    /// The server's processor time for one, in microseconds.
    pub(super) processor: f64,
}

/// Loads `url` with `clients` at once for so long; `script` says what is sent.
pub(super) fn load(room: &Path, url: &str, script: &str, clients: u32, time: Duration, server: Option<&Server>) -> Result<Load, String> {
    let file = room.join("load.lua");
    std::fs::write(&file, format!("{script}\n{DONE}")).map_err(|error| format!("{}: {error}", file.display()))?;
    let used = || server.map_or(Ok(Duration::ZERO), Server::processor);
    let before = used()?;
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", &format!("-c{clients}"), &format!("-d{}s", time.as_secs()), "--timeout", "10s", "-s"]).arg(&file).arg(url);
    let said = answer(&mut wrk, "wrk (Debian package wrk)")?;
    let spent = used()?.saturating_sub(before);
    let line = said.lines().find_map(|line| line.strip_prefix("KAIZEN ")).ok_or_else(|| format!("wrk said nothing: {said}"))?;
    let numbers: Vec<f64> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
    let [requests, microseconds, bad, median, slowest] = numbers[..] else { return Err(format!("wrk said: {line}")) };
    if bad > 0.0 || requests < 1.0 {
        return Err(format!("{bad} of {requests} calls of {url} failed"));
    }
    Ok(Load {
        rate: requests / (microseconds / 1e6),
        median: median / 1e3,
        slowest: slowest / 1e3,
        processor: spent.as_secs_f64() * 1e6 / requests,
    })
}

/// A script that posts the same body again and again.
pub(super) fn post(body: &str, headers: &[(&str, &str)]) -> String {
    let header = |(name, value): &(&str, &str)| format!("wrk.headers[\"{name}\"] = \"{value}\"\n");
    let headers: String = headers.iter().map(header).collect();
    format!("wrk.method = \"POST\"\nwrk.headers[\"content-type\"] = \"application/json\"\n{headers}wrk.body = [==[{body}]==]\n")
}
