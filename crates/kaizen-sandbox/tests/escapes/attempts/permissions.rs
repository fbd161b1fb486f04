//! Modes, owners, attributes, and rights that a process may gain.

use crate::attempt::Group::Permissions;
use crate::attempt::{Attempt, Proof};

pub const ATTEMPTS: &[Attempt] = &[
    Attempt::new(Permissions, "changes the mode of a file of the user's", r#"os.chmod(OUTSIDE + "/file", 0o777)"#),
    Attempt::new(Permissions, "changes its owner", r#"os.chown(OUTSIDE + "/file", os.getuid(), os.getgid())"#),
    Attempt::new(Permissions, "changes its times", r#"os.utime(OUTSIDE + "/file", (1, 1))"#),
    Attempt::new(Permissions, "gives it an extended attribute", r#"os.setxattr(OUTSIDE + "/file", "user.mine", b"x")"#),
    Attempt::new(
        Permissions,
        "changes the snapshot's modes and times through its copy",
        "os.chmod(\"README\", 0o777)\nos.utime(\"README\", (1, 1))",
    ),
    Attempt::new(
        Permissions,
        "changes mode and times of a toolchain's file through a descriptor for reading",
        r#"
opened = os.open(TOOLS + "/tool", os.O_RDONLY)
each([lambda: os.fchmod(opened, 0o700), lambda: os.utime(opened, (1, 1))], lambda act: act())
"#,
    )
    .open_in_landlock("where the candidate's user owns what it may read: neither Landlock nor a filter of calls can tell the files apart"),
    Attempt::new(
        Permissions,
        "becomes root by a program that is set to run as root",
        r#"
said = subprocess.run([TOOLS + "/gain"], capture_output=True, text=True).stdout
if "euid=0" in said or said.startswith("uid=0"): escaped()
"#,
    )
    .proof(Proof::Prepared),
    Attempt::new(Permissions, "becomes root by asking", "os.setuid(0)\nescaped()").proof(Proof::Root),
    Attempt::new(
        Permissions,
        "becomes root of a user namespace of its own",
        "if libc.unshare(0x10000000): raise OSError(ctypes.get_errno(), \"unshare\")\nescaped()",
    ),
    Attempt::new(
        Permissions,
        "makes such a namespace with a new process",
        r#"
child = call("clone", 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0)
if child == 0: os._exit(0)
os.waitpid(child, 0)
escaped()
"#,
    ),
    Attempt::new(
        Permissions,
        "enters a directory of its own as the root directory",
        "if libc.chroot(b\"src\"): raise OSError(ctypes.get_errno(), \"chroot\")\nescaped()",
    )
    .proof(Proof::Root),
];
