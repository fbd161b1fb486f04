//! Directories in the cache that are used by name, kept while somebody uses them, and the ones used last besides.

use crate::cache;
use crate::error::{EngineError, io};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How many directories stay on a shelf.
const KEPT: usize = 8;

/// Marks a directory as used until the returned file is closed, and as the newest. It need not exist yet.
pub(super) fn hold(shelf: &Path, name: &str) -> Result<File, EngineError> {
    std::fs::create_dir_all(shelf).map_err(io("create", shelf))?;
    let path = shelf.join(format!("{name}.lock"));
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(io("open", &path))?;
    file.lock_shared().map_err(io("lock", &path))?;
    file.set_modified(SystemTime::now()).map_err(io("touch", &path))?;
    Ok(file)
}

/// Removes the directories that were not used for longest and are not in use.
pub(super) fn prune(shelf: &Path) -> Result<(), EngineError> {
    let mut known: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(shelf).map_err(io("list", shelf))? {
        let path = entry.map_err(io("list", shelf))?.path();
        if path.extension().is_some_and(|end| end == "lock") && path.with_extension("").is_dir() {
            let used = std::fs::metadata(&path).and_then(|found| found.modified()).map_err(io("read", &path))?;
            known.push((used, path));
        }
    }
    known.sort();
    let old = known.len().saturating_sub(KEPT);
    for (_, path) in known.into_iter().take(old) {
        if let Some(aside) = cache::off_the_shelf(&path.with_extension(""))? {
            aside.remove()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_stays_however_old_and_of_the_rest_what_was_used_last() {
        let room = tempfile::tempdir().unwrap();
        let shelf = room.path();
        let names: Vec<String> = (0..KEPT + 4).map(|number| format!("d{number:02}")).collect();
        let mut locks: Vec<File> = names.iter().map(|name| hold(shelf, name).unwrap()).collect();
        for (age, name) in names.iter().rev().enumerate() {
            std::fs::create_dir(shelf.join(name)).unwrap();
            let used = SystemTime::now() - std::time::Duration::from_secs(age as u64);
            File::options().write(true).open(shelf.join(format!("{name}.lock"))).unwrap().set_modified(used).unwrap();
        }
        locks.truncate(2);
        prune(shelf).unwrap();
        let left: Vec<&String> = names.iter().filter(|name| shelf.join(name).is_dir()).collect();
        let expected: Vec<&String> = names[..2].iter().chain(&names[4..]).collect();
        assert_eq!(left, expected);
        drop(locks);
        prune(shelf).unwrap();
        assert_eq!(names.iter().filter(|name| shelf.join(name).is_dir()).count(), KEPT);
    }
}
