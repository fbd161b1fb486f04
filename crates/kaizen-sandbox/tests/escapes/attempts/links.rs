//! Links and descriptors that stand for something else.

use crate::attempt::Attempt;
use crate::attempt::Group::Links;

pub const ATTEMPTS: &[Attempt] = &[
    Attempt::new(
        Links,
        "reads through a symbolic link to a file of the user's",
        "os.symlink(OUTSIDE + \"/secret\", \"mine\")\nprint(open(\"mine\").read())",
    ),
    Attempt::new(
        Links,
        "writes through a symbolic link to a directory of the user's",
        "os.symlink(OUTSIDE, \"mine\")\nopen(\"mine/planted\", \"w\").write(\"x\")",
    ),
    Attempt::new(Links, "makes a hard link to a file of the user's", r#"os.link(OUTSIDE + "/file", "mine")"#),
    Attempt::new(
        Links,
        "makes a hard link from a descriptor that was only opened as a path",
        r#"
opened = os.open(OUTSIDE + "/file", os.O_PATH)
if libc.linkat(-100, f"/proc/self/fd/{opened}".encode(), -100, b"mine", 0x400): raise OSError(ctypes.get_errno(), "linkat")
"#,
    ),
    Attempt::new(
        Links,
        "opens a descriptor for reading again, for writing",
        r#"
opened = os.open(TOOLS + "/tool", os.O_RDONLY)
os.write(os.open(f"/proc/self/fd/{opened}", os.O_WRONLY | os.O_APPEND), b"x")
"#,
    ),
    Attempt::new(
        Links,
        "opens a directory as a path and goes on from there",
        r#"
opened = os.open(OUTSIDE, os.O_PATH)
os.fchdir(opened)
print(open("secret").read())
"#,
    ),
    Attempt::new(Links, "reads where a link of the user's leads", r#"print(os.readlink(OUTSIDE + "/link"))"#)
        .open_in_landlock("Landlock covers no metadata: existence, size, times and targets of links outside can be read"),
];
