//! System calls that reach the kernel's sharp edges.

use crate::attempt::Group::Calls;
use crate::attempt::{Attempt, Proof};

pub const ATTEMPTS: &[Attempt] = &[
    Attempt::new(
        Calls,
        "mounts a file system",
        r#"
os.mkdir("mine")
if libc.mount(b"none", b"mine", b"tmpfs", ctypes.c_ulong(0), None): raise OSError(ctypes.get_errno(), "mount")
escaped()
libc.umount2(b"mine", 2)
"#,
    )
    .proof(Proof::Root),
    Attempt::new(Calls, "mounts one by the newer calls", "call(\"fsopen\", b\"tmpfs\", 0)\nescaped()").proof(Proof::Root),
    Attempt::new(
        Calls,
        "unmounts what protects its judge",
        r#"
def away(path):
    if libc.umount2(path.encode(), 2): raise OSError(ctypes.get_errno(), path)
    escaped()
each([os.path.abspath("tests/test_app.py"), os.path.abspath(".git"), "/proc", os.getcwd()], away)
"#,
    )
    .proof(Proof::NotShown("there is nothing to unmount, and /proc is the machine's")),
    Attempt::new(
        Calls,
        "enters the namespaces of another process",
        r#"
def enter(name):
    if libc.setns(os.open(f"/proc/{VICTIM}/ns/{name}", os.O_RDONLY), 0): raise OSError(ctypes.get_errno(), name)
    escaped()
each(["uts", "net", "ipc"], enter)
"#,
    )
    .proof(Proof::Root),
    Attempt::new(
        Calls,
        "renames the machine",
        r#"
name = socket.gethostname().encode()
if libc.sethostname(name, len(name)): raise OSError(ctypes.get_errno(), "sethostname")
escaped()
"#,
    )
    .proof(Proof::Root),
    Attempt::new(Calls, "loads a program into the kernel (bpf)", "call(\"bpf\", 0, struct.pack(\"5I\", 2, 4, 4, 1, 0) + bytes(100), 120)\nescaped()")
        .proof(Proof::Root),
    Attempt::new(Calls, "hands its calls to the kernel past the filter (io_uring)", "call(\"io_uring_setup\", 1, bytes(120))\nescaped()"),
    Attempt::new(Calls, "keeps a key in the kernel", "call(\"add_key\", b\"user\", MARK.encode(), b\"x\", 1, -1)\nescaped()"),
    Attempt::new(Calls, "handles page faults of the kernel (userfaultfd)", "call(\"userfaultfd\", 0)\nescaped()").proof(Proof::Root),
    Attempt::new(
        Calls,
        "watches the processor's counters (perf)",
        "call(\"perf_event_open\", struct.pack(\"2IQ\", 1, 112, 0) + bytes(96), 0, -1, -1, 0)\nescaped()",
    )
    .proof(Proof::Root),
    Attempt::new(
        Calls,
        "opens a file by its number instead of its name",
        r#"
class Handle(ctypes.Structure): _fields_ = [("length", ctypes.c_uint), ("kind", ctypes.c_int), ("bytes", ctypes.c_char * 128)]
handle, mount = Handle(128), ctypes.c_int()
if libc.name_to_handle_at(-100, b".", ctypes.byref(handle), ctypes.byref(mount), 0): raise OSError(ctypes.get_errno(), "name_to_handle_at")
if libc.open_by_handle_at(os.open(".", os.O_RDONLY), ctypes.byref(handle), 0) == -1: raise OSError(ctypes.get_errno(), "open_by_handle_at")
escaped()
"#,
    )
    .proof(Proof::Root),
    Attempt::new(Calls, "sets the clock that times it", "time.clock_settime(time.CLOCK_REALTIME, time.time())\nescaped()")
        .proof(Proof::NotShown("it would move the machine's clock")),
    Attempt::new(
        Calls,
        "loads a module or another kernel, or restarts the machine",
        r#"
each([lambda: call("finit_module", -1, b"", 0), lambda: call("kexec_load", 0, 0, 0, 0), lambda: call("reboot", 0xfee1dead, 672274793, 0, 0)], lambda act: act())
escaped()
"#,
    )
    .proof(Proof::NotShown("it would harm the machine")),
];
