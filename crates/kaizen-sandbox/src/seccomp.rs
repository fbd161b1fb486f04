//! System calls that no candidate needs and that reach the kernel's sharp edges.
//!
//! A deny-list answered with an errno, so that programs that merely try fall back. The walls are the namespaces and Landlock; this
//! takes away ways to attack them. It does not filter what ordinary programs use.

use crate::error::SandboxError;
use nix::libc;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, sock_filter,
};
use std::collections::BTreeMap;

/// What is denied beyond the common list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extra {
    /// Namespaces keep the network away.
    Nothing,
    /// The same, and process 1 is one of ours that outlives the run: its priority and processors, which later runs inherit, stay as they
    /// are.
    FirstProcess,
    /// No sockets but connected pairs, and no changing of modes, owners, times and attributes by path, which Landlock does not cover:
    /// the candidate may own files outside, at least those of the layers.
    SocketsAndMetadata,
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Namespace flags of clone and unshare; `CLONE_NEWTIME` (0x80) exists for unshare only.
const NAMESPACES: [i32; 7] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
];
const CLONE_NEWTIME: i32 = 0x80;

const DENIED: &[libc::c_long] = &[
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_mount_setattr,
    libc::SYS_setns,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_userfaultfd,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_quotactl,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_nfsservctl,
    libc::SYS_fanotify_init,
    libc::SYS_lookup_dcookie,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
];

#[cfg(target_arch = "x86_64")]
const DENIED_HERE: &[libc::c_long] = &[libc::SYS_kexec_file_load, libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_modify_ldt, libc::SYS_uselib];
#[cfg(not(target_arch = "x86_64"))]
const DENIED_HERE: &[libc::c_long] = &[];

/// Answered as if the kernel were older, so that the C library takes the older call: clone3's flags are behind a pointer that no
/// filter can read, and a memfd is memory that belongs to no process's resident set.
const UNKNOWN: &[libc::c_long] = &[libc::SYS_clone3, libc::SYS_memfd_create, libc::SYS_memfd_secret];

/// What is found by a number or a name of the whole machine, which Landlock does not cover.
const SHARED: &[libc::c_long] = &[
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_semctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
];

/// Ownership and attributes by path.
const METADATA: &[libc::c_long] = &[
    libc::SYS_fchmodat,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    SYS_FCHMODAT2,
    SYS_SETXATTRAT,
    SYS_REMOVEXATTRAT,
    SYS_FILE_SETATTR,
];
// Not in the C library's headers everywhere yet; the numbers are the same on every architecture.
const SYS_FCHMODAT2: libc::c_long = 452;
const SYS_SETXATTRAT: libc::c_long = 463;
const SYS_REMOVEXATTRAT: libc::c_long = 466;
const SYS_FILE_SETATTR: libc::c_long = 469;

#[cfg(target_arch = "x86_64")]
const METADATA_HERE: &[libc::c_long] =
    &[libc::SYS_chmod, libc::SYS_chown, libc::SYS_lchown, libc::SYS_utime, libc::SYS_utimes, libc::SYS_futimesat];
#[cfg(not(target_arch = "x86_64"))]
const METADATA_HERE: &[libc::c_long] = &[];

/// The programs to install, in this order.
pub(crate) fn filters(extra: Extra) -> Result<Vec<BpfProgram>, SandboxError> {
    compiled(extra).map_err(|error| SandboxError::Setup(format!("compile the call filter: {error}")))
}

fn compiled(extra: Extra) -> Result<Vec<BpfProgram>, BackendError> {
    let mut denied = whole(DENIED);
    denied.extend(whole(DENIED_HERE));
    denied.insert(libc::SYS_unshare, namespace_rules(&[&NAMESPACES[..], &[CLONE_NEWTIME]].concat())?);
    denied.insert(libc::SYS_clone, namespace_rules(&NAMESPACES)?);
    // Another process of the same user, such as the warden, can be limited to death; neither namespaces nor Landlock forbid that.
    denied.insert(libc::SYS_prlimit64, vec![SeccompRule::new(vec![argument_is_not(0, 0)?])?]);
    denied.extend(priorities_of_others(extra)?);
    if extra != Extra::SocketsAndMetadata {
        denied.insert(libc::SYS_socket, vec![SeccompRule::new(unconfined_families()?)?]);
    } else {
        denied.extend(whole(&[libc::SYS_socket]));
        denied.insert(libc::SYS_socketpair, unconnected_pairs()?);
        denied.extend(whole(SHARED));
        denied.extend(whole(METADATA));
        denied.extend(whole(METADATA_HERE));
        denied.insert(libc::SYS_utimensat, vec![SeccompRule::new(vec![path_given()?])?]);
    }
    let mut programs = vec![compile(denied, libc::EPERM)?, compile(whole(UNKNOWN), libc::ENOSYS)?];
    programs.extend(other_abi());
    Ok(programs)
}

fn whole(calls: &[libc::c_long]) -> Rules {
    calls.iter().map(|call| (*call, Vec::new())).collect()
}

fn namespace_rules(flags: &[i32]) -> Result<Vec<SeccompRule>, BackendError> {
    flags
        .iter()
        .map(|flag| {
            let bit = u64::from(flag.unsigned_abs());
            SeccompRule::new(vec![SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(bit), bit)?])
        })
        .collect()
}

/// Setting the times of an open file passes no path.
fn path_given() -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(1, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)
}

/// Priorities of all processes of the same user, ours among them; and those of process 1 by its number and as the group it leads.
fn priorities_of_others(extra: Extra) -> Result<Rules, BackendError> {
    const USER_FOR_IO: i32 = 3;
    let rule = |number, value| SeccompRule::new(vec![argument_is(number, value)?]);
    let (mut priority, mut io) = (vec![rule(0, libc::PRIO_USER.cast_signed())?], vec![rule(0, USER_FOR_IO)?]);
    let mut rules = Rules::new();
    if extra == Extra::FirstProcess {
        for call in [libc::SYS_sched_setaffinity, libc::SYS_sched_setscheduler, libc::SYS_sched_setparam, libc::SYS_sched_setattr] {
            rules.insert(call, vec![rule(0, 1)?]);
        }
        priority.push(rule(1, 1)?);
        io.push(rule(1, 1)?);
    }
    rules.insert(libc::SYS_setpriority, priority);
    rules.insert(libc::SYS_ioprio_set, io);
    Ok(rules)
}

fn argument_is(number: u8, value: i32) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(number, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, u64::from(value.unsigned_abs()))
}

fn argument_is_not(number: u8, value: i32) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(number, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, u64::from(value.unsigned_abs()))
}

/// Families of sockets that a network namespace does not confine, such as those to a hypervisor: all but these.
fn unconfined_families() -> Result<Vec<SeccompCondition>, BackendError> {
    [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK].into_iter().map(|family| argument_is_not(0, family)).collect()
}

/// Pairs of datagram sockets, as which the kernel makes raw ones too, can be connected to others; so may those of other families.
fn unconnected_pairs() -> Result<Vec<SeccompRule>, BackendError> {
    const KIND: u64 = 0xf;
    let kind = |kind: i32| SeccompCondition::new(1, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(KIND), u64::from(kind.unsigned_abs()));
    [argument_is_not(0, libc::AF_UNIX), kind(libc::SOCK_DGRAM), kind(libc::SOCK_RAW)]
        .into_iter()
        .map(|condition| SeccompRule::new(vec![condition?]))
        .collect()
}

fn compile(rules: Rules, errno: i32) -> Result<BpfProgram, BackendError> {
    let arch = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(errno.unsigned_abs()), arch)?.try_into()
}

/// The x32 calls of x86-64 share its architecture number and would pass a list of 64-bit numbers.
fn other_abi() -> Option<BpfProgram> {
    const X32_BIT: u32 = 0x4000_0000;
    const LOAD_NUMBER: u16 = 0x20;
    const JUMP_IF_AT_LEAST: u16 = 0x35;
    const RETURN: u16 = 0x06;
    cfg!(target_arch = "x86_64").then(|| {
        vec![
            sock_filter { code: LOAD_NUMBER, jt: 0, jf: 0, k: 0 },
            sock_filter { code: JUMP_IF_AT_LEAST, jt: 0, jf: 1, k: X32_BIT },
            sock_filter { code: RETURN, jt: 0, jf: 0, k: libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs() },
            sock_filter { code: RETURN, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW },
        ]
    })
}
