//! Whether anything outlives its jail: mounts, processes, cgroups, files. One trace is a failure.
//!
//! Jails of other programs may come and go meanwhile: only what is new, stays, and belongs to no living holder counts.

use super::speed::{scratch, speed, tiers};
use crate::bench::room::{Room, what_stays};
use crate::bench::table::Table;
use crate::bench::wish::Wish;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const MOUNTS: &str = "/proc/self/mountinfo";
const CGROUPS: &str = "/sys/fs/cgroup";
const OURS: &str = "kaizen-";

/// Runs that litter, start daemons or are ended by their time limit, in jails that are closed, reset or dropped.
pub(super) fn measure(room: &Room, wish: &Wish, table: &mut Table) -> Result<(), String> {
    let scratch = scratch(room)?;
    let found = tiers(room)?;
    let mut traces = Vec::new();
    for tier in &found.tiers {
        let before = look(room, &scratch)?;
        let said = speed(room, &["traces", &wish.times.to_string(), tier])?;
        if said.count("run") != wish.times as usize {
            return Err(format!("{tier}: {} runs instead of {}", said.count("run"), wish.times));
        }
        let mut left = what_stays(|| Ok(look(room, &scratch)?.difference(&before).cloned().collect()))?;
        left.extend(said.left);
        table.none(&format!("{tier}: mounts, processes, cgroups, files left by {} runs", wish.times), left.len());
        traces.extend(left.into_iter().map(|what| format!("{tier}: {what}")));
    }
    if traces.is_empty() { Ok(()) } else { Err(format!("left behind\n{}", traces.join("\n"))) }
}

/// Everything on this machine that a jail could leave.
fn look(room: &Room, scratch: &Path) -> Result<BTreeSet<String>, String> {
    let mounts = std::fs::read_to_string(MOUNTS).map_err(|error| format!("{MOUNTS}: {error}"))?;
    let mut found: BTreeSet<String> = mounts.lines().map(|line| format!("mount {line}")).collect();
    found.extend(room.processes()?);
    let mut cgroups = Vec::new();
    directories_of_ours(Path::new(CGROUPS), &mut cgroups);
    found.extend(cgroups.iter().filter(|path| !has_holder(path)).map(|path| format!("cgroup {}", path.display())));
    files(scratch, &mut found)?;
    Ok(found)
}

/// Every cgroup that is named as ours are. One that goes while it is looked at is none, and where there are none there is no directory.
fn directories_of_ours(below: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(below) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        directories_of_ours(&entry.path(), found);
        if entry.file_name().to_string_lossy().starts_with(OURS) {
            found.push(entry.path());
        }
    }
}

/// Whether the process that a cgroup is named for, as in `kaizen-4711-2`, lives: then it is another program's, and in use.
fn has_holder(path: &Path) -> bool {
    holder(&path.file_name().unwrap_or_default().to_string_lossy()).is_some_and(|pid| Path::new("/proc").join(pid.to_string()).exists())
}

fn holder(name: &str) -> Option<u32> {
    name.strip_prefix(OURS)?.split('-').next()?.parse().ok()
}

fn files(below: &Path, found: &mut BTreeSet<String>) -> Result<(), String> {
    let failed = |error| format!("{}: {error}", below.display());
    for entry in std::fs::read_dir(below).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        found.insert(format!("file {}", entry.path().display()));
        if entry.file_type().map_err(failed)?.is_dir() {
            files(&entry.path(), found)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cgroup_says_whose_it_is() {
        assert_eq!(holder("kaizen-4711-2"), Some(4711));
        assert_eq!((holder("kaizen-x"), holder("system.slice")), (None, None));
    }

    #[test]
    fn directories_of_ours_and_files_are_found_at_any_depth() {
        let room = std::env::temp_dir().join(format!("xtask-traces-{}", std::process::id()));
        std::fs::create_dir_all(room.join("a/kaizen-1-1/b")).unwrap();
        let (mut groups, mut all) = (Vec::new(), BTreeSet::new());
        directories_of_ours(&room, &mut groups);
        files(&room, &mut all).unwrap();
        std::fs::remove_dir_all(&room).unwrap();
        assert_eq!(groups, [room.join("a/kaizen-1-1")]);
        assert_eq!(all.len(), 3);
    }
}
