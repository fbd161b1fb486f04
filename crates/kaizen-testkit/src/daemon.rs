//! A `kaizen serve` of a test's own: its home, its configuration, its port.

use crate::http::{Answer, get, post};
use crate::traces::wait_until;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A home for daemons and commands. Removed at the end.
pub struct Home {
    directory: TempDir,
    binary: PathBuf,
    variables: Vec<(String, String)>,
}

impl Home {
    /// A home whose `config.toml` has this text.
    pub fn new(binary: &str, config: &str) -> Self {
        let home = Self { directory: TempDir::new().expect("a temporary directory"), binary: binary.into(), variables: Vec::new() };
        home.configure(config);
        home
    }

    /// Replaces `config.toml`.
    pub fn configure(&self, text: &str) {
        let directory = self.path().join("home/config");
        std::fs::create_dir_all(&directory).and_then(|()| std::fs::write(directory.join("config.toml"), text)).expect("a config.toml");
    }

    /// A variable that every command of this home gets.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Where everything is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file and tells where it is.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).expect("a file can be written");
        path
    }

    /// A command of this home.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        let kept = ["PATH", "HOME", "LLVM_PROFILE_FILE"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        let kept: Vec<_> = kept.collect();
        command.env_clear().envs(kept).env("KAIZEN_HOME", self.path().join("home")).envs(self.variables.iter().map(|(k, v)| (k, v)));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        command
    }

    /// Runs a command of this home.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("kaizen runs")
    }

    /// Runs a command that must go well; what it printed.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kaizen {}: {said}", arguments.join(" "));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The JSON object a command prints.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let text = self.ok(&[arguments, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Adds a key; its text.
    pub fn key(&self, arguments: &[&str]) -> String {
        self.json(&[&["key", "add"], arguments].concat())["key"].as_str().expect("the key is told once").to_owned()
    }

    /// Starts the daemon.
    pub fn serve(&self, arguments: &[&str]) -> Daemon {
        let mut command = self.command(&[&["serve", "--address", "127.0.0.1:0", "--json"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("kaizen serve starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("kaizen serve speaks");
        let Ok(said) = serde_json::from_str::<serde_json::Value>(&line) else {
            let output = child.wait_with_output().expect("it ended");
            panic!("{line}{}", String::from_utf8_lossy(&output.stderr));
        };
        let port = said["address"].as_str().and_then(|address| address.rsplit(':').next()?.parse().ok()).expect("a port");
        Daemon { child, port }
    }
}

/// A daemon that listens. It is killed at the end.
pub struct Daemon {
    child: Child,
    /// Its port.
    pub port: u16,
}

impl Daemon {
    /// Posts JSON.
    pub fn post(&self, path: &str, body: &serde_json::Value) -> Answer {
        post(self.port, path, &[], body)
    }

    /// Gets a page.
    pub fn get(&self, path: &str) -> Answer {
        get(self.port, path)
    }

    /// The record of the call that was answered with this. It is written after the answer was given.
    pub fn recorded(&self, answer: &Answer) -> serde_json::Value {
        let id = answer.header("x-kaizen-operation");
        assert!(!id.is_empty(), "{answer:?}");
        let mut found = serde_json::Value::Null;
        wait_until("the record of a call", || {
            let asked = self.get(&format!("/api/v1/operations/{id}"));
            found = if asked.status == 200 { asked.json()["operation"].take() } else { serde_json::Value::Null };
            !found.is_null()
        });
        found
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a person would; what it said on its error output. Panics where it does not end well.
    pub fn stop(mut self) -> String {
        let signalled = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(signalled.success());
        let mut said = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            std::io::Read::read_to_string(&mut stderr, &mut said).expect("it speaks text");
        }
        let ended = self.child.wait().expect("it ends");
        assert!(ended.success(), "{ended}: {said}");
        said
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.end();
    }
}
