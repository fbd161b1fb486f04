//! The directories in memory, emptied where they are: they are mounted for as long as the container lives.

use super::super::place::SCRATCH;
use super::ipc;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Empties them, and what the candidates share without a file. No candidate is alive.
pub(super) fn clear() -> io::Result<()> {
    for (directory, _) in SCRATCH {
        empty(Path::new(directory), fs::symlink_metadata(directory)?.dev())?;
    }
    ipc::clear()
}

/// Removes everything on the device; false where something is mounted below, which a project beneath `/tmp` is.
fn empty(directory: &Path, device: u64) -> io::Result<bool> {
    let mut is_empty = true;
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let found = fs::symlink_metadata(&path)?;
        if found.dev() != device {
            is_empty = false;
        } else if !found.is_dir() {
            fs::remove_file(&path)?;
        } else if emptied(&path, &found, device)? {
            fs::remove_dir(&path)?;
        } else {
            is_empty = false;
        }
    }
    Ok(is_empty)
}

fn emptied(directory: &Path, found: &fs::Metadata, device: u64) -> io::Result<bool> {
    // A candidate may have taken away the right to enter its own; those on the way to a mount are the tool's.
    if found.uid() == nix::unistd::geteuid().as_raw() {
        fs::set_permissions(directory, Permissions::from_mode(0o700))?;
    }
    empty(directory, device)
}
