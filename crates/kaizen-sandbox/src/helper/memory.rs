//! How much memory the processes of a run hold, read from `/proc`.

use super::processes::{descendants_of, pids};
use super::supervise::Scope;
use std::fs;
use std::io;

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
