//! Landlock: which files a process and all its descendants may open, and whom they may signal.
//!
//! It does not cover metadata (modes, owners, times) and cannot take a file out of a permitted directory.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, RestrictionStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};
use std::path::PathBuf;

/// The newest rights this crate knows; older kernels enforce what they have.
const RIGHTS: ABI = ABI::V5;

/// What may be opened; everything beneath a path is meant. Missing paths are ignored.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allowed {
    pub(crate) read: Vec<PathBuf>,
    pub(crate) write: Vec<PathBuf>,
}

/// Whether TCP is denied as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    Unrestricted,
    Denied,
}

/// Confines this thread and its future children for ever. Says whether the kernel enforces anything.
pub(crate) fn confine(allowed: &Allowed, network: Network) -> Result<bool, RulesetError> {
    let mut ruleset = Ruleset::default().set_compatibility(CompatLevel::BestEffort).handle_access(AccessFs::from_all(RIGHTS))?;
    ruleset = ruleset.scope(Scope::AbstractUnixSocket | Scope::Signal)?;
    if network == Network::Denied {
        ruleset = ruleset.handle_access(AccessNet::from_all(RIGHTS))?;
    }
    let mut created = ruleset.create()?;
    for (paths, rights) in [(&allowed.read, AccessFs::from_read(RIGHTS)), (&allowed.write, AccessFs::from_all(RIGHTS))] {
        for path in paths {
            if let Ok(opened) = PathFd::new(path) {
                let rights = if path.is_dir() { rights } else { rights & AccessFs::from_file(RIGHTS) };
                created = created.add_rule(PathBeneath::new(opened, rights))?;
            }
        }
    }
    let RestrictionStatus { ruleset, .. } = created.restrict_self()?;
    Ok(ruleset != RulesetStatus::NotEnforced)
}
