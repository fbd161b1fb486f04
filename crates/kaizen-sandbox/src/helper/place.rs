//! Fixed paths inside jails.

/// Where the candidate's side sees our own program, in the tiers whose room another program makes.
pub(super) const PROGRAM: &str = "/.kaizen";
/// In the namespaces tier, what only the holder sees: layers, the upper directory, stashed binds. Each run detaches it first.
pub(super) const BACKSTAGE: &str = "/.kaizen";
/// The old root while the new one is built.
pub(super) const OLD_ROOT: &str = "/.old";
/// Directories in memory that every program expects to be able to write, with the bytes each may hold.
pub(super) const SCRATCH: [(&str, u64); 2] = [("/tmp", 1 << 30), ("/dev/shm", 256 << 20)];
