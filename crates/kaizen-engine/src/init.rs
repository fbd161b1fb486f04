//! Setting a project up: the ways to measure it are proved by running them, in order, until one gives a scorecard.
//!
//! Nothing is written to the project here and no person is asked: each step hands back what it found, and the command
//! line decides what to do about it. Everything runs in the sandbox but [`outside`].

mod mend;
pub mod outside;
pub mod sensitivity;
pub mod split;

use crate::config::quantity::Timespan;
use crate::config::render::{Choices, render};
use crate::config::{self, Config};
use crate::context::Context;
use crate::detect::Detected;
use crate::error::EngineError;
use crate::foundation::Foundation;
use crate::progress::{Progress, Standing};
use crate::session::Session;
use kaizen_domain::path::RepoPath;
use kaizen_domain::scorecard::{CaseOutcome, Scorecard};
use kaizen_domain::trial::{Arm, Stage};
use kaizen_sandbox::backend::Backend;
use sensitivity::Sensitivity;
use std::path::Path;
use std::time::Duration;

/// The longest a run may take while a benchmark is proved.
pub const PROOF_LIMIT: Duration = Duration::from_secs(600);

/// The bounds of a suggested time limit.
const SUGGESTED: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(3600));

/// A candidate that gave no scorecard worth the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Which.
    pub candidate: Detected,
    /// Why, for people.
    pub why: String,
    /// What mends it.
    pub hint: String,
}

/// A benchmark that works in the sandbox.
#[derive(Debug, Clone)]
pub struct Proven {
    /// Which of the candidates.
    pub candidate: Detected,
    /// The scorecard.
    pub card: Scorecard,
    /// The same in numbers.
    pub standing: Standing,
    /// The scorecard of the hold-out, where one was found.
    pub holdout: Option<Scorecard>,
    /// How long the run took.
    pub wall: Duration,
    /// The state of the repository it was measured on.
    pub base: Foundation,
    /// Every file of that state.
    pub files: Vec<RepoPath>,
    /// Whether broken code shows in the score.
    pub sensitivity: Sensitivity,
}

/// What proving the candidates gave.
#[derive(Debug, Clone, Default)]
pub struct Attempts {
    /// Those that did not work, in order.
    pub refused: Vec<Refused>,
    /// The first that did.
    pub proven: Option<Proven>,
}

/// What is read back from the file that `choices` would give.
pub fn configuration(candidate: &Detected, choices: &Choices) -> Result<Config, EngineError> {
    Ok(config::parse(&render(candidate, choices), Path::new(config::FILE))?)
}

/// A limit on one run that leaves room for a slow day: ten times `wall`, in whole ten seconds, half a minute to an hour.
pub fn suggested_timeout(wall: Duration) -> Timespan {
    Timespan(Duration::from_secs_f64(wall.as_secs_f64().ceil() * 10.0).clamp(SUGGESTED.0, SUGGESTED.1))
}

/// Runs the candidates in order in the sandbox. The first that passes at least one case is proven; where none
/// passes any, the first that executes one. Leaves the configuration of the last one run in `context`.
pub async fn prove(context: &mut Context, backend: &dyn Backend, candidates: &[Detected]) -> Result<Attempts, EngineError> {
    let mut attempts = Attempts::default();
    let mut red = None;
    for candidate in candidates {
        match attempt(context, backend, candidate, false).await? {
            Ok(proven) => return Ok(Attempts { proven: Some(proven), ..attempts }),
            Err(Shortfall::Refused(refused)) => attempts.refused.push(*refused),
            Err(Shortfall::NothingPasses) => red = red.or(Some(candidate)),
        }
    }
    if let Some(candidate) = red {
        match attempt(context, backend, candidate, true).await? {
            Ok(proven) => attempts.proven = Some(proven),
            Err(Shortfall::Refused(refused)) => attempts.refused.push(*refused),
            Err(Shortfall::NothingPasses) => {}
        }
    }
    Ok(attempts)
}

/// Why a candidate is not taken at once.
enum Shortfall {
    Refused(Box<Refused>),
    NothingPasses,
}

async fn attempt(
    context: &mut Context,
    backend: &dyn Backend,
    candidate: &Detected,
    even_red: bool,
) -> Result<Result<Proven, Shortfall>, EngineError> {
    context.config = configuration(candidate, &Choices { timeout: Some(Timespan(PROOF_LIMIT)), ..Choices::default() })?;
    context.report(Progress::Preparing { what: format!("trying `{}` in the sandbox", candidate.command) });
    let refuse = |why: String, hint: String| {
        let hint = mend::of_run(&why, &candidate.command, context.git.root()).unwrap_or(hint);
        Ok(Err(Shortfall::Refused(Box::new(Refused { candidate: candidate.clone(), why, hint }))))
    };
    let base = Foundation::read(context)?;
    let mut session = match Session::open(context, backend, base, 1).await {
        Ok(session) => session,
        Err(EngineError::Baseline { message, hint }) => return refuse(message, hint),
        Err(other) => return Err(other),
    };
    let attempted = match (session.card.executed(), session.card.count(CaseOutcome::Pass)) {
        (0, _) => refuse("every case was skipped".into(), "look why with `kaizen sandbox -- COMMAND`".into()),
        (_, 0) if !even_red => Ok(Err(Shortfall::NothingPasses)),
        _ => proven(candidate, &mut session).map(Ok),
    }?;
    session.close()?;
    Ok(attempted)
}

fn proven(candidate: &Detected, session: &mut Session<'_>) -> Result<Proven, EngineError> {
    let holdout = holdout(session)?;
    Ok(Proven {
        candidate: candidate.clone(),
        card: session.card.clone(),
        standing: session.standing(),
        holdout,
        wall: session.wall,
        base: session.base.clone(),
        files: session.snapshot.files.clone(),
        sensitivity: sensitivity::probe(session)?,
    })
}

/// The hold-out must give a scorecard too, or it would refuse every change later.
fn holdout(session: &mut Session<'_>) -> Result<Option<Scorecard>, EngineError> {
    use crate::trial::judge::Judge;
    let Some(declared) = session.context.config.benchmark.holdout.clone() else { return Ok(None) };
    match session.judge(&[]).measure(Stage::Holdout, Arm::Baseline, None)? {
        Ok(card) => Ok(Some(card)),
        Err(fault) => Err(EngineError::baseline(
            format!("the hold-out `{}` {fault}", declared.command),
            "mend the hold-out's cases, or move them out of holdout/",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggested_limit_is_ten_times_the_run_within_bounds() {
        let suggested = |seconds: f64| suggested_timeout(Duration::from_secs_f64(seconds)).to_string();
        assert_eq!([suggested(0.2), suggested(3.0), suggested(4.44), suggested(1000.0)], ["30s", "30s", "50s", "1h"]);
    }
}
