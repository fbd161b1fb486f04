//! The interface every tier keeps.

use crate::caps::Caps;
use crate::error::SandboxError;
use crate::run::{RunReport, RunSpec};
use crate::workspace::{Collected, FileWrite};
use std::net::TcpListener;
use std::path::Path;

/// One workspace in which commands run one after another. Dropping it kills everything in it.
pub trait Jail: Send {
    /// Where the workspace is inside: the spec's root where the tier can mount, else the path of its copy.
    fn root(&self) -> &Path;

    /// What keeps its memory and processes down.
    fn caps(&self) -> &Caps;

    /// The sockets on [`crate::policy::Granted::ports`], in that order, each to be accepted from by the engine. The first call takes them.
    fn listeners(&mut self) -> Vec<TcpListener>;

    /// Runs one command in a process tree of its own. When this returns, no process of that tree is left.
    fn run(&mut self, spec: &RunSpec) -> Result<RunReport, SandboxError>;

    /// Writes and deletes files of the workspace, creating parent directories, never through a symbolic link. A written file's
    /// modification time is later than the one before by at least a second, since bytecode caches compare whole seconds.
    fn write(&mut self, files: &[FileWrite]) -> Result<(), SandboxError>;

    /// Puts the workspace and the temporary directories back to how they were after opening.
    fn reset(&mut self) -> Result<(), SandboxError>;

    /// What differs from the layers, sorted by path, files and links only: a new directory shows by its files, a removed one by the
    /// files it held. Fails with `TooLarge` above `cap_bytes` of content and with `Special` on device nodes, sockets and pipes.
    fn collect(&mut self, cap_bytes: u64) -> Result<Vec<Collected>, SandboxError>;

    /// Ends the jail; only when nothing of it is left alive is there a proof.
    fn close(self: Box<Self>) -> Result<NoSurvivors, SandboxError>;
}

/// Proof that no process of a jail is alive. Only this crate makes one.
#[derive(Debug, PartialEq, Eq)]
pub struct NoSurvivors(pub(crate) ());
