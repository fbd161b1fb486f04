//! `tune`: the settings under `[levers.config]`, searched as one study. The winner alone goes through the gate, with one ticket.
//!
//! The study is stored after every answer; a killed one goes on where it was. A setting with which the benchmark crashes or
//! loses a case, or that breaks a guardrail, is data: it is ranked last, and its neighbours are avoided.

use crate::config::lever::tunable;
use crate::config::problem::Wrong;
use crate::config::propose::ProposerKind;
use crate::context::Context;
use crate::error::EngineError;
use crate::gate;
use crate::progress::Progress;
use crate::propose::search::{Ended, Found, Screening, compare};
use crate::propose::{Brief, Candidates, Proposer};
use crate::session::Session;
use crate::subject::settings::Files;
use crate::trial::slot;
use kaizen_domain::hypothesis::{Category, Hypothesis, Provenance, RejectReason};
use kaizen_domain::scorecard::Scorecard;
use kaizen_domain::weakness::Weakness;
use kaizen_gate::guardrail::Guardrail;
use kaizen_gate::objective::{Direction, Objective};
use kaizen_tune::space::value::Configuration;
use kaizen_tune::study::{Ask, Outcome, Plan, Study, Verdict};

/// The share of a guardrail's limit a setting may use up in a study: what lies on the limit itself cannot be proven below it.
const HEADROOM: f64 = 0.6;

/// Kaizen's own tuner.
pub struct Tune;

impl Proposer for Tune {
    fn name(&self) -> String {
        "tune".into()
    }

    fn provenance(&self) -> Provenance {
        Provenance::Own
    }

    fn category(&self) -> Category {
        Category::Config
    }

    fn applies(&self, weakness: &Weakness) -> bool {
        weakness.finding.metric().is_some()
    }

    fn is_study(&self) -> bool {
        true
    }

    fn root_cause(&self, weakness: &Weakness) -> String {
        format!("settings that do not fit this machine and workload: {}", weakness.finding.title)
    }

    fn strategy(&self) -> String {
        "one study of all settings under [levers.config]: search, then a race of the leaders against the present ones".into()
    }

    /// A study has no queue of candidates: see [`study`].
    fn candidates(&self, _brief: &mut Brief<'_, '_>) -> Result<Candidates, EngineError> {
        Ok(Candidates { count: 0, queue: Box::new(std::iter::empty()), said: "it is a study".into(), output: None })
    }
}

/// Says early what would stop a study: settings that are missing, no plain values or outside their ranges.
pub fn check(session: &Session<'_>) -> Result<(), EngineError> {
    let config = &session.context.config;
    if !config.propose.applying(&config.levers).contains(&ProposerKind::Tune) {
        return Ok(());
    }
    files(session)?.map_or(Ok(()), |files| files.present().map(drop))
}

fn files(session: &Session<'_>) -> Result<Option<Files>, EngineError> {
    let wrong = |(key, wrong): (String, Wrong)| EngineError::usage(format!("{key}: {wrong}"), wrong.hint);
    let config = &session.context.config;
    let tunable = tunable(&config.levers.config).map_err(wrong)?;
    tunable.map(|tunable| Files::read(tunable, config, &session.snapshot)).transpose()
}

/// Runs the study of a hypothesis from where it stands.
pub async fn study(session: &mut Session<'_>, hypothesis: &Hypothesis, weakness: &Weakness) -> Result<Ended, EngineError> {
    let context = session.context;
    let nothing = |detail: &str| Ended { found: Found::Nothing(RejectReason::NoNewChange { detail: detail.into() }), memory: None };
    let (Some(files), Some(metric)) = (files(session)?, weakness.finding.metric()) else { return Ok(nothing("nothing to tune")) };
    let present = files.present()?;
    let goal = goal(session, metric).await?;
    let mut study = open(session, hypothesis, &files, &present, &goal).await?;
    let budget = study.plan().budget;
    context.report(Progress::Search { weakness: weakness.id, hypothesis: hypothesis.id, proposer: "tune".into(), candidates: budget });
    let slot = tokio::task::block_in_place(|| slot::take(context))?;
    let verdict = loop {
        context.checkpoint()?;
        let ask = study.next();
        if let Ask::Done(verdict) = ask {
            break verdict;
        }
        let outcomes = run(session, &files, &present, &goal, &ask)?;
        study.tell(&ask, &outcomes).map_err(|error| EngineError::usage(error.to_string(), "`kaizen improve` begins the study again"))?;
        keep(context, hypothesis, &study).await?;
        context.faults.at("study.told")?;
        context.report(Progress::Studied { runs: study.history().len(), of: budget, best: best(&files, &study, &present) });
    };
    drop(slot);
    let Verdict::Better(winner) = verdict else {
        return Ok(nothing(&present_is_best(&study)));
    };
    let candidate = files.candidate(&winner.configuration, &present)?;
    let Ok(change) = candidate.change() else { return Ok(nothing("the best settings are the present ones")) };
    let identity = change.hash();
    if !context.store.tried(context.project, hypothesis.idea.baseline, &[identity]).await?.is_empty() {
        return Ok(nothing("the best settings were tried before against this baseline"));
    }
    let leader = candidate.keep(context, &change).await?;
    Ok(Ended { found: Found::Leader(leader, study.history().len()), memory: Some((identity, "leader".into(), candidate.summary)) })
}

fn present_is_best(study: &Study) -> String {
    let unfit = study.history().iter().filter(|run| run.outcome == Outcome::Crashed).count();
    let of = study.history().len();
    format!("no combination of settings did better than the present one ({unfit} of {of} runs crashed, lost a case or broke a guardrail)")
}

/// What a study makes better, and what it may not make worse: as the winner's trial will look at it.
pub(super) struct Goal {
    objective: Objective,
    /// The noise of one pair.
    pub(super) scale: f64,
    /// The gain a promotion needs.
    pub(super) min_gain: f64,
    /// Each guardrail with the baseline's mean.
    guardrails: Vec<(Guardrail, f64)>,
}

pub(super) async fn goal(session: &mut Session<'_>, name: &str) -> Result<Goal, EngineError> {
    let noise = session.noise().await?;
    let plan = gate::statistical::plan(session, &noise, name)?;
    // The machine may be busier now than when its noise was learnt: one run of the present settings says so.
    let now = tokio::task::block_in_place(|| session.run(&[], None))?.measured;
    let with_mean = |guardrail: Guardrail| {
        let known = noise.mean(&guardrail.metric)?;
        let seen = now.as_ref().ok().and_then(|card| card.metrics.get(&guardrail.metric)).copied().unwrap_or(known);
        let worse = if guardrail.direction == Direction::Lower { known.max(seen) } else { known.min(seen) };
        Some((guardrail, worse))
    };
    let guardrails = plan.guardrails.into_iter().filter_map(with_mean).collect();
    Ok(Goal { objective: plan.objective, scale: plan.scale, min_gain: plan.min_gain, guardrails })
}

impl Goal {
    /// The loss of a run; `None` where it breaks a guardrail beyond doubt or lacks a value.
    pub(super) fn loss(&self, card: &Scorecard) -> Option<f64> {
        let breaks = |(guardrail, mean): &(Guardrail, f64)| {
            card.metrics.get(&guardrail.metric).is_none_or(|value| guardrail.exceeded(*mean, *value, HEADROOM))
        };
        if self.guardrails.iter().any(breaks) { None } else { self.objective.cost(card).ok() }
    }
}

/// The stored study, or a fresh one. One that no longer fits the levers begins again.
async fn open(
    session: &mut Session<'_>,
    hypothesis: &Hypothesis,
    files: &Files,
    present: &Configuration,
    goal: &Goal,
) -> Result<Study, EngineError> {
    let context = session.context;
    if let Some(stored) = context.store.study(context.project, hypothesis.id).await? {
        let known: Study = serde_json::from_str(&stored).map_err(|source| EngineError::Stored { what: "study", source })?;
        if *known.space() == files.tunable().space && known.present() == present {
            return Ok(known);
        }
    }
    let combinations = files.tunable().space.count().map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(usize::MAX));
    let budget = (context.config.limits.study_runs as usize).min(combinations.saturating_mul(4).max(4));
    // A pair's difference holds the noise of two runs.
    let plan = Plan { budget, seed: hypothesis.idea.seed, noise: Some(goal.scale / std::f64::consts::SQRT_2) };
    let wrong = |error: kaizen_tune::error::TuneError| EngineError::usage(error.to_string(), "mend [levers.config] in kaizen.toml");
    Study::new(files.tunable().space.clone(), present.clone(), plan).map_err(wrong)
}

fn run(session: &mut Session<'_>, files: &Files, present: &Configuration, goal: &Goal, ask: &Ask) -> Result<Vec<Outcome>, EngineError> {
    ask.configurations().iter().map(|wanted| one(session, files, present, goal, wanted)).collect()
}

fn one(
    session: &mut Session<'_>,
    files: &Files,
    present: &Configuration,
    goal: &Goal,
    wanted: &Configuration,
) -> Result<Outcome, EngineError> {
    session.context.checkpoint()?;
    let writes = files.candidate(wanted, present)?.writes();
    let failing = session.failing();
    let measured = tokio::task::block_in_place(|| session.run(&writes, None))?.measured;
    let loss = |card: &Scorecard| match compare(session, card, &failing) {
        Screening::Gained(_) | Screening::Mended(_) | Screening::NoGain => goal.loss(card),
        Screening::Worse(_) | Screening::Forged(_) => None,
    };
    Ok(measured.ok().as_ref().and_then(loss).map_or(Outcome::Crashed, Outcome::Loss))
}

async fn keep(context: &Context, hypothesis: &Hypothesis, study: &Study) -> Result<(), EngineError> {
    let state = serde_json::to_string(study).map_err(|source| EngineError::Stored { what: "study", source })?;
    Ok(context.store.keep_study(context.project, hypothesis.id, context.now(), &state).await?)
}

fn best(files: &Files, study: &Study, present: &Configuration) -> String {
    let summary = study.best().and_then(|best| files.candidate(&best.configuration, present).ok()).map(|candidate| candidate.summary);
    summary.filter(|text| !text.is_empty()).unwrap_or_else(|| "the present settings are the best so far".into())
}
