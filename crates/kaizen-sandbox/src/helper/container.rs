//! The room of the container tier, for machines that let Podman or Docker make namespaces and neither us nor `bwrap`.
//!
//! One container lives as long as its jail. Its first process is our own program ([`inside`]), which is told what to run over one
//! socket, starts the candidates, takes their time and ends them, as the holder does elsewhere: the walls between it and them are ours,
//! whatever the tool's defaults are. It ends itself when that socket closes, and the kernel everything in the container with it; so
//! nothing outlives this holder. The workspace is a copy ([`super::copied`]) that stays on the host.
//! Not here: images (there is nothing in them), networks, and what daemons of the tools do besides.

pub(super) mod inside;
mod ipc;
mod leftover;
mod mounts;
mod scratch;
mod started;
mod tool;

use super::cgroup::{Counted, Group};
use super::control::Control;
use super::copied::Copied;
use super::{Room, failed, processes, sweep};
use crate::backend::Tier;
use crate::error::SandboxError;
use crate::policy::{JailSpec, Limits, sandbox_owner};
use crate::run::{RunReport, RunSpec};
use crate::workspace::{Collected, FileWrite};
use mounts::Mounts;
use nix::unistd::{getegid, geteuid};
use started::{Started, Wish};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use tool::Tool;

/// Processes of ours that the kernel counts with the candidate's: the first of the container, and the warden.
const WRAPPERS: u64 = 2;

pub(super) struct Contained {
    copied: Copied,
    tool: Tool,
    /// The cgroups' files, for every container of this jail.
    handles: Vec<OwnedFd>,
    /// Whether the number of processes is the cgroups' to cap, and no limit of the candidates' user is needed.
    caps_processes: bool,
    /// What must stay in the workspace when it is reset, since it is mounted on.
    kept: BTreeMap<PathBuf, bool>,
    inside: Option<Started>,
    listeners: Vec<TcpListener>,
}

impl Contained {
    pub(super) fn open(spec: JailSpec, scratch: &Path, group: Option<&Group>) -> Result<Self, SandboxError> {
        let handles = group.map_or(Ok(Vec::new()), Group::handles).map_err(failed("open the cgroups for a container"))?;
        let caps_processes = group.is_some_and(Group::caps_processes);
        let tools = Tool::installed();
        let Some(tool) = tools.first().cloned() else {
            return Err(SandboxError::Setup("find podman or docker: neither is installed".to_owned()));
        };
        leftover::sweep(scratch, &tools)?;
        let copied = Copied::open(Tier::Container, spec, scratch)?;
        let mut contained = Self { copied, tool, handles, caps_processes, kept: BTreeMap::new(), inside: None, listeners: Vec::new() };
        match contained.begin_with_any(tools) {
            Ok(()) => Ok(contained),
            Err(error) => contained.close().and(Err(error)),
        }
    }

    /// The first tool that works is the jail's.
    fn begin_with_any(&mut self, tools: Vec<Tool>) -> Result<(), SandboxError> {
        let mut refusals = Vec::new();
        for tool in tools {
            self.tool = tool;
            match self.raise() {
                Ok(()) => return Ok(()),
                Err(SandboxError::Setup(why)) => refusals.push(why),
                Err(other) => return Err(other),
            }
            self.dismiss()?;
        }
        Err(SandboxError::Setup(refusals.join("; ")))
    }

    /// Starts the container that candidates run in.
    fn raise(&mut self) -> Result<(), SandboxError> {
        let mounts = Mounts::of(&self.copied).map_err(failed("prepare the mounts of a container"))?;
        let mut spec = self.copied.spec().clone();
        if self.caps_processes {
            spec.limits.processes = u64::MAX;
        }
        let user = sandbox_owner().unwrap_or((geteuid().as_raw(), getegid().as_raw()));
        let room = self.copied.room().to_owned();
        let wish = Wish { room, user, mounts: mounts.list, spec, is_counted: !self.handles.is_empty() };
        let mut inside = Started::start(&self.tool, &wish, &self.handles)?;
        (self.listeners, self.kept) = (inside.listeners(), mounts.kept);
        self.inside = Some(inside);
        Ok(())
    }

    /// A new container has new ports, which the engine does not have.
    fn raise_again(&mut self) -> Result<(), SandboxError> {
        if self.copied.spec().granted.ports.is_empty() {
            return self.raise();
        }
        Err(SandboxError::Setup("keep the granted ports open: their container has ended".to_owned()))
    }

    fn lower(&mut self) -> Result<(), SandboxError> {
        self.inside.take().map_or(Ok(()), |inside| inside.stop(&self.tool))
    }

    fn limits(&self) -> Result<Limits, SandboxError> {
        let mut limits = self.copied.spec().limits;
        limits.processes = limits.processes.saturating_add(WRAPPERS);
        let (user, _) = sandbox_owner().unwrap_or((geteuid().as_raw(), 0));
        processes::with_others(limits, user, self.tool.has_own_users()).map_err(failed("count processes"))
    }
}

impl Room for Contained {
    fn root(&self) -> &Path {
        self.copied.root()
    }

    fn listeners(&mut self) -> Vec<TcpListener> {
        std::mem::take(&mut self.listeners)
    }

    fn run(&mut self, spec: &RunSpec, group: Option<&Group>, control: &mut Control) -> Result<RunReport, SandboxError> {
        self.copied.restore()?;
        if self.inside.is_none() {
            self.raise_again()?;
        }
        let limits = if self.caps_processes { None } else { Some(self.limits()?) };
        let Some(inside) = &mut self.inside else { return Err(SandboxError::Setup("start a container".to_owned())) };
        let report = inside.run(spec, limits, control);
        if inside.is_broken() {
            return self.lower().and(report);
        }
        // Seen from outside too, where that is possible.
        group.map_or(Ok(()), Counted::empty).and(report)
    }

    fn write(&mut self, files: &[FileWrite]) -> Result<(), SandboxError> {
        self.copied.write(files)
    }

    fn reset(&mut self) -> Result<(), SandboxError> {
        match &mut self.inside {
            Some(inside) if self.copied.is_fleeting() => {
                inside.reset()?;
                self.copied.renew(&self.kept)
            }
            _ => {
                self.lower()?;
                self.copied.reset()?;
                self.raise_again()
            }
        }
    }

    fn collect(&mut self, cap_bytes: u64) -> Result<Vec<Collected>, SandboxError> {
        self.copied.collect(cap_bytes)
    }

    /// Ends the containers, waits for what the tool still has to clear away, and ends that too where it does not end by itself.
    fn dismiss(&mut self) -> Result<(), SandboxError> {
        let stopped = self.lower();
        sweep::wait_for_descendants(self.tool.lingering(self.copied.room()))?;
        sweep::descendants().map(drop).and(stopped)
    }

    fn close(&mut self) -> Result<(), SandboxError> {
        self.dismiss()?;
        self.copied.close()
    }
}
