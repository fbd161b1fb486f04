//! The system calls that nix does not wrap, each as a safe function.
//!
//! Everything here is called in a single-threaded holder or a process forked from it.
#![allow(unsafe_code)]

use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};
use std::ffi::CString;
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn checked(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Closes every descriptor of this process that is not listed.
pub(crate) fn close_all_except(keep: &[RawFd]) -> io::Result<()> {
    let mut kept: Vec<u32> = keep.iter().filter_map(|fd| u32::try_from(*fd).ok()).collect();
    kept.sort_unstable();
    let mut first = 0;
    for fd in kept {
        if fd > first {
            close_range(first, fd - 1)?;
        }
        first = first.max(fd + 1);
    }
    close_range(first, u32::MAX)
}

fn close_range(first: u32, last: u32) -> io::Result<()> {
    // SAFETY: closing descriptors cannot break memory; callers name every descriptor they still use.
    checked(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0u32) }).map(drop)
}

/// Which side of a fork this is.
pub(crate) enum Fork {
    Parent(libc::pid_t),
    Child,
}

/// Forks, in a new pid namespace when `new_pid_namespace`.
pub(crate) fn fork(new_pid_namespace: bool) -> io::Result<Fork> {
    let namespace = if new_pid_namespace { libc::CLONE_NEWPID } else { 0 };
    let flags = libc::c_long::from(namespace | libc::SIGCHLD);
    // SAFETY: without CLONE_VM and with a null stack this is fork(2). The caller is single-threaded, so no lock can be held by
    // another thread and the child may use the allocator.
    match checked(unsafe { libc::syscall(libc::SYS_clone, flags, 0usize, 0usize, 0usize, 0usize) })? {
        0 => Ok(Fork::Child),
        pid => Ok(Fork::Parent(pid as libc::pid_t)),
    }
}

/// Forks a child that begins in the cgroup (version 2) of the open directory.
pub(crate) fn fork_into(cgroup: BorrowedFd<'_>) -> io::Result<Fork> {
    /// `struct clone_args` up to the field for the cgroup.
    #[repr(C)]
    struct Arguments {
        flags: u64,
        pointers: [u64; 3],
        exit_signal: u64,
        stack_and_tls: [u64; 3],
        set_tid: [u64; 2],
        cgroup: u64,
    }
    const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;
    let arguments = Arguments {
        flags: CLONE_INTO_CGROUP,
        pointers: [0; 3],
        exit_signal: u64::from(libc::SIGCHLD.unsigned_abs()),
        stack_and_tls: [0; 3],
        set_tid: [0; 2],
        cgroup: u64::from(cgroup.as_raw_fd().unsigned_abs()),
    };
    // SAFETY: without CLONE_VM and with a null stack this is fork(2), as above; the kernel reads as many bytes as it is told.
    match checked(unsafe { libc::syscall(libc::SYS_clone3, &arguments, std::mem::size_of::<Arguments>()) })? {
        0 => Ok(Fork::Child),
        pid => Ok(Fork::Parent(pid as libc::pid_t)),
    }
}

/// Sends open descriptors along a connected Unix socket, with one byte that carries them.
pub(crate) fn send_descriptors(line: BorrowedFd<'_>, descriptors: &[RawFd]) -> io::Result<()> {
    let carrier = [IoSlice::new(&[0])];
    let rights = [ControlMessage::ScmRights(descriptors)];
    sendmsg::<()>(line.as_raw_fd(), &carrier, &rights, MsgFlags::empty(), None).map(drop).map_err(io::Error::from)
}

/// Receives what `send_descriptors` sent.
pub(crate) fn receive_descriptors(line: BorrowedFd<'_>) -> io::Result<Vec<OwnedFd>> {
    let mut byte = [0];
    let mut carrier = [IoSliceMut::new(&mut byte)];
    let mut space = nix::cmsg_space!([RawFd; crate::policy::MAX_PORTS]);
    let message = recvmsg::<()>(line.as_raw_fd(), &mut carrier, Some(&mut space), MsgFlags::MSG_CMSG_CLOEXEC)?;
    let mut received = Vec::new();
    for control in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(descriptors) = control {
            // SAFETY: the kernel has just made these descriptors for this process and nothing else owns them.
            received.extend(descriptors.into_iter().map(|descriptor| unsafe { OwnedFd::from_raw_fd(descriptor) }));
        }
    }
    Ok(received)
}

/// What `perf_event_open` is told: `struct perf_event_attr` as its first version had it.
#[repr(C)]
pub(crate) struct EventAttributes {
    kind: u32,
    size: u32,
    config: u64,
    period_and_sample: [u64; 2],
    read_format: u64,
    /// A field of bits, the first of them the lowest: every architecture we build for counts from there.
    flags: u64,
    rest: [u64; 2],
}

impl EventAttributes {
    /// An event that is counted and never sampled.
    pub(crate) fn counting(kind: u32, config: u64, read_format: u64, flags: u64) -> Self {
        let size = std::mem::size_of::<Self>() as u32;
        Self { kind, size, config, period_and_sample: [0; 2], read_format, flags, rest: [0; 2] }
    }
}

/// Opens an event of this thread on every processor; closed on exec.
pub(crate) fn open_event(attributes: &EventAttributes) -> io::Result<OwnedFd> {
    const CLOSE_ON_EXEC: libc::c_ulong = 8;
    // SAFETY: the attributes outlive the call and say how long they are.
    let opened = checked(unsafe { libc::syscall(libc::SYS_perf_event_open, attributes, 0, -1, -1, CLOSE_ON_EXEC) })?;
    // SAFETY: the kernel has just made this descriptor and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(opened as RawFd) })
}

/// Ends this process without running destructors or buffered writes of the process it was forked from.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: _exit does not return and touches no memory.
    unsafe { libc::_exit(code) }
}

/// A child that has ended.
pub(crate) struct Reaped {
    pub(crate) pid: libc::pid_t,
    pub(crate) status: i32,
    pub(crate) cpu: Duration,
    pub(crate) max_rss: u64,
}

/// Waits for a child (`-1` for any); `None` when `block` is false and none has ended.
pub(crate) fn reap(pid: libc::pid_t, block: bool) -> Result<Option<Reaped>, Errno> {
    loop {
        let mut status = 0;
        // SAFETY: an all-zero rusage is a valid value; both pointers live through the call.
        let (result, usage) = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            let options = libc::__WALL | if block { 0 } else { libc::WNOHANG };
            (libc::wait4(pid, &mut status, options, &mut usage), usage)
        };
        match result {
            -1 if Errno::last() == Errno::EINTR => {}
            -1 => return Err(Errno::last()),
            0 => return Ok(None),
            pid => return Ok(Some(Reaped { pid, status, cpu: cpu(&usage), max_rss: usage.ru_maxrss.unsigned_abs() * 1024 })),
        }
    }
}

fn cpu(usage: &libc::rusage) -> Duration {
    let of = |time: &libc::timeval| Duration::new(time.tv_sec.unsigned_abs(), 0) + Duration::from_micros(time.tv_usec.unsigned_abs());
    of(&usage.ru_utime) + of(&usage.ru_stime)
}

/// Time since an arbitrary point that all processes of this machine share.
pub(crate) fn monotonic() -> Duration {
    clock(libc::CLOCK_MONOTONIC)
}

/// Processor time this process has used.
pub(crate) fn own_cpu() -> Duration {
    clock(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn clock(which: libc::clockid_t) -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid; callers name clocks that always exist.
    unsafe { libc::clock_gettime(which, &mut now) };
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs() as u32)
}

/// Adds `attributes` (`MOUNT_ATTR_*`) to the mount at `path`, and to all below it when `recursive`.
pub(crate) fn restrict_mount(path: &CString, recursive: bool, attributes: u64) -> io::Result<()> {
    let attr = libc::mount_attr { attr_set: attributes, attr_clr: 0, propagation: 0, userns_fd: 0 };
    let flags = if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: path is NUL-terminated and attr outlives the call; its size is passed along.
    let result = unsafe {
        libc::syscall(libc::SYS_mount_setattr, libc::AT_FDCWD, path.as_ptr(), flags, &attr, std::mem::size_of::<libc::mount_attr>())
    };
    checked(result).map(drop)
}

/// A user namespace in which `from` (user and group) is `to` outside, and nobody else exists: for a candidate to live in, or a mapping of
/// owners for a mount. Nobody lives in it yet. A child enters it, since a process cannot map another user for itself. Needs the rights
/// of root.
pub(crate) fn user_namespace(from: (u32, u32), to: (u32, u32)) -> io::Result<File> {
    let (tell, hear) = std::os::unix::net::UnixStream::pair()?;
    let child = match fork(false)? {
        Fork::Parent(child) => child,
        Fork::Child => {
            drop(tell);
            let entered = nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWUSER).is_ok();
            // The parent's end closes when the namespace is held open by a descriptor.
            let released = (&hear).write_all(&[u8::from(entered)]).and_then(|()| (&hear).read(&mut [0]));
            exit_now(i32::from(released.is_err()))
        }
    };
    drop(hear);
    let made = mapped(child, &tell, from, to);
    drop(tell);
    reap(child, true)?;
    made
}

fn mapped(child: libc::pid_t, tell: &std::os::unix::net::UnixStream, from: (u32, u32), to: (u32, u32)) -> io::Result<File> {
    let mut entered = [0];
    let mut tell = tell;
    tell.read_exact(&mut entered)?;
    if entered != [1] {
        return Err(io::Error::other("no user namespace could be entered"));
    }
    let of_child = |name: &str| PathBuf::from(format!("/proc/{child}/{name}"));
    std::fs::write(of_child("uid_map"), format!("{} {} 1", from.0, to.0))?;
    std::fs::write(of_child("gid_map"), format!("{} {} 1", from.1, to.1))?;
    File::open(of_child("ns/user"))
}

/// Shows the directory `source` at `target` with its owners mapped by a user namespace and `attributes` (`MOUNT_ATTR_*`); mounts below
/// it are left out. Refused by file systems that cannot map owners.
pub(crate) fn mount_mapped(source: &Path, target: &Path, mapping: &File, attributes: u64) -> io::Result<()> {
    let (source, target) = (CString::new(source.as_os_str().as_bytes())?, CString::new(target.as_os_str().as_bytes())?);
    let userns_fd = u64::from(mapping.as_raw_fd().unsigned_abs());
    let attr = libc::mount_attr { attr_set: attributes | libc::MOUNT_ATTR_IDMAP, attr_clr: 0, propagation: 0, userns_fd };
    let cloned = libc::c_long::from(libc::OPEN_TREE_CLONE) | libc::c_long::from(libc::OPEN_TREE_CLOEXEC);
    // SAFETY: all strings are NUL-terminated and attr outlives the calls; its size is passed along; the kernel has just made the
    // descriptor and nothing else owns it.
    unsafe {
        let tree = checked(libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, source.as_ptr(), cloned))?;
        let tree = OwnedFd::from_raw_fd(tree as RawFd);
        let (here, size) = (c"".as_ptr(), std::mem::size_of::<libc::mount_attr>());
        checked(libc::syscall(libc::SYS_mount_setattr, tree.as_raw_fd(), here, libc::AT_EMPTY_PATH, &attr, size))?;
        let from_tree = libc::MOVE_MOUNT_F_EMPTY_PATH;
        checked(libc::syscall(libc::SYS_move_mount, tree.as_raw_fd(), here, libc::AT_FDCWD, target.as_ptr(), from_tree)).map(drop)
    }
}

/// Brings up the loopback interface of this network namespace.
pub(crate) fn loopback_up() -> io::Result<()> {
    // SAFETY: socket, ioctl and close on our own descriptor; ifreq is plain data and an all-zero one is valid.
    unsafe {
        let socket = libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0);
        checked(socket.into())?;
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[0] = b'l' as libc::c_char;
        request.ifr_name[1] = b'o' as libc::c_char;
        request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
        let result = checked(libc::ioctl(socket, libc::SIOCSIFFLAGS as _, &request).into());
        libc::close(socket);
        result.map(drop)
    }
}

/// Removes everything from the bounding set; needs `CAP_SETPCAP`.
pub(crate) fn empty_bounding_set() -> io::Result<()> {
    for capability in 0..64 {
        // SAFETY: prctl with plain integers.
        if unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) } < 0 {
            return match Errno::last() {
                Errno::EINVAL if capability > 0 => Ok(()),
                errno => Err(errno.into()),
            };
        }
    }
    Ok(())
}

/// Gives up every capability of this thread.
pub(crate) fn drop_capabilities() -> io::Result<()> {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    const VERSION_3: u32 = 0x2008_0522;
    let header = Header { version: VERSION_3, pid: 0 };
    let none = [0u32; 6];
    // SAFETY: version 3 reads two sets of three 32-bit words.
    unsafe {
        checked(libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0).into())?;
        checked(libc::syscall(libc::SYS_capset, &header, none.as_ptr())).map(drop)
    }
}

/// What System V shares by a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SystemV {
    Memory,
    Semaphores,
    Queue,
}

/// Removes such an object.
pub(crate) fn remove_system_v(kind: SystemV, id: i32) -> io::Result<()> {
    // SAFETY: removing takes no argument beyond the id; a null pointer is never read.
    let result = unsafe {
        match kind {
            SystemV::Memory => libc::shmctl(id, libc::IPC_RMID, std::ptr::null_mut()),
            SystemV::Semaphores => libc::semctl(id, 0, libc::IPC_RMID),
            SystemV::Queue => libc::msgctl(id, libc::IPC_RMID, std::ptr::null_mut()),
        }
    };
    checked(result.into()).map(drop)
}

/// Gives every signal its default action and unblocks all.
pub(crate) fn default_signals() {
    for signal in 1..=64 {
        // SAFETY: installing the default action is always sound; unknown or reserved numbers are refused by the kernel.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    // SAFETY: sigemptyset initialises the set before its use.
    unsafe {
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &none, std::ptr::null_mut());
    }
}

/// Lets the next program keep a descriptor.
pub(crate) fn inherit(fd: RawFd) -> io::Result<()> {
    // SAFETY: a plain number; the call changes a flag of it only.
    checked(unsafe { libc::fcntl(fd, libc::F_SETFD, 0) }.into()).map(drop)
}

/// Makes `target` a second name of `fd`, which stays open on exec.
pub(crate) fn place(fd: RawFd, target: RawFd) -> io::Result<()> {
    // SAFETY: both are plain numbers; target is one of the standard streams of a process about to exec.
    checked(unsafe { libc::dup2(fd, target) }.into()).map(drop)
}
