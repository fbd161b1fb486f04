//! The writable workspace of the namespaces tier: layers below, an upper directory on top, and the mounts that lie over both.
//!
//! Everything it mounts comes from the backstage, so that it can be taken down and raised again after the host's root is gone.
//! Renaming directories of the layers is off (`redirect_dir=nofollow`): a protected file cannot be moved away with its parent.

use super::cache::{self, Cache};
use super::copy::{empty, remove};
use super::place::{BACKSTAGE, SCRATCH};
use super::root::{bind, give, memory_file_system};
use super::{Owner, failed};
use crate::error::SandboxError;
use crate::layers::Merged;
use crate::policy::{JailSpec, Upper};
use nix::errno::Errno;
use nix::libc;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Inodes that the upper's own directories take.
const OWN_INODES: u64 = 8;

pub(super) struct Overlay {
    root: PathBuf,
    layers: Merged,
    binds: Vec<(PathBuf, PathBuf, u64)>,
    caches: Vec<Cache>,
    read_only: Vec<PathBuf>,
    upper: Upper,
    data: PathBuf,
    work: PathBuf,
    owner: Owner,
}

/// Where the host's directories are at present.
pub(super) struct Hosts {
    pub(super) layers: Vec<PathBuf>,
    /// With where they are to be shown, and the attributes of that mount.
    pub(super) binds: Vec<(PathBuf, PathBuf, u64)>,
    pub(super) caches: Vec<Cache>,
    /// The upper directory, where it is one on disk. Only this one is still to be bound, next to its work area.
    pub(super) disk: Option<PathBuf>,
}

impl Overlay {
    pub(super) fn new(spec: &JailSpec, hosts: Hosts, owner: Owner) -> Result<Self, SandboxError> {
        let Hosts { layers, binds, caches, disk } = hosts;
        let store = Path::new(BACKSTAGE).join("upper");
        fs::create_dir(&store).map_err(failed("make the upper directory"))?;
        let name = match &disk {
            None => "data".into(),
            Some(disk) => stage_disk(disk, &store)?,
        };
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(&name);
        hidden.push(".work");
        let mut layers = layers;
        if layers.is_empty() {
            let empty = Path::new(BACKSTAGE).join("empty");
            fs::create_dir(&empty).map_err(failed("make an empty layer"))?;
            layers.push(empty);
        }
        Ok(Self {
            root: spec.root.clone(),
            layers: Merged(layers),
            binds,
            caches,
            read_only: spec.read_only.clone(),
            upper: spec.upper.clone(),
            data: store.join(name),
            work: store.join(hidden),
            owner,
        })
    }

    pub(super) fn upper(&self) -> &Path {
        &self.data
    }

    pub(super) fn caches(&self) -> &[Cache] {
        &self.caches
    }

    pub(super) fn layers(&self) -> &Merged {
        &self.layers
    }

    /// Mounts everything on fresh temporary directories.
    pub(super) fn raise(&self) -> Result<(), SandboxError> {
        for (path, bytes) in SCRATCH {
            memory_file_system(Path::new(path), bytes, 1 << 18, "1777").map_err(failed(format!("make {path}")))?;
        }
        self.mount_workspace().map_err(failed("mount the workspace"))?;
        for (source, target, attributes) in &self.binds {
            bind(source, target, *attributes).map_err(failed(format!("bind to {}", target.display())))?;
        }
        cache::raise(&self.caches, self.owner).map_err(failed("mount the caches"))?;
        self.read_only.iter().try_for_each(|path| self.protect(path)).map_err(failed("protect files"))
    }

    fn mount_workspace(&self) -> io::Result<()> {
        if let Upper::Memory { bytes, inodes } = self.upper {
            memory_file_system(&Path::new(BACKSTAGE).join("upper"), bytes, inodes.saturating_add(OWN_INODES), "0700")?;
            fs::create_dir(&self.data)?;
        }
        fs::create_dir_all(&self.work)?;
        give(&self.data, self.owner)?;
        fs::create_dir_all(&self.root)?;
        merge(&self.layers.0, [&self.data, &self.work], &self.root, self.owner)
    }

    /// Binds a path over itself, read-only. A parent that no layer holds could be renamed away, unless something is mounted on it.
    fn protect(&self, path: &Path) -> io::Result<()> {
        let mut here = self.root.clone();
        let depth = path.components().count();
        for (index, part) in path.components().enumerate() {
            let std::path::Component::Normal(name) = part else { return Err(io::Error::other("a protected path is not plain")) };
            here.push(name);
            let is_last = index + 1 == depth;
            match fs::symlink_metadata(&here) {
                Ok(entry) if entry.is_symlink() => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(error),
                Ok(_) if is_last => bind(&here, &here, libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV)?,
                Ok(_) if self.movable(&here) => bind(&here, &here, libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV)?,
                Ok(_) => {}
            }
        }
        Ok(())
    }

    fn movable(&self, directory: &Path) -> bool {
        let below = directory.strip_prefix(&self.root).unwrap_or(directory);
        !self.layers.0.iter().any(|layer| fs::symlink_metadata(layer.join(below)).is_ok_and(|entry| entry.is_dir()))
    }

    /// Takes everything down, empties an upper directory on disk, and raises it again.
    pub(super) fn reset(&self) -> Result<(), SandboxError> {
        self.lower().map_err(failed("unmount the workspace"))?;
        if matches!(self.upper, Upper::Directory(_)) {
            empty(&self.data).and_then(|()| empty(&self.work)).map_err(failed("empty the upper directory"))?;
        }
        self.raise()
    }

    fn lower(&self) -> io::Result<()> {
        let caches = cache::targets(&self.caches);
        let mut targets: Vec<&Path> = caches.iter().map(PathBuf::as_path).collect();
        targets.extend(self.binds.iter().rev().map(|(_, target, _)| target.as_path()));
        targets.push(&self.root);
        targets.extend(SCRATCH.iter().map(|(path, _)| Path::new(*path)));
        let store = Path::new(BACKSTAGE).join("upper");
        if matches!(self.upper, Upper::Memory { .. }) {
            targets.push(&store);
        }
        for target in targets {
            umount2(target, MntFlags::MNT_DETACH)?;
        }
        Ok(())
    }

    /// Removes the work area beside an upper directory on disk.
    pub(super) fn close(&self) -> Result<(), SandboxError> {
        if matches!(self.upper, Upper::Memory { .. }) || !self.work.exists() {
            return Ok(());
        }
        match umount2(&self.root, MntFlags::MNT_DETACH) {
            Ok(()) | Err(Errno::EINVAL) => remove(&self.work).map_err(failed("remove the work area")),
            Err(errno) => Err(failed("unmount the workspace")(errno.into())),
        }
    }
}

/// Mounts an overlay: directories below, the first on top, and the upper with its work area.
pub(super) fn merge(below: &[PathBuf], [upper, work]: [&Path; 2], at: &Path, owner: Owner) -> io::Result<()> {
    let below: Vec<String> = below.iter().map(|layer| layer.display().to_string()).collect();
    let attributes = if owner.is_none() { ",userxattr" } else { "" };
    let options = format!(
        "lowerdir={},upperdir={},workdir={},redirect_dir=nofollow,index=off,metacopy=off{attributes}",
        below.join(":"),
        upper.display(),
        work.display()
    );
    Ok(mount(Some("overlay"), at, Some("overlay"), MsFlags::MS_NOSUID | MsFlags::MS_NODEV, Some(options.as_str()))?)
}

/// Upper and work area must be on one mount, so their common parent is what is bound. Returns the upper's name in it.
fn stage_disk(disk: &Path, store: &Path) -> Result<std::ffi::OsString, SandboxError> {
    let (Some(parent), Some(name)) = (disk.parent(), disk.file_name()) else {
        return Err(SandboxError::Setup("use the root directory as an upper directory".to_owned()));
    };
    let usable = name.to_str().is_some_and(|name| !name.contains([',', ':', '\\', '"']));
    if !usable {
        return Err(SandboxError::Setup(format!("use '{}' as an upper directory: its name may hold no , : \\ or \"", disk.display())));
    }
    bind(parent, store, 0).map_err(failed("bind the upper directory"))?;
    Ok(name.to_owned())
}
