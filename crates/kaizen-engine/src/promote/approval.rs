//! A person's yes: the promotion that waited, on the repository as it stands now.

use crate::config::limits::DeployMode;
use crate::context::Context;
use crate::error::EngineError;
use crate::foundation::Foundation;
use crate::promote::{Approved, Refused, in_place, promote};
use crate::propose::prior;
use crate::subject::code;
use crate::trial::snapshot::identity;
use kaizen_domain::hypothesis::{Hypothesis, HypothesisMove, RejectReason};
use kaizen_domain::id::{HypothesisId, VersionId};
use kaizen_domain::path::RepoPath;

/// Promotes a waiting hypothesis; `None` when the repository is no longer what its trial measured. It then ends
/// as *does not apply*, and the next run searches again.
pub async fn approve(context: &Context, hypothesis: &Hypothesis, by: &str) -> Result<Option<VersionId>, EngineError> {
    let missing = || EngineError::usage(format!("{} has no finished trial", hypothesis.id), "`kaizen improve` runs trials");
    let (leader, trial) = hypothesis.leader.as_ref().zip(hypothesis.trial).ok_or_else(missing)?;
    let trial = context.store.trial(context.project, trial).await?.ok_or_else(missing)?;
    let decision = trial.decision.as_ref().ok_or_else(missing)?;
    let weakness = context.store.weakness(context.project, hypothesis.idea.weakness).await?;
    let foundation = Foundation::read(context)?;
    let change = code::load(context, leader).await?;
    let stands = identity(context, &foundation.measured)? == trial.baseline;
    let approved = Approved {
        hypothesis,
        change: &change,
        trial: trial.id,
        decision,
        tier: trial.tier.clone(),
        weakness: weakness.map_or_else(String::new, |weakness| weakness.finding.title),
        by: by.to_owned(),
    };
    // Work in progress where the change goes keeps it waiting: nothing is wrong with the change.
    let touched: Vec<RepoPath> = change.paths().cloned().collect();
    in_place::require_untouched(context, foundation.mode, &touched, "git stash, then approve it again")?;
    let refused =
        if stands { promote(context, &foundation, &approved).await? } else { Err(Refused("the baseline moved since its trial".into())) };
    match refused {
        Ok(version) => {
            prior::promoted(context, hypothesis).await?;
            Ok(Some(version.id))
        }
        Err(refused) => end(context, hypothesis, refused.0).await.map(|()| None),
    }
}

/// The commands with which a person answers; run with the flag, the answer must say so too.
pub fn commands(context: &Context, hypothesis: HypothesisId) -> String {
    let place = if context.config.deploy.mode == DeployMode::InPlace { " --in-place" } else { "" };
    format!("kaizen approve {hypothesis}{place} | kaizen decline {hypothesis}")
}

/// What no longer fits goes back to testing and ends there.
pub async fn end(context: &Context, hypothesis: &Hypothesis, detail: String) -> Result<(), EngineError> {
    let (store, project) = (&context.store, context.project);
    let state = store.move_hypothesis(project, hypothesis.id, hypothesis.state, &HypothesisMove::Test, context.now()).await?;
    let reject = HypothesisMove::Reject(RejectReason::DoesNotApply { detail });
    store.move_hypothesis(project, hypothesis.id, state, &reject, context.now()).await?;
    Ok(())
}
