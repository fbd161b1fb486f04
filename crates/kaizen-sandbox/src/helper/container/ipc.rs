//! What lies in shared memory and queues ends with the run, as in the tiers that have an ipc namespace for each.

use crate::sys::{self, SystemV};
use std::fs;
use std::io;

const TABLES: [(SystemV, &str); 3] =
    [(SystemV::Memory, "/proc/sysvipc/shm"), (SystemV::Semaphores, "/proc/sysvipc/sem"), (SystemV::Queue, "/proc/sysvipc/msg")];

/// Removes every object of this ipc namespace. No candidate is alive.
pub(super) fn clear() -> io::Result<()> {
    for (kind, table) in TABLES {
        for id in ids(&present(fs::read_to_string(table))?.unwrap_or_default()) {
            sys::remove_system_v(kind, id)?;
        }
    }
    let Some(queues) = present(fs::read_dir("/dev/mqueue"))? else { return Ok(()) };
    queues.into_iter().try_for_each(|queue| fs::remove_file(queue?.path()))
}

/// Kernels and tools may be without.
fn present<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// The second column, below a line of titles.
fn ids(table: &str) -> Vec<i32> {
    table.lines().skip(1).filter_map(|line| line.split_ascii_whitespace().nth(1)?.parse().ok()).collect()
}
