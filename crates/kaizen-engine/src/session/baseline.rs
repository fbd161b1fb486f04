//! A baseline that cannot be measured: what is wrong with it, and what mends it.

use crate::context::Context;
use crate::error::EngineError;
use crate::trial::judge::Run;
use kaizen_domain::scorecard::{RunFault, Scorecard};
use std::time::Duration;

/// What a run of the baseline showed, and how long it took.
pub(super) fn sound(run: Run, context: &Context) -> Result<(Scorecard, Duration), EngineError> {
    let wall = run.wall;
    run.measured.map(|card| (card, wall)).map_err(|fault| broken(&fault, context))
}

/// The error of a baseline with this fault.
pub fn broken(fault: &RunFault, context: &Context) -> EngineError {
    EngineError::baseline(format!("the benchmark {fault}"), hint(fault, context))
}

fn hint(fault: &RunFault, context: &Context) -> String {
    let benchmark = &context.config.benchmark;
    let alone = format!("see it as a trial does: kaizen sandbox -- {}", shell_words::quote(benchmark.command.as_str()));
    match fault {
        RunFault::TimedOut { .. } => "raise benchmark.timeout in kaizen.toml, or choose a faster command".into(),
        RunFault::OutOfMemory { .. } => "raise limits.trial_memory in kaizen.toml".into(),
        RunFault::Flooded { .. } => "make the benchmark quieter".into(),
        RunFault::Crashed { .. } => alone,
        RunFault::Incomplete { .. } => {
            format!("the command must run to its last case and exit by itself, with 0 exactly when every case passed; {alone}")
        }
        RunFault::NothingRan { .. } => {
            format!("the command must run at least one case: look at the paths it is given and at benchmark.ignore; {alone}")
        }
        RunFault::Unreadable { .. } => {
            format!("the command must print what benchmark.format = \"{}\" reads, and exit in agreement with it; {alone}", benchmark.format)
        }
        RunFault::Forged { .. } => {
            format!("nothing but the test runner may write to the file in KAIZEN_REPORT: look for what does in the benchmark; {alone}")
        }
        RunFault::NotStarted { .. } => {
            format!(
                "mend benchmark.command, or install what it names where trials see it (system directories, .venv, node_modules); {alone}"
            )
        }
        RunFault::Harness { .. } => "this is not the benchmark's doing: look at disk space and at `kaizen doctor`".into(),
        RunFault::Disturbed { .. } => "try again when the machine is quiet".into(),
    }
}
