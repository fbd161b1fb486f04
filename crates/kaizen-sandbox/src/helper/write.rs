//! Writing files into a workspace that hostile code has written to before: every step is beneath the root and through no link.

use super::{Owner, failed};
use crate::error::SandboxError;
use crate::workspace::{Content, FileWrite};
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, OpenHow, ResolveFlag, openat2};
use nix::sys::stat::{FileStat, Mode, UtimensatFlags, fchmod, fstatat, mkdirat, utimensat};
use nix::sys::time::TimeSpec;
use nix::unistd::{Gid, Uid, UnlinkatFlags, fchownat, symlinkat, unlinkat};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};
use std::time::{SystemTime, UNIX_EPOCH};

/// Carries out the writes in order.
pub(super) fn apply(root: &Path, files: &[FileWrite], owner: Owner) -> Result<(), SandboxError> {
    let how = OpenHow::new().flags(OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC);
    let root = openat2(AT_FDCWD, root, how).map_err(|errno| failed("open the workspace")(errno.into()))?;
    files.iter().try_for_each(|file| one(&root, file, owner))
}

fn one(root: &OwnedFd, file: &FileWrite, owner: Owner) -> Result<(), SandboxError> {
    let names = plain_names(&file.path)?;
    let Some((name, parents)) = names.split_last() else { return Err(SandboxError::Outside(file.path.clone())) };
    let explain = |errno| explained(errno, &file.path);
    let Some(parent) = directory(root, parents, file.content.is_some(), owner).map_err(explain)? else { return Ok(()) };
    match &file.content {
        None => delete(&parent, name).map_err(explain).map(drop),
        Some(content) => put(&parent, name, content, owner).map_err(explain),
    }
}

fn plain_names(path: &Path) -> Result<Vec<&OsStr>, SandboxError> {
    let outside = || SandboxError::Outside(path.to_owned());
    // `components` hides `.` in the middle and trailing slashes; neither is written by anything honest.
    let names: Vec<&OsStr> = path.as_os_str().as_bytes().split(|byte| *byte == b'/').map(OsStr::from_bytes).collect();
    let plain = path.components().all(|part| matches!(part, Component::Normal(_))) && path.components().count() == names.len();
    if plain { Ok(names) } else { Err(outside()) }
}

fn explained(errno: Errno, path: &Path) -> SandboxError {
    match errno {
        Errno::ELOOP | Errno::EXDEV | Errno::ENOTDIR => SandboxError::Outside(path.to_owned()),
        Errno::EROFS | Errno::EBUSY => SandboxError::Protected(path.to_owned()),
        Errno::ENOSPC | Errno::EDQUOT => SandboxError::Full,
        errno => failed(format!("write {}", path.display()))(errno.into()),
    }
}

fn beneath(directory: &OwnedFd, name: &OsStr, flags: OFlag, mode: Mode) -> Result<OwnedFd, Errno> {
    let resolve = ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS | ResolveFlag::RESOLVE_NO_MAGICLINKS;
    openat2(directory, name, OpenHow::new().flags(flags | OFlag::O_CLOEXEC).mode(mode).resolve(resolve))
}

/// Walks down one name at a time; `None` when a directory is missing and none may be made.
fn directory(root: &OwnedFd, names: &[&OsStr], create: bool, owner: Owner) -> Result<Option<OwnedFd>, Errno> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY;
    let mut here = beneath(root, OsStr::new("."), flags, Mode::empty())?;
    for name in names {
        here = match beneath(&here, name, flags, Mode::empty()) {
            Err(Errno::ENOENT) if !create => return Ok(None),
            Err(Errno::ENOENT) => {
                mkdirat(&here, *name, Mode::from_bits_truncate(0o755))?;
                give(&here, name, owner)?;
                beneath(&here, name, flags, Mode::empty())?
            }
            other => other?,
        };
    }
    Ok(Some(here))
}

fn give(directory: &OwnedFd, name: &OsStr, owner: Owner) -> Result<(), Errno> {
    match owner {
        Some((user, group)) => {
            fchownat(directory, name, Some(Uid::from_raw(user)), Some(Gid::from_raw(group)), AtFlags::AT_SYMLINK_NOFOLLOW)
        }
        None => Ok(()),
    }
}

/// Deletes whatever is there and says what it was.
fn delete(parent: &OwnedFd, name: &OsStr) -> Result<Option<FileStat>, Errno> {
    let before = match fstatat(parent, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
        Err(Errno::ENOENT) => return Ok(None),
        other => other?,
    };
    match unlinkat(parent, name, UnlinkatFlags::NoRemoveDir) {
        Err(Errno::EISDIR) => {
            // The standard library's removal follows no link either; the parent is named by our descriptor.
            let path = Path::new("/proc/self/fd").join(parent.as_raw_fd().to_string()).join(name);
            fs::remove_dir_all(path).map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))?;
        }
        other => other?,
    }
    Ok(Some(before))
}

fn put(parent: &OwnedFd, name: &OsStr, content: &Content, owner: Owner) -> Result<(), Errno> {
    let before = delete(parent, name)?;
    match content {
        Content::Symlink(target) => symlinkat(OsStr::from_bytes(target), parent, name)?,
        Content::File { bytes, executable } => {
            let fd = beneath(parent, name, OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL, Mode::from_bits_truncate(0o644))?;
            let mode = if *executable { 0o755 } else { 0o644 };
            fchmod(&fd, Mode::from_bits_truncate(mode))?;
            File::from(fd).write_all(bytes).map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))?;
        }
    }
    give(parent, name, owner)?;
    let time = later_than(before.as_ref());
    utimensat(parent, name, &time, &time, UtimensatFlags::NoFollowSymlink)
}

/// Now, or a whole second after the last version: bytecode caches compare whole seconds and sizes.
fn later_than(before: Option<&FileStat>) -> TimeSpec {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = TimeSpec::new(now.as_secs().cast_signed(), i64::from(now.subsec_nanos()));
    match before {
        Some(before) if now.tv_sec() <= before.st_mtime => TimeSpec::new(before.st_mtime.saturating_add(1), 0),
        _ => now,
    }
}
