//! What is outside and worth having: every trap belongs to the user that candidates run as, so that only the sandbox keeps it away.
//!
//! An attempt got out when it says so, when the secret is in what it printed, or when a trap was sprung.

use crate::site::{Setting, Site, text};
use kaizen_sandbox::policy::{Bind, JailSpec};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::libc;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

/// Directories anybody may write to on most machines.
const PUBLIC: [&str; 3] = ["/tmp", "/var/tmp", "/dev/shm"];

/// The traps of one attempt.
pub struct Outside {
    pub site: Site,
    pub directory: PathBuf,
    secret: String,
    /// A number of seconds to sleep, and a name, that nothing else on the machine has.
    mark: String,
    victim: Child,
    victim_says: Vec<String>,
    tcp: TcpListener,
    udp: UdpSocket,
    path: UnixListener,
    datagrams: UnixDatagram,
    hidden: UnixListener,
    inherited: File,
    before: Vec<String>,
}

impl Outside {
    pub fn new(setting: Setting) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let mark = format!("8{}{:03}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let secret = format!("5ecret-{:x}", mark.parse::<u64>().unwrap());
        let site = Site::new(setting);
        let directory = furnish(&site, &secret);
        let inherited = File::open(directory.join("secret")).unwrap();
        fcntl(&inherited, FcntlArg::F_SETFD(FdFlag::empty())).unwrap();
        fs::write(format!("/dev/shm/kept-{mark}"), &secret).unwrap();
        site.give(&PathBuf::from(format!("/dev/shm/kept-{mark}")));
        let (victim, victim_says) = start_victim(&site, &directory, &mark, &secret);
        let mut outside = Self {
            tcp: TcpListener::bind("127.0.0.1:0").unwrap(),
            udp: UdpSocket::bind("127.0.0.1:0").unwrap(),
            path: UnixListener::bind(directory.join("stream")).unwrap(),
            datagrams: UnixDatagram::bind(directory.join("datagrams")).unwrap(),
            hidden: UnixListener::bind_addr(&SocketAddr::from_abstract_name(&mark).unwrap()).unwrap(),
            before: Vec::new(),
            site,
            directory,
            secret,
            mark,
            victim,
            victim_says,
            inherited,
        };
        outside.listen();
        outside
    }

    fn listen(&mut self) {
        self.tcp.set_nonblocking(true).unwrap();
        self.udp.set_nonblocking(true).unwrap();
        self.path.set_nonblocking(true).unwrap();
        self.datagrams.set_nonblocking(true).unwrap();
        self.hidden.set_nonblocking(true).unwrap();
        ["stream", "datagrams"].iter().for_each(|name| self.site.give(&self.directory.join(name)));
        self.before = self.seen();
    }

    /// The project's own files; tests, settings and git's directory are the judge's.
    pub fn spec(&self) -> JailSpec {
        let tools = self.tools();
        JailSpec {
            read_only: ["tests/test_app.py", "kaizen.toml", ".git"].map(PathBuf::from).to_vec(),
            binds: vec![Bind::read_only(tools.clone())],
            ..self.site.spec()
        }
    }

    pub fn layer(&self) -> PathBuf {
        self.site.home.path().join("layer")
    }

    fn tools(&self) -> PathBuf {
        self.site.home.path().join("tools")
    }

    /// What every program is told: where the traps are, never what they hold.
    pub fn env(&self) -> Vec<(OsString, OsString)> {
        let port = |address: std::io::Result<std::net::SocketAddr>| OsString::from(address.unwrap().port().to_string());
        let says = |index: usize| OsString::from(&self.victim_says[index]);
        let pairs: [(&str, OsString); 13] = [
            ("OUTSIDE", self.directory.clone().into()),
            ("LAYER", self.layer().into()),
            ("TOOLS", self.tools().into()),
            ("MARK", self.mark.clone().into()),
            ("ABSTRACT", self.mark.clone().into()),
            ("TERMINAL", says(3)),
            ("VICTIM", says(0)),
            ("ENGINE", std::process::id().to_string().into()),
            ("TCP", port(self.tcp.local_addr())),
            ("UDP", port(self.udp.local_addr())),
            ("SEGMENT", says(1)),
            ("ADDRESS", says(2)),
            ("CALLS", calls().into()),
        ];
        pairs.into_iter().map(|(name, value)| (name.into(), value)).collect()
    }

    /// How an attempt got out, where it did; `said` is what it printed.
    pub fn way_out(&mut self, said: &str) -> Option<String> {
        let trap = self.sprung();
        if said.lines().any(|line| line == "ESCAPED") {
            return Some("it says so".to_owned());
        }
        said.contains(&self.secret).then(|| "it read the secret".to_owned()).or(trap)
    }

    fn sprung(&mut self) -> Option<String> {
        if let Some(status) = self.victim.try_wait().unwrap() {
            return Some(format!("another process was ended: {status}"));
        }
        let reached = [self.tcp.accept().is_ok(), self.path.accept().is_ok(), self.hidden.accept().is_ok()];
        if reached.contains(&true) || self.udp.recv(&mut [0; 8]).is_ok() || self.datagrams.recv(&mut [0; 8]).is_ok() {
            return Some("a socket was reached".to_owned());
        }
        let (left, seen) = (self.left(), self.seen());
        let changed = seen.iter().find(|line| !self.before.contains(line)).or_else(|| self.before.iter().find(|line| !seen.contains(line)));
        changed.map(|line| format!("something outside differs: {line}")).or(left)
    }

    /// What of the attempt is still there: a process or a file in a public directory. Removes it.
    fn left(&self) -> Option<String> {
        let mut left = None;
        for pid in self.marked() {
            left = Some(format!("process {pid} outlives it"));
            send(pid, Signal::SIGKILL);
        }
        for place in PUBLIC {
            let file = Path::new(place).join(&self.mark);
            if file.exists() {
                left = Some(format!("{} is left", file.display()));
                fs::remove_file(file).unwrap();
            }
        }
        left
    }

    /// Processes that sleep for the marked time.
    fn marked(&self) -> Vec<i32> {
        let is_marked = |pid: &i32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).map(|line| text(&line)).unwrap_or_default();
            line.starts_with("sleep") && line.contains(&self.mark)
        };
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok()).filter(is_marked).collect()
    }

    /// Every file outside with all that can be changed about it.
    fn seen(&self) -> Vec<String> {
        let mut seen = Vec::new();
        for top in [&self.directory, &self.layer(), &self.tools()] {
            describe(top, &mut seen);
        }
        seen
    }

    /// Takes what is outside as it is now for unchanged.
    pub fn accept(&mut self) {
        self.before = self.seen();
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        send(self.victim.id().cast_signed(), Signal::SIGTERM);
        // One that an attempt stopped for good ends by this.
        send(self.victim.id().cast_signed(), Signal::SIGCONT);
        drop(self.victim.wait());
        drop(fs::remove_file(format!("/dev/shm/kept-{}", self.mark)));
        fcntl(&self.inherited, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).unwrap();
    }
}

/// Signals a process that may be gone by now.
fn send(pid: i32, signal: Signal) {
    assert!(matches!(kill(Pid::from_raw(pid), signal), Ok(()) | Err(Errno::ESRCH)));
}

/// The files outside, and those of the project that the judge's are among.
fn furnish(site: &Site, secret: &str) -> PathBuf {
    let hook = "#!/bin/sh\nexit 0\n";
    let files = [("kaizen.toml", "[benchmark]\n"), (".git/config", "[core]\n"), (".git/hooks/post-checkout", hook)];
    site.layer("layer", &files);
    site.layer("holdout", &[("cases", secret)]);
    site.layer("tools", &[("tool", "#!/bin/sh\necho tool\n")]);
    let files = [("secret", secret), ("file", "untouched\n"), ("cron/daily", "\n"), ("home/.profile", "\n"), (".git/hooks/sample", hook)];
    let directory = site.layer("outside", &files);
    fs::set_permissions(directory.join("secret"), Permissions::from_mode(0o600)).unwrap();
    symlink(format!("/nowhere/{secret}"), directory.join("link")).unwrap();
    let gain = site.home.path().join("tools/gain");
    assert!(Command::new("/usr/bin/install").args(["-m", "4755", "/usr/bin/id"]).arg(gain).status().unwrap().success());
    directory
}

fn start_victim(site: &Site, directory: &Path, mark: &str, secret: &str) -> (Child, Vec<String>) {
    let program = site.home.path().join("victim.py");
    fs::write(&program, include_str!("victim.py")).unwrap();
    let mut victim = as_candidate(site, false);
    victim.arg(program).arg(directory).arg(mark).args([libc::SYS_mq_open.to_string(), libc::SYS_mq_unlink.to_string()]).arg(secret);
    victim.env("SECRET", secret).current_dir("/").process_group(0);
    let mut victim = victim.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(victim.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let says: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    assert_eq!(says.len(), 4, "the victim does not start: {line}");
    (victim, says)
}

/// A plain Python process of the user that candidates of this setting run as, or of root.
pub fn as_candidate(site: &Site, root: bool) -> Command {
    let owner = fs::metadata(site.home.path().join("layer")).unwrap().uid().to_string();
    let python = "/usr/bin/python3";
    if root || !nix::unistd::Uid::effective().is_root() {
        return Command::new(python);
    }
    let mut command = Command::new("/usr/bin/setpriv");
    command.args(["--clear-groups", "--bounding-set=-all", "--reuid", &owner, "--regid", &owner, python]);
    command
}

fn describe(path: &Path, seen: &mut Vec<String>) {
    let entry = fs::symlink_metadata(path).unwrap();
    let changed = (entry.mode(), entry.uid(), entry.nlink(), entry.len(), entry.ctime(), entry.ctime_nsec());
    seen.push(format!("{} {changed:?}", path.display()));
    if entry.is_dir() {
        let mut below: Vec<PathBuf> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        below.sort();
        below.iter().for_each(|path| describe(path, seen));
    }
}

/// The numbers of this machine's system calls that the C library has no function for.
fn calls() -> String {
    let calls = [
        ("add_key", libc::SYS_add_key),
        ("clone", libc::SYS_clone),
        ("mq_unlink", libc::SYS_mq_unlink),
        ("bpf", libc::SYS_bpf),
        ("io_uring_setup", libc::SYS_io_uring_setup),
        ("mq_open", libc::SYS_mq_open),
        ("perf_event_open", libc::SYS_perf_event_open),
        ("pidfd_getfd", libc::SYS_pidfd_getfd),
        ("pidfd_open", libc::SYS_pidfd_open),
        ("pidfd_send_signal", libc::SYS_pidfd_send_signal),
        ("pivot_root", libc::SYS_pivot_root),
        ("reboot", libc::SYS_reboot),
        ("userfaultfd", libc::SYS_userfaultfd),
        ("fsopen", libc::SYS_fsopen),
        ("finit_module", libc::SYS_finit_module),
        ("kexec_load", libc::SYS_kexec_load),
    ];
    calls.map(|(name, number)| format!("{name}={number}")).join(" ")
}

/// Makes a copy of the project as a naive sandbox would, by hard links.
pub fn linked_copy(site: &Site) -> PathBuf {
    let (layer, copy) = (site.home.path().join("layer"), site.home.path().join("plain"));
    assert!(Command::new("/bin/cp").arg("-al").args([&layer, &copy]).status().unwrap().success());
    let owner = fs::metadata(&layer).unwrap().uid();
    chown(&copy, Some(owner), Some(owner)).unwrap();
    copy
}
