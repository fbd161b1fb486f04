//! What can go wrong in our own work. What goes wrong inside a jail is a [`crate::run::Ended`].

use std::path::PathBuf;

/// Why the sandbox could not do its job.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The holder process could not be started.
    #[error("cannot start the sandbox process '{program}'")]
    Launch {
        /// The executable that was tried.
        program: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// The holder died or the connection to it broke; the jail is gone.
    #[error("the sandbox process is gone: {0}")]
    Gone(String),
    /// The jail could not be built on this machine, or a step of it failed.
    #[error("the sandbox could not {0}")]
    Setup(String),
    /// A write named a path that leaves the workspace, passes a symbolic link, or is not a plain relative path.
    #[error("'{0}' is not a plain path inside the workspace")]
    Outside(PathBuf),
    /// A write named a path that is read-only in this jail.
    #[error("'{0}' is read-only in this sandbox")]
    Protected(PathBuf),
    /// The difference is larger than the cap given to `collect`.
    #[error("the difference holds more than {0} bytes")]
    TooLarge(u64),
    /// The difference holds something that is neither file, directory nor symbolic link.
    #[error("'{0}' is a special file")]
    Special(PathBuf),
    /// No space or inodes are left in the workspace.
    #[error("the workspace is full")]
    Full,
    /// Processes of the jail may still live.
    #[error("processes of the sandbox may still be alive: {0}")]
    Survivors(String),
}
