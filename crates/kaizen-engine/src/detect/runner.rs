//! Recognises the known test runners in a command somebody wrote, and writes them the one way Kaizen reads:
//! without what makes a run stop early, noisy, narrower or dependent on plug-ins.

mod cargo;
mod go;
pub(super) mod node;
mod python;
pub(super) mod wrapper;

use super::tree::Tree;
use crate::config::benchmark::Format;

/// A known runner's command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Runner {
    pub(super) format: Format,
    /// Variables set before the command, as written.
    pub(super) env: Vec<String>,
    /// What follows the runner's own name, already cleaned; the whole command where nothing of ours stands between the two.
    pub(super) args: Vec<String>,
    /// How many of the arguments leave cases out; fewer is preferred.
    pub(super) narrow: usize,
    /// Arguments that were left out.
    pub(super) dropped: Vec<String>,
}

impl Runner {
    fn of(format: Format) -> Self {
        Self { format, env: Vec::new(), args: Vec::new(), narrow: 0, dropped: Vec::new() }
    }

    /// The command for a shell; `started` are the words before the arguments.
    pub(super) fn line(&self, started: &[&str]) -> String {
        let words = started.iter().copied().chain(self.args.iter().map(String::as_str));
        let quoted = words.map(|word| if is_plain(word) { word.into() } else { shell_words::quote(word) }.into_owned());
        self.env.iter().map(|word| assignment(word)).chain(quoted).collect::<Vec<_>>().join(" ")
    }
}

/// Reads one simple command; `None` where it is no known runner of the whole suite.
pub(super) fn known(words: &[String], tree: &Tree) -> Option<Runner> {
    let (env, words) = wrapper::unwrapped(words)?;
    let (name, rest) = words.split_first()?;
    if words.iter().chain(&env).any(|word| word.contains(['$', '<', '>', '`'])) {
        return None;
    }
    let name = name.rsplit('/').next().unwrap_or(name);
    let mut runner = match name {
        "cargo" => cargo::runner(rest),
        "go" => go::runner(rest),
        _ => python::runner(name, rest, tree).or_else(|| node::runner(name, rest, tree)),
    }?;
    runner.env = env.iter().filter(|word| !word.starts_with("CI=") && !word.starts_with("RUST_BACKTRACE=")).cloned().collect();
    Some(runner)
}

/// True where one of the words stands for several files.
fn has_glob(words: &[String]) -> bool {
    words.iter().any(|word| word.contains('*'))
}

/// A word the shell takes as it is. `=` means something to it in front of a command only.
fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c))
}

/// `NAME=value` with the value quoted where the shell needs it.
pub(super) fn assignment(word: &str) -> String {
    word.split_once('=').map_or_else(|| word.to_owned(), |(name, value)| format!("{name}={}", shell_words::quote(value)))
}
