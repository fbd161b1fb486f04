//! The walls of the bubblewrap tier: what the `bwrap` program is told, for machines that let it make namespaces and not us.
//!
//! It starts our own program again in namespaces of its own, over a copy of the workspace at the project's path; that program confines
//! itself further and becomes the candidate ([`super::stage`]). Both are told everything through descriptors: arguments and environment
//! of a process can be read by other users of the machine.

use super::command::Command;
use super::place::{PROGRAM, SCRATCH};
use super::root::system_paths;
use super::stage::{self, Stage};
use super::{etc, failed};
use crate::error::SandboxError;
use crate::policy::JailSpec;
use crate::tool;
use nix::sys::memfd::{MFdFlags, memfd_create};
use std::collections::BTreeSet;
use std::ffi::{CString, OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// One run, told to `bwrap`.
pub(super) struct Wrapped {
    pub(super) argv: Vec<CString>,
    pub(super) programs: Vec<CString>,
    /// The number the start pipe must have.
    pub(super) start_at: RawFd,
    /// What the program and the stage read; both close it before the candidate begins.
    told: Vec<File>,
}

impl Wrapped {
    /// `copy` and `etc` are directories of the host: the workspace, and files for `/etc`.
    pub(super) fn of(spec: &JailSpec, command: &Command, copy: &Path, etc: &Path) -> Result<Self, SandboxError> {
        let program = tool::find(Path::new("/"), tool::BWRAP);
        let program = program.ok_or_else(|| SandboxError::Setup("find bwrap: it is not installed".to_owned()))?;
        let hand_over = |content: &[u8]| readable(content).map_err(failed("hand over what to build"));
        let walls = hand_over(&joined(&walls(spec, copy, etc)?))?;
        let stage = serde_json::to_vec(&stage(spec, command)).map_err(|error| failed("tell the stage")(error.into()))?;
        let stage = hand_over(&stage)?;
        let start_at = walls.as_raw_fd().max(stage.as_raw_fd()) + 1;
        let argument = std::env::args().nth(1).unwrap_or_default();
        let numbers = [walls.as_raw_fd(), stage.as_raw_fd(), start_at].map(|number| number.to_string());
        let words = ["bwrap", "--args", &numbers[0], "--", PROGRAM, &argument, stage::WORD, &numbers[1], &numbers[2]];
        Ok(Self { argv: words.map(plain).to_vec(), programs: vec![plain(&program.to_string_lossy())], start_at, told: vec![walls, stage] })
    }

    pub(super) fn descriptors(&self) -> Vec<RawFd> {
        self.told.iter().map(AsRawFd::as_raw_fd).collect()
    }
}

fn stage(spec: &JailSpec, command: &Command) -> Stage {
    let words = |texts: &[CString]| texts.iter().map(|text| OsStr::from_bytes(text.as_bytes()).to_owned()).collect();
    let (argv, env, programs) = (words(&command.argv), words(&command.env), words(&command.programs));
    Stage { argv, env, programs, cwd: command.cwd.clone(), write: spec.writable() }
}

fn walls(spec: &JailSpec, copy: &Path, identity: &Path) -> Result<Vec<OsString>, SandboxError> {
    let own = std::env::current_exe().map_err(failed("find our own program"))?;
    let mut words: Vec<OsString> =
        ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox"].map(OsString::from).to_vec();
    for path in system_paths().map_err(failed("list /etc"))? {
        match fs::read_link(&path) {
            Ok(leads) => words.extend(["--symlink".into(), leads.into(), path.into()]),
            Err(_) => words.extend(["--ro-bind-try".into(), path.clone().into(), path.into()]),
        }
    }
    for name in etc::NAMES {
        words.extend(["--ro-bind".into(), identity.join(name).into(), Path::new("/etc").join(name).into()]);
    }
    words.extend(["--proc", "/proc", "--dev", "/dev"].map(OsString::from));
    for (path, bytes) in SCRATCH {
        words.extend(["--perms".into(), "1777".into(), "--size".into(), bytes.to_string().into(), "--tmpfs".into(), path.into()]);
    }
    for device in &spec.granted.devices {
        words.extend(["--dev-bind".into(), device.into(), device.into()]);
    }
    words.extend(["--bind".into(), copy.into(), spec.root.clone().into()]);
    for bind in &spec.binds {
        let how = if bind.is_writable() { "--bind" } else { "--ro-bind" };
        words.extend([how.into(), bind.source.clone().into(), bind.target.clone().into()]);
    }
    for (path, writable) in pinned(&spec.read_only, copy) {
        words.extend([if writable { "--bind" } else { "--ro-bind" }.into(), copy.join(&path).into(), spec.root.join(&path).into()]);
    }
    words.extend(["--ro-bind".into(), own.into(), PROGRAM.into()]);
    words.extend(["--remount-ro", "/dev", "--remount-ro", "/"].map(OsString::from));
    Ok(words)
}

/// Protected paths bound over themselves, read-only, and before them their parents over themselves, once: what is mounted on cannot be
/// moved away, and what is mounted later hides what was before. True is a parent, which stays writable.
pub(super) fn pinned(paths: &[PathBuf], copy: &Path) -> Vec<(PathBuf, bool)> {
    let is_plain = |path: &&PathBuf| fs::symlink_metadata(copy.join(path)).is_ok_and(|entry| !entry.is_symlink());
    let plain: BTreeSet<&Path> = paths.iter().filter(is_plain).map(PathBuf::as_path).collect();
    let above =
        |path: &Path| path.ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty()).map(Path::to_owned).collect::<Vec<_>>();
    // What lies in a protected directory needs nothing of its own.
    let protected: Vec<&Path> =
        plain.iter().copied().filter(|path| !above(path).iter().any(|parent| plain.contains(parent.as_path()))).collect();
    let parents: BTreeSet<PathBuf> = protected.iter().flat_map(|path| above(path)).collect();
    let parents = parents.into_iter().map(|parent| (parent, true));
    parents.chain(protected.into_iter().map(|path| (path.to_owned(), false))).collect()
}

fn joined(words: &[OsString]) -> Vec<u8> {
    words.iter().flat_map(|word| word.as_bytes().iter().copied().chain([0])).collect()
}

/// An open file that a program we execute inherits.
fn readable(content: &[u8]) -> io::Result<File> {
    let mut file = File::from(memfd_create(c"told", MFdFlags::empty())?);
    file.write_all(content)?;
    file.rewind()?;
    Ok(file)
}

/// Our own words hold no NUL.
fn plain(text: &str) -> CString {
    CString::new(text).unwrap_or_default()
}
