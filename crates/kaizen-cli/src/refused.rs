//! A command line that cannot be understood: told like every other error, with a hint, and as an object where JSON was asked for.

use crate::args::Arguments;
use crate::output::Output;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use std::ffi::OsString;
use std::process::ExitCode;

/// What clap says at the end, which our hint replaces.
const FAREWELL: &str = "For more information, try";

/// Prints help where that is asked for, else what is wrong; the exit code.
pub fn refused(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        error.exit();
    }
    let words: Vec<OsString> = std::env::args_os().skip(1).take_while(|word| word != "--").collect();
    let told = match error.kind() {
        // The whole help, which the hint tells how to get.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => format!("`kaizen {}` needs more", command(&words).trim()),
        _ => error.render().to_string(),
    };
    let lines = told.lines().filter(|line| !line.starts_with(FAREWELL));
    let message = lines.collect::<Vec<_>>().join("\n");
    let message = message.trim().trim_start_matches("error: ");
    let json = words.iter().any(|word| word == "--json");
    // A line with nothing but what every command takes is always understood.
    let Ok(plain) = Arguments::try_parse_from(if json { &["kaizen", "--json"][..] } else { &["kaizen"] }) else { return ExitCode::from(2) };
    let short = message.lines().take_while(|line| !line.starts_with("Usage:")).map(str::trim).filter(|line| !line.is_empty());
    let message = if json { short.collect::<Vec<_>>().join("; ") } else { format!("{message}\n") };
    Output::of(&plain).failed(&message, &format!("kaizen {}--help", command(&words)), 2)
}

/// The command that was meant, with a space after it.
fn command(words: &[OsString]) -> String {
    let mut level = Arguments::command();
    let mut path = String::new();
    for word in words.iter().filter_map(|word| word.to_str()) {
        let Some(below) = level.find_subcommand(word).cloned() else { continue };
        path += &format!("{word} ");
        level = below;
    }
    path
}
