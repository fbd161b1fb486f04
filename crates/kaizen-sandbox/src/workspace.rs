//! Files going into a workspace and differences coming out of it.

use crate::wire;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One path to write or delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileWrite {
    /// Relative to the jail's root, without `.` or `..`.
    #[serde(with = "wire::one")]
    pub path: PathBuf,
    /// What to put there; `None` deletes (a directory with everything in it; a missing path is no error).
    pub content: Option<Content>,
}

/// What a path holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// A regular file.
    File {
        /// The whole file.
        #[serde(with = "wire::one")]
        bytes: Vec<u8>,
        /// Whether its owner may execute it.
        executable: bool,
    },
    /// A symbolic link with this target, which is stored and never followed.
    Symlink(#[serde(with = "wire::one")] Vec<u8>),
}

/// One path that differs from the layers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// Relative to the jail's root.
    #[serde(with = "wire::one")]
    pub path: PathBuf,
    /// What is there now; `None` when the file of the layers is gone.
    pub content: Option<Content>,
}
