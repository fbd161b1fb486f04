//! The kernel's own caps on memory and processes: one cgroup per jail, beside or below the one of this process, on plain files.
//!
//! Only candidates are in it, never the warden, so that what the kernel ends for want of memory is always the candidate. Files of a
//! workspace in memory are charged to whoever wrote them: the cap is the memory limit and what the workspace may hold, together.
//! It is made before the holder leaves the host's files and kept as open directories. Not here: CPU and disk bandwidth.

mod directory;
mod given;
mod group;
mod leftover;
mod table;

pub(super) use given::Given;
pub(super) use group::Group;

use super::warden::MEMORY_POLL;
use crate::backend::Tier;
use crate::caps::{CapKind, Caps};
use crate::error::SandboxError;
use crate::policy::{JailSpec, Upper};
use crate::sys::Fork;
use std::fs;
use std::io;
use std::os::fd::RawFd;
use std::path::{Path, PathBuf};

/// What candidates are counted in, for those who start and watch them.
pub(super) trait Counted {
    /// Forks a child that is inside, or that gets in with `enter`.
    fn fork(&self) -> io::Result<Fork>;
    /// Moves this single-threaded process in, unless `fork` has.
    fn enter(&self) -> io::Result<()>;
    /// How many processes of the jail the kernel has ended for want of memory so far.
    fn kills(&self) -> io::Result<u64>;
    /// Kills everything inside at once, where the kernel can.
    fn kill(&self) -> io::Result<()>;
    /// Until no process is inside, where this process can tell.
    fn empty(&self) -> Result<(), SandboxError>;
    /// What the warden keeps open, and what it needs until the candidate is started.
    fn descriptors(&self) -> (RawFd, Vec<RawFd>);
}

/// The candidates' side of a jail's cgroups.
pub(super) fn counted(group: &Group) -> &dyn Counted {
    group
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// Where a jail's cgroups can hang.
struct Place {
    version: Version,
    memory: PathBuf,
    /// A hierarchy of its own, in version 1.
    pids: Option<PathBuf>,
}

/// What the cgroups of one jail cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cap {
    /// Bytes.
    memory: u64,
    processes: u64,
}

impl Cap {
    fn of(spec: &JailSpec, tier: Tier) -> Self {
        let files = match spec.upper {
            Upper::Memory { bytes, .. } if tier == Tier::Namespaces => bytes,
            _ => 0,
        };
        Self { memory: spec.limits.memory.saturating_add(files), processes: spec.limits.processes }
    }
}

/// The cgroups of a jail where this process may make some, and in either case what its caps are.
pub(super) fn open(spec: &JailSpec, tier: Tier) -> (Option<Group>, Caps) {
    match find(Cap::of(spec, tier)) {
        Ok((group, caps)) => (Some(group), caps),
        Err(why) => {
            let detail =
                format!("memory is counted every {MEMORY_POLL} ms and a burst in between gets through, since there is no cgroup: {why}");
            (None, Caps { kind: CapKind::Polled, detail })
        }
    }
}

fn find(cap: Cap) -> Result<(Group, Caps), String> {
    let table = |path: &str| fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    let own = table::own(&table("/proc/self/cgroup")?, &table("/proc/self/mountinfo")?);
    first(unified(own.unified.as_deref()), cap)
        .or_else(|two| first(legacy(own.memory, own.pids), cap).map_err(|one| format!("version 2: {two}; version 1: {one}")))
}

/// The first place at which cgroups can be made, else why each of them refuses.
fn first(places: Result<Vec<Place>, String>, cap: Cap) -> Result<(Group, Caps), String> {
    let mut refusals = Vec::new();
    for place in places? {
        match Group::make(&place, cap) {
            Ok(made) => return Ok(made),
            Err(error) => refusals.push(format!("{}: {error}", place.memory.display())),
        }
    }
    Err(refusals.join(", "))
}

/// A cgroup of version 2 that holds processes cannot have children with limits, unless it is the root. So ours hangs below our own
/// where that is possible, else beside it.
fn unified(own: Option<&Path>) -> Result<Vec<Place>, String> {
    let own = own.ok_or("not mounted")?;
    let offered = fs::read_to_string(own.join("cgroup.controllers")).map_err(|error| format!("{}: {error}", own.display()))?;
    if !lists(&offered, "memory") {
        return Err(format!("{} has no memory controller", own.display()));
    }
    let place = |memory: &Path| Place { version: Version::Two, memory: memory.to_owned(), pids: None };
    let mut places = Vec::new();
    let passed_on = pass_on(own, &offered);
    if passed_on.is_ok() {
        places.push(place(own));
    }
    // The top of the mount has no cgroup above it.
    if let Some(above) = own.parent().filter(|above| above.join("cgroup.subtree_control").exists()) {
        places.push(place(above));
    }
    match passed_on {
        Err(error) if places.is_empty() => Err(format!("{} cannot pass its controllers on: {error}", own.display())),
        _ => Ok(places),
    }
}

/// Makes the controllers available to the cgroups below `own`.
fn pass_on(own: &Path, offered: &str) -> io::Result<()> {
    let control = own.join("cgroup.subtree_control");
    let passed = fs::read_to_string(&control)?;
    let missing: Vec<String> = ["memory", "pids"]
        .into_iter()
        .filter(|name| lists(offered, name) && !lists(&passed, name))
        .map(|name| format!("+{name}"))
        .collect();
    if missing.is_empty() { Ok(()) } else { fs::write(control, missing.join(" ")) }
}

fn legacy(memory: Option<PathBuf>, pids: Option<PathBuf>) -> Result<Vec<Place>, String> {
    let memory = memory.ok_or("no memory controller")?;
    Ok(vec![Place { version: Version::One, memory, pids }])
}

fn lists(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|listed| listed == word)
}
