//! `kaizen improve`

mod page;

use super::report::Reports;
use super::time;
use crate::args;
use crate::machine::{Surroundings, now};
use crate::output::{Output, Style};
use crate::wire::{Wanted, Wired, require_trust, wire};
use kaizen_api::v1::{ImproveResult, Points};
use kaizen_engine::context::Permit;
use kaizen_engine::error::EngineError;
use kaizen_engine::improve::{Outcome, Wish, improve};
use kaizen_engine::lease;
use std::time::{Duration, Instant};

/// How long `--forever` rests after a cycle that promoted nothing.
const REST: Duration = Duration::from_secs(60);
/// How soon it notices meanwhile that it should end.
const LOOK: Duration = Duration::from_millis(100);

/// Runs the loop; 0 when done or nothing to do, 1 when a weakness was open and none was closed, 5 when a person is asked.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Improve) -> Result<u8, EngineError> {
    let reports = Reports::asked(&wanted.report)?;
    let permit = Permit { auto: wanted.auto, dry_run: wanted.dry_run, unsandboxed: wanted.allow_unsandboxed, dirty: wanted.dirty };
    let wired = wire(here, output, Wanted { permit, in_place: wanted.in_place }).await?;
    require_trust(&wired, output).await?;
    let wish = wish(wanted)?;
    if !wanted.forever {
        return cycles(&wired, output, wanted, &wish, &reports).await;
    }
    // So that `kaizen stop` finds it between two cycles too.
    let holder = lease::acquire_forever(&wired.context).await?;
    let result = cycles(&wired, output, wanted, &wish, &reports).await;
    let released = lease::release_forever(&wired.context, &holder).await;
    result.and_then(|code| released.map(|()| code))
}

async fn cycles(wired: &Wired, output: &Output, wanted: &args::Improve, wish: &Wish, reports: &Reports) -> Result<u8, EngineError> {
    loop {
        let started = Instant::now();
        let outcome = improve(&wired.context, wish).await?;
        let result = result(wired, &outcome, started.elapsed().as_secs_f64());
        if !reports.is_empty() {
            reports.write(&page::page(wired, &result).await?, &result)?;
        }
        output.either(&result, || summary(output, &outcome, &result))?;
        if !again(wanted, wish, &outcome, wired).await? {
            return Ok(if wanted.exit_zero { 0 } else { code(&outcome) });
        }
    }
}

/// `--forever` begins again while it finds something; without progress it rests for a minute at a time.
async fn again(wanted: &args::Improve, wish: &Wish, outcome: &Outcome, wired: &Wired) -> Result<bool, EngineError> {
    let goes_on = || wanted.forever && wish.until.is_none_or(|until| now() < until);
    let rested = Instant::now();
    while goes_on() && outcome.promoted.is_empty() && rested.elapsed() < REST {
        wired.context.checkpoint()?;
        tokio::time::sleep(LOOK).await;
    }
    Ok(goes_on())
}

fn wish(wanted: &args::Improve) -> Result<Wish, EngineError> {
    let weakness = wanted.weakness.as_deref().map(str::parse).transpose();
    let weakness =
        weakness.map_err(|error: kaizen_domain::id::NotAnId| EngineError::usage(error.to_string(), "`kaizen weaknesses` lists them"))?;
    let until = match (&wanted.duration, &wanted.until) {
        (Some(text), _) => Some(now() + time::span(text)?),
        (None, Some(text)) => Some(time::next(text, now())?),
        (None, None) => None,
    };
    Ok(Wish { cycles: wanted.cycles, until, only: wanted.only.clone(), weakness, seed: wanted.seed })
}

/// The wire form of an outcome.
pub fn result(wired: &Wired, outcome: &Outcome, seconds: f64) -> ImproveResult {
    ImproveResult {
        schema: "kaizen.improve/1".into(),
        r#type: "result".into(),
        project: wired.context.config.project.name.to_string(),
        directory: wired.context.git.root().display().to_string(),
        promoted: outcome.promoted.iter().map(ToString::to_string).collect(),
        rejected: outcome.rejected,
        quarantined: outcome.quarantined,
        undecided: outcome.undecided,
        waiting: outcome.waiting,
        would_promote: outcome.would_promote,
        weaknesses: outcome.weaknesses as u64,
        points: Points { before: outcome.before.points.value(), after: outcome.after.points.value(), max: outcome.after.worth.value() },
        branch: outcome.branch.clone(),
        seconds,
        projects: vec![],
    }
}

fn code(outcome: &Outcome) -> u8 {
    match () {
        () if outcome.waiting > 0 => 5,
        () if outcome.weaknesses > 0 && outcome.promoted.is_empty() && outcome.would_promote == 0 => 1,
        () => 0,
    }
}

/// The last lines a person reads.
pub fn summary(output: &Output, outcome: &Outcome, result: &ImproveResult) -> String {
    if outcome.weaknesses == 0 {
        return format!("\n  nothing to do: every case passes, {} of {} points", outcome.after.points, outcome.after.worth);
    }
    let waiting = if outcome.waiting > 0 { format!(", {} waiting for you", outcome.waiting) } else { String::new() };
    let dry = if outcome.would_promote > 0 { format!(", {} would be promoted (dry run)", outcome.would_promote) } else { String::new() };
    let mut text = format!(
        "\n  {} -> {} points   {}/{} cases   {} promoted, {} rejected, {} quarantined, {} undecided{waiting}{dry}   {:.0} s   0 model calls, 0.00 USD",
        outcome.before.points,
        output.style(Style::Strong, &outcome.after.points.to_string()),
        outcome.after.passing,
        outcome.after.executed,
        outcome.promoted.len(),
        outcome.rejected,
        outcome.quarantined,
        outcome.undecided,
        result.seconds
    );
    if let Some(last) = outcome.promoted.last() {
        text += &format!("\n  passes, not proven right: look before you merge. On branch {}:\n", outcome.branch);
        text += &next_steps(outcome, &last.to_string());
    }
    text
}

fn next_steps(outcome: &Outcome, last: &str) -> String {
    let rows = [
        (format!("git diff {} {}", outcome.on, outcome.branch), "look"),
        (format!("git merge {}", outcome.branch), "take it"),
        (format!("kaizen explain {last}"), "why it is believed"),
        ("kaizen undo".to_owned(), "take the last one back"),
    ];
    rows.iter().map(|(command, what)| format!("      {command:<48} {what}")).collect::<Vec<_>>().join("\n")
}
