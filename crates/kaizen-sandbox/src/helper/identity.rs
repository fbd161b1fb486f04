//! Whom a candidate runs as when the holder is root.
//!
//! The kernel counts processes per user and user namespace. A namespace per jail keeps one jail's fork bomb from taking the processes
//! of another jail's candidates, who are the same user.

use crate::policy::sandbox_owner;
use crate::sys::{self, Fork};
use nix::fcntl::{OFlag, open};
use nix::libc::pid_t;
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Gid, Pid, Uid, pause, pipe2, read, setgroups, setresgid, setresuid, write};
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

pub(super) struct Identity {
    pub(super) user: u32,
    group: u32,
    /// Absent where the machine gives root no user namespaces.
    namespace: Option<OwnedFd>,
}

impl Identity {
    /// `None` when the holder is an ordinary user, whose candidates are the same user.
    pub(super) fn of_candidates() -> Option<Self> {
        let (user, group) = sandbox_owner()?;
        // Without a namespace the limit still holds, counted over all jails; see `is_counted_alone`.
        Some(Self { user, group, namespace: namespace(user, group).ok() })
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

/// A user namespace in which only this user and group exist. A child enters it, since a process cannot map another user for itself.
fn namespace(user: u32, group: u32) -> io::Result<OwnedFd> {
    let (entered, enters) = pipe2(OFlag::O_CLOEXEC)?;
    let Fork::Parent(child) = sys::fork(false)? else { wait_inside(&enters) };
    drop(enters);
    let namespace = map(&entered, child, user, group);
    kill(Pid::from_raw(child), Signal::SIGKILL)?;
    sys::reap(child, true)?;
    namespace
}

fn wait_inside(enters: &OwnedFd) -> ! {
    let ready = prctl::set_pdeathsig(Signal::SIGKILL).and_then(|()| unshare(CloneFlags::CLONE_NEWUSER)).and_then(|()| write(enters, b"."));
    while ready.is_ok() {
        pause();
    }
    sys::exit_now(1)
}

fn map(entered: &OwnedFd, child: pid_t, user: u32, group: u32) -> io::Result<OwnedFd> {
    if read(entered, &mut [0])? == 0 {
        return Err(io::Error::other("no user namespace for root"));
    }
    fs::write(format!("/proc/{child}/uid_map"), format!("{user} {user} 1"))?;
    fs::write(format!("/proc/{child}/gid_map"), format!("{group} {group} 1"))?;
    Ok(open(format!("/proc/{child}/ns/user").as_str(), OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?)
}
