//! What a candidate must not reach.

use crate::site::{Setting, Site, python, ran, said, settings, text};
use kaizen_sandbox::backend::Tier;
use kaizen_sandbox::probe::probe_tier;
use kaizen_sandbox::run::RunReport;
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

const WALLS: [Tier; 4] = [Tier::Namespaces, Tier::Bubblewrap, Tier::Container, Tier::Landlock];

/// `bwrap` leaves a first process of its own beside the candidate, as the same user: its descriptors can be listed, not opened, and the
/// owner and times of its files in `/proc` set to what they are.
const OF_BWRAP: [&str; 3] = ["utime /proc/1/oom_score_adj", "chown /proc/1/oom_score_adj", "read /proc/1/fd"];

/// What a program found, less what is harmless in its tier.
fn found(setting: Setting, report: &RunReport) -> (Vec<String>, String) {
    let said = text(&report.stdout);
    let harmless = |line: &&str| setting.tier == Tier::Bubblewrap && OF_BWRAP.contains(line);
    (said.lines().filter(|line| !harmless(line)).map(str::to_owned).collect(), text(&report.stderr))
}

/// Runs a Python program that prints what it managed to do, and expects nothing.
fn expect_nothing(tiers: &[Tier], prepare: impl Fn(&Site), program: &str) {
    for setting in settings(tiers) {
        let site = Site::new(setting);
        prepare(&site);
        let program = program.replace("HOME", &site.home.path().display().to_string());
        let report = ran(site.jail().as_mut(), &python(&program));
        assert_eq!(found(setting, &report), (vec!["done".to_owned()], String::new()), "{setting:?}");
    }
}

#[test]
fn the_self_test_of_every_tier_passes_here() {
    for setting in settings(&WALLS) {
        let probe = probe_tier(&Site::new(setting).launcher, setting.tier);
        assert!(probe.works, "{setting:?} {probe:?}");
    }
}

#[test]
fn a_self_test_is_not_hindered_by_what_a_killed_one_left() {
    for setting in settings(&WALLS) {
        let site = Site::new(setting);
        for number in 0..100 {
            let left = site.launcher.scratch.join(format!("probe-{}-{number}", std::process::id()));
            fs::create_dir_all(left.join("layer")).unwrap();
        }
        let probe = probe_tier(&site.launcher, setting.tier);
        assert!(probe.works, "{setting:?} {probe:?}");
    }
}

#[test]
fn what_languages_keep_in_etc_by_version_can_be_read_in_every_tier() {
    let names = fs::read_dir("/etc").unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: Vec<String> = names.filter(|name| name.starts_with("java") || name.starts_with("python3.")).collect();
    for setting in settings(&WALLS) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        for name in &names {
            assert_eq!(said(jail.as_mut(), &format!("ls /etc/{name} >/dev/null && echo read")), "read\n", "{setting:?} {name}");
        }
    }
}

#[test]
fn nothing_can_be_written_outside_the_workspace() {
    let outside = |site: &Site| {
        fs::create_dir(site.home.path().join("theirs")).unwrap();
        fs::write(site.home.path().join("theirs/file"), "untouched").unwrap();
        site.give(&site.home.path().join("theirs"));
        site.give(&site.home.path().join("theirs/file"));
    };
    expect_nothing(
        &WALLS,
        outside,
        r#"
import os
def attempt(name, act):
    try:
        act()
    except OSError:
        return
    print(name)
parent = os.path.dirname(os.getcwd())
for place in ["/", "/usr", "/usr/lib", "/etc", "/root", "/home", "/sys", "/proc", "/dev", "/srv", "/run", "/var", "/.kaizen", parent, "HOME", "HOME/theirs", "HOME/layer"]:
    attempt("create in " + place, lambda: open(place + "/planted", "w"))
    attempt("mkdir in " + place, lambda: os.mkdir(place + "/planted"))
    attempt("link into " + place, lambda: os.symlink("x", place + "/planted"))
    attempt("rename into " + place, lambda: os.rename("README", place + "/planted"))
for file in ["HOME/theirs/file", "HOME/layer/README", "/etc/passwd", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/proc/1/oom_score_adj", "/usr/bin/env"]:
    attempt("write " + file, lambda: open(file, "r+b"))
    attempt("truncate " + file, lambda: os.truncate(file, 0))
    attempt("chmod " + file, lambda: os.chmod(file, 0o777))
    attempt("utime " + file, lambda: os.utime(file, (0, 0)))
    attempt("chown " + file, lambda: os.chown(file, os.getuid(), os.getgid()))
    attempt("unlink " + file, lambda: os.unlink(file))
    attempt("hard link " + file, lambda: os.link(file, "linked"))
print("done")
"#,
    );
}

#[test]
fn neither_homes_nor_the_engines_environment_are_visible() {
    let secret = |site: &Site| fs::write(site.home.path().join("secret"), "x").unwrap();
    expect_nothing(
        &WALLS,
        secret,
        r#"
import os, glob
for place in ["/root", "/home", "/run", "/var/run", "HOME", "/etc/shadow", "/etc/ssh", "HOME/secret", "/proc/kcore"]:
    try:
        os.listdir(place) if os.path.isdir(place) else open(place).read(1)
        print("sees", place)
    except OSError:
        pass
for name in os.environ:
    if name not in ("PATH", "PYTHONDONTWRITEBYTECODE", "TMPDIR", "LC_CTYPE"):
        print("environment", name)
for file in glob.glob("/proc/[0-9]*/environ") + ["/proc/1/environ", "/proc/%d/environ" % os.getppid()]:
    try:
        if b"CARGO" in open(file, "rb").read():
            print("environment of", file)
    except OSError:
        pass
print("done")
"#,
    );
}

#[test]
fn no_descriptor_is_inherited() {
    let leaky = fs::File::open("/dev/null").unwrap();
    nix::fcntl::fcntl(&leaky, nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::empty())).unwrap();
    expect_nothing(
        &[Tier::Namespaces, Tier::Bubblewrap, Tier::Container, Tier::Landlock, Tier::None],
        |_| {},
        r#"
import os
for fd in range(3, 256):
    try:
        os.fstat(fd)
        print("inherited", fd)
    except OSError:
        pass
print("done")
"#,
    );
    drop(leaky);
}

#[test]
fn candidates_are_not_root_and_have_no_capabilities() {
    expect_nothing(
        &WALLS,
        |_| {},
        r#"
import os
if 0 in os.getresuid() + os.getresgid() or 0 in os.getgroups():
    print("root", os.getresuid(), os.getresgid(), os.getgroups())
for line in open("/proc/self/status"):
    name, value = line.split(":", 1)
    if name.startswith("Cap") and name != "CapBnd" and int(value, 16): print(line)
    if name == "NoNewPrivs" and value.strip() != "1": print(line)
    if name == "Seccomp" and value.strip() != "2": print(line)
print("done")
"#,
    );
}

#[test]
fn the_hosts_network_and_unix_sockets_are_out_of_reach() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let name = format!("kaizen-conformance-{}", std::process::id());
    let hidden = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let program = r#"
import os, socket
def attempt(name, act):
    try:
        act()
    except OSError:
        return
    print(name)
attempt("tcp", lambda: socket.create_connection(("127.0.0.1", PORT), 1))
attempt("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("8.8.8.8", 53)))
attempt("abstract", lambda: socket.socket(socket.AF_UNIX).connect("\0NAME"))
attempt("path", lambda: socket.socket(socket.AF_UNIX).connect("HOME/socket"))
a, b = socket.socketpair()
a.send(b"x")
assert b.recv(1) == b"x"
print("done")
"#;
    let program = program.replace("PORT", &tcp.local_addr().unwrap().port().to_string()).replace("NAME", &name);
    let listen = |site: &Site| {
        let listener = UnixListener::bind(site.home.path().join("socket")).unwrap();
        site.give(&site.home.path().join("socket"));
        std::mem::forget(listener);
    };
    expect_nothing(&WALLS, listen, &program);
    drop((tcp, hidden));
}

#[test]
fn a_server_on_the_jails_own_loopback_can_be_reached_from_inside() {
    expect_nothing(
        &[Tier::Namespaces, Tier::Container],
        |_| {},
        r#"
import socket
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname(), 1)
server.accept()[0].send(b"hello")
assert client.recv(5) == b"hello"
print("done")
"#,
    );
}

#[test]
fn granted_ports_are_the_engines_to_accept_from_and_stay_so_after_a_reset() {
    for setting in settings(&[Tier::Namespaces, Tier::Container]) {
        let site = Site::new(setting);
        let mut spec = site.spec();
        spec.granted.ports = vec![0];
        let mut jail = site.open(&spec);
        let listener = jail.listeners().remove(0);
        let port = listener.local_addr().unwrap().port();
        let ask = format!("import socket\nprint(socket.create_connection(('127.0.0.1', {port}), 5).recv(5).decode())");
        for _ in 0..2 {
            let listener = listener.try_clone().unwrap();
            let answering = std::thread::spawn(move || listener.accept().unwrap().0.write_all(b"hello").unwrap());
            assert_eq!(text(&ran(jail.as_mut(), &python(&ask)).stdout), "hello\n", "{setting:?}");
            answering.join().unwrap();
            jail.reset().unwrap();
        }
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn dangerous_system_calls_are_refused() {
    expect_nothing(
        &WALLS,
        |_| {},
        r#"
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def refused(name, number, *arguments, errno=1):
    ctypes.set_errno(0)
    result = libc.syscall(number, *arguments)
    if result == 0 and name.startswith("clone"): os._exit(0)
    if result != -1 or ctypes.get_errno() != errno: print(name, result, ctypes.get_errno())
for name, flag in [("user", 0x10000000), ("mount", 0x20000), ("pid", 0x20000000), ("net", 0x40000000)]:
    refused("unshare " + name, 272, flag)
    refused("clone " + name, 56, flag | 17, 0, 0, 0, 0)
refused("clone3", 435, 0, 0, errno=38)
refused("memfd_create", 319, b"x", 0, errno=38)
refused("x32 getpid", 0x40000000 + 39, errno=38)
for name, number in dict(mount=165, umount2=166, pivot_root=155, chroot=161, setns=308, ptrace=101, process_vm_readv=310, keyctl=250, add_key=248, bpf=321, perf=298, io_uring=425, userfaultfd=323, kexec=246, module=175, handle=304, swapon=167, reboot=169, settimeofday=164, clock_settime=227, open_tree=428, fsopen=430, move_mount=429, mount_setattr=442).items():
    refused(name, number, 0, 0, 0, 0, 0)
print("done")
"#,
    );
}

/// Asked for by their numbers, which are the same everywhere and which a kernel need not know yet to be asked.
#[test]
fn attributes_by_path_are_refused_where_nothing_else_covers_them() {
    expect_nothing(
        &[Tier::Landlock],
        |_| {},
        r#"
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for name, number in dict(fchmodat2=452, setxattrat=463, removexattrat=466, file_setattr=469).items():
    if libc.syscall(number, -100, b"README", 0, 0, 0, 0) != -1 or ctypes.get_errno() != 1: print(name, ctypes.get_errno())
print("done")
"#,
    );
}

#[test]
fn other_processes_cannot_be_seen_signalled_or_read() {
    for setting in settings(&WALLS) {
        let site = Site::new(setting);
        let engine = std::process::id();
        let program = format!(
            r#"
import os, signal
for pid in [{engine}, os.getppid(), 1]:
    try:
        os.kill(pid, signal.SIGUSR1)
        if pid == {engine} and pid != os.getpid(): print("signalled", pid)
    except OSError:
        pass
    for file in ["mem", "environ", "maps", "fd", "root"]:
        try:
            path = "/proc/%d/%s" % (pid, file)
            os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1)
            if pid != os.getpid(): print("read", path)
        except OSError:
            pass
print("done")
"#
        );
        let report = ran(site.jail().as_mut(), &python(&program));
        assert_eq!(found(setting, &report), (vec!["done".to_owned()], String::new()), "{setting:?}");
    }
}
