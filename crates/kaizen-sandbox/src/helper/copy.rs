//! Copying trees with modes, times and links as they are. No candidate process is alive while this runs.

use super::Owner;
use super::diff::{Difference, same};
use super::root::give;
use crate::layers::{Kind, Merged, Node, kind};
use nix::fcntl::AT_FDCWD;
use nix::sys::stat::{Mode, SFlag, UtimensatFlags, lstat, makedev, mknod, utimensat};
use nix::sys::time::TimeSpec;
use nix::unistd::{Gid, Uid, fchownat};
use std::collections::BTreeMap;
use std::fs::{self, DirEntry, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

/// Copies a merged directory to `to`, which does not exist yet.
pub(super) fn tree(from: &Merged, to: &Path, owner: Owner) -> io::Result<()> {
    fs::create_dir(to)?;
    for (name, node) in from.list()? {
        copy(&node, &to.join(name), owner)?;
    }
    dress(from, to)?;
    give(to, owner)
}

fn copy(node: &Node, to: &Path, owner: Owner) -> io::Result<()> {
    match node {
        Node::Directory(merged) => tree(merged, to, owner),
        Node::Leaf(path) => leaf(path, to, owner),
    }
}

/// Gives a copied directory the mode and times of the original, where there is one.
fn dress(from: &Merged, to: &Path) -> io::Result<()> {
    let Some(top) = from.0.first() else { return Ok(()) };
    fs::set_permissions(to, Permissions::from_mode(fs::metadata(top)?.permissions().mode() | 0o700))?;
    same_times(top, to)
}

/// Makes `to` a fresh copy again, except for what is kept: paths below it that something else is mounted on, which cannot have changed.
/// True is a directory that stays the same directory and whose other contents are renewed; `at` is where `to` is among the kept paths.
pub(super) fn renew(from: &Merged, to: &Path, at: &Path, kept: &BTreeMap<PathBuf, bool>, owner: Owner) -> io::Result<()> {
    fs::set_permissions(to, Permissions::from_mode(fs::metadata(to)?.permissions().mode() | 0o700))?;
    let mut wanted = from.list()?;
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        match kept.get(&at.join(entry.file_name())) {
            None => clear(&entry)?,
            Some(is_renewed) => {
                let original = wanted.remove(&entry.file_name());
                if *is_renewed {
                    let original = if let Some(Node::Directory(merged)) = original { merged } else { Merged::default() };
                    renew(&original, &entry.path(), &at.join(entry.file_name()), kept, owner)?;
                }
            }
        }
    }
    for (name, node) in wanted {
        copy(&node, &to.join(name), owner)?;
    }
    dress(from, to)
}

/// Copies one file or link; devices, pipes and sockets are left out.
fn leaf(from: &Path, to: &Path, owner: Owner) -> io::Result<()> {
    match kind(from)? {
        Kind::Regular => drop(fs::copy(from, to)?),
        Kind::Symlink => symlink(fs::read_link(from)?, to)?,
        Kind::Directory | Kind::Whiteout | Kind::Special => return Ok(()),
    }
    if let Some((user, group)) = owner {
        let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
        fchownat(AT_FDCWD, to, Some(user), Some(group), nix::fcntl::AtFlags::AT_SYMLINK_NOFOLLOW)?;
    }
    same_times(from, to)
}

fn same_times(from: &Path, to: &Path) -> io::Result<()> {
    let stat = lstat(from)?;
    let time = TimeSpec::new(stat.st_mtime, stat.st_mtime_nsec);
    Ok(utimensat(AT_FDCWD, to, &time, &time, UtimensatFlags::NoFollowSymlink)?)
}

/// Removes a tree even where its owner has taken away the right to enter it.
pub(super) fn remove(tree: &Path) -> io::Result<()> {
    match fs::remove_dir_all(tree) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_up(tree)?;
            fs::remove_dir_all(tree)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn open_up(directory: &Path) -> io::Result<()> {
    fs::set_permissions(directory, Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_up(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes everything in a directory.
pub(super) fn empty(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        clear(&entry?)?;
    }
    Ok(())
}

fn clear(entry: &DirEntry) -> io::Result<()> {
    if entry.file_type()?.is_dir() { remove(&entry.path()) } else { fs::remove_file(entry.path()) }
}

/// Makes `path` in the copy equal to the layers again, whatever was put in its place or in the place of its parents.
pub(super) fn restore(layers: &Merged, path: &Path, copy: &Path, owner: Owner) -> io::Result<()> {
    let mut layers = layers.clone();
    let mut here = copy.to_owned();
    make_directory(&here, owner)?;
    for part in path.components() {
        let Component::Normal(name) = part else { return Err(io::Error::other("a protected path is not plain")) };
        here.push(name);
        match layers.list()?.remove(name) {
            None => return Ok(()),
            Some(Node::Leaf(original)) => return restore_leaf(&original, &here, owner),
            Some(Node::Directory(merged)) => {
                make_directory(&here, owner)?;
                layers = merged;
            }
        }
    }
    restore_directory(&layers, &here, owner)
}

fn restore_directory(layers: &Merged, here: &Path, owner: Owner) -> io::Result<()> {
    make_directory(here, owner)?;
    let wanted = layers.list()?;
    for entry in fs::read_dir(here)? {
        let entry = entry?;
        if !wanted.contains_key(&entry.file_name()) {
            clear(&entry)?;
        }
    }
    for (name, node) in wanted {
        match &node {
            Node::Directory(merged) => restore_directory(merged, &here.join(name), owner)?,
            Node::Leaf(original) => restore_leaf(original, &here.join(name), owner)?,
        }
    }
    Ok(())
}

fn make_directory(here: &Path, owner: Owner) -> io::Result<()> {
    match fs::symlink_metadata(here) {
        // Its owner may have taken away the right to enter it.
        Ok(entry) if entry.is_dir() => return fs::set_permissions(here, Permissions::from_mode(entry.permissions().mode() | 0o700)),
        Ok(_) => fs::remove_file(here)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    fs::create_dir(here)?;
    give(here, owner)
}

fn restore_leaf(original: &Path, here: &Path, owner: Owner) -> io::Result<()> {
    match fs::symlink_metadata(here) {
        Ok(entry) if entry.is_dir() => remove(here)?,
        // One whose mode was changed may be unreadable, for us too.
        Ok(entry) if same_mode(original, &entry)? && same(original, here)? => return Ok(()),
        Ok(_) => fs::remove_file(here)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    leaf(original, here, owner)
}

fn same_mode(original: &Path, copied: &fs::Metadata) -> io::Result<bool> {
    Ok(fs::symlink_metadata(original)?.permissions().mode() == copied.permissions().mode())
}

/// Writes a difference as an overlay's upper directory: files with their times, whiteouts for what is gone.
pub(super) fn keep(changes: &[Difference], copy: &Path, kept: &Path, owner: Owner) -> io::Result<()> {
    empty(kept)?;
    for Difference { path, is_there } in changes {
        let here = kept.join(path);
        for parent in path.ancestors().skip(1).collect::<Vec<_>>().into_iter().rev().filter(|parent| !parent.as_os_str().is_empty()) {
            make_directory(&kept.join(parent), owner)?;
        }
        if *is_there {
            leaf(&copy.join(path), &here, owner)?;
        } else {
            mknod(&here, SFlag::S_IFCHR, Mode::empty(), makedev(0, 0))?;
        }
    }
    Ok(())
}
