//! `kaizen replay`

use super::find;
use super::weaknesses::word;
use crate::args;
use crate::machine::Surroundings;
use crate::output::{Output, Style};
use crate::wire::{Wanted, wire};
use kaizen_api::v1::Replay;
use kaizen_engine::error::EngineError;
use kaizen_engine::gate;
use kaizen_gate::statistical::Next;

/// Recomputes a trial's decision from its recorded plan, ticket and samples; 1 when it differs.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::OneId) -> Result<u8, EngineError> {
    let wired = wire(here, output, Wanted::default()).await?;
    let (store, project) = (&wired.context.store, wired.context.project);
    let hypothesis = find::hypothesis_behind(&wired, &wanted.id).await?;
    let no_trial =
        || EngineError::usage(format!("{} never got a trial", hypothesis.id), format!("`kaizen explain {}` says why", hypothesis.id));
    let trial = find::trial(&wired, hypothesis.trial.ok_or_else(no_trial)?).await?;
    let stored = store.trial_plan(project, trial.id).await?.ok_or_else(no_trial)?;
    let samples = store.samples(project, trial.id).await?;
    let coins = store.coins(project, trial.id).await?;
    let undecided = || EngineError::usage(format!("{} has no decision yet", trial.id), "`kaizen improve` goes on with it");
    let recorded = trial.decision.clone().ok_or_else(undecided)?;
    let Next::Decide(decision) = gate::next(&gate::with_ticket(&stored, &trial.ticket)?, &coins, &samples) else { return Err(undecided()) };
    let replay = Replay {
        schema: "kaizen.replay/1".into(),
        trial: trial.id.to_string(),
        samples: samples.len() as u64,
        agrees: decision == recorded,
        decision: word(&decision.outcome),
        reasons: decision.reasons.iter().map(ToString::to_string).collect(),
    };
    output.either(&replay, || text(output, &replay))?;
    Ok(u8::from(!replay.agrees))
}

fn text(output: &Output, replay: &Replay) -> String {
    let verdict =
        if replay.agrees { output.style(Style::Good, "agrees to the bit") } else { output.style(Style::Bad, "DIFFERS from the record") };
    format!("{}  {} from {} samples: {verdict}\n  {}", replay.trial, replay.decision, replay.samples, replay.reasons.join("\n  "))
}
