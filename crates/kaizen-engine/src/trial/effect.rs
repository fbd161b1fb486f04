//! The effect people are told: pairs of a number fixed beforehand, measured after the promotion.
//!
//! The trial's own mean flatters, because the trial stopped when it looked good. A run that is killed here has promoted all the same;
//! the effect is then said to be unknown.

use crate::error::EngineError;
use crate::gate::{self, Plan};
use crate::progress::Progress;
use crate::session::Session;
use crate::trial::coin;
use crate::trial::judge::Judge;
use kaizen_domain::trial::{Arm, Coin, Sample, Stage, Trial};
use kaizen_gate::effect::effect;
use kaizen_sandbox::workspace::FileWrite;

/// Pairs an effect is measured with.
pub const PAIRS: u32 = 10;

/// Measures the effect of what this trial accepted; nothing for a trial of cases, whose gain is the cases themselves.
pub async fn measure(session: &mut Session<'_>, trial: &Trial, writes: &[FileWrite]) -> Result<(), EngineError> {
    let context = session.context;
    let stored = context.store.trial_plan(context.project, trial.id).await?;
    let Some(Plan::Statistical(plan)) = stored.map(|stored| gate::with_ticket(&stored, &trial.ticket)).transpose()? else { return Ok(()) };
    for pair in 0..PAIRS {
        context.checkpoint()?;
        context.report(Progress::Effect { done: pair, of: PAIRS });
        let coin = Coin { stage: Stage::Effect, pair, first: coin::toss()? };
        context.store.append_coin(context.project, trial.id, coin).await?;
        let second = if coin.first == Arm::Baseline { Arm::Candidate } else { Arm::Baseline };
        let mut samples = Vec::with_capacity(2);
        for arm in [coin.first, second] {
            let measured = tokio::task::block_in_place(|| session.judge(writes).measure(Stage::Effect, arm, None))?;
            samples.push(Sample { stage: Stage::Effect, pair, arm, measured });
        }
        context.store.append_samples(context.project, trial.id, &samples).await?;
    }
    let (coins, samples) = (context.store.coins(context.project, trial.id).await?, context.store.samples(context.project, trial.id).await?);
    if let Ok(Some(seen)) = effect(&plan.objective, &coins, &samples) {
        context.report(Progress::Measured { typical: seen.typical, low: seen.low, high: seen.high, pairs: seen.pairs });
    }
    Ok(())
}
