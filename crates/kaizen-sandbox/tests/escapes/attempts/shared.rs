//! Memory and queues that are found by a number or a name, not by a file.

use crate::attempt::Group::Shared;
use crate::attempt::{After, Attempt};

pub const ATTEMPTS: &[Attempt] = &[
    Attempt::new(
        Shared,
        "reads System V memory of another program",
        r#"
libc.shmat.restype = ctypes.c_void_p
at = libc.shmat(SEGMENT, None, 0o10000)
if at == ctypes.c_void_p(-1).value: raise OSError(ctypes.get_errno(), "shmat")
print(ctypes.string_at(at, 40))
"#,
    ),
    Attempt::new(Shared, "opens a message queue of another program", "call(\"mq_open\", MARK.encode(), os.O_RDWR, 0, None)\nescaped()"),
    Attempt::new(Shared, "reads a file in /dev/shm of another program", r#"print(open(f"/dev/shm/kept-{MARK}").read())"#),
    Attempt::new(
        Shared,
        "leaves System V memory to whoever runs after a reset",
        r#"
if libc.shmget(int(MARK) % 2**31, 4096, 0o1600) == -1: raise OSError(ctypes.get_errno(), "shmget")
"#,
    )
    .after(After::Reset(
        r#"
found = libc.shmget(int(MARK) % 2**31, 4096, 0o600)
if found == -1: raise OSError(ctypes.get_errno(), "shmget")
escaped()
libc.shmctl(found, 0, None)
"#,
    )),
    Attempt::new(
        Shared,
        "leaves System V semaphores to whoever runs after a reset",
        "if libc.semget(int(MARK) % 2**31, 1, 0o1600) == -1: raise OSError(ctypes.get_errno(), \"semget\")",
    )
    .after(After::Reset(
        r#"
found = libc.semget(int(MARK) % 2**31, 1, 0o600)
if found == -1: raise OSError(ctypes.get_errno(), "semget")
escaped()
libc.semctl(found, 0, 0)
"#,
    )),
    Attempt::new(
        Shared,
        "leaves a message queue to whoever runs after a reset",
        "call(\"mq_open\", b\"left-\" + MARK.encode(), os.O_RDWR | os.O_CREAT, 0o600, None)",
    )
    .after(After::Reset(
        r#"
call("mq_open", b"left-" + MARK.encode(), os.O_RDWR, 0, None)
escaped()
call("mq_unlink", b"left-" + MARK.encode())
"#,
    )),
];
