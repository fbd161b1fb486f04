//! The commands: one file each and one line in [`run`].

mod approve;
mod backup;
mod budget;
mod check;
mod completions;
mod config;
mod demo;
mod diff;
mod doctor;
mod explain;
mod export;
mod find;
mod forget;
mod gc;
mod improve;
mod init;
mod key;
mod log;
mod man;
mod measure;
mod models;
mod projects;
mod purge;
mod record;
mod replay;
mod report;
mod restore;
mod sandbox;
mod schema;
mod serve;
mod show;
mod status;
mod stop;
mod study;
mod time;
mod trust;
mod undo;
mod versions;
mod weaknesses;

use crate::args::{Arguments, Command};
use crate::machine::surroundings;
use crate::output::Output;
use kaizen_engine::error::EngineError;

/// Runs the command; the exit code.
pub async fn run(arguments: &Arguments, output: &Output) -> Result<u8, EngineError> {
    match &arguments.command {
        Some(Command::Schema(wanted)) => return schema::run(output, wanted),
        Some(Command::Completions(wanted)) => return completions::run(output, wanted),
        Some(Command::Man(wanted)) => return man::run(output, wanted),
        _ => {}
    }
    let here = surroundings(arguments)?;
    match &arguments.command {
        None | Some(Command::Status) => status::run(&here, output).await,
        Some(Command::Init(wanted)) => init::run(&here, output, wanted).await,
        Some(Command::Doctor(wanted)) => doctor::run(&here, output, wanted).await,
        Some(Command::Improve(wanted)) => improve::run(&here, output, wanted).await,
        Some(Command::Check(wanted)) => check::run(&here, output, wanted).await,
        Some(Command::Demo(wanted)) => demo::run(&here, output, wanted).await,
        Some(Command::Measure(wanted)) => measure::run(&here, output, wanted).await,
        Some(Command::Sandbox(wanted)) => sandbox::run(&here, output, wanted).await,
        Some(Command::Trust(wanted)) => trust::run(&here, output, wanted).await,
        Some(Command::Weaknesses(wanted)) => weaknesses::run(&here, output, wanted).await,
        Some(Command::Log(wanted)) => log::run(&here, output, wanted).await,
        Some(Command::Show(wanted)) => show::run(&here, output, wanted).await,
        Some(Command::Explain(wanted)) => explain::run(&here, output, wanted).await,
        Some(Command::Study(wanted)) => study::run(&here, output, wanted).await,
        Some(Command::Replay(wanted)) => replay::run(&here, output, wanted).await,
        Some(Command::Versions(wanted)) => versions::run(&here, output, wanted).await,
        Some(Command::Diff(wanted)) => diff::run(&here, output, wanted).await,
        Some(Command::Undo(wanted)) => undo::newest(&here, output, wanted).await,
        Some(Command::Rollback(wanted)) => undo::rollback(&here, output, wanted).await,
        Some(Command::Approve(wanted)) => approve::approve(&here, output, wanted).await,
        Some(Command::Decline(wanted)) => approve::decline(&here, output, wanted).await,
        Some(Command::Serve(wanted)) => serve::run(&here, output, wanted).await,
        Some(Command::Record(wanted)) => record::run(&here, output, wanted).await,
        Some(Command::Forget(wanted)) => forget::run(&here, output, wanted).await,
        Some(Command::Budget(wanted)) => budget::run(&here, output, wanted).await,
        Some(Command::Key(wanted)) => key::run(&here, output, wanted).await,
        Some(Command::Config(wanted)) => config::run(&here, output, wanted).await,
        Some(Command::Models(wanted)) => models::run(&here, output, wanted).await,
        Some(Command::Stop(wanted)) => stop::run(&here, output, wanted).await,
        Some(Command::Backup(wanted)) => backup::run(&here, output, wanted).await,
        Some(Command::Restore(wanted)) => restore::run(&here, output, wanted).await,
        Some(Command::Export(wanted)) => export::run(&here, output, wanted).await,
        Some(Command::Purge(wanted)) => purge::run(&here, output, wanted).await,
        Some(Command::Gc(wanted)) => gc::run(&here, output, wanted),
        // Answered above: they need no machine.
        Some(Command::Schema(_) | Command::Completions(_) | Command::Man(_)) => Ok(0),
    }
}
