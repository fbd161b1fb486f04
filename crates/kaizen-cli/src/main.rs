//! The `kaizen` binary: reads the command line and the environment, wires the engine up, prints.

mod args;
mod clean;
mod command;
mod complete;
mod machine;
mod output;
mod refused;
mod render;
mod secrets;
mod signals;
mod wire;

use clap::Parser;
use kaizen_engine::error::EngineError;
use std::process::ExitCode;

/// Calls allocate many small pieces on one thread and free them on another: decision 0018.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What the sandbox starts the executable with; never typed by a person.
const JAIL_ARGUMENT: &str = "__jail";

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|first| first == JAIL_ARGUMENT) {
        kaizen_sandbox::helper::helper_main();
    }
    complete::answer();
    let arguments = match args::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refused::refused(&error),
    };
    let output = output::Output::of(&arguments);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output.failure(&EngineError::environment(error.to_string(), "the system refused threads: raise its limits")),
    };
    match runtime.block_on(command::run(&arguments, &output)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => output.failure(&error),
    }
}
