//! What the daemon takes in over HTTP, acknowledged after its commit: operations in batches of 500, and spans.

use super::daemon;
use super::load::load;
use crate::Outcome;
use crate::bench::Site;
use crate::bench::room::Room;
use crate::bench::table::{Table, median};
use crate::bench::wish::Wish;
use std::time::Duration;

const BATCH: f64 = 500.0;
const LONG: Duration = Duration::from_secs(5);
const ROUNDS: u32 = 5;

/// Operations with an id each, as an instrumented program sends them.
const OPERATIONS: &str = r#"
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.headers["authorization"] = "Bearer TOKEN"
local sent = 0
math.randomseed(SEED)
local run = string.format("%x", math.random(1, 2000000000))
request = function()
  local lines = {}
  for i = 1, 500 do
    sent = sent + 1
    lines[i] = string.format('{"id":"%s-%d","kind":"chat","started_at":1795000000000,"duration_us":%d,"outcome":"ok","session":"s%d","model":{"asked":"mock"},"usage":{"input":120,"output":40}}', run, sent, sent % 90000, sent % 50)
  end
  return wrk.format(nil, "/api/v1/operations", nil, '{"operations":[' .. table.concat(lines, ",") .. ']}')
end
"#;

/// Spans of one trace per batch, with the names of today's conventions.
const SPANS: &str = r#"
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
local sent = 0
math.randomseed(SEED)
local run = string.format("%08x", math.random(1, 2000000000))
request = function()
  local spans = {}
  local trace = string.format("%s%024x", run, sent + 1)
  for i = 1, 500 do
    sent = sent + 1
    spans[i] = string.format('{"traceId":"%s","spanId":"%016x","name":"chat mock","kind":3,"startTimeUnixNano":"1795000000000000000","endTimeUnixNano":"1795000000500000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.provider.name","value":{"stringValue":"openai"}},{"key":"gen_ai.request.model","value":{"stringValue":"mock"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":"120"}},{"key":"gen_ai.usage.output_tokens","value":{"intValue":"40"}}]}', trace, sent)
  end
  return wrk.format(nil, "/v1/traces", nil, '{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"scope":{"name":"bench"},"spans":[' .. table.concat(spans, ",") .. ']}]}]}')
end
"#;

/// Measures both.
pub(super) fn measure(site: &Site, wish: &Wish, table: &mut Table) -> Outcome {
    let room = Room::new(&site.binary)?;
    let token = daemon::prepare(&room, 9)?;
    let daemon = daemon::start(&room, &token)?;
    let url = format!("http://127.0.0.1:{}/", daemon.port);
    let rate = |script: &str| {
        let rounds = (0..wish.scaled(ROUNDS)).map(|round| {
            let seed = format!("{}", 1 + round * 7919 + std::process::id());
            let script = script.replace("TOKEN", &daemon.token).replace("SEED", &seed);
            load(room.path(), &url, &script, 4, LONG, None).map(|load| load.rate * BATCH)
        });
        median(rounds.collect::<Result<Vec<f64>, String>>()?)
    };
    table.at_least("operations taken in over HTTP, batches of 500", rate(OPERATIONS)?, 30_000.0, "operations/s");
    table.at_least("spans taken in over OTLP (JSON), batches of 500", rate(SPANS)?, 5_000.0, "spans/s");
    table.note("memory afterwards", daemon.server.memory()?, "MB");
    Ok(())
}
