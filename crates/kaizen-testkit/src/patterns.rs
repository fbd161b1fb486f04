//! A project whose benchmark is a few `grep`s: its whole loop takes a quarter of a second.
//!
//! What it tests is Kaizen's dealings with repositories, stores and processes; no test of the gate belongs here.

use crate::project::Project;
use std::path::Path;

/// Two defects in functions far enough apart for git to merge them separately.
pub const CALC: &str = "\
def is_adult(age):
    return 18 < age


def clamp(value, low, high):
    if value < low:
        return low
    return min(value, high)


def fits(size, room):
    return size < room
";

/// The case that `18 <= age` lets pass.
pub const ADULT: (&str, &str) = ("adult.limit", "18 <= age");

/// The case that `size <= room` lets pass.
pub const FITS: (&str, &str) = ("fits.equal", "size <= room");

/// The case that passes all along.
pub const CLAMP: (&str, &str) = ("clamp.low", "value < low");

impl Project {
    /// `src/calc.py` as given, and a benchmark with one case per pattern: it passes where the file has the pattern.
    pub fn of_patterns(kaizen: impl AsRef<Path>, source: &str, cases: &[(&str, &str)]) -> Self {
        let project = Self::new(kaizen);
        project.write("src/calc.py", source);
        project.write("check.sh", check(cases));
        project.write("kaizen.toml", settings("sh check.sh", "json", "protect = [\"check.sh\"]\n"));
        project.commit("A calculator");
        project
    }

    /// One defect, one passing case: the smallest project there is something to do in.
    pub fn small(kaizen: impl AsRef<Path>) -> Self {
        Self::of_patterns(kaizen, CALC, &[ADULT, CLAMP])
    }

    /// A project that a declared program edits: `run` is its command, `wanted` the pattern whose absence fails.
    /// Nobody has trusted the program yet.
    pub fn with_program(kaizen: impl AsRef<Path>, run: &str, wanted: &str) -> Self {
        let project = Self::new(kaizen);
        project.write("src/calc.py", CALC);
        let declared = format!("[propose]\nuse = [\"command\"]\n\n[propose.command.fixer]\nrun = {run:?}\n");
        let command = format!("grep -rqF \"{wanted}\" src");
        project.write("kaizen.toml", settings(&command, "exit-code", "") + "\n" + &declared);
        project.commit("A calculator");
        project
    }

    /// Gives the benchmark a hold-out of its own: a second pattern that must be found.
    pub fn hold_out(&self, wanted: &str) {
        self.write("hidden/wanted.txt", wanted);
        self.configure("[benchmark.holdout]\ncommand = \"grep -rqFf hidden/wanted.txt src\"\nfiles = [\"hidden/**\"]\n");
    }

    /// Adds to `kaizen.toml` and commits.
    pub fn configure(&self, more: &str) {
        self.write("kaizen.toml", self.read("kaizen.toml") + "\n" + more);
        self.commit("Configuration");
    }
}

fn settings(command: &str, format: &str, more: &str) -> String {
    format!(
        "[project]\nname = \"calc\"\n\n[benchmark]\ncommand = {command:?}\nformat = \"{format}\"\n{more}\n[levers.code]\nfiles = [\"src/**/*.py\"]\n"
    )
}

fn check(cases: &[(&str, &str)]) -> String {
    let mut text = "case_of() {\n    if grep -qF \"$2\" src/calc.py; then passed=true; else passed=false; fi\n    echo \"{\\\"id\\\": \\\"$1\\\", \\\"passed\\\": $passed}\"\n}\n".to_owned();
    for (id, pattern) in cases {
        text += &format!("case_of {id} '{pattern}'\n");
    }
    text
}
