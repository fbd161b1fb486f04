//! The holder: a single-threaded process that builds one jail and runs its commands.
//!
//! It is started with an empty environment and one descriptor, the engine's line, and lives as long as that line. It never prints;
//! what goes wrong is an answer on the line. It must not start threads: it forks.

mod bubblewrap;
mod cache;
mod candidate;
mod cgroup;
mod command;
mod container;
mod control;
mod copied;
mod copy;
mod diff;
mod etc;
mod identity;
mod memory;
mod namespaces;
mod overlay;
mod pipes;
mod place;
mod processes;
mod root;
mod stage;
mod supervise;
mod sweep;
mod warden;
mod write;

use crate::backend::Tier;
use crate::caps::Caps;
use crate::error::SandboxError;
use crate::policy::JailSpec;
use crate::protocol::{Reply, Request};
use crate::run::{RunReport, RunSpec};
use crate::workspace::{Collected, FileWrite};
use cgroup::Group;
use control::Control;
use std::ffi::OsString;
use std::net::TcpListener;
use std::path::Path;

/// User and group that files are given to: those of the candidates, where these are not ours.
type Owner = Option<(u32, u32)>;

/// What the holder does for one tier.
trait Room {
    fn root(&self) -> &Path;
    /// The sockets on the granted ports, once.
    fn listeners(&mut self) -> Vec<TcpListener>;
    /// `group`, where there is one, is what its candidates are to be in.
    fn run(&mut self, spec: &RunSpec, group: Option<&Group>, control: &mut Control) -> Result<RunReport, SandboxError>;
    fn write(&mut self, files: &[FileWrite]) -> Result<(), SandboxError>;
    fn reset(&mut self) -> Result<(), SandboxError>;
    fn collect(&mut self, cap_bytes: u64) -> Result<Vec<Collected>, SandboxError>;
    /// Ends what of the room runs between runs.
    fn dismiss(&mut self) -> Result<(), SandboxError> {
        Ok(())
    }
    /// Removes what the kernel does not remove with the process.
    fn close(&mut self) -> Result<(), SandboxError>;
}

/// The holder's whole life. An executable calls this, and nothing else, when it is started with the launcher's argument.
pub fn helper_main() -> ! {
    let words: Vec<OsString> = std::env::args_os().skip(2).collect();
    if let [first, numbers @ ..] = &words[..]
        && first == stage::WORD
    {
        stage::enter(numbers);
    }
    if words.first().is_some_and(|first| first == container::inside::WORD) {
        container::inside::live();
    }
    let code = match Control::take_over() {
        Ok(mut control) => serve(&mut control),
        Err(_) => 1,
    };
    std::process::exit(code)
}

/// Opens what is asked for and serves it. The code tells apart an orderly end, a failed clean-up and a broken line.
fn serve(control: &mut Control) -> i32 {
    let Ok(Some(Request::Open { tier, spec, scratch })) = control.next() else { return 2 };
    // Before the room: its root has no way to the cgroups.
    let (group, caps) = cgroup::open(&spec, tier);
    let code = match open(tier, spec, &scratch, group.as_ref()) {
        Ok(mut room) => answer(room.as_mut(), group.as_ref(), caps, control),
        Err(error) => control.answer(&Reply::Failed(error.into())).map_or(2, |()| 0),
    };
    let removed = group.as_ref().map_or(Ok(()), Group::remove);
    code.max(i32::from(removed.is_err()))
}

/// Answers requests until the line closes.
fn answer(room: &mut dyn Room, group: Option<&Group>, caps: Caps, control: &mut Control) -> i32 {
    let listeners = room.listeners();
    let mut told = control.answer(&Reply::Opened { root: room.root().to_owned(), caps }).and_then(|()| control.hand_over(&listeners));
    drop(listeners);
    while told.is_ok() {
        let Ok(Some(request)) = control.next() else { break };
        if matches!(request, Request::Interrupt) {
            // It came after the run it was meant for had ended.
            continue;
        }
        let reply = carry_out(room, group, request, control).unwrap_or_else(|error| Reply::Failed(error.into()));
        told = control.answer(&reply);
    }
    i32::from(room.close().is_err())
}

fn open(tier: Tier, spec: JailSpec, scratch: &Path, group: Option<&Group>) -> Result<Box<dyn Room>, SandboxError> {
    match tier {
        Tier::Namespaces => Ok(Box::new(namespaces::Namespaced::open(spec, scratch)?)),
        Tier::Container => Ok(Box::new(container::Contained::open(spec, scratch, group)?)),
        Tier::Bubblewrap | Tier::Landlock | Tier::None => Ok(Box::new(copied::Copied::open(tier, spec, scratch)?)),
    }
}

fn carry_out(room: &mut dyn Room, group: Option<&Group>, request: Request, control: &mut Control) -> Result<Reply, SandboxError> {
    match request {
        Request::Run(spec) => room.run(&spec, group, control).map(Reply::Report),
        Request::Write(files) => room.write(&files).map(|()| Reply::Done),
        Request::Reset => room.reset().map(|()| Reply::Done),
        Request::Collect(cap_bytes) => room.collect(cap_bytes).map(Reply::Collected),
        Request::Close => close(room, group).map(|()| Reply::Done),
        Request::Open { .. } | Request::Limit(_) | Request::Interrupt => Err(SandboxError::Setup("take this request now".to_owned())),
    }
}

/// A cgroup can be removed only when no process is in it: the kernel's part of the proof.
fn close(room: &mut dyn Room, group: Option<&Group>) -> Result<(), SandboxError> {
    room.dismiss()?;
    sweep::none_left()?;
    group.map_or(Ok(()), Group::remove)?;
    room.close()
}

/// The error of a failed step of ours.
fn failed(step: impl std::fmt::Display) -> impl FnOnce(std::io::Error) -> SandboxError {
    move |error| SandboxError::Setup(format!("{step}: {error}"))
}
