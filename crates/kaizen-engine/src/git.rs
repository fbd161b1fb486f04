//! Git through the git program: reading, exporting trees, and the plumbing promotions are made of.
//!
//! Every call runs without hooks, fsmonitor, background maintenance, prompts or optional locks, so nothing of the
//! user's repository changes except what a function here says it writes. Trees are written through index files of
//! our own, never through the user's index. Git is never run against a `.git` that candidate code could write.

mod export;
mod object;
mod reference;

pub use object::{MergeConflict, TreeEdit, TreeEntry, WorkingFile};
pub use reference::Worktree;

use crate::error::EngineError;
use kaizen_sandbox::terminal::cut_short;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

/// A repository with a working tree.
#[derive(Debug, Clone)]
pub struct Git {
    root: PathBuf,
    directory: PathBuf,
    scratch: PathBuf,
    /// Where new objects go, when not into the repository.
    objects: Option<Arc<tempfile::TempDir>>,
}

/// Variables of a surrounding git process (a hook, an alias) that would redirect ours.
const REDIRECTING: [&str; 12] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_COMMON_DIR",
    "GIT_CEILING_DIRECTORIES",
];

const SAFE: [&str; 12] = [
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
    "-c",
    "core.sparseCheckout=false",
    "-c",
    "core.untrackedCache=false",
];

impl Git {
    /// The repository around `directory`; `scratch` is a directory of ours for index files.
    pub fn discover(directory: &Path, scratch: &Path) -> Result<Self, EngineError> {
        Self::find(directory, scratch)?.ok_or_else(|| {
            let hint = "kaizen promotes by commits: git init && git add -A && git commit -m 'First commit'";
            EngineError::environment(format!("{} is not in a git repository", directory.display()), hint)
        })
    }

    /// As [`Git::discover`]; `None` where there is no repository around `directory`.
    pub fn find(directory: &Path, scratch: &Path) -> Result<Option<Self>, EngineError> {
        let mut command = bare_command();
        command.arg("-C").arg(directory).args(["rev-parse", "--show-toplevel", "--absolute-git-dir"]);
        let output = run(command, &[], "rev-parse")?;
        if !output.status.success() {
            return unusable(directory, &output);
        }
        let mut lines = output.stdout.split(|byte| *byte == b'\n').map(bytes_to_path);
        match (lines.next(), lines.next()) {
            (Some(root), Some(git)) if !root.as_os_str().is_empty() => {
                Ok(Some(Self { root, directory: git, scratch: scratch.to_owned(), objects: None }))
            }
            _ => Err(no_work_tree(directory)),
        }
    }

    /// Makes `directory` a repository whose first commit holds everything in it. For directories Kaizen made itself.
    pub fn create(directory: &Path, scratch: &Path, message: &str) -> Result<Self, EngineError> {
        let mut init = bare_command();
        init.args(["init", "--quiet", "--template=", "--initial-branch=main"]).arg(directory);
        checked(init, &[])?;
        let git = Self::discover(directory, scratch)?;
        let mut add = git.command();
        add.args(["add", "--all"]);
        checked(add, &[])?;
        let mut commit = git.command();
        commit.args([
            "-c",
            "user.name=Kaizen",
            "-c",
            "user.email=kaizen@localhost",
            "-c",
            "commit.gpgSign=false",
            "commit",
            "--quiet",
            "-m",
            message,
        ]);
        checked(commit, &[])?;
        Ok(git)
    }

    /// The same repository, whose new objects go to a place of our own until this value is dropped.
    pub fn aside(&self) -> Result<Self, EngineError> {
        Ok(Self { objects: Some(Arc::new(self.temporary()?)), ..self.clone() })
    }

    /// New objects go aside where that is asked for; the repository's own are still seen.
    fn divert(&self, command: &mut Command) {
        if let Some(objects) = &self.objects {
            let common = self.directory.join("objects");
            let linked = std::fs::read_to_string(self.directory.join("commondir")).ok();
            let own = linked.map_or(common, |relative| self.directory.join(relative.trim()).join("objects"));
            command.env("GIT_OBJECT_DIRECTORY", objects.path()).env("GIT_ALTERNATE_OBJECT_DIRECTORIES", own);
        }
    }

    /// The top of the working tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The absolute path of the git directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn command(&self) -> Command {
        let mut command = bare_command();
        command.arg("-C").arg(&self.root);
        self.divert(&mut command);
        command
    }

    /// A command with an index file, a work tree and an object directory of our own.
    fn apart(&self, index: &Path, work_tree: &Path) -> Command {
        let mut command = bare_command();
        command.arg("--git-dir").arg(&self.directory).arg("--work-tree").arg(work_tree).current_dir(work_tree);
        command.env("GIT_INDEX_FILE", index);
        self.divert(&mut command);
        command
    }

    fn read<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Result<Vec<u8>, EngineError> {
        let mut command = self.command();
        command.args(arguments);
        checked(command, &[])
    }

    fn read_line<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Result<String, EngineError> {
        Ok(first_line(&self.read(arguments)?))
    }

    /// A directory of our own below the scratch directory, removed when dropped.
    fn temporary(&self) -> Result<tempfile::TempDir, EngineError> {
        crate::scratch::fresh(&self.scratch, "git")
    }

    /// The version of the git program, as it prints it.
    pub fn version() -> Result<String, EngineError> {
        let mut command = Command::new("git");
        command.arg("--version");
        Ok(first_line(&checked(command, &[])?))
    }

    /// Who commits here, by name and address; `None` where git would have to guess.
    pub fn identity(&self) -> Result<Option<String>, EngineError> {
        let mut command = self.command();
        command.args(["-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT"]);
        let output = run(command, &[], "var")?;
        let line = first_line(&output.stdout);
        let who = line.rsplit_once('>').map_or(line.as_str(), |(who, _)| who);
        Ok(output.status.success().then(|| format!("{who}>")))
    }

    /// A configuration value, if set.
    pub fn configured(&self, key: &str) -> Result<Option<String>, EngineError> {
        let mut command = self.command();
        command.args(["config", "--get", key]);
        let output = run(command, &[], "config")?;
        Ok(output.status.success().then(|| first_line(&output.stdout)))
    }

    /// Paths among `paths` that the repository's ignore rules exclude.
    pub fn ignored(&self, paths: &[&[u8]]) -> Result<Vec<Vec<u8>>, EngineError> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = self.command();
        command.args(["check-ignore", "--no-index", "-z", "--stdin"]);
        let output = run(command, &paths.join(&0), "check-ignore")?;
        match output.status.code() {
            Some(0 | 1) => Ok(split_nul(&output.stdout).map(<[u8]>::to_vec).collect()),
            _ => Err(failed("check-ignore", &output)),
        }
    }
}

fn bare_command() -> Command {
    let mut command = Command::new("git");
    REDIRECTING.iter().for_each(|name| {
        command.env_remove(name);
    });
    command.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0").env("GIT_NO_REPLACE_OBJECTS", "1").env("LC_ALL", "C");
    command.args(SAFE);
    // A Ctrl-C at the engine's terminal is the engine's to handle: a step of a promotion is not cut in two by it.
    command.process_group(0);
    command
}

fn run(mut command: Command, stdin: &[u8], name: &str) -> Result<Output, EngineError> {
    let output = attempt(&mut command, stdin, name)?;
    if cut_short(output.status) { attempt(&mut command, stdin, name) } else { Ok(output) }
}

fn attempt(command: &mut Command, stdin: &[u8], name: &str) -> Result<Output, EngineError> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| not_started(name, &error))?;
    let pipe = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // A process that ends before it read everything says why itself: its exit status is the answer.
        scope.spawn(move || pipe.map(|mut pipe| pipe.write_all(stdin)));
        child.wait_with_output()
    });
    output.map_err(|error| EngineError::Git { command: name.into(), detail: error.to_string() })
}

fn checked(command: Command, stdin: &[u8]) -> Result<Vec<u8>, EngineError> {
    let name = sub_command(&command);
    let output = run(command, stdin, &name)?;
    if output.status.success() { Ok(output.stdout) } else { Err(failed(&name, &output)) }
}

/// The first argument that is no global option: what people call the git command.
fn sub_command(command: &Command) -> String {
    let mut arguments = command.get_args();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        match text.as_ref() {
            "-c" | "-C" | "--git-dir" | "--work-tree" => drop(arguments.next()),
            _ if text.starts_with('-') => {}
            _ => return text.into_owned(),
        }
    }
    "git".to_owned()
}

fn failed(name: &str, output: &Output) -> EngineError {
    let said = String::from_utf8_lossy(&output.stderr);
    let detail = if said.trim().is_empty() { output.status.to_string() } else { said.trim().to_owned() };
    EngineError::Git { command: name.into(), detail }
}

fn not_started(name: &str, error: &std::io::Error) -> EngineError {
    if error.kind() == std::io::ErrorKind::NotFound {
        return EngineError::environment("git is not installed", "install git 2.38 or newer (Debian: apt-get install git)");
    }
    EngineError::Git { command: name.into(), detail: error.to_string() }
}

/// Why git names no repository; that there is none is an answer.
fn unusable(directory: &Path, output: &Output) -> Result<Option<Git>, EngineError> {
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if said.contains("must be run in a work tree") {
        return Err(no_work_tree(directory));
    }
    if said.contains("not a git repository") {
        return Ok(None);
    }
    Err(EngineError::Git { command: "rev-parse".into(), detail: said })
}

fn no_work_tree(directory: &Path) -> EngineError {
    EngineError::environment(format!("{} has no working tree (a bare repository)", directory.display()), "run kaizen in a clone of it")
}

fn first_line(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn split_nul(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == 0).filter(|part| !part.is_empty())
}

fn bytes_to_path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}
