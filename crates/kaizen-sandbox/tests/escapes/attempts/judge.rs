//! What judges the candidate: tests, settings, hold-out, the next run.

use crate::attempt::Group::Judge;
use crate::attempt::{After, Attempt, Proof};

pub const ATTEMPTS: &[Attempt] = &[
    Attempt::new(
        Judge,
        "rewrites a test for as long as its own run takes",
        "open(\"tests/test_app.py\", \"w\").write(\"pass\")\nescaped()",
    )
    .open_in_landlock(PUT_BACK),
    Attempt::new(Judge, "rewrites a test for the next run", r#"open("tests/test_app.py", "w").write("pass")"#).after(After::NextRun(LOOKS)),
    Attempt::new(
        Judge,
        "replaces a test by another file",
        "open(\"mine\", \"w\").write(\"pass\")\nos.rename(\"mine\", \"tests/test_app.py\")",
    )
    .after(After::NextRun(LOOKS)),
    Attempt::new(
        Judge,
        "moves the directory of the tests away and makes another",
        "os.rename(\"tests\", \"old\")\nos.mkdir(\"tests\")\nopen(\"tests/test_app.py\", \"w\").write(\"pass\")",
    )
    .after(After::NextRun(LOOKS)),
    Attempt::new(
        Judge,
        "puts a link in the place of the tests",
        r#"
import shutil
os.mkdir("mine")
open("mine/test_app.py", "w").write("pass")
os.rename("tests", "old")
os.symlink("mine", "tests")
"#,
    )
    .after(After::NextRun(LOOKS)),
    Attempt::new(
        Judge,
        "writes to a test under another name",
        r#"
os.link("tests/test_app.py", "mine")
open("mine", "w").write("pass")
"#,
    )
    .after(After::NextRun(LOOKS)),
    Attempt::new(
        Judge,
        "writes to a test through /proc",
        r#"
opened = os.open("tests/test_app.py", os.O_RDONLY)
ways = [f"/proc/self/fd/{opened}", "/proc/self/cwd/tests/test_app.py", "/proc/self/root" + os.path.abspath("tests/test_app.py")]
each(ways, lambda way: open(way, "w").write("pass"))
"#,
    )
    .after(After::NextRun(LOOKS)),
    Attempt::new(Judge, "makes a test unreadable", "opened = os.open(\"tests/test_app.py\", os.O_RDONLY)\nos.fchmod(opened, 0)")
        .after(After::NextRun("try: open(\"tests/test_app.py\").read()\nexcept PermissionError: escaped()"))
        .proof(Proof::Plain),
    Attempt::new(Judge, "changes the project's settings", r#"open("kaizen.toml", "a").write("x")"#)
        .after(After::NextRun("if \"x\" in open(\"kaizen.toml\").read(): escaped()")),
    Attempt::new(
        Judge,
        "leaves a file that Python runs before the next run's program",
        r#"
import site
os.makedirs(site.getusersitepackages())
open(site.getusersitepackages() + "/usercustomize.py", "w").write("print('ESCAPED')\n")
"#,
    )
    .after(After::Reset("pass"))
    .proof(Proof::NotShown("it would write to a home directory")),
    Attempt::new(Judge, "reads the cases that are held out", r#"print(open(LAYER + "/../holdout/cases").read())"#),
];

const PUT_BACK: &str = "protected files are put back before each run instead of being read-only";

/// The judge of the next run.
const LOOKS: &str = r#"if open("tests/test_app.py").read() != "assert True\n": escaped()"#;
