//! The effect people are told: pairs of a number fixed beforehand, measured after the promotion.
//!
//! The trial's own mean flatters, because the trial stopped when it looked good. A run that is killed here has promoted all the same:
//! its pairs are recorded, and the next run goes on with them. Where the state that was measured is gone (another judge, uncommitted
//! changes), the effect stays unknown.

use crate::context::Context;
use crate::cycle;
use crate::error::EngineError;
use crate::foundation::Foundation;
use crate::gate::{self, Plan};
use crate::improve::choose_backend;
use crate::progress::Progress;
use crate::session::Session;
use crate::subject::code;
use crate::trial::judge::Judge;
use crate::trial::quiet::{Watch, again};
use crate::trial::{coin, snapshot};
use kaizen_domain::hypothesis::Hypothesis;
use kaizen_domain::scorecard::{CaseId, CaseOutcome, Scorecard};
use kaizen_domain::trial::{Coin, Sample, Stage, Trial};
use kaizen_domain::version::{Version, VersionState};
use kaizen_gate::effect::{Effect, effect};
use kaizen_gate::objective::{Direction, Objective};
use kaizen_gate::pairs::{Pair, complete};
use kaizen_gate::statistical::{Next, fixed};
use kaizen_sandbox::workspace::FileWrite;
use serde::Serialize;

/// Pairs an effect is measured with: from twelve on a single outlier cannot carry an end of the interval away.
pub const PAIRS: u32 = 12;

/// Measures the effect of what a person approved, on the state its trial measured; nothing for a trial of cases.
pub async fn of_approved(context: &Context, base: Foundation, hypothesis: &Hypothesis) -> Result<(), EngineError> {
    let Some((trial, leader)) = hypothesis.trial.zip(hypothesis.leader.as_ref()) else { return Ok(()) };
    let Some(trial) = context.store.trial(context.project, trial).await? else { return Ok(()) };
    if objective(context, &trial).await?.is_none() {
        return Ok(());
    }
    let writes = code::writes(context, &code::load(context, leader).await?).await?;
    let backend = choose_backend(context)?;
    let mut session = Session::open(context, backend.as_ref(), base, 1).await?;
    let measured = measure(&mut session, &trial, &writes).await;
    let closed = session.close();
    measured.and(closed)
}

/// Finishes the effect of the newest version where a killed process left it, or none was begun. The promotion stands whatever becomes
/// of it: what goes wrong is told and tried again by the next run.
pub async fn finish(context: &Context) -> Result<(), EngineError> {
    let Some((version, trial)) = unfinished(context).await? else { return Ok(()) };
    context.report(Progress::Note { text: format!("going on with the effect of {}, which was interrupted", version.id) });
    let base = Foundation { measured: version.made.before_tree.clone(), committed: version.made.before_tree, ..Foundation::read(context)? };
    let hypothesis = cycle::load(context, trial.hypothesis).await?;
    match of_approved(context, base, &hypothesis).await {
        Err(EngineError::Interrupted) => Err(EngineError::Interrupted),
        Err(error) => {
            context.report(Progress::Note { text: format!("the effect of {} was not measured: {error}", version.id) });
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// The newest version, where pairs of its effect are still to be measured and the state its trial measured can be had.
async fn unfinished(context: &Context) -> Result<Option<(Version, Trial)>, EngineError> {
    let (store, project) = (&context.store, context.project);
    let newest = store.versions(project).await?.into_iter().max_by_key(|version| version.id.0);
    let Some(version) = newest.filter(|version| version.state == VersionState::Active) else { return Ok(None) };
    let Some(trial) = store.trial(project, version.made.trial).await? else { return Ok(None) };
    if objective(context, &trial).await?.is_none() || snapshot::identity(context, &version.made.before_tree)? != trial.baseline {
        return Ok(None);
    }
    let (coins, samples) = (store.coins(project, trial.id).await?, store.samples(project, trial.id).await?);
    let open = matches!(fixed(Stage::Effect, PAIRS, &coins, &samples), Ok(Some(_)));
    Ok(open.then_some((version, trial)))
}

/// What a trial in pairs is about; `None` for a trial of cases.
async fn objective(context: &Context, trial: &Trial) -> Result<Option<Objective>, EngineError> {
    let stored = context.store.trial_plan(context.project, trial.id).await?;
    Ok(match stored.map(|stored| gate::with_ticket(&stored, &trial.ticket)).transpose()? {
        Some(Plan::Statistical(plan)) => Some(plan.objective),
        _ => None,
    })
}

/// Measures the effect of what this trial accepted; nothing for a trial of cases, whose gain is the cases themselves.
pub async fn measure(session: &mut Session<'_>, trial: &Trial, writes: &[FileWrite]) -> Result<(), EngineError> {
    let context = session.context;
    let Some(objective) = objective(context, trial).await? else { return Ok(()) };
    session.noise().await?;
    let (mut coins, mut samples) =
        (context.store.coins(context.project, trial.id).await?, context.store.samples(context.project, trial.id).await?);
    let mut watch = Watch::of(of_effect(&samples));
    // A fault of the promoted side ends it without an answer: an effect is told only where every pair was measured.
    while let Ok(Some(next)) = fixed(Stage::Effect, PAIRS, &coins, &samples) {
        context.checkpoint()?;
        match next {
            Next::Toss { stage, pair } => {
                context.report(Progress::Effect { done: pair, of: PAIRS });
                let coin = Coin { stage, pair, first: coin::toss()? };
                context.store.append_coin(context.project, trial.id, coin).await?;
                context.faults.at("effect.coin")?;
                coins.push(coin);
            }
            Next::Run { stage, pair, arm } => {
                watch.on(stage, pair);
                let judge = session.judge_in_pairs(writes, &objective);
                let measured = tokio::task::block_in_place(|| judge.watching(&mut watch).measure(stage, arm, None))?;
                let sample = Sample { stage, pair, arm, measured };
                context.store.append_samples(context.project, trial.id, std::slice::from_ref(&sample)).await?;
                context.faults.at("effect.sample")?;
                samples.push(sample);
            }
            Next::Decide(_) => break,
        }
    }
    if let Some(change) = told(&objective, &coins, &samples) {
        context.report(Progress::Measured(change));
    }
    Ok(())
}

/// The effect of a promotion as its recorded pairs tell it; `None` where they are not complete or a side failed.
pub fn told(objective: &Objective, coins: &[Coin], samples: &[Sample]) -> Option<Change> {
    let seen = effect(objective, coins, samples).ok().flatten()?;
    let passes = match objective {
        Objective::Case { case } => Some(passing(case, &complete(Stage::Effect, coins, samples).ok()?)),
        _ => None,
    };
    Some(Change { passes, ..changed(objective, &seen, samples) })
}

/// The shares of both sides' runs in which a case passes, over the pairs the effect is told from.
fn passing(case: &CaseId, pairs: &[Pair<'_>]) -> [f64; 2] {
    let share = |side: for<'p> fn(&Pair<'p>) -> &'p Scorecard| {
        let passes = |pair: &&Pair<'_>| side(pair).cases.get(case).is_some_and(|result| result.outcome == CaseOutcome::Pass);
        pairs.iter().filter(passes).count() as f64 / pairs.len().max(1) as f64
    };
    [share(|pair| pair.baseline), share(|pair| pair.candidate)]
}

/// What a change does to its metric, as shares of the metric's value: -0.07 is 7 % less.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The metric.
    pub metric: String,
    /// The middle.
    pub change: f64,
    /// The lower end of the 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// From how many pairs, fixed beforehand.
    pub pairs: u32,
    /// Pairs that were disturbed and measured again.
    pub again: u32,
    /// Of a flaky case, the shares of the runs before and after in which it passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passes: Option<[f64; 2]>,
}

fn of_effect(samples: &[Sample]) -> impl Iterator<Item = &Sample> {
    samples.iter().filter(|sample| sample.stage == Stage::Effect)
}

/// What an objective is about, by the name people know.
pub fn metric(objective: &Objective) -> &str {
    match objective {
        Objective::Ratio { parts } | Objective::Difference { parts, .. } => parts.first().map_or("", |part| part.metric.as_str()),
        Objective::Points { .. } => "points",
        Objective::Case { case } => &case.0,
    }
}

/// An effect (positive is better) of a trial with these samples, as the change of the metric itself.
fn changed(objective: &Objective, seen: &Effect, samples: &[Sample]) -> Change {
    let way = match objective {
        Objective::Ratio { parts } | Objective::Difference { parts, .. } => parts.first().map_or(Direction::Higher, |part| part.direction),
        Objective::Points { .. } | Objective::Case { .. } => Direction::Higher,
    };
    let signed = |difference: f64| if way == Direction::Lower { -difference } else { difference };
    let change = |difference: f64| match objective {
        Objective::Ratio { .. } => signed(difference).exp_m1(),
        _ => signed(difference),
    };
    let (one, other) = (change(seen.low), change(seen.high));
    Change {
        metric: metric(objective).to_owned(),
        change: change(seen.typical),
        low: one.min(other),
        high: one.max(other),
        pairs: seen.pairs,
        again: again(of_effect(samples)),
        passes: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaizen_domain::points::Points;
    use kaizen_domain::scorecard::{CaseResult, Measured, RunFault};
    use kaizen_domain::trial::Arm;

    fn ran(outcome: CaseOutcome) -> Measured {
        let points = Points::default();
        let result = CaseResult { outcome, points, worth: points, category: String::new(), duration: None, message: None };
        Ok(Scorecard { cases: [(CaseId("a".into()), result)].into(), ..Scorecard::default() })
    }

    #[test]
    fn a_disturbed_pair_of_a_flaky_case_counts_as_measured_again_and_nowhere_else() {
        let objective = Objective::Case { case: CaseId("a".into()) };
        let coins: Vec<Coin> = (0..=PAIRS).map(|pair| Coin { stage: Stage::Effect, pair, first: Arm::Baseline }).collect();
        let disturbed = || Err(RunFault::Disturbed { detail: "busy".into() });
        let of = |pair: u32| {
            let baseline = if pair.is_multiple_of(2) { CaseOutcome::Fail } else { CaseOutcome::Pass };
            let candidate = if pair == PAIRS { disturbed() } else { ran(CaseOutcome::Pass) };
            let sample = |arm, measured| Sample { stage: Stage::Effect, pair, arm, measured };
            [sample(Arm::Baseline, ran(baseline)), sample(Arm::Candidate, candidate)]
        };
        let samples: Vec<Sample> = (0..=PAIRS).flat_map(of).collect();
        let seen = told(&objective, &coins, &samples).unwrap();
        assert_eq!((seen.passes, seen.pairs, seen.again), (Some([0.5, 1.0]), PAIRS, 1));
    }
}
