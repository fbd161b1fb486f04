//! `kaizen completions`

use crate::args::{self, Arguments};
use crate::complete;
use crate::output::Output;
use clap::CommandFactory;
use kaizen_engine::error::EngineError;

/// Prints the completions for a shell: a script that asks this program, or with `--static` one that knows the commands alone.
pub fn run(output: &Output, wanted: &args::Completions) -> Result<u8, EngineError> {
    let mut bytes = Vec::new();
    if wanted.fixed {
        clap_complete::generate(wanted.shell, &mut Arguments::command(), "kaizen", &mut bytes);
    } else {
        let unsaid = |error: std::io::Error| EngineError::environment(error.to_string(), "kaizen completions --static SHELL needs less");
        let program = std::env::current_exe().map_err(unsaid)?;
        bytes = complete::script(&wanted.shell.to_string(), &program.to_string_lossy()).map_err(unsaid)?;
    }
    output.raw(&bytes);
    Ok(0)
}
