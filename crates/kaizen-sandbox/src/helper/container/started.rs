//! A container that runs, seen from the holder: the tool's process and the line to our program inside.
//!
//! The line is a socket in a directory that the container shows. It is taken once, by the user that the container was started as, and
//! gone before the first candidate begins.

use super::super::control::Control;
use super::super::failed;
use super::super::root::give;
use super::super::sweep::PATIENCE;
use super::inside::Contain;
use super::mounts::{Mount, skeleton, system};
use super::tool::{EMPTY_IMAGE, Tool, end, ends_within, quiet};
use crate::error::SandboxError;
use crate::policy::{JailSpec, Limits, sandbox_owner};
use crate::protocol::{Reply, Request, receive, send};
use crate::run::{RunReport, RunSpec};
use crate::sys;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::net::TcpListener;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Where the container sees the directory with the line.
pub(super) const LINE: &str = "/.kaizen-line";
/// The socket in it.
pub(super) const SOCKET: &str = "line";

/// How long a tool may take until our program inside speaks.
const START: Duration = Duration::from_secs(60);
/// How long it may take to clear away what has ended.
const FAREWELL: Duration = Duration::from_secs(4);

/// What is to be started.
pub(super) struct Wish {
    pub(super) room: PathBuf,
    /// User and group of everything inside.
    pub(super) user: (u32, u32),
    pub(super) mounts: Vec<Mount>,
    pub(super) spec: JailSpec,
    /// Whether candidates are put into cgroups of ours.
    pub(super) is_counted: bool,
}

pub(super) struct Started {
    name: String,
    room: PathBuf,
    client: Child,
    line: UnixStream,
    listeners: Vec<TcpListener>,
    is_broken: bool,
}

impl Started {
    /// Starts a container and our program in it. On failure nothing of it runs.
    pub(super) fn start(tool: &Tool, wish: &Wish, handles: &[OwnedFd]) -> Result<Self, SandboxError> {
        let name = format!("kaizen-{}-{:x}", std::process::id(), sys::monotonic().as_nanos());
        let said = wish.room.join(format!("{name}.said"));
        tool.settle(&wish.room).map_err(failed("make a place for a tool's state"))?;
        let began = Self::launch(tool, wish, &name, &said);
        let began = match (began, tool.is_docker()) {
            (Err(_), true) if lacks_image(&said) => {
                import(tool, &wish.room).map_err(failed(format!("import {EMPTY_IMAGE} into Docker")))?;
                Self::launch(tool, wish, &name, &said)
            }
            (began, _) => began,
        };
        let explained =
            |error: io::Error| SandboxError::Setup(format!("start a container by {}: {error}{}", tool.name(), last_words(&said)));
        let mut started = began.map_err(explained)?;
        match started.instruct(wish, handles) {
            Ok(()) => Ok(started),
            Err(error) => {
                started.stop(tool)?;
                Err(explained(error))
            }
        }
    }

    fn launch(tool: &Tool, wish: &Wish, name: &str, said: &Path) -> io::Result<Self> {
        let (door, root) = (wish.room.join(format!("{name}.door")), wish.room.join(format!("{name}.root")));
        let listener = listen(&door)?;
        let mounts: Vec<Mount> = system()?.into_iter().chain(wish.mounts.iter().cloned()).collect();
        skeleton(&root, &mounts)?;
        let said = File::create(said)?;
        let mut command = tool.run(wish, name, &door, &root, &mounts)?;
        let mut client = command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said).spawn()?;
        let line = await_line(&listener, &mut client, wish.user.0);
        fs::remove_file(door.join(SOCKET))?;
        match line {
            Ok(line) => Ok(Self { name: name.to_owned(), room: wish.room.clone(), client, line, listeners: Vec::new(), is_broken: false }),
            Err(error) => {
                tool.remove(&wish.room, name)?;
                end(&mut client, Duration::from_secs(1))?;
                Err(error)
            }
        }
    }

    fn instruct(&mut self, wish: &Wish, handles: &[OwnedFd]) -> io::Result<()> {
        send(&mut self.line, &Contain { spec: wish.spec.clone(), handles: handles.len() })?;
        if !handles.is_empty() {
            sys::send_descriptors(self.line.as_fd(), &handles.iter().map(AsRawFd::as_raw_fd).collect::<Vec<_>>())?;
        }
        match receive(&mut self.line)? {
            Some(Reply::Opened { .. }) => {}
            Some(Reply::Failed(failure)) => return Err(io::Error::other(SandboxError::from(failure))),
            _ => return Err(io::Error::other("our program inside ended")),
        }
        if !wish.spec.granted.ports.is_empty() {
            self.listeners = sys::receive_descriptors(self.line.as_fd())?.into_iter().map(TcpListener::from).collect();
        }
        Ok(())
    }

    pub(super) fn listeners(&mut self) -> Vec<TcpListener> {
        std::mem::take(&mut self.listeners)
    }

    /// Whether it does not answer any more.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Has a command run inside. `limits` are new ones, where there are any.
    pub(super) fn run(&mut self, spec: &RunSpec, limits: Option<Limits>, control: &mut Control) -> Result<RunReport, SandboxError> {
        let answer = self.ask(spec, limits, control).map_err(|error| {
            self.is_broken = true;
            failed("hear of a run in a container")(error)
        })?;
        match answer {
            Reply::Report(report) => Ok(report),
            Reply::Failed(failure) => Err(failure.into()),
            _ => Err(SandboxError::Setup("understand a container".to_owned())),
        }
    }

    /// Empties the directories in memory, and queues and shared memory.
    pub(super) fn reset(&mut self) -> Result<(), SandboxError> {
        let answer = send(&mut self.line, &Request::Reset).and_then(|()| receive(&mut self.line));
        match answer {
            Ok(Some(Reply::Done)) => Ok(()),
            Ok(Some(Reply::Failed(failure))) => Err(failure.into()),
            other => {
                self.is_broken = true;
                Err(failed("reset a container")(other.err().unwrap_or_else(|| io::Error::other("it ended"))))
            }
        }
    }

    fn ask(&mut self, spec: &RunSpec, limits: Option<Limits>, control: &mut Control) -> io::Result<Reply> {
        if let Some(limits) = limits {
            send(&mut self.line, &Request::Limit(limits))?;
        }
        send(&mut self.line, &Request::Run(spec.clone()))?;
        // Our program inside keeps the time; one that does not is as good as gone.
        let until = sys::monotonic() + spec.wall + PATIENCE + FAREWELL;
        while !self.has_spoken(control, until)? {}
        receive(&mut self.line)?.ok_or_else(|| io::Error::other("it ended"))
    }

    /// Waits for a word from inside and passes on what the engine says.
    fn has_spoken(&mut self, control: &mut Control, until: Duration) -> io::Result<bool> {
        let left = until.saturating_sub(sys::monotonic());
        if left.is_zero() {
            return Err(io::Error::other("it does not keep the time"));
        }
        let mut fds = [PollFd::new(control.as_fd(), PollFlags::POLLIN), PollFd::new(self.line.as_fd(), PollFlags::POLLIN)];
        let timeout = PollTimeout::try_from(left.min(Duration::from_secs(60))).unwrap_or(PollTimeout::MAX);
        match poll(&mut fds, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let [told, heard] = [&fds[0], &fds[1]].map(|fd| fd.any().unwrap_or(true));
        if told && !heard {
            match control.next()? {
                Some(Request::Interrupt) => send(&mut self.line, &Request::Interrupt)?,
                _ => return Err(io::Error::other("the line closed")),
            }
        }
        Ok(heard)
    }

    /// Ends it: our program inside ends when the line closes, and the kernel the rest. What does not end by that is removed by force.
    pub(super) fn stop(mut self, tool: &Tool) -> Result<(), SandboxError> {
        drop(self.line);
        if !ends_within(&mut self.client, FAREWELL).map_err(failed("wait for a container"))? {
            tool.remove(&self.room, &self.name).map_err(failed("remove a container"))?;
            end(&mut self.client, Duration::from_secs(1)).map_err(failed("end a container"))?;
        }
        // A new one has its own.
        for ending in ["door", "root"] {
            let path = self.room.join(format!("{}.{ending}", self.name));
            fs::remove_dir_all(&path).map_err(failed(format!("remove {}", path.display())))?;
        }
        fs::remove_file(self.room.join(format!("{}.said", self.name))).map_err(failed("remove what a tool said"))
    }
}

/// A socket that only the container's user may connect to. It is bound by a short name, since a long one does not fit.
fn listen(door: &Path) -> io::Result<UnixListener> {
    fs::create_dir_all(door)?;
    fs::set_permissions(door, Permissions::from_mode(0o755))?;
    let short = File::open(door)?;
    let path = format!("/proc/self/fd/{}/{SOCKET}", short.as_raw_fd());
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(door.join(SOCKET), Permissions::from_mode(0o600))?;
    give(&door.join(SOCKET), sandbox_owner())?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Until our program inside has connected, or the tool has given up.
fn await_line(listener: &UnixListener, client: &mut Child, user: u32) -> io::Result<UnixStream> {
    let until = sys::monotonic() + START;
    while sys::monotonic() < until {
        match listener.accept() {
            Ok((line, _)) if getsockopt(&line, PeerCredentials)?.uid() == user => {
                line.set_nonblocking(false)?;
                return Ok(line);
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if let Some(status) = client.try_wait()? {
                    return Err(io::Error::other(format!("it ended with {status}")));
                }
                let mut fds = [PollFd::new(listener.as_fd(), PollFlags::POLLIN)];
                poll(&mut fds, 10u8)?;
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("nothing began in it"))
}

/// What a tool said last, for people.
fn last_words(said: &Path) -> String {
    let text = fs::read(said).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_else(|error| error.to_string());
    let advice = |line: &&str| line.is_empty() || ["See '", "Run '"].iter().any(|begin| line.starts_with(begin));
    let last = text.lines().map(str::trim).rfind(|line| !advice(line));
    last.map_or_else(String::new, |line| format!(": {}", line.chars().take(400).collect::<String>()))
}

fn lacks_image(said: &Path) -> bool {
    fs::read(said).is_ok_and(|text| String::from_utf8_lossy(&text).contains("No such image"))
}

/// Gives Docker an image with nothing in it: an archive of no files is two empty blocks.
fn import(tool: &Tool, room: &Path) -> io::Result<()> {
    let mut command: Command = tool.command(room);
    let mut importing = quiet(command.args(["import", "-", EMPTY_IMAGE])).stdin(Stdio::piped()).spawn()?;
    if let Some(mut archive) = importing.stdin.take() {
        archive.write_all(&[0; 1024])?;
    }
    let status = importing.wait()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(status.to_string())) }
}
