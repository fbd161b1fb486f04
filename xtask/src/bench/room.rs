//! A directory of its own for one measurement: a copy of the binary, a home, a repository. Removed at the end.
//!
//! The binary is copied so that every process of this room can be told from others by its path.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long the children of a process that is gone may need to notice.
const NOTICE: Duration = Duration::from_secs(5);

/// The room; the repository in it is made by whoever measures.
pub(super) struct Room {
    path: PathBuf,
}

impl Room {
    /// An empty room with a copy of `binary`.
    pub(super) fn new(binary: &Path) -> Result<Self, String> {
        let room = Self { path: fresh()? };
        std::fs::create_dir(room.project()).map_err(|error| format!("{}: {error}", room.project().display()))?;
        std::fs::copy(binary, room.kaizen()).map_err(|error| format!("{}: {error}", binary.display()))?;
        Ok(room)
    }

    /// Where everything is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The repository's root.
    pub(super) fn project(&self) -> PathBuf {
        self.path.join("project")
    }

    /// Kaizen's own directory in this room.
    pub(super) fn home(&self) -> PathBuf {
        self.path.join("home")
    }

    fn kaizen(&self) -> PathBuf {
        self.path.join("kaizen")
    }

    /// The binary in the repository, its diagnostics shown only where it fails.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.clean(Command::new(self.kaizen()));
        command.args(arguments);
        command
    }

    /// Runs git in the repository; its output without the last newline.
    pub(super) fn git(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = self.clean(Command::new("git"));
        for (name, value) in [("NAME", "Bench"), ("EMAIL", "bench@example.org")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        let fast = ["-c", "core.compression=0", "-c", "gc.auto=0"];
        answer(command.args(fast).args(arguments), &format!("git {}", arguments.join(" ")))
    }

    /// Any program in the repository; its output.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = self.clean(Command::new(arguments.first().copied().unwrap_or_default()));
        answer(command.args(arguments.get(1..).unwrap_or_default()), &arguments.join(" "))
    }

    /// Writes a file of the repository, with its directories.
    pub(super) fn write(&self, path: &str, content: &[u8]) -> Result<(), String> {
        let file = self.project().join(path);
        let parent = file.parent().unwrap_or(&self.path);
        std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&file, content)).map_err(|error| format!("{path}: {error}"))
    }

    /// Every process whose arguments or environment name this room. One that ends while it is looked at is none, and another
    /// user's environment cannot be read.
    pub(super) fn processes(&self) -> Result<Vec<String>, String> {
        let here = self.path.to_string_lossy();
        let mut found = Vec::new();
        for entry in std::fs::read_dir("/proc").map_err(|error| format!("/proc: {error}"))?.flatten() {
            let read = |name: &str| std::fs::read(entry.path().join(name)).map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "));
            let Ok(arguments) = read("cmdline") else { continue };
            if arguments.contains(&*here) || read("environ").is_ok_and(|environment| environment.contains(&*here)) {
                found.push(format!("process {} {arguments}", entry.file_name().to_string_lossy()));
            }
        }
        Ok(found)
    }

    /// Only the search path and the home directory of the person are kept.
    fn clean(&self, mut command: Command) -> Command {
        let kept: Vec<(&str, OsString)> = ["PATH", "HOME"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))).collect();
        command.env_clear().envs(kept).current_dir(self.project()).stdin(Stdio::null());
        command.env("KAIZEN_HOME", self.home()).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            eprintln!("{} stays: {error}", self.path.display());
        }
    }
}

/// What is still found once everything that ends had time to notice that it should.
pub(super) fn what_stays(look: impl Fn() -> Result<Vec<String>, String>) -> Result<Vec<String>, String> {
    let until = Instant::now() + NOTICE;
    loop {
        let left = look()?;
        if left.is_empty() || Instant::now() > until {
            return Ok(left);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Ends well with its output, or says what it said.
pub(super) fn answer(command: &mut Command, name: &str) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{name} could not be started: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_string();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!("{name}: {}\n{}", text(&output.stderr), text(&output.stdout)))
    }
}

fn fresh() -> Result<PathBuf, String> {
    for number in 0..10_000 {
        let path = std::env::temp_dir().join(format!("kaizen-bench-{}-{number}", std::process::id()));
        match std::fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(format!("{}: {error}", path.display())),
        }
    }
    Err("the temporary directory is full of rooms of earlier measurements".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn what_ends_while_it_is_waited_for_does_not_stay() {
        let looks = Cell::new(0);
        let look = || {
            looks.set(looks.get() + 1);
            Ok(if looks.get() < 3 { vec!["process 1".to_string()] } else { Vec::new() })
        };
        assert_eq!(what_stays(look), Ok(Vec::new()));
        assert_eq!(looks.get(), 3);
    }
}
