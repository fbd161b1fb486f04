//! Kaizen's own temporary files, and sweeping up what killed processes left.
//!
//! Names carry the process number of their maker; whatever belongs to a process that is gone is removed.

use crate::error::{EngineError, io};
use std::path::{Path, PathBuf};

/// Directories of ours below the cache.
#[derive(Debug, Clone)]
pub struct Places {
    /// Short-lived files.
    pub scratch: PathBuf,
}

impl Places {
    /// Creates the directories and sweeps up.
    pub fn prepare(cache: &Path) -> Result<Self, EngineError> {
        use std::os::unix::fs::PermissionsExt;
        let scratch = cache.join("scratch");
        std::fs::create_dir_all(&scratch).map_err(io("create", &scratch))?;
        // Jails that copy run under another user when the engine is root: they must be able to pass, not to list.
        std::fs::set_permissions(&scratch, std::fs::Permissions::from_mode(0o711)).map_err(io("set permissions of", &scratch))?;
        sweep(&scratch)?;
        sweep(&cache.join("snapshots"))?;
        sweep(&cache.join("setups"))?;
        Ok(Self { scratch })
    }
}

/// A fresh directory below `parent` that carries this process' number.
pub fn fresh(parent: &Path, kind: &str) -> Result<tempfile::TempDir, EngineError> {
    std::fs::create_dir_all(parent).map_err(io("create", parent))?;
    let prefix = format!("{kind}-{}-", std::process::id());
    tempfile::Builder::new().prefix(&prefix).tempdir_in(parent).map_err(io("create a directory in", parent))
}

/// Removes what processes that are gone left in a directory.
pub fn sweep(directory: &Path) -> Result<(), EngineError> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(io("list", directory))?,
    };
    for entry in entries {
        let path = entry.map_err(io("list", directory))?.path();
        if maker_of(&path).is_some_and(|pid| !is_alive(pid)) {
            remove(&path)?;
        }
    }
    Ok(())
}

/// Whether a process of this number is there.
pub(crate) fn is_alive(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

/// The process that a path's name speaks of.
pub fn maker_of(path: &Path) -> Option<u32> {
    path.file_name().and_then(|name| name.to_str()).and_then(maker)
}

/// The process number in `kind-PID-random`.
fn maker(name: &str) -> Option<u32> {
    let mut parts = name.split('-');
    parts.next().filter(|kind| !kind.is_empty())?;
    parts.next()?.parse().ok()
}

/// Removes a directory that others may be removing at the same time.
pub(crate) fn remove(path: &Path) -> Result<(), EngineError> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(io("remove", path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_process_left_is_removed_and_what_a_living_one_uses_stays() {
        let cache = tempfile::tempdir().unwrap();
        let scratch = cache.path().join("scratch");
        let dead = scratch.join("court-4194999-abc");
        std::fs::create_dir_all(dead.join("inner")).unwrap();
        let alive = fresh(&scratch, "court").unwrap();
        std::fs::create_dir_all(scratch.join("keep")).unwrap();
        Places::prepare(cache.path()).unwrap();
        assert!(!dead.exists() && alive.path().exists() && scratch.join("keep").exists());
    }
}
