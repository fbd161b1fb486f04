//! Programs of the system that build walls, and where they are looked for: never along the user's search path.

use std::path::{Path, PathBuf};

/// Bubblewrap.
pub(crate) const BWRAP: &str = "bwrap";
/// Podman, and an older OCI runtime that works where its usual one does not know the machine's cgroups.
pub(crate) const PODMAN: &str = "podman";
pub(crate) const RUNC: &str = "runc";
/// Docker's client.
pub(crate) const DOCKER: &str = "docker";
/// What gives rootless containers their users.
pub(crate) const NEWUIDMAP: &str = "newuidmap";

const DIRECTORIES: [&str; 5] = ["usr/bin", "usr/local/bin", "bin", "usr/sbin", "usr/local/sbin"];

/// The program in the first of the system's directories below `root` that has it.
pub(crate) fn find(root: &Path, program: &str) -> Option<PathBuf> {
    DIRECTORIES.iter().map(|directory| root.join(directory).join(program)).find(|place| place.exists())
}
