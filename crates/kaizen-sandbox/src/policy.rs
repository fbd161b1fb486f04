//! What a jail is made of: files, environment and limits.
//!
//! Everything is said explicitly; there is no inherited environment and no default bind beyond the system's own program directories.

use crate::wire;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::PathBuf;

/// One jail's files, environment and limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JailSpec {
    /// Absolute path at which the workspace appears inside: the project's own path.
    #[serde(with = "wire::one")]
    pub root: PathBuf,
    /// Read-only directories merged at `root`, the first one topmost.
    #[serde(with = "wire::many")]
    pub layers: Vec<PathBuf>,
    /// Where writes to the workspace go.
    pub upper: Upper,
    /// Paths relative to `root` that cannot be changed inside. Missing ones are ignored. A symbolic link cannot be pinned; its change
    /// shows in `collect`. The copying tiers put these files back before every run instead.
    #[serde(with = "wire::many")]
    pub read_only: Vec<PathBuf>,
    /// Host directories and files made visible: toolchains, report directories.
    pub binds: Vec<Bind>,
    /// The whole environment inside.
    #[serde(with = "wire::pairs")]
    pub env: Vec<(OsString, OsString)>,
    /// What each run may use.
    pub limits: Limits,
    /// What somebody allowed it beyond that.
    pub granted: Granted,
}

impl JailSpec {
    /// What a candidate may write that has a root of its own.
    pub(crate) fn writable(&self) -> Vec<PathBuf> {
        let binds = self.binds.iter().filter(|bind| bind.is_writable()).map(|bind| bind.target.clone());
        [self.root.clone(), "/tmp".into(), "/dev".into()].into_iter().chain(binds).collect()
    }
}

/// Holes in the walls that somebody asked for; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// TCP ports of the jail's own loopback address that the engine listens on, at most [`MAX_PORTS`]; 0 is any free one. Only the
    /// namespaces and the container tier have a loopback address that is theirs and ours to hand over; the others refuse.
    pub ports: Vec<u16>,
    /// Device files candidates may open, as far as the files' own permissions let them.
    #[serde(with = "wire::many")]
    pub devices: Vec<PathBuf>,
}

/// The most ports of one jail.
pub const MAX_PORTS: usize = 32;

/// Where writes to the workspace go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Upper {
    /// A capped file system in memory, gone with the jail. The copying tiers have no such cap.
    Memory {
        /// Bytes it may hold.
        bytes: u64,
        /// Files and directories it may hold.
        inodes: u64,
    },
    /// An existing directory that stays after close: how a setup or build layer is made. It is no ancestor of a layer.
    Directory(#[serde(with = "wire::one")] PathBuf),
}

/// A host path made visible inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bind {
    /// The path on the host.
    #[serde(with = "wire::one")]
    pub source: PathBuf,
    /// The absolute path inside. The copying tiers cannot move paths: there `source` itself is made accessible.
    #[serde(with = "wire::one")]
    pub target: PathBuf,
    /// What candidates may do there.
    pub access: Access,
}

/// What candidates may do with a bind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// Look.
    #[default]
    ReadOnly,
    /// Change the host's own files, without a disk cap.
    Writable,
    /// Change what they see of a directory and never the host's: what they write lies in memory, at most [`CACHE_BYTES`] for all such
    /// directories of a jail together, and is gone with the next reset. Needs the namespaces tier and a file system that overlays can
    /// lie on. Elsewhere the directory is read-only at its own path.
    Fleeting {
        /// Set only where candidates can write, for tools that fail with a directory in which they cannot.
        #[serde(with = "wire::pairs")]
        env: Vec<(OsString, OsString)>,
    },
}

/// The bytes that candidates may write to all fleeting binds of a jail together.
pub const CACHE_BYTES: u64 = 1 << 30;

impl Bind {
    /// A path of the host, shown at the same path.
    pub fn read_only(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { source: path.clone(), target: path, access: Access::ReadOnly }
    }

    /// A path of the host that candidates may change, at the same path.
    pub fn writable(path: impl Into<PathBuf>) -> Self {
        Self { access: Access::Writable, ..Self::read_only(path) }
    }

    /// Whether what candidates write is the host's.
    pub(crate) fn is_writable(&self) -> bool {
        self.access == Access::Writable
    }

    /// The same without an overlay: see [`Access::Fleeting`].
    pub(crate) fn without_overlay(self) -> Self {
        match self.access {
            Access::Fleeting { .. } => Self::read_only(self.source),
            _ => self,
        }
    }
}

/// What one run may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Resident bytes of all processes together; `OutOfMemory` above it. Counted as [`crate::caps::Caps`] say.
    pub memory: u64,
    /// Processes and threads of the sandbox user.
    pub processes: u64,
    /// Bytes of the largest file a process may write.
    pub file_size: u64,
    /// Open descriptors per process.
    pub open_files: u64,
}

/// The user and group that candidates run as when the engine is root: files of snapshots and report directories must belong to them.
/// `None` when the engine is an ordinary user: candidates then run as that user.
pub fn sandbox_owner() -> Option<(u32, u32)> {
    nix::unistd::Uid::effective().is_root().then_some((SANDBOX_ID, SANDBOX_ID))
}

/// An id far from those that distributions, accounts and container ranges use.
pub(crate) const SANDBOX_ID: u32 = 988_001;
