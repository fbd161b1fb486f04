//! One step of a longer task: a heading, a program whose output is shown as it comes, the time it took.

use crate::Outcome;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Runs `work` under a heading and says how long it took.
pub(crate) fn step<T>(title: &str, work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    println!("\n== {title}");
    let begun = Instant::now();
    let result = work();
    let seconds = begun.elapsed().as_secs_f64();
    match &result {
        Ok(_) => println!("== {title}: ok, {seconds:.1} s"),
        Err(_) => println!("== {title}: FAILED after {seconds:.1} s"),
    }
    result
}

/// `cargo` with these arguments in the root; `hint` is what to do when it fails.
pub(crate) fn cargo(root: &Path, arguments: &[&str], hint: &str) -> Outcome {
    ends_well(command(root, arguments), arguments, hint)
}

/// Like [`cargo`], with one variable more in its environment.
pub(crate) fn cargo_with(root: &Path, arguments: &[&str], (name, value): (&str, &str), hint: &str) -> Outcome {
    let mut command = command(root, arguments);
    command.env(name, value);
    ends_well(command, arguments, hint)
}

fn ends_well(mut command: Command, arguments: &[&str], hint: &str) -> Outcome {
    let status = command.status().map_err(|error| format!("cargo could not be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("cargo {} failed\nhint: {hint}", arguments.join(" "))) }
}

/// Like [`cargo`], and hands every line of output to `watch` as well as to the terminal. Answers whether it ended well.
pub(crate) fn cargo_watched(root: &Path, arguments: &[&str], mut watch: impl FnMut(&str)) -> Result<bool, String> {
    let (reader, writer) = std::io::pipe().map_err(|error| format!("no pipe: {error}"))?;
    let mut command = command(root, arguments);
    command.stderr(writer.try_clone().map_err(|error| format!("no pipe: {error}"))?).stdout(writer);
    let mut child = command.spawn().map_err(|error| format!("cargo could not be started: {error}"))?;
    // The command holds the pipe's writing ends: while it lives, the pipe never ends.
    drop(command);
    for line in BufReader::new(reader).split(b'\n') {
        let line = line.map_err(|error| format!("cargo's output could not be read: {error}"))?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        watch(&plain(&line));
    }
    std::io::stdout().flush().map_err(|error| format!("standard output: {error}"))?;
    let status = child.wait().map_err(|error| format!("cargo could not be waited for: {error}"))?;
    Ok(status.success())
}

fn command(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root).stdin(Stdio::null());
    command.env("CARGO_TERM_COLOR", if std::io::stdout().is_terminal() { "always" } else { "never" });
    command
}

/// A line without the terminal's colour sequences.
fn plain(line: &str) -> String {
    let mut parts = line.split("\x1b[");
    let mut text = parts.next().unwrap_or_default().to_string();
    for part in parts {
        text.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out_of_a_line() {
        assert_eq!(plain("\x1b[32;1m     Summary\x1b[0m [   0.1s] \x1b[1m2\x1b[0m passed"), "     Summary [   0.1s] 2 passed");
        assert_eq!(plain("no colour"), "no colour");
    }

    #[test]
    fn a_failing_step_fails() {
        assert_eq!(step("a test's step", || Err::<(), _>("broken".to_string())), Err("broken".to_string()));
    }
}
