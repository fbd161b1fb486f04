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

    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Environment { hint, .. } | Self::Baseline { hint, .. } | Self::Usage { hint, .. } | Self::Waiting { hint, .. } => {
                Some(hint.clone())
            }
            Self::Config(error) => Some(error.hint().to_owned()),
            Self::Store(_) => Some("`kaizen doctor` looks at the store".into()),
            Self::Git { detail, .. } => git_hint(detail),
            Self::Io { source, .. } => io_hint(source),
            Self::Sandbox(_) => Some("`kaizen doctor` tests the sandbox and says what is missing".into()),
            Self::Stored { .. } => Some("`kaizen log --verify` checks the record".into()),
            Self::Interrupted => None,
        }
    }
}

fn git_hint(detail: &str) -> Option<String> {
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
        return None;
    };
    Some(hint.into())
}

fn io_hint(source: &std::io::Error) -> Option<String> {
    match source.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            Some("free some space and run the same command again".into())
        }
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            Some("the directory must be writable; KAIZEN_HOME puts all state and cache below a directory of your choice".into())
        }
        _ => None,
    }
}

/// Attaches the path to a file operation's error.
pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> EngineError {
    let path = path.into();
    move |source| EngineError::Io { action, path, source }
}
