//! What of the host a container shows, and the empty root that it is mounted on.

use super::super::bubblewrap::pinned;
use super::super::copied::Copied;
use super::super::place::PROGRAM;
use super::super::root::{give, system_paths};
use super::super::{Room, etc};
use crate::policy::sandbox_owner;
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A path of the host shown in the container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) source: PathBuf,
    pub(super) target: PathBuf,
    pub(super) writable: bool,
}

impl Mount {
    pub(super) fn read_only(source: PathBuf, target: PathBuf) -> Self {
        Self { source, target, writable: false }
    }
}

/// The mounts of a jail's container.
#[derive(Debug, Default)]
pub(super) struct Mounts {
    /// Those of [`system`] come on top.
    pub(super) list: Vec<Mount>,
    /// Paths of the workspace that are mounted on: see [`super::super::copy::renew`].
    pub(super) kept: BTreeMap<PathBuf, bool>,
}

impl Mounts {
    /// Makes the places in the workspace that are mounted on. They and the directories above them are pinned, so that a candidate cannot
    /// move them away from the runs after it.
    pub(super) fn of(copied: &Copied) -> io::Result<Self> {
        let (spec, copy) = (copied.spec(), copied.copy());
        let identity = etc::NAMES.map(|name| Mount::read_only(copied.etc().join(name), Path::new("/etc").join(name)));
        let mut list = identity.to_vec();
        list.push(Mount { source: copy.to_owned(), target: copied.root().to_owned(), writable: true });
        let mut kept: BTreeMap<PathBuf, bool> = pinned(&spec.read_only, copy).into_iter().collect();
        let mut bound = Vec::new();
        for bind in &spec.binds {
            let source = fs::canonicalize(&bind.source)?;
            if let Ok(within) = bind.target.strip_prefix(&spec.root) {
                place(&copy.join(within), source.is_dir(), true)?;
                bound.push(within);
            }
            list.push(Mount { source, target: bind.target.clone(), writable: bind.is_writable() });
        }
        bound.iter().for_each(|path| pin(&mut kept, path));
        let own = kept.iter().filter(|(path, _)| !bound.contains(&path.as_path()));
        list.extend(own.map(|(path, writable)| Mount { source: copy.join(path), target: spec.root.join(path), writable: *writable }));
        Ok(Self { list, kept })
    }
}

/// Keeps a path and what is above it, unless that is protected as a whole.
fn pin(kept: &mut BTreeMap<PathBuf, bool>, path: &Path) {
    for above in path.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty()) {
        if !kept.iter().any(|(protected, writable)| !writable && above.starts_with(protected)) {
            kept.insert(above.to_owned(), true);
        }
    }
    kept.insert(path.to_owned(), false);
}

/// The machine's program directories and our own program. Links are followed here: what they lead to is mounted in their place.
pub(super) fn system() -> io::Result<Vec<Mount>> {
    let one = |path: PathBuf| fs::canonicalize(&path).ok().map(|source| Mount::read_only(source, path));
    let mut mounts: Vec<Mount> = system_paths()?.into_iter().filter_map(one).collect();
    mounts.push(Mount::read_only(std::env::current_exe()?, PathBuf::from(PROGRAM)));
    Ok(mounts)
}

/// An empty root in which everything that is mounted on exists and is ours, so that we can remove it.
pub(super) fn skeleton(root: &Path, mounts: &[Mount]) -> io::Result<()> {
    if root.exists() {
        return Ok(());
    }
    for directory in ["proc", "sys", "dev", "run", "tmp", "etc"] {
        fs::create_dir_all(root.join(directory))?;
    }
    // Runtimes give what they mount in memory the mode of the place it is mounted on.
    fs::set_permissions(root.join("tmp"), Permissions::from_mode(0o1777))?;
    for mount in mounts {
        place(&root.join(mount.target.strip_prefix("/").unwrap_or(&mount.target)), mount.source.is_dir(), false)?;
    }
    Ok(())
}

fn place(at: &Path, is_directory: bool, in_workspace: bool) -> io::Result<()> {
    if at.exists() {
        return Ok(());
    }
    let mut missing: Vec<&Path> = at.ancestors().skip(1).take_while(|above| !above.exists()).collect();
    missing.reverse();
    for directory in &missing {
        fs::create_dir(directory)?;
    }
    if is_directory {
        fs::create_dir(at)?
    } else {
        fs::write(at, "")?
    }
    let owner = if in_workspace { sandbox_owner() } else { None };
    missing.into_iter().chain([at]).try_for_each(|made| give(made, owner))
}
