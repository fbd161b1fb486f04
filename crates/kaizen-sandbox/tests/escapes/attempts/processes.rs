//! Signals, traces and limits of processes that are not the candidate's.

use crate::attempt::Group::Processes;
use crate::attempt::{After, Attempt, Proof};

pub const ATTEMPTS: &[Attempt] = &[
    Attempt::new(Processes, "ends another process of the same user", "os.kill(VICTIM, signal.SIGKILL)\ntime.sleep(0.05)"),
    Attempt::new(
        Processes,
        "ends it by a descriptor of the process",
        "call(\"pidfd_send_signal\", os.pidfd_open(VICTIM), signal.SIGKILL, 0, 0)\ntime.sleep(0.05)",
    ),
    Attempt::new(
        Processes,
        "has the kernel signal it when a descriptor becomes ready",
        r#"
ours, theirs = socket.socketpair()
fcntl.fcntl(ours, fcntl.F_SETOWN, VICTIM)
fcntl.fcntl(ours, 10, signal.SIGKILL)
fcntl.fcntl(ours, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
theirs.send(b"x")
time.sleep(0.05)
"#,
    ),
    Attempt::new(
        Processes,
        "ends everything it may",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nos.kill(-1, signal.SIGKILL)\ntime.sleep(0.05)",
    )
    .proof(Proof::NotShown("it would end what else that user runs")),
    Attempt::new(
        Processes,
        "ends its supervisor",
        "each([1, os.getppid()], lambda pid: os.kill(pid, signal.SIGKILL))\ntime.sleep(0.05)\nif os.getppid() == 0: escaped()",
    )
    .proof(Proof::NotShown("its supervisor would be the suite")),
    Attempt::new(
        Processes,
        "traces another process",
        "if libc.ptrace(16, VICTIM, None, None): raise OSError(ctypes.get_errno(), \"ptrace\")\nescaped()",
    ),
    Attempt::new(
        Processes,
        "reads another process' memory by a system call",
        r#"
class Piece(ctypes.Structure): _fields_ = [("at", ctypes.c_void_p), ("length", ctypes.c_size_t)]
kept = ctypes.create_string_buffer(40)
ours, theirs = Piece(ctypes.addressof(kept), 40), Piece(ADDRESS, 40)
if libc.process_vm_readv(VICTIM, ctypes.byref(ours), ctypes.c_ulong(1), ctypes.byref(theirs), ctypes.c_ulong(1), ctypes.c_ulong(0)) == -1:
    raise OSError(ctypes.get_errno(), "process_vm_readv")
print(kept.value)
"#,
    ),
    Attempt::new(
        Processes,
        "takes over a descriptor of another process",
        r#"
process = os.pidfd_open(VICTIM)
each(range(3, 20), lambda number: print(os.pread(call("pidfd_getfd", process, number, 0), 100, 0)))
"#,
    ),
    Attempt::new(
        Processes,
        "sets limits of another process or its supervisor",
        r#"
def same(pid): resource.prlimit(pid, resource.RLIMIT_NOFILE, resource.prlimit(pid, resource.RLIMIT_NOFILE))
each([pid for pid in (1, os.getppid(), VICTIM) if pid != os.getpid()], same)
escaped()
"#,
    ),
    Attempt::new(
        Processes,
        "slows another process down",
        "os.setpriority(os.PRIO_PROCESS, VICTIM, 19)\nos.sched_setaffinity(VICTIM, [0])\nescaped()",
    )
    .open_in_landlock("Landlock has no rule for priorities; the machine's processors are shared in every tier"),
    Attempt::new(
        Processes,
        "slows process 1 down, and with it the runs that come after",
        r#"
def idle(pid): os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
for act in (idle, lambda pid: os.setpriority(os.PRIO_PROCESS, pid, 19), lambda pid: os.setpriority(os.PRIO_PGRP, pid, 19),
            lambda pid: os.setpriority(os.PRIO_USER, os.getuid(), 19), lambda pid: os.sched_setaffinity(pid, [0])):
    try: act(1)
    except OSError as error: print("held:", repr(error))
"#,
    )
    .after(After::NextRun(
        r#"
if os.sched_getscheduler(0) != os.SCHED_OTHER or os.getpriority(os.PRIO_PROCESS, 0) > 0: escaped()
if os.cpu_count() > 1 and len(os.sched_getaffinity(0)) == 1: escaped()
"#,
    ))
    .proof(Proof::NotShown("process 1 of the machine is not the candidate's")),
];
