//! Names of jails' cgroups, and the removal of those whose holder was killed before it could.

use super::super::processes::{is_gone, signal};
use super::directory::Directory;
use nix::errno::Errno;
use nix::sys::signal::Signal;
use std::fs;
use std::io;
use std::path::Path;

/// The name of a holder's cgroup; `number` tells it from leftovers of an earlier process with the same id.
pub(super) fn name(holder: u32, number: u32) -> String {
    format!("kaizen-{holder}-{number}")
}

/// The holder a name speaks of; `None` for a name that is not ours.
fn holder(name: &str) -> Option<i32> {
    let (holder, number) = name.strip_prefix("kaizen-")?.split_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(holder) && digits(number)).then(|| holder.parse().ok())?.filter(|pid| *pid > 0)
}

/// Removes what dead holders left below `parent`, with the processes still in it. What cannot be removed now is tried again at the
/// next opening; it caps nobody.
pub(super) fn sweep(parent: &Path, opened: &Directory) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let name = entry?.file_name();
        let Some(name) = name.to_str() else { continue };
        if holder(name).is_some_and(is_gone) {
            remove(opened, name).or_else(pass_over)?;
        }
    }
    Ok(())
}

fn remove(parent: &Directory, name: &str) -> io::Result<()> {
    let group = parent.below(name)?;
    group.hold()?;
    for pid in members(&group)? {
        end(pid)?;
    }
    parent.remove_unused(name)
}

/// Another opening removed it meanwhile, its holder lives in another pid namespace, its processes are about to end, or it is not ours.
fn pass_over(error: io::Error) -> io::Result<()> {
    match error.raw_os_error().map(Errno::from_raw) {
        // Held by another process, which comes without a number.
        None if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        Some(Errno::EAGAIN | Errno::ENOENT | Errno::ENODEV | Errno::EBUSY | Errno::EACCES | Errno::EPERM) => Ok(()),
        _ => Err(error),
    }
}

/// The processes in a cgroup; one that is out of our view counts as 0.
pub(super) fn members(group: &Directory) -> io::Result<Vec<i32>> {
    Ok(group.read("cgroup.procs")?.lines().filter_map(|line| line.parse().ok()).collect())
}

/// Kills a member; 0 would mean ourselves.
pub(super) fn end(pid: i32) -> io::Result<()> {
    if pid > 0 { Ok(signal(pid, Signal::SIGKILL)?) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_names_speak_of_a_holder() {
        assert_eq!(holder(&name(4711, 0)), Some(4711));
        assert_eq!(holder("kaizen-4711-12"), Some(4711));
        for foreign in
            ["kaizen", "kaizen-1", "kaizen--1", "kaizen-1-", "kaizen-a-1", "kaizen-+1-1", "kaizen-0-1", "kaizen-1-1.scope", "x-kaizen-1-1"]
        {
            assert_eq!(holder(foreign), None, "{foreign}");
        }
    }
}
