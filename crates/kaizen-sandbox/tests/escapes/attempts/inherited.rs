//! What a process usually has from the one that started it.

use crate::attempt::Group::Inherited;
use crate::attempt::{Attempt, Proof};

pub const ATTEMPTS: &[Attempt] = &[
    Attempt::new(
        Inherited,
        "finds the environment of the engine in its own",
        r#"if any(name.startswith("CARGO_") for name in os.environ): escaped()"#,
    ),
    Attempt::new(
        Inherited,
        "finds it in that of any process it can read",
        r#"
each([pid for pid in os.listdir("/proc") if pid.isdigit()], lambda pid: print(open(f"/proc/{pid}/environ").read()))
"#,
    ),
    Attempt::new(
        Inherited,
        "reads from a descriptor the engine left open",
        r#"
each(range(3, 256), lambda number: print(os.pread(number, 100, 0)))
"#,
    ),
    Attempt::new(Inherited, "reads the engine's memory", "open(f\"/proc/{ENGINE}/mem\", \"rb\")\nescaped()").proof(Proof::Root),
    Attempt::new(
        Inherited,
        "writes on the terminal of another program",
        "os.write(os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY), b\"x\")\nescaped()",
    ),
    Attempt::new(
        Inherited,
        "types into the terminal of another program",
        r#"
def type_into(path): fcntl.ioctl(os.open(path, os.O_RDWR | os.O_NOCTTY), termios.TIOCSTI, b"x")
each(["/dev/tty", TERMINAL], type_into)
escaped()
"#,
    )
    .proof(Proof::Root),
];
