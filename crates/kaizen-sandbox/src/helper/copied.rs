//! A room that is a plain copy, for machines that refuse us namespaces, and for the unsandboxed tier.
//!
//! What is lost against namespaces: no disk cap, no own `/tmp` or `/dev/shm`, the copy has another path, processes share the host's
//! numbers and are found through `/proc`. Landlock, call filters and limits confine the candidate of the Landlock tier; `bwrap` that of
//! the bubblewrap tier, which has its path, its `/tmp` and its processes back; nothing but limits that of the unsandboxed tier. The
//! container tier keeps its workspace here and runs nothing here.

use super::cgroup::{Group, counted};
use super::control::Control;
use super::identity::Identity;
use super::supervise::{Plan, Scope, Wall, supervise};
use super::{Owner, Room, bubblewrap, command, copy, diff, etc, failed, processes, root, write};
use crate::backend::Tier;
use crate::error::SandboxError;
use crate::landlock::{Allowed, Network};
use crate::layers::Merged;
use crate::policy::{Bind, JailSpec, Limits, Upper, sandbox_owner};
use crate::run::{Ended, RunReport, RunSpec};
use crate::seccomp::{Extra, filters};
use crate::workspace::{Collected, FileWrite};
use nix::sys::prctl;
use nix::unistd::geteuid;
use seccompiler::BpfProgram;
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Files every program may read or, the devices, write.
const READABLE: [&str; 18] = [
    "/etc/passwd",
    "/etc/group",
    "/etc/hosts",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/loadavg",
    "/proc/uptime",
    "/proc/version",
    "/proc/filesystems",
    "/proc/sys/kernel",
    "/proc/sys/vm",
    "/dev/random",
    "/dev/urandom",
    "/dev/zero",
    "/dev/full",
    "/dev/null",
];
const WRITABLE: [&str; 2] = ["/dev/null", "/dev/full"];

pub(super) struct Copied {
    tier: Tier,
    spec: JailSpec,
    owner: Owner,
    identity: Option<Identity>,
    layers: Merged,
    room: PathBuf,
    copy: PathBuf,
    temporary: PathBuf,
    /// What confines a candidate of the Landlock tier.
    confines: Option<(Allowed, Vec<BpfProgram>)>,
}

impl Copied {
    pub(super) fn open(tier: Tier, mut spec: JailSpec, scratch: &Path) -> Result<Self, SandboxError> {
        if tier != Tier::Container && !spec.granted.ports.is_empty() {
            return Err(SandboxError::Setup(format!("grant a way to the network: the {tier} tier has no network of its own to filter")));
        }
        spec.binds = spec.binds.into_iter().map(Bind::without_overlay).collect();
        prctl::set_child_subreaper(true).map_err(|errno| failed("adopt orphans")(errno.into()))?;
        let identity = if matches!(tier, Tier::None | Tier::Container) { None } else { Identity::of_candidates() };
        let owner = if tier == Tier::None { None } else { sandbox_owner() };
        let (binds, layers) = root::host_paths(&spec)?;
        let room = scratch.join(format!("room-{}", std::process::id()));
        let (copy, temporary) = (room.join("work"), room.join("tmp"));
        let confines = match tier {
            Tier::Landlock => Some((allowed(&spec, &binds, &copy, &temporary)?, filters(Extra::SocketsAndMetadata)?)),
            _ => None,
        };
        let copied = Self { tier, spec, owner, identity, layers: Merged(layers), room, copy, temporary, confines };
        // A holder that was killed before may have had our process id.
        copied.remove()?;
        fs::create_dir(&copied.room).map_err(failed(format!("make {}", copied.room.display())))?;
        if let Err(error) = copied.fill() {
            copied.remove()?;
            return Err(error);
        }
        Ok(copied)
    }

    fn fill(&self) -> Result<(), SandboxError> {
        let fill = || {
            fs::set_permissions(&self.room, Permissions::from_mode(0o755))?;
            copy::tree(&self.shown(), &self.copy, self.owner)?;
            fs::create_dir(&self.temporary)?;
            if self.is_rooted() && !self.etc().exists() {
                fs::create_dir(self.etc())?;
                etc::write(&self.etc(), self.owner)?;
            }
            root::give(&self.temporary, self.owner)
        };
        fill().map_err(failed("copy the workspace"))
    }

    /// A directory that is kept holds what an earlier jail left there.
    fn shown(&self) -> Merged {
        match &self.spec.upper {
            Upper::Memory { .. } => self.layers.clone(),
            Upper::Directory(kept) => Merged(std::iter::once(kept.clone()).chain(self.layers.0.iter().cloned()).collect()),
        }
    }

    /// Whether the candidate has a root of its own, in which the copy has the project's path.
    fn is_rooted(&self) -> bool {
        matches!(self.tier, Tier::Bubblewrap | Tier::Container)
    }

    pub(super) fn spec(&self) -> &JailSpec {
        &self.spec
    }

    /// The jail's own directory of the host.
    pub(super) fn room(&self) -> &Path {
        &self.room
    }

    /// The workspace, on the host.
    pub(super) fn copy(&self) -> &Path {
        &self.copy
    }

    /// Files for `/etc`.
    pub(super) fn etc(&self) -> PathBuf {
        self.room.join("etc")
    }

    fn remove(&self) -> Result<(), SandboxError> {
        copy::remove(&self.room).map_err(failed(format!("remove {}", self.room.display())))
    }

    /// Puts the copy back to how it was, but for the kept paths: see [`copy::renew`].
    pub(super) fn renew(&self, kept: &BTreeMap<PathBuf, bool>) -> Result<(), SandboxError> {
        copy::renew(&self.shown(), &self.copy, Path::new(""), kept, self.owner).map_err(failed("renew the workspace"))
    }

    /// Whether the workspace goes with the jail.
    pub(super) fn is_fleeting(&self) -> bool {
        matches!(self.spec.upper, Upper::Memory { .. })
    }

    /// Puts back every protected file that differs.
    pub(super) fn restore(&self) -> Result<(), SandboxError> {
        let shown = self.shown();
        let put_back = |path: &PathBuf| copy::restore(&shown, path, &self.copy, self.owner);
        self.spec.read_only.iter().try_for_each(put_back).map_err(failed("put protected files back"))
    }
}

impl Copied {
    fn limits(&self) -> Result<Limits, SandboxError> {
        let own = (geteuid().as_raw(), false);
        let (user, alone) = self.identity.as_ref().map_or(own, |identity| (identity.user, identity.is_counted_alone()));
        processes::with_others(self.spec.limits, user, alone).map_err(failed("count processes"))
    }

    fn run_wrapped(
        &self,
        command: &command::Command,
        spec: &RunSpec,
        group: Option<&Group>,
        control: &mut Control,
    ) -> Result<RunReport, SandboxError> {
        let wrapped = bubblewrap::Wrapped::of(&self.spec, command, &self.copy, &self.etc())?;
        let mut limits = self.limits()?;
        limits.processes += WRAPPERS;
        let plan = Plan {
            scope: Scope::Descendants,
            passed: wrapped.descriptors(),
            argv: wrapped.argv.clone(),
            env: Vec::new(),
            programs: wrapped.programs.clone(),
            cwd: PathBuf::from("/"),
            identity: self.identity.as_ref(),
            limits,
            group: group.map(counted),
            wall: Wall::Built { start_at: wrapped.start_at },
        };
        let report = supervise(&plan, spec, control)?;
        Ok(RunReport { ended: unwrapped(report.ended), ..report })
    }
}

/// Processes of `bwrap` beside the candidate's.
const WRAPPERS: u64 = 2;

/// `bwrap` tells a signal as a shell does.
fn unwrapped(ended: Ended) -> Ended {
    match ended {
        Ended::Exit(code @ 129..=192) => Ended::Signal(code - 128),
        other => other,
    }
}

/// What the Landlock tier may open.
fn allowed(spec: &JailSpec, binds: &[PathBuf], copy: &Path, temporary: &Path) -> Result<Allowed, SandboxError> {
    let mut read: Vec<PathBuf> = READABLE.iter().map(PathBuf::from).collect();
    read.extend(root::system_paths().map_err(failed("list /etc"))?);
    let mut write: Vec<PathBuf> = WRITABLE.iter().map(PathBuf::from).collect();
    write.extend([copy.to_owned(), temporary.to_owned()]);
    write.extend(spec.granted.devices.iter().cloned());
    for (bind, source) in spec.binds.iter().zip(binds) {
        if bind.is_writable() { write.push(source.clone()) } else { read.push(source.clone()) }
    }
    Ok(Allowed { read, write })
}

impl Room for Copied {
    fn root(&self) -> &Path {
        if self.is_rooted() { &self.spec.root } else { &self.copy }
    }

    fn listeners(&mut self) -> Vec<TcpListener> {
        Vec::new()
    }

    fn run(&mut self, spec: &RunSpec, group: Option<&Group>, control: &mut Control) -> Result<RunReport, SandboxError> {
        self.restore()?;
        let mut env = self.spec.env.clone();
        if self.tier != Tier::Bubblewrap {
            env.push(("TMPDIR".into(), self.temporary.clone().into()));
        }
        let command = command::Command::of(spec, &env, self.root())?;
        if self.tier == Tier::Bubblewrap {
            return self.run_wrapped(&command, spec, group, control);
        }
        let wall = match &self.confines {
            None => Wall::Absent,
            Some((allowed, filters)) => Wall::Present { allowed, network: Network::Denied, required: true, filters },
        };
        let plan = Plan {
            scope: Scope::Descendants,
            argv: command.argv,
            env: command.env,
            programs: command.programs,
            cwd: command.cwd,
            identity: self.identity.as_ref(),
            limits: self.limits()?,
            passed: Vec::new(),
            group: group.map(counted),
            wall,
        };
        supervise(&plan, spec, control)
    }

    fn write(&mut self, files: &[FileWrite]) -> Result<(), SandboxError> {
        let protected =
            |file: &&FileWrite| self.spec.read_only.iter().any(|path| file.path.starts_with(path) && self.copy.join(path).exists());
        match files.iter().find(protected) {
            Some(file) => Err(SandboxError::Protected(file.path.clone())),
            None => write::apply(&self.copy, files, self.owner),
        }
    }

    fn reset(&mut self) -> Result<(), SandboxError> {
        let clear = || copy::remove(&self.copy).and_then(|()| copy::remove(&self.temporary));
        clear().map_err(failed("clear the workspace"))?;
        if let Upper::Directory(kept) = &self.spec.upper {
            copy::empty(kept).map_err(failed("empty the upper directory"))?;
        }
        self.fill()
    }

    fn collect(&mut self, cap_bytes: u64) -> Result<Vec<Collected>, SandboxError> {
        diff::collect(&self.copy, &self.layers, diff::Shape::Whole, cap_bytes)
    }

    fn close(&mut self) -> Result<(), SandboxError> {
        if !self.room.exists() {
            return Ok(());
        }
        if let Upper::Directory(kept) = &self.spec.upper {
            let changes = diff::differences(&self.copy, &self.layers, diff::Shape::Whole, u64::MAX)?;
            copy::keep(&changes, &self.copy, kept, self.owner).map_err(failed("keep the upper directory"))?;
        }
        self.remove()
    }
}
