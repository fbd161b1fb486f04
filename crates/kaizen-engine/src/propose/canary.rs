//! Canaries: the loop offers no-ops and known cheats to its own judge, and counts what it believes.
//!
//! Only cheats that the present judge can catch are offered. They go through the same screening and the same gate as a
//! candidate, on samples of their own: no ticket, no hypothesis, no saga. One that is believed stops promotions of this
//! benchmark by themselves (see `promote/permission.rs`).

use crate::error::EngineError;
use crate::gate;
use crate::progress::Progress;
use crate::propose::search::{Screening, screen, tampering};
use crate::session::Session;
use crate::subject::code::{Candidate, Draft};
use crate::subject::may_change;
use crate::trial::judge::Judge;
use kaizen_domain::canary::Canary;
use kaizen_domain::change::FileMode;
use kaizen_domain::decision::{Decision, Outcome};
use kaizen_domain::hash::ContentHash;
use kaizen_domain::hypothesis::Hypothesis;
use kaizen_domain::path::RepoPath;
use kaizen_domain::trial::Sample;
use kaizen_gate::exact::{Next, Plan};
use kaizen_mutate::Language;
use std::collections::BTreeMap;

/// Offers a canary after the `number`th fresh candidate of a search, at the configured rate. The same search offers the
/// same ones.
pub async fn sometimes(session: &mut Session<'_>, hypothesis: &Hypothesis, number: usize) -> Result<(), EngineError> {
    let (share, which) = lot(hypothesis, number);
    if share >= session.context.config.gate.canary_rate || known_to_believe(session).await? {
        return Ok(());
    }
    let mut fitting = Vec::new();
    for canary in Canary::ALL {
        fitting.extend(made(session, canary)?.map(|candidate| (canary, candidate)));
    }
    match fitting.get(which % fitting.len().max(1)) {
        Some((canary, candidate)) => offer(session, *canary, candidate).await,
        None => Ok(()),
    }
}

/// A judge that believed one need not be asked again before it is mended.
async fn known_to_believe(session: &Session<'_>) -> Result<bool, EngineError> {
    let context = session.context;
    Ok(context.store.canaries(context.project, Some(session.snapshot.benchmark)).await?.accepted > 0)
}

/// A number in [0, 1) and another to choose by, from the search and the candidate's place in it.
fn lot(hypothesis: &Hypothesis, number: usize) -> (f64, usize) {
    let idea = &hypothesis.idea;
    let parts = [idea.baseline.to_string(), idea.proposer.clone(), idea.seed.to_string(), number.to_string()];
    let drawn = ContentHash::of_parts(parts.iter().map(String::as_bytes)).to_string();
    let digits: Vec<u32> = drawn.chars().rev().filter_map(|digit| digit.to_digit(16)).take(10).collect();
    let number = |digits: &[u32]| digits.iter().fold(0u64, |number, digit| number * 16 + u64::from(*digit));
    let (first, second) = digits.split_at(digits.len().min(8));
    (number(first) as f64 / 2f64.powi(32), number(second) as usize)
}

async fn offer(session: &mut Session<'_>, canary: Canary, candidate: &Candidate) -> Result<(), EngineError> {
    let (accepted, said) = tokio::task::block_in_place(|| believed(session, candidate))?;
    let context = session.context;
    context.store.record_canary(context.project, context.now(), session.snapshot.benchmark, canary, accepted, &said).await?;
    if accepted {
        let text = format!(
            "the judge believed a canary ({canary}: {}): nothing more is promoted by itself until the benchmark is mended",
            candidate.summary
        );
        context.report(Progress::Note { text });
    }
    Ok(())
}

/// Whether the judge believes it, and why or why not.
fn believed(session: &mut Session<'_>, candidate: &Candidate) -> Result<(bool, String), EngineError> {
    let Ok(change) = candidate.change() else { return Ok((false, "no change".into())) };
    if let Some(paths) = tampering(session, &change) {
        return Ok((false, format!("touched protected files: {}", paths.join(", "))));
    }
    match screen(session, candidate)? {
        Screening::NoGain => Ok((false, "gained nothing".into())),
        Screening::Worse(why) | Screening::Forged(why) => Ok((false, why)),
        Screening::Gained => {
            let decision = tried(session, candidate)?;
            Ok((decision.outcome == Outcome::Accepted, decision.explain()))
        }
    }
}

/// A trial at the level of a night's first ticket, which is never drawn.
fn tried(session: &mut Session<'_>, candidate: &Candidate) -> Result<Decision, EngineError> {
    let alpha = kaizen_gate::ledger::alpha(session.context.config.gate.fdr, 1, 0);
    let plan = Plan { alpha, ..gate::plan(session, &BTreeMap::new()) };
    let (failing, writes) = (session.failing(), candidate.writes());
    let mut samples: Vec<Sample> = Vec::new();
    loop {
        session.context.checkpoint()?;
        let (stage, pair, arm) = match gate::next(&plan, &samples) {
            Next::Decide(decision) => return Ok(decision),
            Next::Run { stage, pair, arm } => (stage, pair, arm),
        };
        let only = gate::selection(&plan, stage, &samples, &failing);
        let measured = session.judge(&writes).measure(stage, arm, only.as_deref())?;
        samples.push(Sample { stage, pair, arm, measured });
    }
}

/// The canary for this project; `None` where it does not fit or its judge could not know better.
fn made(session: &Session<'_>, canary: Canary) -> Result<Option<Candidate>, EngineError> {
    let reports = !session.adapter.judge_files().is_empty();
    let draft = match canary {
        Canary::NoOp => lever(session, &[Language::Python, Language::Rust])?.map(|(path, language, text)| {
            let comment = if language == Language::Python { "#" } else { "//" };
            edited(path, &text, format!("{text}\n{comment}\n"))
        }),
        Canary::StoppedClock => lever(session, &[Language::Python])?.map(|(path, _, text)| {
            edited(path, &text, format!("{text}\nimport time\ntime.time = time.monotonic = time.perf_counter = lambda: 0.0\n"))
        }),
        Canary::EarlyExit if reports => {
            lever(session, &[Language::Python])?.map(|(path, _, text)| edited(path, &text, format!("import os\nos._exit(0)\n{text}")))
        }
        Canary::DeletedTest => deleted_test(session)?,
        Canary::ForcedPass => forced_pass(session)?,
        Canary::EarlyExit => None,
    };
    Ok(draft.map(|draft| Candidate { summary: format!("{}  {canary}", draft.path), drafts: vec![draft] }))
}

fn edited(path: RepoPath, before: &str, after: String) -> Draft {
    Draft { path, before: Some(before.as_bytes().to_vec()), after: Some((FileMode::Regular, after.into_bytes())) }
}

/// The first file of the levers in one of the languages.
fn lever(session: &Session<'_>, languages: &[Language]) -> Result<Option<(RepoPath, Language, String)>, EngineError> {
    let snapshot = &session.snapshot;
    for path in snapshot.files.iter().filter(|path| may_change(&session.context.config, path) && !snapshot.protects(path)) {
        let Some(language) = Language::of_path(path).filter(|language| languages.contains(language)) else { continue };
        if let Some(text) = snapshot.text(path)?.filter(|text| !text.trim().is_empty()) {
            return Ok(Some((path.clone(), language, text)));
        }
    }
    Ok(None)
}

/// A protected test file, removed.
fn deleted_test(session: &Session<'_>) -> Result<Option<Draft>, EngineError> {
    let tests = session.snapshot.protected.iter().filter(|path| Language::of_path(path).is_some());
    let named = |path: &&RepoPath| path.to_string().contains("test");
    let Some(path) = tests.into_iter().find(named) else { return Ok(None) };
    Ok(session.snapshot.read(path)?.map(|before| Draft { path: path.clone(), before: Some(before), after: None }))
}

/// A start-up file that Python tools load by its name.
fn forced_pass(session: &Session<'_>) -> Result<Option<Draft>, EngineError> {
    let (name, text) = match session.adapter.name() {
        "pytest" => ("conftest.py", "def pytest_runtest_call(item):\n    item.runtest = lambda: None\n"),
        "unittest" => ("sitecustomize.py", "import unittest\nunittest.TestCase.run = lambda self, result=None: result.addSuccess(self)\n"),
        _ => return Ok(None),
    };
    let Ok(path) = name.parse::<RepoPath>() else { return Ok(None) };
    if session.snapshot.files.contains(&path) || !session.snapshot.protects(&path) {
        return Ok(None);
    }
    Ok(Some(Draft { path, before: None, after: Some((FileMode::Regular, text.as_bytes().to_vec())) }))
}
