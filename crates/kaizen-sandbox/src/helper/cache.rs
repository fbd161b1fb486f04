//! Directories of the host that candidates may write to without changing them: an overlay each, over the host's directory, with what
//! they write in memory. All of a jail share one capped file system, which every reset makes anew.
//!
//! Candidates of an engine that is root are another user than the owner of the host's directory. There the lower is shown with its owner
//! mapped to that user (an id-mapped mount), or nobody could write. Where that or the overlay itself is refused, which depends on the
//! file system the directory lies on, there is no cache: [`Lowers::put`] says so.

use super::Owner;
use super::overlay::merge;
use super::place::BACKSTAGE;
use super::root::{bind, give, memory_file_system};
use crate::policy::CACHE_BYTES;
use crate::sys;
use nix::libc;
use nix::mount::{MntFlags, umount2};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Files and directories that all caches of a jail may hold beside the host's.
const INODES: u64 = 1 << 18;

/// A lower is only looked at, whatever the overlay above it lets through.
const LOWER: u64 = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;

pub(super) struct Cache {
    name: String,
    lower: PathBuf,
    target: PathBuf,
    env: Vec<(OsString, OsString)>,
}

impl Cache {
    /// `lower` is where the host's directory was put; no two caches have the same index.
    pub(super) fn new(index: usize, lower: PathBuf, target: PathBuf, env: Vec<(OsString, OsString)>) -> Self {
        Self { name: format!("cache{index}"), lower, target, env }
    }

    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    pub(super) fn env(&self) -> &[(OsString, OsString)] {
        &self.env
    }

    fn mount(&self, owner: Owner) -> io::Result<()> {
        make(&self.target, owner)?;
        over(&self.lower, &self.name, &self.target, owner)
    }
}

/// The memory that every cache of the jail writes to.
fn store() -> PathBuf {
    Path::new(BACKSTAGE).join("caches")
}

/// Makes lowers. The caches of a user have one owner, and a mapping of owners takes longer to make than a mount.
pub(super) struct Lowers {
    owner: Owner,
    mappings: BTreeMap<(u32, u32), File>,
}

impl Lowers {
    pub(super) fn new(owner: Owner) -> Self {
        Self { owner, mappings: BTreeMap::new() }
    }

    /// Puts the host's directory at `here`, as the lower of an overlay, and tries one. False where it cannot be had; what is put at `here`
    /// next hides what is left there.
    pub(super) fn put(&mut self, host: &Path, here: &Path) -> bool {
        self.show(host, here).and_then(|()| tried(here, self.owner)).is_ok()
    }

    fn show(&mut self, host: &Path, here: &Path) -> io::Result<()> {
        let entry = fs::metadata(host)?;
        if !entry.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let Some(candidate) = self.owner else { return bind(host, here, LOWER) };
        fs::create_dir_all(here)?;
        let mapping = match self.mappings.entry((entry.uid(), entry.gid())) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let mapping = sys::user_namespace(*free.key(), candidate)?;
                free.insert(mapping)
            }
        };
        sys::mount_mapped(host, here, mapping, LOWER)
    }
}

/// Mounts an overlay over `lower` beside it and takes it away again.
fn tried(lower: &Path, owner: Owner) -> io::Result<()> {
    let at = Path::new(BACKSTAGE).join("try");
    fs::create_dir_all(&at)?;
    new_store()?;
    let merged = over(lower, "try", &at, owner).and_then(|()| Ok(umount2(&at, MntFlags::MNT_DETACH)?));
    merged.and(Ok(umount2(&store(), MntFlags::MNT_DETACH)?))
}

fn new_store() -> io::Result<()> {
    fs::create_dir_all(store())?;
    memory_file_system(&store(), CACHE_BYTES, INODES, "0700")
}

fn over(lower: &Path, name: &str, at: &Path, owner: Owner) -> io::Result<()> {
    let (upper, work) = (store().join(name), store().join(format!("{name}.work")));
    fs::create_dir(&upper)?;
    fs::create_dir(&work)?;
    fs::set_permissions(&upper, fs::metadata(lower)?.permissions())?;
    give(&upper, owner)?;
    merge(&[lower.to_owned()], [&upper, &work], at, owner)
}

/// Mounts every cache, empty of what candidates wrote.
pub(super) fn raise(caches: &[Cache], owner: Owner) -> io::Result<()> {
    if caches.is_empty() {
        return Ok(());
    }
    new_store()?;
    caches.iter().try_for_each(|cache| cache.mount(owner))
}

/// What [`raise`] mounted, in the order in which it has to be taken down.
pub(super) fn targets(caches: &[Cache]) -> Vec<PathBuf> {
    let memory = (!caches.is_empty()).then(store);
    caches.iter().rev().map(|cache| cache.target.clone()).chain(memory).collect()
}

/// Makes a directory and those above it that are missing; they are the candidates', who find theirs in a home directory as well.
fn make(directory: &Path, owner: Owner) -> io::Result<()> {
    let missing: Vec<&Path> = directory.ancestors().take_while(|above| !above.exists()).collect();
    for directory in missing.into_iter().rev() {
        fs::create_dir(directory)?;
        give(directory, owner)?;
    }
    Ok(())
}
