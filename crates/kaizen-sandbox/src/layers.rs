//! Read-only directories seen as one, the way an overlay mount shows them: whiteouts hide, opaque directories cut off what is below.
//!
//! Nothing is followed through a symbolic link.

use nix::libc;
use nix::sys::stat::{SFlag, lstat};
use std::collections::BTreeMap;
use std::ffi::{CString, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A merged directory: the directories that make it up, topmost first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Merged(pub(crate) Vec<PathBuf>);

/// One name in a merged directory.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Directory(Merged),
    /// A file, link or anything else, with the path of its topmost version.
    Leaf(PathBuf),
}

/// What an overlay's own directory entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory,
    Regular,
    Symlink,
    Whiteout,
    Special,
}

/// The kind of `path` itself.
pub(crate) fn kind(path: &Path) -> io::Result<Kind> {
    let stat = lstat(path)?;
    Ok(match SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()) {
        SFlag::S_IFDIR => Kind::Directory,
        SFlag::S_IFREG => Kind::Regular,
        SFlag::S_IFLNK => Kind::Symlink,
        SFlag::S_IFCHR if stat.st_rdev == 0 => Kind::Whiteout,
        _ => Kind::Special,
    })
}

/// Whether a directory of an upper hides the same directory of the layers below it.
pub(crate) fn is_opaque(directory: &Path) -> bool {
    let name = if nix::unistd::Uid::effective().is_root() { c"trusted.overlay.opaque" } else { c"user.overlay.opaque" };
    attribute_is_y(directory, name)
}

/// Whether `path` of the layers below would not be seen through `layer`: it has something else there, or cut off what is below.
pub fn hides(layer: &Path, path: &Path) -> io::Result<bool> {
    let mut here = layer.to_owned();
    let mut left = path.components();
    while let Some(part) = left.next() {
        here.push(part);
        match kind(&here) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
            Ok(Kind::Directory) if left.clone().next().is_some() && !is_opaque(&here) => {}
            Ok(_) => return Ok(true),
        }
    }
    Ok(false)
}

#[allow(unsafe_code)]
fn attribute_is_y(path: &Path, name: &std::ffi::CStr) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return false };
    let mut value = [0u8; 2];
    // SAFETY: both strings are NUL-terminated and the buffer is as long as said.
    let length = unsafe { libc::lgetxattr(path.as_ptr(), name.as_ptr(), value.as_mut_ptr().cast(), value.len()) };
    length == 1 && value[0] == b'y'
}

impl Merged {
    /// Every name in the merged directory, sorted.
    pub(crate) fn list(&self) -> io::Result<BTreeMap<OsString, Node>> {
        let mut seen: BTreeMap<OsString, Option<Node>> = BTreeMap::new();
        let mut closed: Vec<OsString> = Vec::new();
        for layer in &self.0 {
            let mut closing = Vec::new();
            for entry in std::fs::read_dir(layer)? {
                let name = entry?.file_name();
                if !closed.contains(&name) && absorb(&mut seen, &name, layer)? {
                    closing.push(name);
                }
            }
            closed.append(&mut closing);
        }
        Ok(seen.into_iter().filter_map(|(name, node)| Some((name, node?))).collect())
    }
}

/// Adds a layer's entry below what is already there; true when it hides the layers below.
fn absorb(seen: &mut BTreeMap<OsString, Option<Node>>, name: &OsString, layer: &Path) -> io::Result<bool> {
    let path = layer.join(name);
    let kind = kind(&path)?;
    let opaque = kind == Kind::Directory && is_opaque(&path);
    match (seen.get_mut(name), kind) {
        (None, Kind::Directory) => drop(seen.insert(name.clone(), Some(Node::Directory(Merged(vec![path]))))),
        (None, Kind::Whiteout) => drop(seen.insert(name.clone(), None)),
        (None, _) => drop(seen.insert(name.clone(), Some(Node::Leaf(path)))),
        (Some(Some(Node::Directory(merged))), Kind::Directory) => merged.0.push(path),
        (Some(_), _) => return Ok(true),
    }
    Ok(opaque || kind != Kind::Directory)
}
