//! One run, seen by the holder: it starts a warden, keeps its output, and ends it when a limit is passed.
//!
//! The holder is outside the candidate's process tree, user and (where there is one) pid namespace; its word is the report.

use super::cgroup::Counted;
use super::control::Control;
use super::identity::Identity;
use super::pipes::{NOTE, OurEnds, START_NOTE, noted_preparation, noted_time, pipes};
use super::{failed, sweep, warden};
use crate::counter::{Count, heard};
use crate::error::SandboxError;
use crate::landlock::{Allowed, Network};
use crate::policy::Limits;
use crate::protocol::Request;
use crate::run::{Ended, RunReport, RunSpec};
use crate::sys::{self, Fork};
use nix::errno::Errno;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, read, write};
use seccompiler::BpfProgram;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, RawFd};
use std::path::PathBuf;
use std::time::Duration;

/// How the processes of a run are kept together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The warden is the init of a pid namespace with its own `/proc`; the kernel ends all with it.
    PidNamespace,
    /// The warden's descendants, found through `/proc`.
    Descendants,
    /// The same, in a container with an ipc namespace of its own.
    Container,
}

/// Everything the warden and the candidate need to know.
pub(super) struct Plan<'a> {
    pub(super) scope: Scope,
    pub(super) argv: Vec<CString>,
    pub(super) env: Vec<CString>,
    /// Full paths to try, in order.
    pub(super) programs: Vec<CString>,
    pub(super) cwd: PathBuf,
    /// Whom to become; `None` stays who we are.
    pub(super) identity: Option<&'a Identity>,
    /// `processes` includes those the kernel will count in although they are not of this jail.
    pub(super) limits: Limits,
    /// Descriptors that the program itself is to inherit.
    pub(super) passed: Vec<RawFd>,
    /// What the candidate is put in.
    pub(super) group: Option<&'a dyn Counted>,
    pub(super) wall: Wall<'a>,
}

/// What confines the candidate beyond its namespaces.
pub(super) enum Wall<'a> {
    /// Nothing.
    Absent,
    /// The program that is executed builds it, without capabilities and as a user of its own, and hands the start pipe on by this number.
    Built { start_at: RawFd },
    /// Landlock and system call filters; `required` refuses to run where the kernel has no Landlock.
    Present { allowed: &'a Allowed, network: Network, required: bool, filters: &'a [BpfProgram] },
}

/// Runs the plan to its end and proves that nothing of it is left.
pub(super) fn supervise(plan: &Plan<'_>, spec: &RunSpec, control: &mut Control) -> Result<RunReport, SandboxError> {
    let (ours, theirs) = pipes(spec).map_err(failed("make pipes"))?;
    match sys::fork(plan.scope == Scope::PidNamespace).map_err(failed("start a process"))? {
        Fork::Child => warden::live(plan, spec.count, theirs),
        Fork::Parent(pid) => {
            drop(theirs);
            let mut watch = Watch::new(pid, ours, spec);
            let broken = watch.until_decided(control);
            let report = watch.finish(plan, broken);
            plan.group.map_or(Ok(()), Counted::empty).and(report)
        }
    }
}

struct Watch<'a> {
    pid: libc::pid_t,
    ends: OurEnds,
    spec: &'a RunSpec,
    forked: Duration,
    written: usize,
    output: u64,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    start: Vec<u8>,
    end: Vec<u8>,
    /// Why we ended it, where we did, and when.
    forced: Option<(Ended, Duration)>,
}

/// What a descriptor of a poll belongs to.
#[derive(Clone, Copy)]
enum Source {
    Control,
    Stdin,
    Stdout,
    Stderr,
    Start,
    End,
}

impl<'a> Watch<'a> {
    fn new(pid: libc::pid_t, ends: OurEnds, spec: &'a RunSpec) -> Self {
        let (stdout, stderr, start, end) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { pid, ends, spec, forked: sys::monotonic(), written: 0, output: 0, stdout, stderr, start, end, forced: None }
    }

    /// Until the warden has spoken or we must end it. An error is one of ours.
    fn until_decided(&mut self, control: &mut Control) -> Option<SandboxError> {
        while self.ends.end.is_some() && self.forced.is_none() {
            let left = (self.began() + self.spec.wall).saturating_sub(sys::monotonic());
            if left.is_zero() {
                self.force(Ended::TimedOut);
            } else if let Err(error) = self.step(control, left) {
                return Some(SandboxError::Setup(format!("watch a run: {error}")));
            }
        }
        None
    }

    fn force(&mut self, why: Ended) {
        self.forced = Some((why, sys::monotonic()));
    }

    fn step(&mut self, control: &mut Control, left: Duration) -> io::Result<()> {
        for source in self.ready(control, left)? {
            match source {
                Source::Control => match control.next()? {
                    Some(Request::Interrupt) => self.force(Ended::Interrupted),
                    _ => return Err(io::Error::other("the line closed")),
                },
                Source::Stdin => self.feed()?,
                Source::Stdout | Source::Stderr | Source::Start | Source::End => self.take(source)?,
            }
        }
        if self.output > self.spec.output {
            self.force(Ended::Flooded);
        }
        Ok(())
    }

    fn ready(&self, control: &Control, left: Duration) -> io::Result<Vec<Source>> {
        let mut fds = vec![PollFd::new(control.as_fd(), PollFlags::POLLIN)];
        let mut sources = vec![Source::Control];
        let all = [
            (Source::Stdin, &self.ends.stdin, PollFlags::POLLOUT),
            (Source::Stdout, &self.ends.stdout, PollFlags::POLLIN),
            (Source::Stderr, &self.ends.stderr, PollFlags::POLLIN),
            (Source::Start, &self.ends.start, PollFlags::POLLIN),
            (Source::End, &self.ends.end, PollFlags::POLLIN),
        ];
        for (source, fd, events) in all {
            if let Some(fd) = fd {
                fds.push(PollFd::new(fd.as_fd(), events));
                sources.push(source);
            }
        }
        let milliseconds = i32::try_from(left.as_millis()).unwrap_or(i32::MAX).saturating_add(1).min(60_000);
        match poll(&mut fds, PollTimeout::try_from(milliseconds).unwrap_or(PollTimeout::MAX)) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        Ok(fds.iter().zip(sources).filter(|(fd, _)| fd.any().unwrap_or(true)).map(|(_, source)| source).collect())
    }

    fn feed(&mut self) -> io::Result<()> {
        let Some(fd) = &self.ends.stdin else { return Ok(()) };
        match write(fd, &self.spec.stdin[self.written..]) {
            Ok(length) => self.written += length,
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            // The candidate does not want it.
            Err(Errno::EPIPE) => self.written = self.spec.stdin.len(),
            Err(errno) => return Err(errno.into()),
        }
        if self.written == self.spec.stdin.len() {
            self.ends.stdin = None;
        }
        Ok(())
    }

    /// Reads once; closes our end at the end of the stream.
    fn take(&mut self, source: Source) -> io::Result<()> {
        let (end, kept, is_output) = match source {
            Source::Stdout => (&mut self.ends.stdout, &mut self.stdout, true),
            Source::Stderr => (&mut self.ends.stderr, &mut self.stderr, true),
            Source::Start => (&mut self.ends.start, &mut self.start, false),
            Source::End => (&mut self.ends.end, &mut self.end, false),
            Source::Control | Source::Stdin => return Ok(()),
        };
        let Some(fd) = end else { return Ok(()) };
        let mut buffer = [0; 65536];
        match read(&*fd, &mut buffer) {
            Ok(0) => *end = None,
            Ok(length) if is_output => {
                let room = usize::try_from(self.spec.output.saturating_sub(self.output)).unwrap_or(usize::MAX);
                kept.extend_from_slice(&buffer[..length.min(room)]);
                self.output += length as u64;
            }
            Ok(length) => kept.extend_from_slice(&buffer[..length]),
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        Ok(())
    }

    fn began(&self) -> Duration {
        noted_time(&self.start).unwrap_or(self.forked)
    }

    /// Ends what is left, waits for it, and says what happened.
    fn finish(mut self, plan: &Plan<'_>, broken: Option<SandboxError>) -> Result<RunReport, SandboxError> {
        if self.ends.end.is_some() {
            kill(Pid::from_raw(self.pid), Signal::SIGKILL).map_err(|errno| failed("end a run")(errno.into()))?;
        }
        let killed = plan.group.map_or(Ok(()), Counted::kill);
        let warden = sys::reap(self.pid, true).map_err(|errno| failed("wait for a run")(errno.into()))?;
        let (mut cpu, mut max_rss, status) = warden.map_or((Duration::ZERO, 0, 0), |warden| (warden.cpu, warden.max_rss, warden.status));
        if plan.scope != Scope::PidNamespace {
            let swept = sweep::descendants()?;
            cpu += swept.cpu;
            max_rss = max_rss.max(swept.max_rss);
        }
        killed.map_err(failed("end a run"))?;
        if let Some(error) = broken {
            return Err(error);
        }
        self.drain().map_err(failed("read what a run said"))?;
        let ended = self.ended(status, plan)?;
        let wall = self.stopped().saturating_sub(self.began());
        let count = self.count(cpu);
        Ok(RunReport { ended, wall, cpu, max_rss, count, stdout: self.stdout, stderr: self.stderr })
    }

    /// All writers are gone, so what is in the pipes is all there is.
    fn drain(&mut self) -> io::Result<()> {
        for source in [Source::Start, Source::End, Source::Stdout, Source::Stderr] {
            loop {
                let before = (self.output, self.start.len(), self.end.len());
                self.take(source)?;
                if before == (self.output, self.start.len(), self.end.len()) {
                    break;
                }
            }
        }
        Ok(())
    }

    fn count(&self, cpu: Duration) -> Option<Count> {
        match self.end.first() {
            Some(b'X') => heard(self.end.get(NOTE + 4..)?, cpu, noted_preparation(&self.start)),
            _ => None,
        }
    }

    fn stopped(&self) -> Duration {
        match &self.forced {
            Some((_, when)) => *when,
            None => noted_time(&self.end).unwrap_or_else(sys::monotonic),
        }
    }

    fn ended(&self, status: i32, plan: &Plan<'_>) -> Result<Ended, SandboxError> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        // A failed exec is noted after the start it would have been.
        let failure = if self.start.first() == Some(&b'S') { &self.start[START_NOTE.min(self.start.len())..] } else { &self.start[..] };
        match (failure.first(), self.end.first()) {
            (_, Some(b'W')) => return Err(SandboxError::Setup(text(&self.end[NOTE..]))),
            (Some(b'F'), _) => return Err(SandboxError::Setup(text(&failure[NOTE..]))),
            (Some(b'E'), _) => return Ok(Ended::NotStarted(text(&failure[NOTE..]))),
            _ => {}
        }
        if let Some((why, _)) = &self.forced {
            return Ok(why.clone());
        }
        if self.start.is_empty() && matches!(plan.wall, Wall::Built { .. }) {
            return Err(SandboxError::Setup(format!("build the walls of a run: {}", text(&self.stderr).trim())));
        }
        Ok(match self.end.first() {
            Some(b'M') => Ended::OutOfMemory,
            Some(b'X') if self.output > self.spec.output => Ended::Flooded,
            Some(b'X') => self
                .end
                .get(NOTE..NOTE + 4)
                .and_then(|bytes| bytes.try_into().ok())
                .map_or(decoded(status), |bytes| decoded(i32::from_le_bytes(bytes))),
            // Something ended the warden itself.
            _ => decoded(status),
        })
    }
}

fn decoded(status: i32) -> Ended {
    if libc::WIFSIGNALED(status) { Ended::Signal(libc::WTERMSIG(status)) } else { Ended::Exit(libc::WEXITSTATUS(status)) }
}
