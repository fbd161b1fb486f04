//! What holds the memory and the processes of a jail down, so that a weaker cap is never a silent one.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How the caps of a jail are kept; a greater one is stronger or simpler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CapKind {
    /// Memory is counted from time to time over all processes, and each process has a limit of its own; a burst of several processes
    /// between two looks gets through. Processes are counted per user.
    Polled,
    /// The kernel counts, in hierarchies of cgroup version 1.
    CgroupV1,
    /// The kernel counts, in the hierarchy of cgroup version 2.
    CgroupV2,
}

/// The caps of a jail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caps {
    /// How they are kept.
    pub kind: CapKind,
    /// One line: what is counted by the kernel, or why nothing is.
    pub detail: String,
}

impl fmt::Display for CapKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Polled => "polled",
            Self::CgroupV1 => "cgroup v1",
            Self::CgroupV2 => "cgroup v2",
        })
    }
}

impl fmt::Display for Caps {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.kind, self.detail)
    }
}
