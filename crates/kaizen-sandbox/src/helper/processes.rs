//! Which processes there are, read from `/proc`: those below one, those of a user; and their end, for whoever has no better handle.

use crate::policy::Limits;
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;

/// One process as `/proc/<pid>/stat` tells it.
struct Process {
    pid: i32,
    parent: i32,
    threads: u64,
}

/// The processes below `ancestor`, nearest first.
pub(super) fn descendants_of(ancestor: i32) -> io::Result<Vec<i32>> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for process in all()? {
        children.entry(process.parent).or_default().push(process.pid);
    }
    let (mut found, mut next) = (Vec::new(), vec![ancestor]);
    let mut seen = BTreeSet::from([ancestor]);
    while let Some(parent) = next.pop() {
        for child in children.get(&parent).into_iter().flatten() {
            if seen.insert(*child) {
                found.push(*child);
                next.push(*child);
            }
        }
    }
    Ok(found)
}

/// The limits with room for what the kernel counts in although it is not of this jail: all processes of the same user, unless a user
/// namespace sets the jail's apart.
pub(super) fn with_others(limits: Limits, user: u32, counted_alone: bool) -> io::Result<Limits> {
    let others = if counted_alone { 0 } else { threads_of(user)? };
    Ok(Limits { processes: limits.processes.saturating_add(others), ..limits })
}

fn threads_of(user: u32) -> io::Result<u64> {
    let mut threads = 0;
    for process in all()? {
        // A process that ended meanwhile has no threads.
        if fs::metadata(format!("/proc/{}", process.pid)).is_ok_and(|entry| entry.uid() == user) {
            threads += process.threads;
        }
    }
    Ok(threads)
}

/// Their numbers.
pub(super) fn pids() -> io::Result<Vec<i32>> {
    let mut pids = Vec::new();
    for entry in fs::read_dir("/proc")? {
        if let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) {
            pids.push(pid);
        }
    }
    Ok(pids)
}

fn all() -> io::Result<Vec<Process>> {
    Ok(pids()?.into_iter().filter_map(process).collect())
}

/// `None` when the process has ended meanwhile.
fn process(pid: i32) -> Option<Process> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything, including parentheses.
    let after_name = stat.iter().rposition(|byte| *byte == b')')? + 1;
    let fields: Vec<&str> = std::str::from_utf8(&stat[after_name..]).ok()?.split_ascii_whitespace().collect();
    Some(Process { pid, parent: fields.get(1)?.parse().ok()?, threads: fields.get(17)?.parse().ok()? })
}

/// Whether there is no process of this number, in this process namespace.
pub(super) fn is_gone(pid: i32) -> bool {
    kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH)
}

/// Signals a process; one that is gone needs none.
pub(super) fn signal(pid: i32, signal: Signal) -> Result<(), Errno> {
    match kill(Pid::from_raw(pid), signal) {
        Err(Errno::ESRCH) => Ok(()),
        other => other,
    }
}
