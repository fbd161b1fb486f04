//! `improve`: measure, find weaknesses, try hypotheses for each, promote, measure again.

mod provable;

use crate::context::Context;
use crate::cycle;
use crate::error::EngineError;
use crate::foundation::{Foundation, short_ref};
use crate::lease;
use crate::observe::weakness::findings;
use crate::progress::{Progress, Standing};
use crate::promote::{approval, recover};
use crate::propose::{Proposer, proposers, tune};
use crate::session::Session;
use crate::trial::effect;
use kaizen_domain::hypothesis::{Hypothesis, HypothesisState, Idea, RejectReason};
use kaizen_domain::id::{VersionId, WeaknessId};
use kaizen_domain::version::DeployMode;
use kaizen_domain::weakness::{Gap, Weakness, WeaknessMove, WeaknessState};
use kaizen_sandbox::backend::{Backend, Tier, backend, best};
use provable::provable;
use std::collections::BTreeSet;

/// Baseline runs before the first candidate: the A/A that finds flaky cases.
const FIRST_RUNS: u32 = 3;

/// What the person asked for.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// How many weaknesses to work on at most; `None`: each once.
    pub cycles: Option<u32>,
    /// Stop beginning new work at this time, milliseconds since 1970-01-01 UTC.
    pub until: Option<i64>,
    /// Only this proposer.
    pub only: Option<String>,
    /// Only this weakness.
    pub weakness: Option<WeaknessId>,
    /// Seed of the searches.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Versions made, in order.
    pub promoted: Vec<VersionId>,
    /// Candidates and hypotheses that were turned down.
    pub rejected: u64,
    /// Hypotheses that tampered with the evidence.
    pub quarantined: u64,
    /// Hypotheses that need more evidence.
    pub undecided: u64,
    /// Hypotheses that wait for a person.
    pub waiting: u64,
    /// Hypotheses a dry run would have promoted.
    pub would_promote: u64,
    /// Weaknesses measured at the start.
    pub weaknesses: usize,
    /// The baseline at the start.
    pub before: Standing,
    /// The baseline at the end.
    pub after: Standing,
    /// The branch promotions go to, as people type it.
    pub branch: String,
    /// The branch or commit the person is on, as people type it.
    pub on: String,
}

/// Runs the loop on this project until every weakness was worked on once (or the wish is fulfilled).
pub async fn improve(context: &Context, wish: &Wish) -> Result<Outcome, EngineError> {
    let holder = lease::acquire(context).await?;
    let outcome = improve_alone(context, wish).await;
    context.report(Progress::Finished);
    let released = lease::release(context, &holder).await;
    outcome.and_then(|outcome| released.map(|()| outcome))
}

async fn improve_alone(context: &Context, wish: &Wish) -> Result<Outcome, EngineError> {
    for detail in recover::recover(context).await? {
        context.report(Progress::Note { text: detail });
    }
    let backend = choose_backend(context)?;
    effect::finish(context).await?;
    let base = Foundation::read(context)?;
    announce(context, backend.as_ref(), &base);
    let branch = short_ref(&base.reference).to_owned();
    let on = context.git.branch()?.map_or_else(|| base.head.chars().take(12).collect(), |name| short_ref(&name).to_owned());
    let mut session = Session::open(context, backend.as_ref(), base, FIRST_RUNS).await?;
    session.remember_baseline().await?;
    tune::check(&session)?;
    let before = session.standing();
    context.report(Progress::Baseline(before.clone()));
    let mut outcome = Outcome {
        promoted: vec![],
        rejected: 0,
        quarantined: 0,
        undecided: 0,
        waiting: 0,
        would_promote: 0,
        weaknesses: 0,
        before: before.clone(),
        after: before,
        branch,
        on,
    };
    let mut worked = BTreeSet::new();
    let mut weaknesses = observe(&session).await?;
    // A quantity that can always be better is something to do only where somebody works on it.
    for weakness in &weaknesses {
        let idle = is_open_ended(weakness) && fitting(&session, wish, weakness)?.proposers.is_empty();
        outcome.weaknesses += usize::from(!idle);
    }
    tell(context, wish, &weaknesses);
    tell_untaught(context, wish, &weaknesses);
    let mut cycles = 0;
    while let Some(weakness) = next(&weaknesses, wish, &worked, cycles, context.now()) {
        cycles += 1;
        worked.insert(weakness.id);
        lease::acquire(context).await?;
        let flaky = session.flaky_cases();
        if work(&mut session, &weakness, wish, &mut outcome).await? {
            let base = Foundation::read(context)?;
            // Where cases flip, one run of the new baseline would not tell which still do.
            let runs = if session.flaky.is_empty() { 1 } else { FIRST_RUNS };
            session.close()?;
            session = Session::open(context, backend.as_ref(), base, runs).await?;
            session.remember_baseline().await?;
            weaknesses = observe(&session).await?;
            // Partly closed by a promotion, it is worth another look on the new baseline.
            worked.remove(&weakness.id);
        } else if session.flaky_cases() != flaky {
            // A trial showed that a case flips which seemed to fail every time: that is another weakness.
            weaknesses = observe(&session).await?;
        }
    }
    outcome.after = session.standing();
    session.close()?;
    Ok(outcome)
}

fn announce(context: &Context, backend: &dyn Backend, base: &Foundation) {
    context.report(Progress::Project {
        name: context.config.project.name.to_string(),
        format: context.config.benchmark.format.name().to_owned(),
        command: context.config.benchmark.command.as_str().to_owned(),
        tier: backend.tier().to_string(),
        dirty: base.dirty,
        taken_in: context.permit.dirty,
        in_place: base.mode == DeployMode::InPlace,
        granted: context.config.granted(),
    });
}

fn tell(context: &Context, wish: &Wish, weaknesses: &[Weakness]) {
    for weakness in weaknesses.iter().filter(|weakness| wish.weakness.is_none_or(|wanted| wanted == weakness.id)) {
        context.report(Progress::Weakness {
            weakness: weakness.id,
            title: weakness.finding.title.clone(),
            lost: weakness.finding.lost(),
            cases: weakness.finding.cases().len(),
        });
    }
}

/// Weaknesses nobody works on before a person helps.
fn tell_untaught(context: &Context, wish: &Wish, weaknesses: &[Weakness]) {
    let named = wish.weakness.is_some() || wish.only.is_some();
    for weakness in weaknesses.iter().filter(|weakness| !named && weakness.state == WeaknessState::NeedsTeaching) {
        let id = weakness.id;
        let text = format!("{id} was tried in every way that is set up: `kaizen improve --weakness {id}` tries again");
        context.report(Progress::Note { text });
    }
}

/// The sandbox for candidates, found by a real self-test; without any, nothing runs unless explicitly allowed.
pub fn choose_backend(context: &Context) -> Result<Box<dyn Backend>, EngineError> {
    if context.permit.unsandboxed {
        return Ok(backend(Tier::None, &context.launcher));
    }
    let hint =
        "`kaizen doctor` says what each tier lacks; --allow-unsandboxed runs candidates without walls and promotes nothing by itself";
    match best(&context.launcher) {
        Ok(found) if found.tier() >= context.weakest_tier() => Ok(found),
        Ok(found) => Err(EngineError::environment(
            format!("the best sandbox here is {}, and gate.min_tier asks for {}", found.tier(), context.weakest_tier()),
            hint,
        )),
        Err(probes) => {
            let details: Vec<String> = probes.iter().map(|probe| format!("{}: {}", probe.tier, probe.detail)).collect();
            Err(EngineError::environment(format!("no sandbox works on this machine ({})", details.join("; ")), hint))
        }
    }
}

/// Measures the weaknesses of the session's baseline and records them.
pub async fn observe(session: &Session<'_>) -> Result<Vec<Weakness>, EngineError> {
    let context = session.context;
    let found = findings(&session.card, &context.config.metric, &session.flaky);
    Ok(context.store.record_findings(context.project, context.now(), &found).await?)
}

fn next(weaknesses: &[Weakness], wish: &Wish, worked: &BTreeSet<WeaknessId>, cycles: u32, now: i64) -> Option<Weakness> {
    let spent = wish.cycles.is_some_and(|most| cycles >= most) || wish.until.is_some_and(|until| now >= until);
    let wanted = |weakness: &&Weakness| wish.weakness.is_none_or(|id| id == weakness.id) && !worked.contains(&weakness.id);
    let named = wish.weakness.is_some() || wish.only.is_some();
    let due = |weakness: &&Weakness| named || weakness.state != WeaknessState::NeedsTeaching;
    if spent { None } else { weaknesses.iter().find(|weakness| wanted(weakness) && due(weakness)).cloned() }
}

/// Tries proposer after proposer at one weakness; true when something was promoted.
async fn work(session: &mut Session<'_>, weakness: &Weakness, wish: &Wish, outcome: &mut Outcome) -> Result<bool, EngineError> {
    let context = session.context;
    let Fitting { proposers: fitting, idle } = fitting(session, wish, weakness)?;
    if weakness.finding.metric().is_some() && fitting.is_empty() {
        let id = weakness.id;
        let why = idle.map_or_else(String::new, |why| format!(" ({why})"));
        let text =
            format!("{id}: nothing here works on quantities{why}: declare [propose.command.NAME], or settings under [levers.config]");
        context.report(Progress::Note { text });
        return Ok(false);
    }
    if !fitting.is_empty() && !provable(session, weakness).await? {
        return Ok(false);
    }
    if weakness.state == WeaknessState::Open {
        context.store.move_weakness(context.project, weakness.id, WeaknessState::Open, WeaknessMove::Work, context.now()).await?;
    }
    for proposer in fitting.into_iter().take(context.config.propose.approaches as usize) {
        let attempts = if proposer.is_study() { 1 } else { context.config.propose.attempts };
        for attempt in 1..=attempts {
            let hypothesis = attempt_once(session, weakness, proposer.as_ref(), wish.seed, attempt, outcome).await?;
            match after(&hypothesis) {
                After::Promoted => return Ok(true),
                After::Waits => return Ok(false),
                After::Spent => break,
                After::Again => {}
            }
        }
    }
    ask_for_teaching(context, weakness, wish).await.map(|()| false)
}

/// Who has anything to say about a weakness, in the order they are asked, and why another one has not.
struct Fitting {
    proposers: Vec<Box<dyn Proposer>>,
    idle: Option<String>,
}

fn fitting(session: &Session<'_>, wish: &Wish, weakness: &Weakness) -> Result<Fitting, EngineError> {
    let mut fitting = Fitting { proposers: Vec::new(), idle: None };
    for proposer in proposers(session.context, wish.only.as_deref()).into_iter().filter(|proposer| proposer.applies(weakness)) {
        match proposer.idle(session, weakness)? {
            None => fitting.proposers.push(proposer),
            why => fitting.idle = fitting.idle.or(why),
        }
    }
    Ok(fitting)
}

/// Whether a weakness is a quantity without a target.
fn is_open_ended(weakness: &Weakness) -> bool {
    matches!(weakness.finding.gap, Gap::Metric { target: None, .. })
}

enum After {
    Promoted,
    Waits,
    Spent,
    Again,
}

fn after(hypothesis: &Hypothesis) -> After {
    match (hypothesis.state, &hypothesis.reason) {
        (HypothesisState::Promoted | HypothesisState::Live, _) => After::Promoted,
        (HypothesisState::AwaitingPermission | HypothesisState::Approved | HypothesisState::Undecided, _) => After::Waits,
        (HypothesisState::Rejected, Some(RejectReason::NothingFound { .. } | RejectReason::NoNewChange { .. })) => After::Spent,
        _ => After::Again,
    }
}

async fn attempt_once(
    session: &mut Session<'_>,
    weakness: &Weakness,
    proposer: &dyn Proposer,
    seed: u64,
    attempt: u32,
    outcome: &mut Outcome,
) -> Result<Hypothesis, EngineError> {
    let context = session.context;
    let idea = Idea {
        weakness: weakness.id,
        proposer: proposer.name(),
        provenance: proposer.provenance(),
        category: proposer.category(),
        root_cause: proposer.root_cause(weakness),
        strategy: proposer.strategy(),
        priority: weakness.finding.impact,
        expected_gain: weakness.finding.lost().value(),
        confidence: confidence(context, &proposer.name()).await?,
        baseline: session.snapshot.id,
        seed,
        attempt,
    };
    let mut created = context.store.create_hypothesis(context.project, context.now(), &idea).await?;
    if created.state == HypothesisState::Undecided && cycle::resume(session, &created).await? {
        created = cycle::load(context, created.id).await?;
    }
    if created.state.is_at_rest() {
        tell_earlier(context, &created);
        outcome.waiting += u64::from(created.state == HypothesisState::AwaitingPermission);
        return Ok(created);
    }
    let before = context.store.tried_count(context.project, created.id).await?;
    let hypothesis = cycle::run(session, weakness, proposer, created.id).await?;
    let screened = context.store.tried_count(context.project, created.id).await? - before;
    count(outcome, &hypothesis, screened, context).await?;
    Ok(hypothesis)
}

fn tell_earlier(context: &Context, hypothesis: &Hypothesis) {
    let ended = || match hypothesis.state {
        HypothesisState::RolledBack => "it was promoted and taken back".to_owned(),
        HypothesisState::AwaitingPermission => format!("it waits for you: {}", approval::commands(context, hypothesis.id)),
        HypothesisState::Declined => "a person declined it".to_owned(),
        other => format!("it is {other:?}").to_lowercase(),
    };
    let why = hypothesis.reason.as_ref().map_or_else(ended, ToString::to_string);
    context.report(Progress::Note {
        text: format!("{} ({}) was tried on this very baseline before: {why}", hypothesis.id, hypothesis.idea.proposer),
    });
}

/// The share of a proposer's finished hypotheses that were promoted here; `None` before the first.
async fn confidence(context: &Context, proposer: &str) -> Result<Option<f64>, EngineError> {
    let all = context.store.hypotheses(context.project).await?;
    let finished: Vec<&Hypothesis> = all.iter().filter(|one| one.idea.proposer == proposer && one.state.is_at_rest()).collect();
    let good = finished
        .iter()
        .filter(|one| matches!(one.state, HypothesisState::Promoted | HypothesisState::Live | HypothesisState::Settled))
        .count();
    Ok((!finished.is_empty()).then(|| good as f64 / finished.len() as f64))
}

async fn count(outcome: &mut Outcome, hypothesis: &Hypothesis, screened: u64, context: &Context) -> Result<(), EngineError> {
    let led = u64::from(hypothesis.leader.is_some());
    outcome.rejected += screened.saturating_sub(led);
    match hypothesis.state {
        HypothesisState::Promoted | HypothesisState::Live => {
            let versions = context.store.versions(context.project).await?;
            outcome.promoted.extend(versions.iter().filter(|version| version.made.hypothesis == hypothesis.id).map(|version| version.id));
        }
        HypothesisState::Quarantined => {
            outcome.quarantined += 1;
            outcome.rejected = outcome.rejected.saturating_sub(1 - led);
        }
        HypothesisState::Undecided => outcome.undecided += 1,
        HypothesisState::AwaitingPermission => outcome.waiting += 1,
        HypothesisState::Approved => outcome.would_promote += 1,
        _ => outcome.rejected += led,
    }
    Ok(())
}

/// After all approaches and attempts a person is asked what is misunderstood.
async fn ask_for_teaching(context: &Context, weakness: &Weakness, wish: &Wish) -> Result<(), EngineError> {
    let tried = context.store.hypotheses_of(context.project, weakness.id).await?;
    let needed = u64::from(context.config.propose.attempts) * u64::from(context.config.propose.approaches);
    // A quantity that can always be better is not misunderstood when nobody finds how.
    if is_open_ended(weakness) || wish.only.is_some() || (tried.len() as u64) < needed {
        return Ok(());
    }
    let state = context.store.weakness(context.project, weakness.id).await?.map(|weakness| weakness.state);
    if state == Some(WeaknessState::Working) {
        context
            .store
            .move_weakness(context.project, weakness.id, WeaknessState::Working, WeaknessMove::AskForTeaching, context.now())
            .await?;
    }
    Ok(())
}
