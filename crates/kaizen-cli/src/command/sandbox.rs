//! `kaizen sandbox`

use crate::args;
use crate::machine::Surroundings;
use crate::output::Output;
use crate::wire::{Wanted, require_trust_of_grants, wire};
use kaizen_engine::config::grant::WorkshopGrants;
use kaizen_engine::context::Context;
use kaizen_engine::error::EngineError;
use kaizen_engine::foundation::Foundation;
use kaizen_engine::grant::start;
use kaizen_engine::improve::choose_backend;
use kaizen_engine::propose::workshop::Workshop;
use kaizen_engine::session::adapter_of;
use kaizen_engine::trial::adapter::Adapter;
use kaizen_engine::trial::judge::{Court, Suite, shell};
use kaizen_engine::trial::layer;
use kaizen_engine::trial::snapshot::Snapshot;
use kaizen_sandbox::backend::Backend;
use kaizen_sandbox::run::{Ended, RunReport, RunSpec};

/// Runs a command as a trial (or a proposer) would see the world; its exit code, or 128 + signal.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Sandbox) -> Result<u8, EngineError> {
    let wired = wire(here, output, Wanted::default()).await?;
    require_trust_of_grants(&wired, output).await?;
    let context = &wired.context;
    let backend = choose_backend(context)?;
    let foundation = Foundation::read(context)?;
    let adapter = adapter_of(context)?;
    let mut snapshot = Snapshot::take(context, &foundation.measured, &foundation.head, adapter)?;
    layer::build(context, backend.as_ref(), &mut snapshot, adapter)?;
    let mut run = shell("", context.config.benchmark.timeout.0);
    run.argv = if wanted.command.len() == 1 {
        [vec!["/bin/sh".into(), "-c".into()], wanted.command.clone()].concat()
    } else {
        wanted.command.clone()
    };
    let report = match &wanted.workshop {
        Some(name) => in_workshop(context, backend.as_ref(), &snapshot, name, &run, output)?,
        None => in_court(context, backend.as_ref(), &snapshot, adapter, &run)?,
    };
    output.raw(&report.stdout);
    if !report.stderr.is_empty() {
        output.note(String::from_utf8_lossy(&report.stderr).trim_end());
    }
    Ok(match report.ended {
        Ended::Exit(code) => u8::try_from(code & 0xff).unwrap_or(1),
        Ended::Signal(signal) => u8::try_from(128 + signal).unwrap_or(255),
        Ended::Interrupted => 130,
        other => {
            output.note(format!("kaizen: the command did not end by itself: {other:?}"));
            1
        }
    })
}

/// With the services and ways of a trial.
fn in_court(
    context: &Context,
    backend: &dyn Backend,
    snapshot: &Snapshot,
    adapter: &'static dyn Adapter,
    run: &RunSpec,
) -> Result<RunReport, EngineError> {
    let mut court = Court::open(context, backend, snapshot, adapter, Suite::Visible)?;
    let argv = start::before(&context.config.grants.start, run.argv.clone());
    let report = court.command(&RunSpec { argv, ..run.clone() })?;
    court.close()?;
    Ok(report)
}

/// With what the named program was granted; without a name, with nothing.
fn in_workshop(
    context: &Context,
    backend: &dyn Backend,
    snapshot: &Snapshot,
    name: &str,
    run: &RunSpec,
    output: &Output,
) -> Result<RunReport, EngineError> {
    let declared = &context.config.propose.command;
    let grants = match declared.get(name) {
        Some(proposer) => proposer.grants.clone(),
        None if name.is_empty() => WorkshopGrants::default(),
        None => {
            let known = declared.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let hint = if known.is_empty() { "none is declared".to_owned() } else { format!("declared are: {known}") };
            return Err(EngineError::usage(format!("there is no [propose.command.{name}]"), hint));
        }
    };
    let mut workshop = Workshop::open(context, backend, snapshot, &grants)?;
    let report = workshop.run(run)?;
    let account = workshop.account();
    workshop.close()?;
    if !account.is_empty() {
        output.note(account);
    }
    Ok(report)
}
