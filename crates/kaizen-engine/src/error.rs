//! What keeps the engine from doing its job. Bad outcomes of candidates are values, never these.

use kaizen_sandbox::error::SandboxError;
use kaizen_store::StoreError;
use std::path::PathBuf;

/// Why the engine could not go on; each knows what a person can do about it ([`EngineError::hint`]).
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The machine or the repository is not fit for the work (exit code 3).
    #[error("{message}")]
    Environment {
        /// What is wrong.
        message: String,
        /// What mends it.
        hint: String,
    },
    /// The baseline cannot be measured (exit code 4).
    #[error("the baseline cannot be measured: {message}")]
    Baseline {
        /// What is wrong.
        message: String,
        /// What mends it.
        hint: String,
    },
    /// The request makes no sense here (exit code 2).
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What mends it.
        hint: String,
    },
    /// `kaizen.toml` or the user's settings are wrong (exit code 2).
    #[error(transparent)]
    Config(#[from] crate::config::problem::ConfigError),
    /// The store failed.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// The sandbox failed.
    #[error("sandbox: {0}")]
    Sandbox(#[from] SandboxError),
    /// A git command failed.
    #[error("git {command} failed: {detail}")]
    Git {
        /// The sub-command.
        command: String,
        /// What git said.
        detail: String,
    },
    /// A file operation failed.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried: "read", "create".
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Something recorded cannot be read back.
    #[error("a stored {what} cannot be read: {source}")]
    Stored {
        /// What.
        what: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// Only a person can let this go on (exit code 5).
    #[error("{message}")]
    Waiting {
        /// What waits.
        message: String,
        /// What lets it go on.
        hint: String,
    },
    /// The person asked to stop.
    #[error("interrupted; everything done so far is kept")]
    Interrupted,
}

impl EngineError {
    /// A missing prerequisite with its mend.
    pub fn environment(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Environment { message: message.into(), hint: hint.into() }
    }

    /// A baseline that cannot be measured, with its mend.
    pub fn baseline(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Baseline { message: message.into(), hint: hint.into() }
    }

    /// A request that makes no sense, with its mend.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }

    /// The command's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. } | Self::Config(_) => 2,
            Self::Baseline { .. } => 4,
            Self::Waiting { .. } => 5,
            Self::Interrupted => 130,
            _ => 3,
        }
    }

    /// What a person can do about it; never empty.
    pub fn hint(&self) -> String {
        match self {
            Self::Environment { hint, .. } | Self::Baseline { hint, .. } | Self::Usage { hint, .. } | Self::Waiting { hint, .. } => {
                hint.clone()
            }
            Self::Config(error) => error.hint().to_owned(),
            Self::Store(error) => store_hint(error).to_owned(),
            Self::Git { command, detail } => git_hint(command, detail),
            Self::Io { source, .. } => io_hint(source).to_owned(),
            Self::Sandbox(error) => sandbox_hint(error).to_owned(),
            Self::Stored { .. } => "`kaizen log --verify` checks the record; `kaizen restore FILE` puts a backup back".into(),
            Self::Interrupted => "run the same command again: it goes on where it stopped".into(),
        }
    }
}

fn store_hint(error: &StoreError) -> &'static str {
    match error {
        StoreError::TooNew { .. } => "upgrade kaizen, or choose another store with --store",
        StoreError::Full(_) => "free some space (kaizen gc --max-size 0 empties the cache) and run the same command again",
        StoreError::Held { .. } => "wait for it, or end it: kaizen stop",
        StoreError::InUse { .. } => "`kaizen stop` ends what runs with it; any other kaizen command has to end by itself",
        StoreError::Unfit { .. } => "name what `kaizen backup FILE` wrote; an older one may be whole",
        StoreError::Corrupt { .. } => "`kaizen doctor` looks at the store; `kaizen restore FILE` puts a backup back",
        StoreError::Moved { .. } | StoreError::Illegal(_) | StoreError::NotFound { .. } => {
            "another kaizen was at work meanwhile: look with `kaizen log`, and run the same command again"
        }
        StoreError::Unreachable { .. } => "start the server or mend its address; `kaizen doctor` looks at the store",
        _ => "`kaizen doctor` looks at the store",
    }
}

fn sandbox_hint(error: &SandboxError) -> &'static str {
    match error {
        SandboxError::Full | SandboxError::TooLarge(_) => {
            "the benchmark writes too much: let it write less, or elsewhere than into the project"
        }
        SandboxError::Survivors(_) => "look for the processes and end them: kaizen stop, then ps",
        _ => "`kaizen doctor` tests the sandbox and says what is missing",
    }
}

fn git_hint(command: &str, detail: &str) -> String {
    // git says "couldn't write" of its lock files without the reason; a lock held by others is one it cannot create.
    let hint = if detail.contains("No space left") || detail.contains("couldn't write") {
        "the disk is full: free some space and run the same command again; nothing was promoted"
    } else if ["insufficient permission", "ermission denied", "ead-only file system"].iter().any(|said| detail.contains(said)) {
        "the repository is not writable for this user, and promotions write objects and one branch: make it writable; nothing was promoted"
    } else if detail.contains(".lock") {
        "another git process is at work in this repository, or one died: if none runs, remove the named lock file"
    } else if detail.contains("filter '") {
        "a filter of .gitattributes does not run here: install its program (for git-lfs: apt-get install git-lfs), or run git lfs pull"
    } else if detail.contains("dubious ownership") {
        "the repository belongs to another user: run kaizen as that user, or `git config --global --add safe.directory DIR`"
    } else {
        return format!("run `git fsck` and the same `git {command}` in the repository; `kaizen doctor` looks at git");
    };
    hint.into()
}

fn io_hint(source: &std::io::Error) -> &'static str {
    use std::io::ErrorKind as Kind;
    match source.kind() {
        Kind::StorageFull | Kind::QuotaExceeded => "free some space and run the same command again",
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem => {
            "the directory must be writable; KAIZEN_HOME puts all state and cache below a directory of your choice"
        }
        Kind::NotFound => {
            "a directory of the path is not there, or something removed it meanwhile: make it, and run the same command again"
        }
        _ => "look at the path that the message names; `kaizen doctor` looks at disk, cache and store",
    }
}

/// Attaches the path to a file operation's error.
pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> EngineError {
    let path = path.into();
    move |source| EngineError::Io { action, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaizen_store::Holder;

    fn io_error(kind: std::io::ErrorKind) -> EngineError {
        EngineError::Io { action: "read", path: "/a".into(), source: kind.into() }
    }

    fn store_errors() -> Vec<StoreError> {
        let holder = Holder { host: "h".into(), pid: 1, started: 1 };
        let (what, why) = ("h1".to_owned(), "it is not".to_owned());
        vec![
            StoreError::TooNew { found: 9, known: 1 },
            StoreError::Moved { what: what.clone(), expected: "a".into(), found: "b".into() },
            StoreError::Held { holder },
            StoreError::NotFound { what: what.clone() },
            StoreError::Corrupt { what, why: why.clone() },
            StoreError::Path { path: "/a".into(), source: std::io::ErrorKind::PermissionDenied.into() },
            StoreError::Unfit { path: "/a".into(), why },
            StoreError::InUse { path: "/a".into() },
        ]
    }

    fn sandbox_errors() -> Vec<SandboxError> {
        vec![
            SandboxError::Launch { program: "/a".into(), source: std::io::ErrorKind::NotFound.into() },
            SandboxError::Gone("x".into()),
            SandboxError::Setup("x".into()),
            SandboxError::Outside("/a".into()),
            SandboxError::Protected("/a".into()),
            SandboxError::TooLarge(1),
            SandboxError::Special("/a".into()),
            SandboxError::Full,
            SandboxError::Survivors("x".into()),
        ]
    }

    /// Every variant, so that a new one does not compile without its place here.
    fn is_known(error: &EngineError) {
        match error {
            EngineError::Environment { .. }
            | EngineError::Baseline { .. }
            | EngineError::Usage { .. }
            | EngineError::Config(_)
            | EngineError::Store(_)
            | EngineError::Sandbox(_)
            | EngineError::Git { .. }
            | EngineError::Io { .. }
            | EngineError::Stored { .. }
            | EngineError::Waiting { .. }
            | EngineError::Interrupted => {}
        }
    }

    #[test]
    fn every_error_says_what_is_wrong_and_what_can_be_done() {
        let git = |detail: &str| EngineError::Git { command: "gc".into(), detail: detail.into() };
        let kinds = [
            std::io::ErrorKind::StorageFull,
            std::io::ErrorKind::PermissionDenied,
            std::io::ErrorKind::NotFound,
            std::io::ErrorKind::Other,
        ];
        let said = [
            "No space left on device",
            "Permission denied",
            "Unable to create 'x.lock'",
            "external filter 'lfs'",
            "dubious ownership",
            "?",
        ];
        let config = crate::config::parse("[project\n", std::path::Path::new("kaizen.toml")).unwrap_err();
        let unreadable = serde_json::from_str::<u8>("x").unwrap_err();
        let mut errors = vec![
            EngineError::environment("a", "b"),
            EngineError::baseline("a", "b"),
            EngineError::usage("a", "b"),
            EngineError::Waiting { message: "a".into(), hint: "b".into() },
            EngineError::Config(config),
            EngineError::Stored { what: "change", source: unreadable },
            EngineError::Interrupted,
        ];
        errors.extend(kinds.map(io_error));
        errors.extend(said.map(git));
        errors.extend(store_errors().into_iter().map(EngineError::Store));
        errors.extend(sandbox_errors().into_iter().map(EngineError::Sandbox));
        for error in &errors {
            is_known(error);
            assert!(!error.to_string().is_empty() && !error.hint().is_empty(), "{error:?} has no hint");
        }
    }
}
