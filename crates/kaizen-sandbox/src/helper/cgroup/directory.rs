//! One directory of a cgroup file system, held open: once the jail's root is in place, no path leads there any more.

use super::super::sweep::PATIENCE;
use crate::sys;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::{Mode, mkdirat};
use nix::unistd::{UnlinkatFlags, unlinkat};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::Duration;

pub(super) struct Directory(File);

impl Directory {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(File::from(open(path, OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?)))
    }

    /// Makes a cgroup below this one.
    pub(super) fn make(&self, name: &str) -> io::Result<Self> {
        mkdirat(&self.0, name, Mode::from_bits_truncate(0o755))?;
        self.below(name)
    }

    /// Opens a cgroup below this one.
    pub(super) fn below(&self, name: &str) -> io::Result<Self> {
        Ok(Self(File::from(openat(&self.0, name, OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?)))
    }

    /// Locks it for as long as this process or a child that has it open lives: a sign of life that other pid namespaces see.
    pub(super) fn hold(&self) -> io::Result<()> {
        Ok(self.0.try_lock()?)
    }

    /// Removes a cgroup below this one; one that is gone already is as good. A process that has just been reaped may still be leaving.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        let until = sys::monotonic() + PATIENCE;
        loop {
            match unlinkat(&self.0, name, UnlinkatFlags::RemoveDir) {
                Ok(()) | Err(Errno::ENOENT) => return Ok(()),
                Err(Errno::EBUSY) if sys::monotonic() < until => std::thread::sleep(Duration::from_micros(200)),
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// Removes a cgroup below this one unless it is in use.
    pub(super) fn remove_unused(&self, name: &str) -> io::Result<()> {
        Ok(unlinkat(&self.0, name, UnlinkatFlags::RemoveDir)?)
    }

    pub(super) fn reader(&self, file: &str) -> io::Result<File> {
        Ok(File::from(openat(&self.0, file, OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?))
    }

    pub(super) fn writer(&self, file: &str) -> io::Result<File> {
        Ok(File::from(openat(&self.0, file, OFlag::O_WRONLY | OFlag::O_CLOEXEC, Mode::empty())?))
    }

    pub(super) fn read(&self, file: &str) -> io::Result<String> {
        let mut text = String::new();
        self.reader(file)?.read_to_string(&mut text)?;
        Ok(text)
    }

    pub(super) fn write(&self, file: &str, value: &str) -> io::Result<()> {
        self.writer(file)?.write_all(value.as_bytes())
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
