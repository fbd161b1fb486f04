//! Our program as the first process of a container: the holder's deputy, which starts candidates and ends them.
//!
//! It is the candidates' user, without a capability, so it defends itself: it is not dumpable, which closes its files in `/proc` and
//! keeps tracers off; as process 1 it gets no signal that it did not ask for; and Landlock and the call filter hold the candidates. It
//! ends when the line closes.

use super::super::cgroup::{Counted, Given};
use super::super::command::Command;
use super::super::control::Control;
use super::super::etc;
use super::super::failed;
use super::super::namespaces::listen;
use super::super::root::system_paths;
use super::super::supervise::{Plan, Scope, Wall, supervise};
use super::started::{LINE, SOCKET};
use super::{ipc, scratch};
use crate::caps::{CapKind, Caps};
use crate::error::SandboxError;
use crate::landlock::{Allowed, Network};
use crate::policy::JailSpec;
use crate::protocol::{Reply, Request, receive};
use crate::run::{RunReport, RunSpec};
use crate::seccomp::{Extra, filters};
use crate::sys;
use nix::sys::prctl;
use seccompiler::BpfProgram;
use serde::{Deserialize, Serialize};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// The word after the launcher's argument that leads here.
pub(in super::super) const WORD: &str = "contained";

/// What it is told first.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Contain {
    pub(super) spec: JailSpec,
    /// How many open files of cgroups follow.
    pub(super) handles: usize,
}

/// What every run needs.
struct Deputy {
    spec: JailSpec,
    allowed: Allowed,
    filters: Vec<BpfProgram>,
    counted: Option<Given>,
}

/// The whole life of the first process.
pub(in super::super) fn live() -> ! {
    std::process::exit(i32::from(serve().is_err()))
}

fn serve() -> io::Result<()> {
    prctl::set_dumpable(false)?;
    prctl::set_no_new_privs()?;
    let mut line = UnixStream::connect(Path::new(LINE).join(SOCKET))?;
    let Some(told) = receive::<Contain>(&mut line)? else { return Ok(()) };
    let handles = if told.handles == 0 { Vec::new() } else { sys::receive_descriptors(line.as_fd())? };
    let mut control = Control::over(line, &handles)?;
    let deputy = Deputy::new(told.spec, Given::of(handles));
    let (mut deputy, listeners) = match deputy.and_then(|deputy| Ok((listen(&deputy.spec.granted.ports)?, deputy))) {
        Ok((listeners, deputy)) => (deputy, listeners),
        Err(error) => return control.answer(&Reply::Failed(error.into())),
    };
    let caps = Caps { kind: CapKind::Polled, detail: String::new() };
    control.answer(&Reply::Opened { root: deputy.spec.root.clone(), caps })?;
    control.hand_over(&listeners)?;
    drop(listeners);
    while let Some(request) = control.next()? {
        match request {
            Request::Run(spec) => {
                let reply = deputy.run(&spec, &mut control).map_or_else(|error| Reply::Failed(error.into()), Reply::Report);
                control.answer(&reply)?;
            }
            Request::Reset => {
                let cleared = scratch::clear().map_err(failed("empty the temporary directories"));
                control.answer(&cleared.map_or_else(|error| Reply::Failed(error.into()), |()| Reply::Done))?;
            }
            Request::Limit(limits) => deputy.spec.limits = limits,
            // It came after the run it was meant for had ended.
            Request::Interrupt => {}
            _ => return Err(io::Error::other("told what only a holder does")),
        }
    }
    Ok(())
}

impl Deputy {
    fn new(spec: JailSpec, counted: Option<Given>) -> Result<Self, SandboxError> {
        let filters = filters(Extra::FirstProcess)?;
        let mut read = system_paths().map_err(failed("list /etc"))?;
        read.extend(etc::NAMES.map(|name| Path::new("/etc").join(name)));
        // Neither /sys nor /run, which hold what the tool put there.
        read.push(PathBuf::from("/proc"));
        read.extend(spec.binds.iter().filter(|bind| !bind.is_writable()).map(|bind| bind.target.clone()));
        let allowed = Allowed { read, write: spec.writable() };
        Ok(Self { spec, allowed, filters, counted })
    }

    fn run(&self, spec: &RunSpec, control: &mut Control) -> Result<RunReport, SandboxError> {
        let command = Command::of(spec, &self.spec.env, &self.spec.root)?;
        let plan = Plan {
            scope: Scope::Container,
            argv: command.argv,
            env: command.env,
            programs: command.programs,
            cwd: command.cwd,
            identity: None,
            limits: self.spec.limits,
            passed: Vec::new(),
            group: self.counted.as_ref().map(|given| given as &dyn Counted),
            wall: Wall::Present { allowed: &self.allowed, network: Network::Unrestricted, required: false, filters: &self.filters },
        };
        let report = supervise(&plan, spec, control)?;
        ipc::clear().map_err(failed("clear shared memory and queues"))?;
        Ok(report)
    }
}
