//! Reading and writing what is not the candidate's.

use crate::attempt::Attempt;
use crate::attempt::Group::Files;

pub const ATTEMPTS: &[Attempt] = &[
    Attempt::new(Files, "reads a file of the user's by its path", r#"print(open(OUTSIDE + "/secret").read())"#),
    Attempt::new(Files, "climbs out of its directory with `..`", r#"print(open("../" * 40 + OUTSIDE[1:] + "/secret").read())"#),
    Attempt::new(Files, "lists a directory of the user's", "print(os.listdir(OUTSIDE))\nescaped()"),
    Attempt::new(Files, "writes to a file of the user's", r#"open(OUTSIDE + "/file", "a").write("x")"#),
    Attempt::new(Files, "truncates it by its path", r#"os.truncate(OUTSIDE + "/file", 0)"#),
    Attempt::new(Files, "makes a file or directory beside it", r#"each([os.mkdir, os.mknod], lambda make: make(OUTSIDE + "/planted"))"#),
    Attempt::new(Files, "deletes it", r#"os.unlink(OUTSIDE + "/file")"#),
    Attempt::new(Files, "moves it into the workspace", r#"os.rename(OUTSIDE + "/file", "mine")"#),
    Attempt::new(Files, "moves a file of the workspace to the user's", r#"os.rename("README", OUTSIDE + "/file")"#),
    Attempt::new(Files, "writes to the snapshot that lies under its copy", r#"open(LAYER + "/README", "a").write("x")"#),
    Attempt::new(Files, "changes the snapshot by appending to its copy", r#"open("README", "a").write("x")"#),
    Attempt::new(
        Files,
        "changes the snapshot through a mapping of its copy",
        r#"
mapped = mmap.mmap(os.open("README", os.O_RDWR), 4)
mapped[0:4] = b"MINE"
mapped.flush()
"#,
    ),
    Attempt::new(Files, "writes to a toolchain it was given to read", r#"open(TOOLS + "/tool", "a").write("x")"#),
];
