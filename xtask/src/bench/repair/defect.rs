//! Defects as a tool makes them, and whether a package's tests see one.

use super::environment::Environment;
use super::package::Prepared;
use serde::Deserialize;
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a suite may take with a defect in it.
const PATIENCE: Duration = Duration::from_secs(20);

/// One line that is wrong.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Defect {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) operator: String,
    pub(super) right: String,
    pub(super) wrong: String,
    /// The whole file.
    pub(super) text: String,
}

impl Defect {
    /// Puts it into the room's project, and the room's project is otherwise as published.
    pub(super) fn put(&self, prepared: &Prepared) -> Result<(), String> {
        prepared.room.write(&self.file, self.text.as_bytes())
    }

    /// Puts the published file back.
    pub(super) fn take_back(&self, prepared: &Prepared) -> Result<(), String> {
        let path = prepared.published().join(&self.file);
        let text = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        prepared.room.write(&self.file, &text)
    }
}

/// The tool's defects, made as they are asked for.
pub(super) struct Listed {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Listed {
    /// The next one; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Defect>, String> {
        let Some(line) = self.lines.next() else {
            let status = self.child.wait().map_err(|error| format!("the mutation tool: {error}"))?;
            return if status.success() { Ok(None) } else { Err(format!("the mutation tool ended with {status}")) };
        };
        let line = line.map_err(|error| format!("the mutation tool: {error}"))?;
        serde_json::from_str(&line).map(Some).map_err(|error| format!("not a defect: {error}: {line}"))
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Starts a tool on the published sources.
pub(super) fn listed(tool: &str, environment: &Environment, prepared: &Prepared) -> Result<Listed, String> {
    let mut command = Command::new(environment.python());
    command.arg(environment.script("defects.py")).arg(tool).arg(prepared.published()).args(prepared.package.files);
    let failed = |error: std::io::Error| format!("the mutation tool could not be started: {error}");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    let output = child.stdout.take().ok_or("the mutation tool says nothing")?;
    Ok(Listed { child, lines: BufReader::new(output).lines() })
}

/// What the package's tests say of a defect.
pub(super) enum Caught {
    Yes,
    No,
    /// With it they do not end; a benchmark that hangs is no baseline.
    Hangs,
}

/// Runs the tests with the defect, and takes it back.
pub(super) fn caught(prepared: &Prepared, defect: &Defect) -> Result<Caught, String> {
    defect.put(prepared)?;
    let mut command = Command::new(prepared.python());
    command.args(&prepared.command(&["-x"])[1..]).current_dir(prepared.room.project()).env("PYTHONDONTWRITEBYTECODE", "1");
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(|error| format!("pytest: {error}"))?;
    let begun = Instant::now();
    let caught = loop {
        match child.try_wait().map_err(|error| format!("pytest: {error}"))? {
            Some(status) => break if status.success() { Caught::No } else { Caught::Yes },
            None if begun.elapsed() > PATIENCE => {
                child.kill().and_then(|()| child.wait()).map_err(|error| format!("pytest: {error}"))?;
                break Caught::Hangs;
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    defect.take_back(prepared)?;
    Ok(caught)
}
