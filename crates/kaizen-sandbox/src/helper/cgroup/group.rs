//! The cgroups of one jail: made, entered, watched, emptied and removed.

use super::super::failed;
use super::super::sweep::PATIENCE;
use super::directory::Directory;
use super::leftover::{self, end, members, name};
use super::{Cap, Counted, Place, Version};
use crate::caps::{CapKind, Caps};
use crate::error::SandboxError;
use crate::sys::{self, Fork};
use nix::errno::Errno;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

/// One cgroup in version 2; in version 1 that of the memory and, where there is one, that of the processes.
pub(in super::super) struct Group {
    version: Version,
    memory: Part,
    pids: Option<Part>,
    /// Where the kernel counts the processes it ended for want of memory.
    events: File,
}

struct Part {
    parent: Directory,
    name: String,
    own: Directory,
    /// Version 1: a single thread that writes here moves itself in, and the kernel need not wait for all other processors, as it
    /// must for `cgroup.procs` (some 10 ms).
    door: Option<File>,
}

impl Group {
    /// Makes the cgroups, sets their limits and tries them out on a child. On failure nothing is left.
    pub(super) fn make(place: &Place, cap: Cap) -> io::Result<(Self, Caps)> {
        let memory = Part::make(&place.memory, place.version)?;
        let pids = match place.pids.as_deref().map(|parent| Part::make(parent, place.version)).transpose() {
            Ok(pids) => pids,
            Err(error) => return Err(memory.remove().err().unwrap_or(error)),
        };
        let events = match memory.own.reader(place.version.events()) {
            Ok(events) => events,
            Err(error) => return Err(remove_all(&memory, pids.as_ref()).err().unwrap_or(error)),
        };
        let group = Self { version: place.version, memory, pids, events };
        match group.cap(cap).and_then(|detail| group.try_out().map(|()| detail)) {
            Ok(detail) => Ok((group, Caps { kind: place.version.kind(), detail })),
            Err(error) => Err(remove_all(&group.memory, group.pids.as_ref()).err().unwrap_or(error)),
        }
    }

    /// Sets the limits and says what they cover.
    fn cap(&self, cap: Cap) -> io::Result<String> {
        for (file, value) in self.version.memory_limits(cap) {
            self.memory.own.write(file, &value)?;
        }
        let mut detail = String::from("the kernel caps memory");
        if let Some(pids) = self.counts_processes()
            && present(pids.own.write("pids.max", &cap.processes.to_string()))?
        {
            detail.push_str(" and processes");
        } else {
            detail.push_str("; processes are counted per user");
        }
        let (swap, value) = self.version.swap_limit(cap);
        if !present(self.memory.own.write(swap, &value))? {
            detail.push_str("; swap is not capped");
        }
        Ok(detail)
    }

    /// Whether a process can get in, and the count can be read.
    fn try_out(&self) -> io::Result<()> {
        self.kills()?;
        let child = match self.fork()? {
            Fork::Parent(pid) => pid,
            Fork::Child => sys::exit_now(self.enter().err().map_or(0, |error| error.raw_os_error().unwrap_or(1))),
        };
        match sys::reap(child, true)? {
            Some(reaped) if reaped.status == 0 => Ok(()),
            Some(reaped) => Err(io::Error::from_raw_os_error(nix::libc::WEXITSTATUS(reaped.status))),
            None => Err(io::Error::other("the child that tried it is lost")),
        }
    }

    /// Until no process is inside.
    fn until_empty(&self) -> Result<(), SandboxError> {
        let until = sys::monotonic() + PATIENCE;
        loop {
            let inside = members(&self.memory.own).map_err(failed("list the processes of a cgroup"))?;
            if inside.is_empty() {
                return Ok(());
            }
            if sys::monotonic() > until {
                return Err(SandboxError::Survivors(format!("processes {inside:?} of a cgroup withstand being killed")));
            }
            self.kill().and_then(|()| inside.into_iter().try_for_each(end)).map_err(failed("end the processes of a cgroup"))?;
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Removes the cgroups, which must be empty. More than once is as good.
    pub(in super::super) fn remove(&self) -> Result<(), SandboxError> {
        remove_all(&self.memory, self.pids.as_ref()).map_err(failed("remove a cgroup"))
    }

    /// Whether the kernel caps the processes too.
    pub(in super::super) fn caps_processes(&self) -> bool {
        self.counts_processes().is_some_and(|part| part.own.reader("pids.max").is_ok())
    }

    /// Where processes are counted, if their controller is there.
    fn counts_processes(&self) -> Option<&Part> {
        self.pids.as_ref().or((self.version == Version::Two).then_some(&self.memory))
    }

    /// What a process elsewhere needs to watch the count and to get its candidates in: see [`super::Given`].
    pub(in super::super) fn handles(&self) -> io::Result<Vec<OwnedFd>> {
        let door = |part: &Part| match &part.door {
            Some(door) => door.try_clone(),
            None => part.own.writer("cgroup.procs"),
        };
        std::iter::once(self.events.try_clone()).chain(self.parts().map(door)).map(|file| file.map(OwnedFd::from)).collect()
    }

    fn parts(&self) -> impl Iterator<Item = &Part> {
        [Some(&self.memory), self.pids.as_ref()].into_iter().flatten()
    }
}

impl Counted for Group {
    fn fork(&self) -> io::Result<Fork> {
        match self.version {
            Version::One => sys::fork(false),
            Version::Two => sys::fork_into(self.memory.own.as_fd()),
        }
    }

    fn enter(&self) -> io::Result<()> {
        self.parts().filter_map(|part| part.door.as_ref()).try_for_each(|mut door| door.write_all(b"0"))
    }

    fn kills(&self) -> io::Result<u64> {
        counted(&self.events)
    }

    fn kill(&self) -> io::Result<()> {
        match self.version {
            Version::One => Ok(()),
            Version::Two => present(self.memory.own.write("cgroup.kill", "1")).map(drop),
        }
    }

    fn empty(&self) -> Result<(), SandboxError> {
        self.until_empty()
    }

    fn descriptors(&self) -> (RawFd, Vec<RawFd>) {
        let door = |part: &Part| part.door.as_ref().map_or(part.own.as_fd().as_raw_fd(), AsRawFd::as_raw_fd);
        (self.events.as_raw_fd(), self.parts().map(door).collect())
    }
}

/// Reads the kernel's count of the processes it ended for want of memory.
pub(super) fn counted(events: &File) -> io::Result<u64> {
    let mut buffer = [0; 1024];
    let length = events.read_at(&mut buffer, 0)?;
    kills(&String::from_utf8_lossy(&buffer[..length])).ok_or_else(|| io::Error::other("the kernel does not count kills"))
}

fn remove_all(memory: &Part, pids: Option<&Part>) -> io::Result<()> {
    let pids = pids.map_or(Ok(()), Part::remove);
    memory.remove().and(pids)
}

impl Part {
    fn make(at: &Path, version: Version) -> io::Result<Self> {
        let parent = Directory::open(at)?;
        leftover::sweep(at, &parent)?;
        let (name, own) = make_below(&parent)?;
        let part = Self { parent, name, own, door: None };
        let door = || part.own.hold().and_then(|()| (version == Version::One).then(|| part.own.writer("tasks")).transpose());
        match door() {
            Ok(door) => Ok(Self { door, ..part }),
            Err(error) => Err(part.remove().err().unwrap_or(error)),
        }
    }

    fn remove(&self) -> io::Result<()> {
        self.parent.remove(&self.name)
    }
}

/// A leftover of an earlier process with our id is passed over.
fn make_below(parent: &Directory) -> io::Result<(String, Directory)> {
    let mut number = 0;
    loop {
        let name = name(std::process::id(), number);
        match parent.make(&name) {
            Ok(own) => return Ok((name, own)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 100 => number += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Whether a file that need not exist was there to be written.
fn present(written: io::Result<()>) -> io::Result<bool> {
    match written {
        Err(error) if error.raw_os_error() == Some(Errno::ENOENT as i32) => Ok(false),
        other => other.map(|()| true),
    }
}

impl Version {
    fn kind(self) -> CapKind {
        match self {
            Self::One => CapKind::CgroupV1,
            Self::Two => CapKind::CgroupV2,
        }
    }

    fn events(self) -> &'static str {
        match self {
            Self::One => "memory.oom_control",
            Self::Two => "memory.events",
        }
    }

    /// Files that must exist, in the order they are to be written.
    fn memory_limits(self, cap: Cap) -> Vec<(&'static str, String)> {
        match self {
            Self::One => vec![("memory.limit_in_bytes", cap.memory.to_string())],
            Self::Two => vec![("memory.max", cap.memory.to_string()), ("memory.oom.group", "1".to_owned())],
        }
    }

    /// The kernel may be without swap accounting. Version 1 counts memory and swap together, and after the memory.
    fn swap_limit(self, cap: Cap) -> (&'static str, String) {
        match self {
            Self::One => ("memory.memsw.limit_in_bytes", cap.memory.to_string()),
            Self::Two => ("memory.swap.max", "0".to_owned()),
        }
    }
}

/// The count in `memory.events` or `memory.oom_control`.
fn kills(events: &str) -> Option<u64> {
    events.lines().find_map(|line| line.strip_prefix("oom_kill ")).and_then(|count| count.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn each_version_has_its_own_files() {
        let cap = Cap { memory: 4096, processes: 7 };
        assert_eq!(Version::One.memory_limits(cap), [("memory.limit_in_bytes", "4096".to_owned())]);
        assert_eq!(Version::One.swap_limit(cap), ("memory.memsw.limit_in_bytes", "4096".to_owned()));
        assert_eq!(Version::Two.memory_limits(cap), [("memory.max", "4096".to_owned()), ("memory.oom.group", "1".to_owned())]);
        assert_eq!(Version::Two.swap_limit(cap), ("memory.swap.max", "0".to_owned()));
    }

    #[test]
    fn kills_are_counted_by_the_line_of_that_name() {
        assert_eq!(kills("low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 1\n"), Some(2));
        assert_eq!(kills("oom_kill_disable 0\nunder_oom 0\noom_kill 4\n"), Some(4));
        assert_eq!(kills("oom_kill_disable 0\nunder_oom 0\n"), None);
    }

    /// Needs root and a hierarchy of version 2; its controllers may all be elsewhere, so that limits are not part of it.
    #[test]
    fn a_process_can_begin_in_a_cgroup_of_version_two_and_is_ended_with_it() {
        let mount =
            ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map(PathBuf::from).into_iter().find(|at| at.join("cgroup.controllers").exists());
        let Some(mount) = mount.filter(|_| nix::unistd::Uid::effective().is_root()) else { return };
        let memory = Part::make(&mount, Version::Two).unwrap();
        let events = memory.own.reader("cgroup.events").unwrap();
        let group = Group { version: Version::Two, memory, pids: None, events };
        let child = match group.fork().unwrap() {
            Fork::Parent(child) => child,
            Fork::Child => loop {
                nix::unistd::pause();
            },
        };
        assert_eq!(members(&group.memory.own).unwrap(), [child]);
        group.kill().unwrap();
        let status = sys::reap(child, true).unwrap().unwrap().status;
        assert_eq!(nix::libc::WTERMSIG(status), nix::libc::SIGKILL);
        group.empty().unwrap();
        group.remove().unwrap();
        group.remove().unwrap();
    }
}
