//! Containers whose holder was killed. They end by themselves when their line closes; this clears away what a tool could not.

use super::super::processes::{is_gone, pids, signal};
use super::super::{copy, failed};
use super::tool::{LABEL, REMOVAL, Tool, end, namespace, quiet};
use crate::error::SandboxError;
use crate::tool::PODMAN;
use nix::sys::signal::Signal;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Stdio;

/// Removes the containers and rooms of dead holders. A tool that does not work says so when it is used.
pub(super) fn sweep(scratch: &Path, tools: &[Tool]) -> Result<(), SandboxError> {
    for tool in tools {
        if tool.is_docker() { labelled(tool, scratch) } else { rooms(tool, scratch) }.map_err(failed("remove leftover containers"))?;
    }
    Ok(())
}

/// Rooms with a state of Podman's.
fn rooms(tool: &Tool, scratch: &Path) -> io::Result<()> {
    let mut dead = Vec::new();
    for entry in fs::read_dir(scratch)? {
        let path = entry?.path();
        let holder = path.file_name().and_then(|name| name.to_str()?.strip_prefix("room-")?.parse().ok());
        if holder.is_some_and(is_gone) && path.join(PODMAN).is_dir() {
            dead.push(path);
        }
    }
    dead.into_iter().try_for_each(|room| one(tool, &room))
}

fn one(tool: &Tool, room: &Path) -> io::Result<()> {
    // One that still clears away after its holder would wait for ever for what is removed here.
    let removed = end(&mut quiet(tool.command(room).args(["rm", "--force", "--all"])).spawn()?, REMOVAL);
    end_commands(&room.join(PODMAN))?;
    removed?;
    match copy::remove(room) {
        // Another opening removes it as well, or the tool is still at it: the next opening looks again.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) => Ok(()),
        other => other,
    }
}

/// Ends the processes that were told of a state of the tool's.
fn end_commands(state: &Path) -> io::Result<()> {
    let state = state.as_os_str().as_bytes();
    for pid in pids()? {
        // One that has ended meanwhile has no command line.
        let is_told = |line: Vec<u8>| line.split(|byte| *byte == 0).any(|word| word.starts_with(state));
        if fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(is_told) {
            signal(pid, Signal::SIGKILL)?;
        }
    }
    Ok(())
}

/// Docker's containers with our label, of holders in this process namespace.
fn labelled(tool: &Tool, scratch: &Path) -> io::Result<()> {
    let format = format!("{{{{.ID}}}} {{{{.Label \"{LABEL}\"}}}}");
    let mut list = tool.command(scratch);
    let listed =
        quiet(list.args(["ps", "--all", "--filter", &format!("label={LABEL}"), "--format", &format])).stdout(Stdio::piped()).output()?;
    let here = format!("{}-", namespace()?);
    for line in String::from_utf8_lossy(&listed.stdout).lines() {
        let Some((id, holder)) = line.split_once(' ') else { continue };
        if holder.strip_prefix(&here).and_then(|pid| pid.parse().ok()).is_some_and(is_gone) {
            tool.remove(scratch, id)?;
        }
    }
    Ok(())
}
