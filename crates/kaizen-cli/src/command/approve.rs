//! `kaizen approve` and `kaizen decline`

use super::find;
use crate::args;
use crate::machine::{Surroundings, now};
use crate::output::Output;
use crate::wire::{Wanted, Wired, wire};
use kaizen_domain::hypothesis::{Hypothesis, HypothesisMove, HypothesisState};
use kaizen_domain::id::VersionId;
use kaizen_engine::error::EngineError;
use kaizen_engine::foundation::Foundation;
use kaizen_engine::lease;
use kaizen_engine::progress::Progress;
use kaizen_engine::promote::{approval, recover};
use kaizen_engine::trial::effect;

/// Promotes a hypothesis that waits.
pub async fn approve(here: &Surroundings, output: &Output, wanted: &args::Approve) -> Result<u8, EngineError> {
    let mut wired = wire(here, output, Wanted { in_place: wanted.in_place, ..Wanted::default() }).await?;
    if output.json {
        // One object is the whole answer.
        wired.context.progress = Box::new(|_| {});
    }
    let context = &wired.context;
    let holder = lease::acquire(context).await?;
    let promoted = approve_alone(&wired, &wanted.id).await;
    let released = lease::release(context, &holder).await;
    let (hypothesis, version, base) = promoted.and_then(|promoted| released.map(|()| promoted))?;
    match version {
        Some(version) => {
            // The promotion stands, whatever becomes of measuring its effect.
            if let Err(error) = effect::of_approved(context, base, &hypothesis).await {
                output.note(format!("the effect was not measured: {error}"));
            }
            context.report(Progress::Finished);
            output.done(format!("promoted {} as {version}", hypothesis.id), Some(version.to_string())).map(|()| 0)
        }
        None => {
            let why = format!("{} was not promoted: the repository moved since its trial; `kaizen improve` tries it again", hypothesis.id);
            output.done(why, Some(hypothesis.id.to_string())).map(|()| 1)
        }
    }
}

async fn approve_alone(wired: &Wired, text: &str) -> Result<(Hypothesis, Option<VersionId>, Foundation), EngineError> {
    recover::recover(&wired.context).await?;
    let hypothesis = waiting(wired, text).await?;
    let base = Foundation::read(&wired.context)?;
    let version = approval::approve(&wired.context, &hypothesis, "a person").await?;
    Ok((hypothesis, version, base))
}

/// Ends a hypothesis that waits.
pub async fn decline(here: &Surroundings, output: &Output, wanted: &args::OneId) -> Result<u8, EngineError> {
    let wired = wire(here, output, Wanted::default()).await?;
    let hypothesis = waiting(&wired, &wanted.id).await?;
    let context = &wired.context;
    context.store.move_hypothesis(context.project, hypothesis.id, hypothesis.state, &HypothesisMove::Decline, now()).await?;
    output.done(format!("declined {}", hypothesis.id), Some(hypothesis.id.to_string())).map(|()| 0)
}

async fn waiting(wired: &Wired, text: &str) -> Result<Hypothesis, EngineError> {
    let hypothesis = find::hypothesis_behind(wired, text).await?;
    match hypothesis.state {
        HypothesisState::AwaitingPermission => Ok(hypothesis),
        other => Err(EngineError::usage(
            format!("{} does not wait for anybody: it is {}", hypothesis.id, super::weaknesses::word(&other)),
            "`kaizen status` lists what waits",
        )),
    }
}
