//! A throw-away project: a real git repository, a home of its own, and the real `kaizen` run in it.
//!
//! Every command gets an empty environment but for the search path and where toolchains are found, so that nothing else of the
//! developer's machine (git configuration, tokens, Kaizen's own state) reaches a test.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A repository with a home directory, removed when dropped.
pub struct Project {
    room: tempfile::TempDir,
    kaizen: PathBuf,
}

/// What a finished command said.
#[derive(Debug, Clone)]
pub struct Said {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// The last line of standard output as JSON: the result of a command run with `--json`.
    pub fn result(&self) -> serde_json::Value {
        let last = self.out.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("no JSON at the end of the output ({error}):\n{}\n{}", self.out, self.err))
    }
}

impl Project {
    /// An empty repository on branch `main`; `kaizen` is the binary under test.
    pub fn new(kaizen: impl AsRef<Path>) -> Self {
        let room = tempfile::Builder::new().prefix("kaizen-test-").tempdir().expect("a temporary directory");
        let project = Self { room, kaizen: kaizen.as_ref().to_owned() };
        std::fs::create_dir(project.root()).expect("the project's directory");
        project.git(["init", "--quiet", "--initial-branch=main"]);
        project
    }

    /// A small Python project with one failing unittest case out of three, and its `kaizen.toml`, committed.
    /// `src/calc.py` has `<` where `<=` belongs.
    pub fn failing_python(kaizen: impl AsRef<Path>) -> Self {
        let project = Self::new(kaizen);
        project.write("src/__init__.py", "");
        project.write("src/calc.py", "def clamp(value, low, high):\n    if value < low:\n        return low\n    if high < value:\n        return high\n    return value\n\n\ndef is_adult(age):\n    return 18 < age\n");
        project.write("tests/__init__.py", "");
        project.write("tests/test_calc.py", "import unittest\nfrom src.calc import clamp, is_adult\n\n\nclass CalcTest(unittest.TestCase):\n    def test_clamp(self):\n        self.assertEqual([clamp(n, 0, 9) for n in (-1, 5, 10)], [0, 5, 9])\n\n    def test_young_and_old(self):\n        self.assertEqual([is_adult(17), is_adult(19)], [False, True])\n\n    def test_eighteen_is_adult(self):\n        self.assertTrue(is_adult(18))\n");
        project.write("kaizen.toml", "[project]\nname = \"calc\"\n\n[benchmark]\ncommand = \"python3 -m unittest discover -s tests -t .\"\nformat = \"unittest\"\n\n[levers.code]\nfiles = [\"src/**/*.py\"]\n");
        project.commit("A calculator");
        project
    }

    /// The same project with another copy of the binary.
    pub fn with_binary(self, kaizen: impl AsRef<Path>) -> Self {
        Self { kaizen: kaizen.as_ref().to_owned(), ..self }
    }

    /// The repository's root.
    pub fn root(&self) -> PathBuf {
        self.room.path().join("project")
    }

    /// The directory that holds repository and home, and nothing else.
    pub fn room(&self) -> &Path {
        self.room.path()
    }

    /// The home of the project's Kaizen (`KAIZEN_HOME`).
    pub fn home(&self) -> PathBuf {
        self.room.path().join("home")
    }

    /// Writes a file below the root, with its directories.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let file = self.root().join(path);
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("directories");
        std::fs::write(file, text).expect("a written file");
    }

    /// Reads a file below the root.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root().join(path)).expect("a readable file")
    }

    /// Commits everything; returns the commit.
    pub fn commit(&self, message: &str) -> String {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "-m", message]);
        self.git(["rev-parse", "HEAD"])
    }

    /// Runs git in the root; its output without the last newline. Panics when git fails.
    pub fn git<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> String {
        let mut command = self.clean(Command::new("git"));
        let output = command.args(arguments).output().expect("git runs");
        assert!(output.status.success(), "git failed: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()
    }

    /// The binary under test with arguments, ready to be given more.
    pub fn command<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Command {
        let mut command = self.clean(Command::new(&self.kaizen));
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs the binary under test to its end.
    pub fn kaizen<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Said {
        said(&self.command(arguments).output().expect("kaizen runs"))
    }

    /// Runs the binary under test with a fault injected at a step: `promote.swap_ref:abort`.
    pub fn kaizen_with_fault<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>, fault: &str) -> Said {
        said(&self.command(arguments).env("KAIZEN_FAULT", fault).output().expect("kaizen runs"))
    }

    /// Starts the binary under test.
    pub fn start<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("kaizen starts")
    }

    fn clean(&self, mut command: Command) -> Command {
        let kept = ["PATH", "CARGO_HOME", "RUSTUP_HOME", "HOME"].map(|name| (name, std::env::var_os(name)));
        command.env_clear().current_dir(self.root());
        command.envs(kept.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))));
        command.env("KAIZEN_HOME", self.home()).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for (name, value) in [
            ("AUTHOR_NAME", "Tester"),
            ("AUTHOR_EMAIL", "t@example.org"),
            ("COMMITTER_NAME", "Tester"),
            ("COMMITTER_EMAIL", "t@example.org"),
        ] {
            command.env(format!("GIT_{name}"), value);
        }
        command
    }
}

/// What a finished command said.
pub fn said(output: &Output) -> Said {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}
