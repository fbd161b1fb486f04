//! Whom a candidate runs as when the holder is root.
//!
//! The kernel counts processes per user and user namespace. A namespace per jail keeps one jail's fork bomb from taking the processes
//! of another jail's candidates, who are the same user.

use crate::policy::sandbox_owner;
use crate::sys;
use nix::sched::{CloneFlags, setns};
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, RawFd};

pub(super) struct Identity {
    pub(super) user: u32,
    group: u32,
    /// Absent where the machine gives root no user namespaces.
    namespace: Option<File>,
}

impl Identity {
    /// `None` when the holder is an ordinary user, whose candidates are the same user.
    pub(super) fn of_candidates() -> Option<Self> {
        let (user, group) = sandbox_owner()?;
        // Without a namespace the limit still holds, counted over all jails; see `is_counted_alone`.
        Some(Self { user, group, namespace: sys::user_namespace((user, group), (user, group)).ok() })
    }

    /// Whether the process limit counts this jail's processes only.
    pub(super) fn is_counted_alone(&self) -> bool {
        self.namespace.is_some()
    }

    pub(super) fn descriptor(&self) -> Option<RawFd> {
        self.namespace.as_ref().map(AsRawFd::as_raw_fd)
    }

    /// Becomes the user. The capabilities left are those of the namespace, if any, and are the caller's to drop.
    pub(super) fn assume(&self) -> io::Result<()> {
        if let Some(namespace) = &self.namespace {
            setns(namespace, CloneFlags::CLONE_NEWUSER)?;
        }
        sys::empty_bounding_set()?;
        let (user, group) = (Uid::from_raw(self.user), Gid::from_raw(self.group));
        setgroups(&[])?;
        setresgid(group, group, group)?;
        Ok(setresuid(user, user, user)?)
    }
}
