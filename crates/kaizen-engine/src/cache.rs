//! What lies in the cache: snapshots and set-up layers by their last use, and what killed processes left.
//!
//! Whatever somebody uses stays: a snapshot or layer while its lock is held (`trial::snapshot` holds it), anything else while the
//! process whose number it carries lives. What is removed is first moved aside under a name that the next sweep knows, in one step: half
//! a snapshot never passes for a whole one.

use crate::error::{EngineError, io};
use crate::scratch;
use std::fs::{File, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The shelves, and what lies on them.
const SHELVES: [(&str, Kind); 2] = [("snapshots", Kind::Snapshot), ("setups", Kind::Layer)];

/// Where control groups are.
const CGROUPS: &str = "/sys/fs/cgroup";

/// What lies in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An immutable copy of a tree, with what a build made of it.
    Snapshot,
    /// A layer that a set-up made and several snapshots share.
    Layer,
    /// A directory of a process, for as long as it lives.
    Scratch,
}

impl Kind {
    /// The word for people and machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Layer => "layer",
            Self::Scratch => "scratch",
        }
    }
}

/// Who needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Somebody, now.
    Now,
    /// Nobody at the moment; it saves time when it is needed again.
    Idle,
    /// Nobody any more: its process is gone.
    Left,
}

/// One directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub path: PathBuf,
    /// What it takes on the disk.
    pub bytes: u64,
    /// When it was last used.
    pub used: SystemTime,
    /// Who needs it.
    pub state: Use,
}

/// Everything in the cache that can be removed some day, the longest unused first.
pub fn look(cache: &Path) -> Result<Vec<Entry>, EngineError> {
    let mut found = Vec::new();
    for (name, kind) in SHELVES {
        for path in children(&cache.join(name))? {
            found.extend(entry(kind, path)?);
        }
    }
    for path in children(&cache.join("scratch"))? {
        found.extend(of_process(&path)?);
    }
    found.sort_by(|one, other| (one.used, &one.path).cmp(&(other.used, &other.path)));
    Ok(found)
}

fn children(directory: &Path) -> Result<Vec<PathBuf>, EngineError> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io("list", directory)(error)),
    };
    let listed: Result<Vec<_>, _> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let directories = listed.map_err(io("list", directory))?.into_iter().filter(|path| path.is_dir() && !path.is_symlink());
    Ok(directories.collect())
}

fn entry(kind: Kind, path: PathBuf) -> Result<Option<Entry>, EngineError> {
    if scratch::maker_of(&path).is_some() {
        return of_process(&path);
    }
    let lock = lock_of(&path);
    let used =
        std::fs::metadata(&lock).or_else(|_| std::fs::metadata(&path)).and_then(|found| found.modified()).map_err(io("read", &path))?;
    let state = match taken(&lock)? {
        Some(_) => Use::Idle,
        None => Use::Now,
    };
    Ok(Some(Entry { kind, bytes: size_of(&path), path, used, state }))
}

/// A directory that carries its maker's number; `None` for one that carries none.
fn of_process(path: &Path) -> Result<Option<Entry>, EngineError> {
    let Some(pid) = scratch::maker_of(path) else { return Ok(None) };
    let state = if scratch::is_alive(pid) { Use::Now } else { Use::Left };
    let Ok(used) = std::fs::metadata(path).and_then(|found| found.modified()) else { return Ok(None) };
    Ok(Some(Entry { kind: Kind::Scratch, bytes: size_of(path), path: path.to_owned(), used, state }))
}

fn lock_of(directory: &Path) -> PathBuf {
    let mut name = directory.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

/// The lock, alone; `None` while somebody holds it.
fn taken(lock: &Path) -> Result<Option<File>, EngineError> {
    let file = File::options().create(true).truncate(false).write(true).open(lock).map_err(io("open", lock))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(io("lock", lock)(error)),
    }
}

/// What the files below a directory take on the disk; what is removed meanwhile counts as nothing.
pub fn size_of(directory: &Path) -> u64 {
    let files = walkdir::WalkDir::new(directory).into_iter().filter_map(Result::ok);
    files.filter_map(|entry| entry.metadata().ok()).map(|found| found.blocks() * 512).sum()
}

/// A directory that nobody finds under its name any more and that [`Aside::remove`] deletes.
#[derive(Debug)]
pub struct Aside {
    place: PathBuf,
}

/// Moves an entry aside; `None` where somebody came to use it, or removed it.
pub fn set_aside(entry: &Entry) -> Result<Option<Aside>, EngineError> {
    if entry.kind == Kind::Scratch || scratch::maker_of(&entry.path).is_some() {
        let alive = scratch::maker_of(&entry.path).is_some_and(scratch::is_alive);
        return Ok((!alive).then(|| Aside { place: entry.path.clone() }));
    }
    off_the_shelf(&entry.path)
}

/// Moves a directory with a lock aside; `None` where somebody holds it. Whoever came first may have taken it already.
pub(crate) fn off_the_shelf(directory: &Path) -> Result<Option<Aside>, EngineError> {
    let Some(_held) = taken(&lock_of(directory))? else { return Ok(None) };
    let shelf = directory.parent().unwrap_or(directory);
    let gone = scratch::fresh(shelf, "gone")?.keep();
    match std::fs::rename(directory, gone.join("old")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io("move", directory)(error)),
        _ => Ok(Some(Aside { place: gone })),
    }
}

impl Aside {
    /// Deletes it.
    pub fn remove(self) -> Result<(), EngineError> {
        scratch::remove(&self.place)
    }
}

/// Control groups of jails whose holder is gone. The sandbox removes them itself whenever a jail is opened.
pub fn left_cgroups() -> Vec<PathBuf> {
    let below = walkdir::WalkDir::new(CGROUPS).max_depth(8).into_iter().filter_map(Result::ok);
    let groups = below.filter(|entry| {
        entry.file_type().is_dir() && entry.file_name().to_str().and_then(holder).is_some_and(|pid| !scratch::is_alive(pid))
    });
    groups.map(walkdir::DirEntry::into_path).collect()
}

/// The holder in `kaizen-PID-N`.
fn holder(name: &str) -> Option<u32> {
    let (pid, number) = name.strip_prefix("kaizen-")?.split_once('-')?;
    number.parse::<u32>().ok()?;
    pid.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelved(cache: &Path, name: &str) -> PathBuf {
        let path = cache.join("snapshots").join(name);
        std::fs::create_dir_all(path.join("tree")).unwrap();
        std::fs::write(path.join("tree/file"), "x".repeat(5000)).unwrap();
        path
    }

    #[test]
    fn what_is_used_what_is_idle_and_what_is_left_are_told_apart() {
        let cache = tempfile::tempdir().unwrap();
        let (idle, used) = (shelved(cache.path(), "aa"), shelved(cache.path(), "bb"));
        let held = File::create(lock_of(&used)).unwrap();
        held.lock_shared().unwrap();
        let left = cache.path().join("scratch/court-4194999-abc");
        let mine = scratch::fresh(&cache.path().join("scratch"), "court").unwrap();
        std::fs::create_dir_all(&left).unwrap();
        let found = look(cache.path()).unwrap();
        let state = |path: &Path| found.iter().find(|entry| entry.path == *path).map(|entry| entry.state);
        assert_eq!(
            [idle.as_path(), used.as_path(), left.as_path(), mine.path()].map(state),
            [Use::Idle, Use::Now, Use::Left, Use::Now].map(Some)
        );
        assert!(found.iter().find(|entry| entry.path == idle).unwrap().bytes >= 5000);
    }

    #[test]
    fn what_somebody_came_to_use_is_not_set_aside_and_what_is_set_aside_is_left_for_the_next_sweep() {
        let cache = tempfile::tempdir().unwrap();
        let path = shelved(cache.path(), "aa");
        let entry = look(cache.path()).unwrap().remove(0);
        let held = File::options().write(true).open(lock_of(&path)).unwrap();
        held.lock_shared().unwrap();
        assert!(set_aside(&entry).unwrap().is_none() && path.is_dir());
        drop(held);
        let aside = set_aside(&entry).unwrap().unwrap();
        assert!(!path.exists() && scratch::maker_of(&aside.place).is_some() && aside.place.join("old/tree/file").is_file());
        aside.remove().unwrap();
        assert_eq!(look(cache.path()).unwrap(), []);
        set_aside(&entry).unwrap().unwrap().remove().unwrap();
        assert_eq!(look(cache.path()).unwrap(), [], "somebody else took it first");
    }

    #[test]
    fn only_our_groups_speak_of_a_holder() {
        assert_eq!((holder("kaizen-12-0"), holder("kaizen-12"), holder("kaizen-a-1"), holder("user-1-2")), (Some(12), None, None, None));
    }
}
