//! What a workspace holds that its layers do not, and the other way round.
//!
//! One walk serves both shapes: a copy is an upper directory that hides everything below it.

use super::failed;
use crate::error::SandboxError;
use crate::layers::{Kind, Merged, Node, is_opaque, kind};
use crate::workspace::{Collected, Content};
use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// How the writable side is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// An overlay's upper directory: what is absent is unchanged.
    Overlay,
    /// A whole tree: what is absent is deleted.
    Whole,
}

/// A file or link that differs.
pub(super) struct Difference {
    pub(super) path: PathBuf,
    /// False where the layers have it and the workspace has not.
    pub(super) is_there: bool,
}

/// Every file and link that differs, sorted by path. Fails where those that are there hold more than `cap_bytes`.
pub(super) fn differences(upper: &Path, layers: &Merged, shape: Shape, cap_bytes: u64) -> Result<Vec<Difference>, SandboxError> {
    let mut walk = Walk { found: Vec::new(), cap_bytes, held: 0 };
    walk.directory(Path::new(""), upper, layers, shape == Shape::Whole)?;
    walk.found.sort_by(|one, other| one.path.as_os_str().as_bytes().cmp(other.path.as_os_str().as_bytes()));
    Ok(walk.found)
}

/// The same, with what the files and links hold.
pub(super) fn collect(upper: &Path, layers: &Merged, shape: Shape, cap_bytes: u64) -> Result<Vec<Collected>, SandboxError> {
    let held = |Difference { path, is_there }: Difference| {
        let content = is_there.then(|| content(&upper.join(&path))).transpose();
        let content = content.map_err(failed(format!("read {}", path.display())))?;
        Ok(Collected { path, content })
    };
    differences(upper, layers, shape, cap_bytes)?.into_iter().map(held).collect()
}

struct Walk {
    found: Vec<Difference>,
    cap_bytes: u64,
    held: u64,
}

impl Walk {
    /// `hides`: what the layers have and this directory has not is gone.
    fn directory(&mut self, path: &Path, upper: &Path, layers: &Merged, hides: bool) -> Result<(), SandboxError> {
        let mut below = layers.list().map_err(failed("read the layers"))?;
        for name in names(upper).map_err(failed("read the workspace"))? {
            let lower = below.remove(&name);
            self.entry(&path.join(&name), &upper.join(&name), lower, hides)?;
        }
        if hides {
            below.into_iter().try_for_each(|(name, node)| self.gone(&path.join(name), &node))?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path, upper: &Path, lower: Option<Node>, hides: bool) -> Result<(), SandboxError> {
        match (kind(upper).map_err(failed("read the workspace"))?, lower) {
            (Kind::Special, _) => Err(SandboxError::Special(path.to_owned())),
            (Kind::Whiteout, lower) => lower.map_or(Ok(()), |node| self.gone(path, &node)),
            (Kind::Directory, Some(Node::Directory(layers))) => self.directory(path, upper, &layers, hides || is_opaque(upper)),
            (Kind::Directory, lower) => {
                lower.map_or(Ok(()), |node| self.gone(path, &node))?;
                self.directory(path, upper, &Merged::default(), false)
            }
            (_, Some(Node::Leaf(lower))) => self.changed(path, upper, Some(&lower)),
            (_, lower) => {
                lower.map_or(Ok(()), |node| self.gone(path, &node))?;
                self.changed(path, upper, None)
            }
        }
    }

    /// Reports the files of the layers at and below `path` as deleted.
    fn gone(&mut self, path: &Path, node: &Node) -> Result<(), SandboxError> {
        match node {
            Node::Leaf(_) => self.found.push(Difference { path: path.to_owned(), is_there: false }),
            Node::Directory(layers) => {
                for (name, node) in layers.list().map_err(failed("read the layers"))? {
                    self.gone(&path.join(name), &node)?;
                }
            }
        }
        Ok(())
    }

    fn changed(&mut self, path: &Path, upper: &Path, lower: Option<&Path>) -> Result<(), SandboxError> {
        let unchanged = lower.map_or(Ok(false), |lower| same(upper, lower));
        if unchanged.map_err(failed(format!("compare {}", path.display())))? {
            return Ok(());
        }
        self.found.push(Difference { path: path.to_owned(), is_there: true });
        self.weigh(upper)
    }

    /// Refuses a file above the cap before anything is read: a sparse file can be larger than any memory.
    fn weigh(&mut self, upper: &Path) -> Result<(), SandboxError> {
        let length = fs::symlink_metadata(upper).map_err(failed("read the workspace"))?.len();
        self.held = self.held.saturating_add(length);
        if self.held > self.cap_bytes { Err(SandboxError::TooLarge(self.cap_bytes)) } else { Ok(()) }
    }
}

fn names(directory: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        names.push(entry?.file_name());
    }
    Ok(names)
}

/// Whether two paths hold the same link, or the same bytes with the same right to execute them.
pub(super) fn same(one: &Path, other: &Path) -> io::Result<bool> {
    match (kind(one)?, kind(other)?) {
        (Kind::Symlink, Kind::Symlink) => Ok(fs::read_link(one)? == fs::read_link(other)?),
        (Kind::Regular, Kind::Regular) => {
            let (left, right) = (fs::metadata(one)?, fs::metadata(other)?);
            Ok(left.len() == right.len() && is_executable(&left) == is_executable(&right) && same_bytes(one, other)?)
        }
        _ => Ok(false),
    }
}

/// Both are of the same length; neither need fit in memory.
fn same_bytes(one: &Path, other: &Path) -> io::Result<bool> {
    let (mut one, mut other) = (BufReader::new(File::open(one)?), BufReader::new(File::open(other)?));
    loop {
        let (left, right) = (one.fill_buf()?, other.fill_buf()?);
        let length = left.len().min(right.len());
        if length == 0 {
            return Ok(left.len() == right.len());
        }
        if left[..length] != right[..length] {
            return Ok(false);
        }
        one.consume(length);
        other.consume(length);
    }
}

fn is_executable(entry: &Metadata) -> bool {
    entry.permissions().mode() & 0o100 != 0
}

fn content(path: &Path) -> io::Result<Content> {
    let entry = fs::symlink_metadata(path)?;
    if entry.is_symlink() {
        return Ok(Content::Symlink(PathBuf::into_os_string(fs::read_link(path)?).into_encoded_bytes()));
    }
    Ok(Content::File { bytes: fs::read(path)?, executable: is_executable(&entry) })
}
