//! How much memory the processes of a run hold, read from `/proc`.

use super::supervise::Scope;
use crate::policy::Limits;
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

/// Whether the calling warden's run holds more memory than `limit`. Pages that processes share are counted once, but finding that out
/// is dear, so it is only done when the cheap count, which counts them for each, is above the limit.
pub(super) fn exceeds(scope: Scope, limit: u64) -> io::Result<bool> {
    let own = std::process::id().cast_signed();
    let (pids, segments) = match scope {
        Scope::PidNamespace => (pids()?.into_iter().filter(|pid| *pid != own).collect(), system_v_segments()?),
        Scope::Descendants => (descendants_of(own)?, 0),
        Scope::Container => (descendants_of(own)?, system_v_segments()?),
    };
    let sum = |of: fn(i32) -> u64| pids.iter().map(|pid| of(*pid)).fold(segments, u64::saturating_add);
    Ok(sum(resident) > limit && sum(proportional) > limit)
}

/// The processes below `ancestor`, nearest first.
pub(super) fn descendants_of(ancestor: i32) -> io::Result<Vec<i32>> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for process in processes()? {
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
    for process in processes()? {
        // A process that ended meanwhile has no threads.
        if fs::metadata(format!("/proc/{}", process.pid)).is_ok_and(|entry| entry.uid() == user) {
            threads += process.threads;
        }
    }
    Ok(threads)
}

fn pids() -> io::Result<Vec<i32>> {
    let mut pids = Vec::new();
    for entry in fs::read_dir("/proc")? {
        if let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) {
            pids.push(pid);
        }
    }
    Ok(pids)
}

fn processes() -> io::Result<Vec<Process>> {
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

/// Bytes a process holds beyond the files it maps; nothing when it has ended meanwhile.
fn resident(pid: i32) -> u64 {
    fs::read(format!("/proc/{pid}/status")).map_or(0, |status| total(&status, [b"RssAnon:", b"RssShmem:"]))
}

/// As `resident`, with pages shared by n processes counted as the n-th part; the same as `resident` where we may not look.
fn proportional(pid: i32) -> u64 {
    fs::read(format!("/proc/{pid}/smaps_rollup")).map_or_else(|_| resident(pid), |rollup| total(&rollup, [b"Pss_Anon:", b"Pss_Shmem:"]))
}

fn total(table: &[u8], names: [&[u8]; 2]) -> u64 {
    let lines = table.split(|byte| *byte == b'\n').filter(|line| names.iter().any(|name| line.starts_with(name)));
    lines.filter_map(kibibytes).sum::<u64>() * 1024
}

fn kibibytes(line: &[u8]) -> Option<u64> {
    std::str::from_utf8(line).ok()?.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// Resident bytes of System V shared memory of this ipc namespace, which needs no process to exist.
fn system_v_segments() -> io::Result<u64> {
    let table = match fs::read_to_string("/proc/sysvipc/shm") {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        other => other?,
    };
    let mut lines = table.lines();
    let column = lines.next().and_then(|header| header.split_ascii_whitespace().position(|name| name == "rss"));
    let Some(column) = column else { return Ok(0) };
    Ok(lines.filter_map(|line| line.split_ascii_whitespace().nth(column)?.parse::<u64>().ok()).sum())
}
