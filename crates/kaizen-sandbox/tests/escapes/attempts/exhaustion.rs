//! Using the machine up. Memory, processes and threads are held for a second: looks at it are a few hundredths apart, and more where the
//! machine is busy. Disks are busy too: what is to fill one has a minute.

use crate::attempt::Attempt;
use crate::attempt::Group::Exhaustion;

pub const ATTEMPTS: &[Attempt] = &[
    Attempt::new(
        Exhaustion,
        "starts 150 processes",
        r#"
for _ in range(150):
    if os.fork() == 0:
        time.sleep(8)
        os._exit(0)
time.sleep(1)
escaped()
os.killpg(0, signal.SIGKILL)
"#,
    ),
    Attempt::new(
        Exhaustion,
        "starts 150 threads",
        r#"
for _ in range(150): threading.Thread(target=time.sleep, args=(8,), daemon=True).start()
time.sleep(1)
escaped()
os._exit(0)
"#,
    ),
    Attempt::new(
        Exhaustion,
        "holds 450 MiB in one process",
        "held = bytearray(450 << 20)\nheld[::4096] = b\"x\" * len(held[::4096])\ntime.sleep(1)\nescaped()",
    ),
    Attempt::new(
        Exhaustion,
        "holds 450 MiB in seven processes",
        r#"
told, tell = os.pipe()
for _ in range(7):
    if os.fork() == 0:
        held = bytearray(65 << 20)
        held[::4096] = b"x" * len(held[::4096])
        os.write(tell, b"x")
        time.sleep(8)
for _ in range(7): os.read(told, 1)
time.sleep(1)
escaped()
os.killpg(0, signal.SIGKILL)
"#,
    ),
    Attempt::new(
        Exhaustion,
        "holds 450 MiB in files in memory",
        r#"
try:
    with open(f"/dev/shm/{MARK}", "wb") as file:
        for _ in range(450): file.write(bytes(1 << 20))
    time.sleep(1)
    escaped()
finally:
    os.unlink(f"/dev/shm/{MARK}")
"#,
    ),
    Attempt::new(
        Exhaustion,
        "writes 60 MiB where 32 are allowed, in many files",
        r#"
signal.alarm(60)
for number in range(60): open(f"part{number}", "wb").write(bytes(1 << 20))
escaped()
"#,
    )
    .wall(60_000)
    .open_in_bubblewrap("no total of disk use: only the size of one file is limited")
    .open_in_container("no total of disk use: only the size of one file is limited")
    .open_in_landlock("no total of disk use: only the size of one file is limited"),
    Attempt::new(
        Exhaustion,
        "makes a file of two terabytes that is mostly a hole",
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nos.truncate(os.open(\"hole\", os.O_WRONLY | os.O_CREAT), 2 << 40)\nescaped()",
    ),
    Attempt::new(
        Exhaustion,
        "makes 3,000 files where 2,000 are allowed",
        "signal.alarm(60)\nfor number in range(3000): open(f\"file{number}\", \"w\").close()\nescaped()",
    )
    .wall(60_000)
    .open_in_bubblewrap("no total of disk use")
    .open_in_container("no total of disk use")
    .open_in_landlock("no total of disk use"),
    Attempt::new(Exhaustion, "opens 500 descriptors", "kept = [os.open(\"README\", os.O_RDONLY) for _ in range(500)]\nescaped()"),
    Attempt::new(
        Exhaustion,
        "says more than it may",
        "os.write(1, b\"x\" * 60000 + b\"\\n\")\nos.write(2, b\"x\" * 60000 + b\"\\n\")\nescaped()",
    ),
    Attempt::new(Exhaustion, "says nothing and takes longer than it may", "time.sleep(3)\nescaped()").wall(600),
    Attempt::new(
        Exhaustion,
        "computes for longer than it may, deaf to signals",
        r#"
for number in set(range(1, 32)) - {signal.SIGKILL, signal.SIGSTOP}: signal.signal(number, signal.SIG_IGN)
until = time.monotonic() + 3
while time.monotonic() < until: pass
escaped()
"#,
    )
    .wall(600),
];
