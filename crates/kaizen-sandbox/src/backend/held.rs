//! The engine's end of a jail: a holder process and the socket to it.
//!
//! When the engine goes, the socket closes and the holder kills everything and ends; nothing here is needed for that.

use super::{Launcher, Tier};
use crate::caps::{CapKind, Caps};
use crate::error::SandboxError;
use crate::jail::{Jail, NoSurvivors};
use crate::policy::JailSpec;
use crate::protocol::{Reply, Request, receive, send};
use crate::run::{Ended, RunReport, RunSpec};
use crate::sys::receive_descriptors;
use crate::terminal::cut_short;
use crate::workspace::{Collected, FileWrite};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::net::{Shutdown, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often the interrupt flag is looked at while a command runs, in milliseconds.
const INTERRUPT_POLL: u8 = 10;
/// How long a holder may take to end after its socket is closed.
const FAREWELL: Duration = Duration::from_secs(10);

pub(super) struct HeldJail {
    holder: Child,
    line: UnixStream,
    root: PathBuf,
    caps: Caps,
    listeners: Vec<TcpListener>,
    interrupt: Arc<AtomicBool>,
}

impl HeldJail {
    pub(super) fn open(tier: Tier, launcher: &Launcher, spec: &JailSpec, interrupt: Arc<AtomicBool>) -> Result<Self, SandboxError> {
        let request = Request::Open { tier, spec: spec.clone(), scratch: launcher.scratch.clone() };
        let mut jail = Self::launch(launcher, Arc::clone(&interrupt))?;
        let mut answer = jail.ask(&request);
        if matches!(answer, Err(SandboxError::Gone(_))) && cut_short(jail.end_holder()?) {
            jail = Self::launch(launcher, interrupt)?;
            answer = jail.ask(&request);
        }
        match answer? {
            Reply::Opened { root, caps } => (jail.root, jail.caps) = (root, caps),
            other => return Err(unexpected(&other)),
        }
        if !spec.granted.ports.is_empty() {
            let received = receive_descriptors(jail.line.as_fd()).map_err(|error| gone(&error))?;
            jail.listeners = received.into_iter().map(TcpListener::from).collect();
        }
        Ok(jail)
    }

    /// Starts a holder, which waits to be told what to hold.
    fn launch(launcher: &Launcher, interrupt: Arc<AtomicBool>) -> Result<Self, SandboxError> {
        let launch = |source| SandboxError::Launch { program: launcher.helper.clone(), source };
        let (line, theirs) = UnixStream::pair().map_err(launch)?;
        let holder = Command::new(&launcher.helper)
            .arg(&launcher.argument)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A Ctrl-C at the engine's terminal is the engine's to handle.
            .process_group(0)
            .spawn()
            .map_err(launch)?;
        let caps = Caps { kind: CapKind::Polled, detail: String::new() };
        Ok(Self { holder, line, root: PathBuf::new(), caps, listeners: Vec::new(), interrupt })
    }

    fn ask(&mut self, request: &Request) -> Result<Reply, SandboxError> {
        send(&mut self.line, request).map_err(|error| gone(&error))?;
        self.answer()
    }

    fn answer(&mut self) -> Result<Reply, SandboxError> {
        match receive(&mut self.line).map_err(|error| gone(&error))? {
            Some(Reply::Failed(failure)) => Err(failure.into()),
            Some(reply) => Ok(reply),
            None => Err(SandboxError::Gone("it closed the connection".to_owned())),
        }
    }

    fn ask_done(&mut self, request: &Request) -> Result<(), SandboxError> {
        match self.ask(request)? {
            Reply::Done => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    /// Waits until the holder has something to say, and passes on an interrupt once.
    fn await_report(&mut self) -> Result<(), SandboxError> {
        let mut told = false;
        loop {
            if !told && self.interrupt.load(Ordering::Relaxed) {
                send(&mut self.line, &Request::Interrupt).map_err(|error| gone(&error))?;
                told = true;
            }
            let mut fds = [PollFd::new(self.line.as_fd(), PollFlags::POLLIN)];
            match poll(&mut fds, PollTimeout::from(INTERRUPT_POLL)) {
                Ok(0) | Err(Errno::EINTR) => {}
                Ok(_) => return Ok(()),
                Err(errno) => return Err(gone(&errno.into())),
            }
        }
    }

    /// Closes the line and waits for the holder's end, which is the end of everything it holds.
    fn end_holder(&mut self) -> Result<ExitStatus, SandboxError> {
        match self.line.shutdown(Shutdown::Both) {
            Err(error) if error.kind() != std::io::ErrorKind::NotConnected => return Err(gone(&error)),
            _ => {}
        }
        let until = Instant::now() + FAREWELL;
        loop {
            match self.holder.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_micros(200)),
                Ok(None) => return Err(SandboxError::Survivors(format!("the holder {} does not end", self.holder.id()))),
                Err(error) => return Err(gone(&error)),
            }
        }
    }
}

fn gone(error: &std::io::Error) -> SandboxError {
    SandboxError::Gone(error.to_string())
}

fn unexpected(reply: &Reply) -> SandboxError {
    let kind = match reply {
        Reply::Opened { .. } => "opened",
        Reply::Report(_) => "report",
        Reply::Collected(_) => "collected",
        Reply::Done => "done",
        Reply::Failed(_) => "failed",
    };
    SandboxError::Gone(format!("it answered out of turn with '{kind}'"))
}

impl Jail for HeldJail {
    fn root(&self) -> &Path {
        &self.root
    }

    fn caps(&self) -> &Caps {
        &self.caps
    }

    fn listeners(&mut self) -> Vec<TcpListener> {
        std::mem::take(&mut self.listeners)
    }

    fn run(&mut self, spec: &RunSpec) -> Result<RunReport, SandboxError> {
        if self.interrupt.load(Ordering::Relaxed) {
            return Ok(RunReport::of_nothing(Ended::Interrupted));
        }
        send(&mut self.line, &Request::Run(spec.clone())).map_err(|error| gone(&error))?;
        self.await_report()?;
        match self.answer()? {
            Reply::Report(report) => Ok(report),
            other => Err(unexpected(&other)),
        }
    }

    fn write(&mut self, files: &[FileWrite]) -> Result<(), SandboxError> {
        self.ask_done(&Request::Write(files.to_vec()))
    }

    fn reset(&mut self) -> Result<(), SandboxError> {
        self.ask_done(&Request::Reset)
    }

    fn collect(&mut self, cap_bytes: u64) -> Result<Vec<Collected>, SandboxError> {
        match self.ask(&Request::Collect(cap_bytes))? {
            Reply::Collected(changes) => Ok(changes),
            other => Err(unexpected(&other)),
        }
    }

    fn close(mut self: Box<Self>) -> Result<NoSurvivors, SandboxError> {
        self.ask_done(&Request::Close)?;
        self.end_holder()?;
        Ok(NoSurvivors(()))
    }
}

impl Drop for HeldJail {
    /// Without a way to report failure, the last resort is a signal: the kernel ends a holder's namespaces with it.
    fn drop(&mut self) {
        if self.end_holder().is_err() && self.holder.kill().is_ok() {
            drop(self.holder.wait());
        }
    }
}
