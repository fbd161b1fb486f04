//! A jail's cgroups seen from inside a container, where no path leads to them: open files that were handed in.
//!
//! Who made them keeps, empties and removes them. A single-threaded process that writes 0 to a door moves itself in; the kernel asks
//! for the rights of whoever opened the door.

use super::Counted;
use super::group::counted;
use crate::error::SandboxError;
use crate::sys::{self, Fork};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

pub(in super::super) struct Given {
    events: File,
    doors: Vec<File>,
}

impl Given {
    /// From [`super::Group::handles`]; `None` of nothing.
    pub(in super::super) fn of(handles: Vec<OwnedFd>) -> Option<Self> {
        let mut files = handles.into_iter().map(File::from);
        Some(Self { events: files.next()?, doors: files.collect() })
    }
}

impl Counted for Given {
    fn fork(&self) -> io::Result<Fork> {
        sys::fork(false)
    }

    fn enter(&self) -> io::Result<()> {
        self.doors.iter().try_for_each(|mut door| door.write_all(b"0"))
    }

    fn kills(&self) -> io::Result<u64> {
        counted(&self.events)
    }

    fn kill(&self) -> io::Result<()> {
        Ok(())
    }

    fn empty(&self) -> Result<(), SandboxError> {
        Ok(())
    }

    fn descriptors(&self) -> (RawFd, Vec<RawFd>) {
        (self.events.as_raw_fd(), self.doors.iter().map(AsRawFd::as_raw_fd).collect())
    }
}
