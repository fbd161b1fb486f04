//! What is to work after the run, or after the workspace was put back.

use crate::attempt::Group::Persistence;
use crate::attempt::{After, Attempt};

pub const ATTEMPTS: &[Attempt] = &[
    Attempt::new(
        Persistence,
        "leaves a daemon: two forks and a session of its own",
        r#"
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(3): os.dup2(os.open("/dev/null", os.O_RDWR), number)
        os.execv("/bin/sleep", ["sleep", MARK])
    os._exit(0)
time.sleep(0.1)
"#,
    ),
    Attempt::new(
        Persistence,
        "leaves a daemon that is deaf to signals and adopts its own children",
        r#"
libc.prctl(36, 1, 0, 0, 0)
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(number, signal.SIG_IGN)
subprocess.Popen(["setsid", "sh", "-c", f"(sleep {MARK} &) ; exec sleep {MARK}"], stdin=-3, stdout=-3, stderr=-3)
time.sleep(0.1)
"#,
    ),
    Attempt::new(
        Persistence,
        "leaves a stopped process",
        r#"
left = subprocess.Popen(["sleep", MARK], stdin=-3, stdout=-3, stderr=-3, start_new_session=True)
time.sleep(0.05)
left.send_signal(signal.SIGSTOP)
"#,
    ),
    Attempt::new(
        Persistence,
        "adds a job to a table of timed jobs",
        r#"each([OUTSIDE + "/cron/daily", "/etc/cron.d/mine", "/var/spool/cron/crontabs/mine"], lambda table: open(table, "a").write("* * * * * id\n"))"#,
    ),
    Attempt::new(
        Persistence,
        "adds to what the user's shell reads at its start",
        r#"each([OUTSIDE + "/home/.profile", OUTSIDE + "/home/.bashrc"], lambda file: open(file, "a").write("id\n"))"#,
    ),
    Attempt::new(
        Persistence,
        "puts a hook into the user's repository",
        "open(OUTSIDE + \"/.git/hooks/post-checkout\", \"w\").write(\"id\")",
    ),
    Attempt::new(
        Persistence,
        "puts a hook into the copy's repository",
        "open(\".git/hooks/post-checkout\", \"w\").write(\"#!/bin/sh\\nid\\n\")",
    )
    .after(After::NextRun("if \"id\" in open(\".git/hooks/post-checkout\").read(): escaped()")),
    Attempt::new(
        Persistence,
        "sets a program in the copy's git configuration",
        "open(\".git/config\", \"a\").write(\"fsmonitor = id\\n\")",
    )
    .after(After::NextRun("if \"fsmonitor\" in open(\".git/config\").read(): escaped()")),
    Attempt::new(
        Persistence,
        "puts another repository in its place",
        r#"
os.rename(".git", "old")
os.mkdir(".git")
open(".git/config", "w").write("[core]\nfsmonitor = id\n")
"#,
    )
    .after(After::NextRun("if \"fsmonitor\" in open(\".git/config\").read(): escaped()")),
    Attempt::new(
        Persistence,
        "leaves a file in a public directory",
        r#"each(["/tmp", "/var/tmp", "/dev/shm"], lambda place: open(f"{place}/{MARK}", "w").write("x"))"#,
    ),
    Attempt::new(
        Persistence,
        "leaves files to whoever runs after a reset",
        r#"
import tempfile
each(["src", tempfile.gettempdir(), "/tmp", "/dev/shm"], lambda place: open(f"{place}/left-{MARK}", "w").write("x"))
"#,
    )
    .after(After::Reset(
        r#"
import tempfile
def find(place):
    os.stat(f"{place}/left-{MARK}")
    escaped()
    os.unlink(f"{place}/left-{MARK}")
each(["src", tempfile.gettempdir(), "/tmp", "/dev/shm"], find)
"#,
    )),
];
