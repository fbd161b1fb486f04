//! Devices of the machine.

use crate::attempt::Group::Devices;
use crate::attempt::{Attempt, Proof};

pub const ATTEMPTS: &[Attempt] = &[
    Attempt::new(
        Devices,
        "makes a node for a disk",
        r#"
rows = [line.split() for line in open("/proc/partitions").read().splitlines()[2:]] if os.path.exists("/proc/partitions") else []
numbers = [(int(row[0]), int(row[1])) for row in rows] or [(8, 0), (253, 0), (254, 0), (259, 0)]
def disk(number):
    try:
        os.mknod("disk", 0o600 | stat.S_IFBLK, os.makedev(*number))
        escaped()
    finally:
        if os.path.exists("disk"): os.unlink("disk")
each(numbers, disk)
"#,
    )
    .proof(Proof::Root),
    Attempt::new(
        Devices,
        "makes a node for the machine's memory and reads it",
        r#"
try:
    os.mknod("memory", 0o600 | stat.S_IFCHR, os.makedev(1, 11))
    os.open("memory", os.O_RDONLY | os.O_NONBLOCK)
    escaped()
finally:
    if os.path.exists("memory"): os.unlink("memory")
"#,
    )
    .proof(Proof::Root),
    Attempt::new(
        Devices,
        "opens the disks, the memory and the log of the machine",
        r#"
import glob
each(["/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg"] + glob.glob("/dev/[svx]d[a-z]*") + glob.glob("/dev/nvme*"), lambda path: os.open(path, os.O_RDONLY | os.O_NONBLOCK))
escaped()
"#,
    )
    .proof(Proof::Root),
    Attempt::new(
        Devices,
        "opens a device that nobody granted",
        r#"
each(["/dev/fuse", "/dev/net/tun", "/dev/kvm", "/dev/vsock", "/dev/uinput", "/dev/autofs"], lambda path: os.open(path, os.O_RDONLY | os.O_NONBLOCK))
escaped()
"#,
    ),
];
