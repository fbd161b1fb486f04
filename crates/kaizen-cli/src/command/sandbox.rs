//! `kaizen sandbox`

use crate::args;
use crate::machine::Surroundings;
use crate::output::Output;
use crate::wire::{Wanted, wire};
use kaizen_engine::error::EngineError;
use kaizen_engine::foundation::Foundation;
use kaizen_engine::improve::choose_backend;
use kaizen_engine::session::adapter_of;
use kaizen_engine::trial::judge::{jail_spec, memory_upper, shell};
use kaizen_engine::trial::layer;
use kaizen_engine::trial::snapshot::Snapshot;
use kaizen_sandbox::run::Ended;

/// Runs a command as a trial (or a proposer) would see the world; its exit code, or 128 + signal.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Sandbox) -> Result<u8, EngineError> {
    let wired = wire(here, output, Wanted::default()).await?;
    let context = &wired.context;
    let backend = choose_backend(context)?;
    let foundation = Foundation::read(context)?;
    let adapter = adapter_of(context)?;
    let mut snapshot = Snapshot::take(context, &foundation.measured, &foundation.head, adapter)?;
    layer::build(context, backend.as_ref(), &mut snapshot, adapter)?;
    let mut spec = jail_spec(context, &snapshot, snapshot.layers(false), memory_upper(context), []);
    if wanted.workshop {
        spec.read_only = vec![".git".into()];
    }
    let mut jail = backend.open(&spec, context.interrupt.clone())?;
    let mut run = shell("", context.config.benchmark.timeout.0);
    run.argv = if wanted.command.len() == 1 {
        [vec!["/bin/sh".into(), "-c".into()], wanted.command.clone()].concat()
    } else {
        wanted.command.clone()
    };
    let report = jail.run(&run)?;
    jail.close()?;
    output.raw(&report.stdout);
    output.note(String::from_utf8_lossy(&report.stderr).trim_end());
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
