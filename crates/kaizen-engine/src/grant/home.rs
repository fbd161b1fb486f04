//! A home directory for a workshop: copies of what was granted, in a directory of ours that is gone with it.
//!
//! Copies, because a program that could write to the original could leave settings and hooks there that run outside later.

use crate::config::grant::HomePath;
use crate::error::{EngineError, io};
use kaizen_sandbox::policy::sandbox_owner;
use std::fs;
use std::os::unix::fs::{PermissionsExt, lchown, symlink};
use std::path::Path;
use walkdir::WalkDir;

/// The most bytes of all grants of one workshop.
const CAP: u64 = 1 << 30;

/// Copies the granted parts of `home` into `to`, an existing directory, and gives all of it to the sandbox. What does not exist is left
/// out and returned.
pub fn copy(home: &Path, granted: &[HomePath], to: &Path) -> Result<Vec<String>, EngineError> {
    let (mut missing, mut left) = (Vec::new(), CAP);
    for grant in granted {
        let source = home.join(grant.below());
        if !source.exists() {
            missing.push(grant.to_string());
            continue;
        }
        let target = to.join(grant.below());
        target.parent().map_or(Ok(()), fs::create_dir_all).map_err(io("create the parents of", &target))?;
        tree(&source, &target, &mut left)?;
    }
    give(to)?;
    Ok(missing)
}

/// Directories, files and symbolic links; sockets and other special files stay behind.
fn tree(source: &Path, target: &Path, left: &mut u64) -> Result<(), EngineError> {
    for entry in WalkDir::new(source).follow_root_links(true) {
        let entry = entry.map_err(|error| unreadable(&error))?;
        let below = entry.path().strip_prefix(source).unwrap_or(entry.path());
        let here = if below.as_os_str().is_empty() { target.to_owned() } else { target.join(below) };
        let kind = entry.file_type();
        if kind.is_dir() {
            fs::create_dir_all(&here).map_err(io("create", &here))?;
        } else if kind.is_symlink() {
            let leads = fs::read_link(entry.path()).map_err(io("read", entry.path()))?;
            symlink(leads, &here).map_err(io("link", &here))?;
        } else if kind.is_file() {
            let length = entry.metadata().map_err(|error| unreadable(&error))?.len();
            *left = left.checked_sub(length).ok_or_else(|| too_much(source))?;
            fs::copy(entry.path(), &here).map_err(io("copy", entry.path()))?;
        }
    }
    Ok(())
}

const MEND: &str = "grant only what the program needs: see grants.home in kaizen.toml";

fn unreadable(error: &walkdir::Error) -> EngineError {
    EngineError::environment(format!("a granted path cannot be read: {error}"), MEND)
}

fn too_much(source: &Path) -> EngineError {
    EngineError::environment(format!("the granted paths hold more than {} MiB, the last one is {}", CAP >> 20, source.display()), MEND)
}

fn give(directory: &Path) -> Result<(), EngineError> {
    for entry in WalkDir::new(directory).contents_first(true) {
        let entry = entry.map_err(|error| unreadable(&error))?;
        let path = entry.path();
        if let Some((user, group)) = sandbox_owner() {
            lchown(path, Some(user), Some(group)).map_err(io("change the owner of", path))?;
        }
        if entry.file_type().is_dir() {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(io("set permissions of", path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_granted_is_copied_and_what_does_not_exist_is_told() {
        let (home, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir_all(home.path().join(".tool/deep")).unwrap();
        fs::create_dir_all(home.path().join(".ssh")).unwrap();
        for (file, text) in [(".tool/deep/settings", "a"), (".ssh/key", "secret"), (".toolrc", "b")] {
            fs::write(home.path().join(file), text).unwrap();
        }
        symlink("deep/settings", home.path().join(".tool/link")).unwrap();
        let granted = ["~/.tool", "~/.toolrc", "~/.absent"].map(|text| HomePath::try_from(text.to_owned()).unwrap());
        assert_eq!(copy(home.path(), &granted, to.path()).unwrap(), ["~/.absent"]);
        let text = |file: &str| fs::read_to_string(to.path().join(file)).unwrap();
        assert_eq!((text(".tool/deep/settings"), text(".tool/link"), text(".toolrc")), ("a".into(), "a".into(), "b".into()));
        assert!(!to.path().join(".ssh").exists());
        fs::write(to.path().join(".toolrc"), "changed").unwrap();
        assert_eq!(fs::read_to_string(home.path().join(".toolrc")).unwrap(), "b");
    }
}
