//! What the kernel shows as files: other processes, settings, cgroups.

use crate::attempt::Group::KernelFiles;
use crate::attempt::{Attempt, Proof};

pub const ATTEMPTS: &[Attempt] = &[
    Attempt::new(KernelFiles, "reads the environment of another process", r#"print(open(f"/proc/{VICTIM}/environ").read())"#),
    Attempt::new(
        KernelFiles,
        "reads the memory of another process",
        r#"
memory = open(f"/proc/{VICTIM}/mem", "rb", 0)
memory.seek(ADDRESS)
print(memory.read(40))
"#,
    ),
    Attempt::new(KernelFiles, "writes to the memory of another process", "open(f\"/proc/{VICTIM}/mem\", \"r+b\", 0)\nescaped()"),
    Attempt::new(
        KernelFiles,
        "opens what another process has open",
        r#"
each(range(3, 20), lambda number: print(os.read(os.open(f"/proc/{VICTIM}/fd/{number}", os.O_RDONLY | os.O_NONBLOCK), 100)))
"#,
    ),
    Attempt::new(
        KernelFiles,
        "goes through the root or directory of another process",
        r#"
each(["cwd", "root" + OUTSIDE], lambda way: print(open(f"/proc/{VICTIM}/{way}/secret").read()))
"#,
    ),
    Attempt::new(
        KernelFiles,
        "goes through its own root or that of process 1",
        r#"
each(["self", "1"], lambda whose: print(open(f"/proc/{whose}/root{OUTSIDE}/secret").read()))
"#,
    ),
    Attempt::new(
        KernelFiles,
        "reads the command lines of other processes",
        r#"
each([pid for pid in os.listdir("/proc") if pid.isdigit()], lambda pid: print(open(f"/proc/{pid}/cmdline").read()))
"#,
    ),
    Attempt::new(KernelFiles, "sees that another process exists", "os.stat(f\"/proc/{VICTIM}\")\nescaped()")
        .open_in_landlock("it has no process numbers of its own"),
    Attempt::new(
        KernelFiles,
        "writes through the pipes of another process or its supervisor",
        r#"
def write(whose):
    each(os.listdir(f"/proc/{whose}/fd"), lambda number: pipe(f"/proc/{whose}/fd/{number}"))
def pipe(path):
    if not os.readlink(path).startswith("pipe:"): raise OSError("no pipe")
    os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    escaped()
each([pid for pid in (1, os.getppid(), VICTIM) if pid != os.getpid()], write)
"#,
    ),
    Attempt::new(KernelFiles, "is no longer the first the kernel ends for memory", "open(\"/proc/self/oom_score_adj\", \"w\").write(\"500\")\nescaped()"),
    Attempt::new(
        KernelFiles,
        "has the kernel run a program when one crashes",
        "open(\"/proc/sys/kernel/core_pattern\", \"r+\")\nescaped()",
    )
    .proof(Proof::Root),
    Attempt::new(
        KernelFiles,
        "sets other things of the whole machine",
        r#"
each(["/proc/sysrq-trigger", "/proc/sys/kernel/hostname", "/proc/sys/vm/overcommit_memory", "/proc/sys/net/ipv4/ip_forward"], lambda path: open(path, "w"))
escaped()
"#,
    )
    .proof(Proof::Root),
    Attempt::new(
        KernelFiles,
        "writes to /sys",
        r#"
each(["/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/profiling", "/sys/kernel/uevent_helper", "/sys/power/state"], lambda path: os.open(path, os.O_WRONLY))
escaped()
"#,
    )
    .proof(Proof::Root),
    Attempt::new(
        KernelFiles,
        "makes a cgroup for itself",
        r#"
def make(parent):
    os.mkdir(f"{parent}/kaizen-mine-{MARK}")
    escaped()
    os.rmdir(f"{parent}/kaizen-mine-{MARK}")
each(["/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified"], make)
"#,
    )
    .proof(Proof::Root),
    Attempt::new(KernelFiles, "reads the kernel's memory", "open(\"/proc/kcore\", \"rb\").read(64)\nescaped()").proof(Proof::NotShown("not every kernel has such a file")),
];
