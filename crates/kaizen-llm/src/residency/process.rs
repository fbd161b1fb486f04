//! What the kernel says of a server's processes on this machine: which they are, and the memory they hold.
//!
//! Reads `/proc` and nothing else; ends nobody. Another user's processes show their memory and their arguments too, so that a server
//! that runs under its own account can be watched. Where there is no `/proc`, nothing is found, and callers say that they could not look.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

/// A process; with its start it cannot be taken for a later one of the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// When it started, in clock ticks since boot.
    pub started: i64,
}

impl Process {
    /// The process of this number, if it is alive.
    pub fn of(pid: u32) -> Option<Self> {
        stat(pid).map(|stat| Self { pid, started: stat.started })
    }

    /// The process that listens on this TCP port of this machine.
    pub fn listening(port: u16) -> Option<Self> {
        let sockets = listeners(port);
        let holds = |pid: &u32| {
            let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
            let links = files.flatten().filter_map(|file| fs::read_link(file.path()).ok());
            links.into_iter().any(|link| sockets.inodes.iter().any(|inode| link.as_os_str() == format!("socket:[{inode}]").as_str()))
        };
        let found = everyone().find(holds).or_else(|| everyone().find(|pid| sockets.owned_by_ollama(*pid)));
        found.and_then(Self::of)
    }

    /// Whether it is still there. A process that ended and was not collected yet is gone.
    pub fn is_there(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    /// Itself and everyone it started, directly or not.
    pub fn family(self) -> Vec<Self> {
        if !self.is_there() {
            return vec![];
        }
        let all: Vec<(u32, Stat)> = everyone().filter_map(|pid| Some((pid, stat(pid)?))).collect();
        let mut members = HashSet::from([self.pid]);
        let mut family = vec![self];
        let mut at = 0;
        while at < family.len() {
            let parent = family[at].pid;
            let children = all.iter().filter(|(pid, stat)| stat.parent == parent && members.insert(*pid));
            family.extend(children.map(|(pid, stat)| Self { pid: *pid, started: stat.started }));
            at += 1;
        }
        family
    }

    /// Bytes of main memory that it and everyone it started hold.
    pub fn resident(self) -> u64 {
        self.family().into_iter().map(|one| resident(one.pid)).fold(0, u64::saturating_add)
    }

    /// The one among those it started that was given one of these files.
    pub fn runner_of(self, files: &[PathBuf]) -> Option<Self> {
        let given = |one: &Self| {
            let arguments = fs::read(format!("/proc/{}/cmdline", one.pid)).unwrap_or_default();
            arguments.split(|byte| *byte == 0).any(|argument| files.iter().any(|file| file.as_os_str().as_encoded_bytes() == argument))
        };
        self.family().into_iter().skip(1).find(given)
    }
}

/// Bytes of main memory that are free for programs.
pub fn free_memory() -> Option<u64> {
    kibibytes(&fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable:")
}

struct Stat {
    parent: u32,
    started: i64,
}

/// `None` for one that is gone or only waits to be collected.
fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Behind the name, which may hold anything: the state, the parent, and as the twentieth the start.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    if matches!(*fields.first()?, "Z" | "X") {
        return None;
    }
    Some(Stat { parent: fields.get(1)?.parse().ok()?, started: fields.get(19)?.parse().ok()? })
}

fn everyone() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    kibibytes(&status, "VmRSS:").unwrap_or(0)
}

fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok()?.checked_mul(1024)
}

/// Sockets that listen on a port.
#[derive(Default)]
struct Listeners {
    inodes: Vec<u64>,
    users: Vec<u32>,
}

impl Listeners {
    /// The open files of another user's process cannot be seen: then it is the one named `ollama` of the user who listens.
    fn owned_by_ollama(&self, pid: u32) -> bool {
        use std::os::unix::fs::MetadataExt;
        let user = fs::metadata(format!("/proc/{pid}")).map(|found| found.uid());
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        name.trim_end() == "ollama"
            && user.is_ok_and(|user| self.users.contains(&user))
            && arguments.split(|byte| *byte == 0).any(|argument| argument == b"serve")
    }
}

/// Lines of /proc/net/tcp: number, local address, remote address, state (0A listens), ..., user (8th), timeout, inode (10th).
fn listeners(port: u16) -> Listeners {
    let mut found = Listeners::default();
    let wanted = format!(":{port:04X}");
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        for line in fs::read_to_string(table).unwrap_or_default().lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            if fields.get(1).is_some_and(|local| local.ends_with(&wanted)) && fields.get(3) == Some(&"0A") {
                found.users.extend(fields.get(7).and_then(|user| user.parse::<u32>().ok()));
                found.inodes.extend(fields.get(9).and_then(|inode| inode.parse::<u64>().ok()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_listener_is_found_by_its_port() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let found = Process::listening(listener.local_addr().unwrap().port()).unwrap();
        assert_eq!(found.pid, std::process::id());
    }

    #[test]
    fn a_process_that_ended_is_gone_before_it_is_collected() {
        let mut child = std::process::Command::new("sh").args(["-c", "read _"]).stdin(std::process::Stdio::piped()).spawn().unwrap();
        let process = Process::of(child.id()).unwrap();
        let me = Process::of(std::process::id()).unwrap();
        assert!(process.is_there() && me.family().contains(&process) && me.resident() > 1 << 20);
        drop(child.stdin.take());
        fn wait_until(condition: impl Fn() -> bool) -> bool {
            let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
            while !condition() && std::time::Instant::now() < end {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            condition()
        }
        assert!(wait_until(|| !process.is_there()));
        child.wait().unwrap();
        assert!(!Process { started: me.started + 1, ..me }.is_there());
    }
}
