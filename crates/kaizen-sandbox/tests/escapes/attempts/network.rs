//! Sockets of every kind.

use crate::attempt::Group::Network;
use crate::attempt::{Attempt, Proof};

pub const ATTEMPTS: &[Attempt] = &[
    Attempt::new(Network, "connects to a TCP port of the host", r#"socket.create_connection(("127.0.0.1", TCP), 2)"#),
    Attempt::new(
        Network,
        "sends a UDP packet to the host",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b\"x\", (\"127.0.0.1\", UDP))",
    ),
    Attempt::new(
        Network,
        "finds a way to the internet",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect((\"8.8.8.8\", 53))\nescaped()",
    )
    .proof(Proof::NotShown("the machine of the suite may have none")),
    Attempt::new(Network, "connects to a Unix socket by its path", r#"socket.socket(socket.AF_UNIX).connect(OUTSIDE + "/stream")"#),
    Attempt::new(
        Network,
        "sends to a Unix socket by its path",
        r#"socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", OUTSIDE + "/datagrams")"#,
    ),
    Attempt::new(
        Network,
        "turns a connected pair of sockets into one that sends anywhere",
        r#"
pairs = [socket.socketpair(socket.AF_UNIX, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW)]
each([pair[0] for pair in pairs], lambda one: one.sendto(b"x", OUTSIDE + "/datagrams"))
"#,
    ),
    Attempt::new(
        Network,
        "connects to a Unix socket that has a name and no path",
        r#"socket.socket(socket.AF_UNIX).connect("\0" + ABSTRACT)"#,
    ),
    Attempt::new(
        Network,
        "opens sockets that no network namespace confines",
        r#"
# To the hypervisor, to the kernel's cryptography, to a Bluetooth or NFC device, to a modem.
each([(40, 1), (38, 5), (31, 3), (39, 5), (42, 2)], lambda kind: socket.socket(*kind))
escaped()
"#,
    ),
    Attempt::new(
        Network,
        "opens a socket for raw packets",
        r#"
each([(socket.AF_INET, socket.SOCK_RAW, 1), (socket.AF_PACKET, socket.SOCK_RAW, 3)], lambda kind: socket.socket(*kind))
escaped()
"#,
    )
    .proof(Proof::Root),
    Attempt::new(
        Network,
        "sees the host's network interfaces",
        r#"
def see(look):
    if [name for name in look() if name != "lo"]: escaped()
each([lambda: [name for _, name in socket.if_nameindex()], lambda: os.listdir("/sys/class/net")], see)
"#,
    ),
];
