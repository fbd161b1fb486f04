//! A room of its own namespaces: the holder enters them once, builds a root, and starts each run in a fresh pid namespace.
//!
//! As an ordinary user the namespaces hang below a user namespace in which the user keeps its own number, never 0. As root there is
//! none; candidates run as a user of their own instead.

use super::cgroup::{Group, counted};
use super::control::Control;
use super::identity::Identity;
use super::overlay::Overlay;
use super::supervise::{Plan, Scope, Wall, supervise};
use super::{Owner, Room, command, diff, failed, processes, root, write};
use crate::error::SandboxError;
use crate::landlock::{Allowed, Network};
use crate::policy::{JailSpec, MAX_PORTS, sandbox_owner};
use crate::run::{RunReport, RunSpec};
use crate::seccomp::{Extra, filters};
use crate::sys;
use crate::workspace::{Collected, FileWrite};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getegid, geteuid, sethostname};
use seccompiler::BpfProgram;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

pub(super) struct Namespaced {
    spec: JailSpec,
    owner: Owner,
    identity: Option<Identity>,
    overlay: Overlay,
    allowed: Allowed,
    filters: Vec<BpfProgram>,
    listeners: Vec<TcpListener>,
}

impl Namespaced {
    pub(super) fn open(mut spec: JailSpec, scratch: &Path) -> Result<Self, SandboxError> {
        let owner = sandbox_owner();
        let identity = Identity::of_candidates();
        let sources = root::Sources::resolve(&spec)?;
        enter(owner.is_none()).map_err(failed("enter new namespaces"))?;
        let listeners = listen(&spec.granted.ports)?;
        let overlay = root::build(&spec, &sources, scratch, owner)?;
        let filters = filters(Extra::Nothing)?;
        let mut write = spec.writable();
        write.extend(overlay.caches().iter().map(|cache| cache.target().to_owned()));
        spec.env.extend(overlay.caches().iter().flat_map(|cache| cache.env().iter().cloned()));
        let allowed = Allowed { read: vec![PathBuf::from("/")], write };
        Ok(Self { spec, owner, identity, overlay, allowed, filters, listeners })
    }
}

/// Opens the granted ports of the jail's own loopback address.
pub(super) fn listen(ports: &[u16]) -> Result<Vec<TcpListener>, SandboxError> {
    if ports.len() > MAX_PORTS {
        return Err(SandboxError::Setup(format!("grant {} ports: {MAX_PORTS} are the most", ports.len())));
    }
    let one = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).map_err(failed(format!("listen on the granted port {port}")));
    ports.iter().map(one).collect()
}

/// Leaves the host's mounts, network, names and, for an ordinary user, user namespace.
fn enter(unprivileged: bool) -> io::Result<()> {
    let (user, group) = (geteuid(), getegid());
    let mut flags = CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWUTS;
    if unprivileged {
        flags |= CloneFlags::CLONE_NEWUSER;
    }
    unshare(flags)?;
    if unprivileged {
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
        fs::write("/proc/self/gid_map", format!("{group} {group} 1"))?;
    }
    mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)?;
    sys::loopback_up()?;
    sethostname("sandbox")?;
    Ok(())
}

impl Room for Namespaced {
    fn root(&self) -> &Path {
        &self.spec.root
    }

    fn listeners(&mut self) -> Vec<TcpListener> {
        std::mem::take(&mut self.listeners)
    }

    fn run(&mut self, spec: &RunSpec, group: Option<&Group>, control: &mut Control) -> Result<RunReport, SandboxError> {
        let command = command::Command::of(spec, &self.spec.env, &self.spec.root)?;
        // An ordinary user's candidates are in the user namespace of their jail.
        let (user, alone) = self.identity.as_ref().map_or((0, true), |identity| (identity.user, identity.is_counted_alone()));
        let limits = processes::with_others(self.spec.limits, user, alone).map_err(failed("count processes"))?;
        let plan = Plan {
            scope: Scope::PidNamespace,
            argv: command.argv,
            env: command.env,
            programs: command.programs,
            cwd: command.cwd,
            identity: self.identity.as_ref(),
            limits,
            passed: Vec::new(),
            group: group.map(counted),
            wall: Wall::Present { allowed: &self.allowed, network: Network::Unrestricted, required: false, filters: &self.filters },
        };
        supervise(&plan, spec, control)
    }

    fn write(&mut self, files: &[FileWrite]) -> Result<(), SandboxError> {
        write::apply(&self.spec.root, files, self.owner)
    }

    fn reset(&mut self) -> Result<(), SandboxError> {
        self.overlay.reset()
    }

    fn collect(&mut self, cap_bytes: u64) -> Result<Vec<Collected>, SandboxError> {
        diff::collect(self.overlay.upper(), self.overlay.layers(), diff::Shape::Overlay, cap_bytes)
    }

    fn close(&mut self) -> Result<(), SandboxError> {
        self.overlay.close()
    }
}
