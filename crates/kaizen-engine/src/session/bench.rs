//! The benchmark as the judge of a trial: which suite a stage runs, and over which runs a watch is kept.

use super::Session;
use crate::error::EngineError;
use crate::trial::judge::{Ask, Judge, Run};
use crate::trial::quiet::Watch;
use kaizen_domain::scorecard::{CaseId, Measured, RunFault};
use kaizen_domain::trial::{Arm, Stage};
use kaizen_sandbox::workspace::FileWrite;

/// The benchmark as the judge of a trial.
pub struct Bench<'s, 'c> {
    pub(super) session: &'s mut Session<'c>,
    pub(super) writes: &'s [FileWrite],
    /// Whether the hold-out is one of the checks, because the trial's pairs do not run it.
    pub(super) hidden_checks: bool,
    pub(super) watch: Option<&'s mut Watch>,
}

impl<'s, 'c> Bench<'s, 'c> {
    /// Runs of pairs are watched over: one that was disturbed is a fault.
    pub fn watching(self, watch: impl Into<Option<&'s mut Watch>>) -> Self {
        Self { watch: watch.into(), ..self }
    }

    /// A whole run of the hold-out, or of the visible suite where there is none.
    fn hidden(&mut self, writes: &[FileWrite]) -> Result<Run, EngineError> {
        if self.session.context.config.benchmark.holdout.is_none() {
            return self.session.run(writes, None);
        }
        let limit = self.session.context.config.benchmark.timeout.0;
        self.session.holdout()?.run(Ask { writes, limit, ..Ask::default() })
    }

    /// One run of a pair.
    fn paired(&mut self, stage: Stage, writes: &[FileWrite]) -> Result<Measured, EngineError> {
        let watch = self.watch.take();
        let mut run = || match stage {
            Stage::Holdout | Stage::Effect if !self.hidden_checks => self.hidden(writes),
            _ => self.session.run(writes, None),
        };
        let Some(watch) = watch else { return run().map(|run| run.measured) };
        let measured = watch.over(run);
        self.watch = Some(watch);
        measured
    }

    /// The declared commands, and the hold-out's cases where the trial's pairs do not run them.
    fn checks(&mut self, writes: &[FileWrite]) -> Result<Measured, EngineError> {
        let limit = self.session.context.config.benchmark.timeout.0;
        let checked = self.session.visible.checks(writes, limit)?;
        if !self.hidden_checks {
            return Ok(checked);
        }
        Ok(with_hidden(checked, self.hidden(writes)?.measured))
    }
}

impl Judge for Bench<'_, '_> {
    fn measure(&mut self, stage: Stage, arm: Arm, only: Option<&[CaseId]>) -> Result<Measured, EngineError> {
        let writes = if arm == Arm::Candidate { self.writes } else { &[] };
        match stage {
            Stage::Screening | Stage::Proof => Ok(self.session.run(writes, only)?.measured),
            // What people are told of the effect comes from what no proposer saw, where there is such a thing.
            Stage::Dev | Stage::Holdout | Stage::Effect => self.paired(stage, writes),
            Stage::Checks => self.checks(writes),
        }
    }
}

/// The checks with the hold-out's cases. Of a hold-out that did not run no more is told than who is to blame.
fn with_hidden(checked: Measured, hidden: Measured) -> Measured {
    let mut card = checked?;
    let hidden = hidden.map_err(|fault| match fault {
        RunFault::Forged { .. } | RunFault::Harness { .. } | RunFault::Disturbed { .. } => fault,
        _ => RunFault::Incomplete { detail: "the hold-out did not run to its end".into() },
    })?;
    card.cases.extend(hidden.cases.into_iter().map(|(case, result)| (CaseId(format!("hold-out {case}")), result)));
    Ok(card)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaizen_domain::scorecard::Scorecard;

    #[test]
    fn a_hold_out_that_did_not_run_tells_who_is_to_blame_and_nothing_it_said() {
        let of = |hidden| with_hidden(Ok(Scorecard::default()), Err(hidden)).unwrap_err();
        let forged = RunFault::Forged { detail: "line 3".into() };
        let harness = RunFault::Harness { detail: "no disk".into() };
        assert_eq!((of(forged.clone()), of(harness.clone())), (forged, harness));
        let unreadable = RunFault::Unreadable { detail: "secret_case failed".into() };
        assert_eq!(of(unreadable), RunFault::Incomplete { detail: "the hold-out did not run to its end".into() });
    }
}
