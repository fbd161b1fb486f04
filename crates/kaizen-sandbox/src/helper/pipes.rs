//! The pipes of a run and the notes that warden and candidate leave in them.
//!
//! A note is a letter, eight bytes of monotonic nanoseconds, and details. On the start pipe: `S` executed now (processor time used
//! before), `E` the program cannot be executed, `F` it could not be confined. On the end pipe: `X` its first process ended (wait
//! status, what was counted), `M` too much memory, `W` the warden failed.

use super::identity::Identity;
use super::supervise::Plan;
use crate::counter::nanoseconds;
use crate::run::RunSpec;
use crate::sys;
use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::sys::stat::Mode;
use nix::unistd::{pipe2, write};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// The ends of the pipes that warden and candidate keep.
pub(super) struct TheirEnds {
    pub(super) stdin: OwnedFd,
    pub(super) stdout: OwnedFd,
    pub(super) stderr: OwnedFd,
    /// The candidate says when it is executed, or why it cannot be; closes on exec.
    pub(super) start: OwnedFd,
    /// The warden says how it ended.
    pub(super) end: OwnedFd,
}

/// The ends the holder keeps; `None` once closed.
pub(super) struct OurEnds {
    pub(super) stdin: Option<OwnedFd>,
    pub(super) stdout: Option<OwnedFd>,
    pub(super) stderr: Option<OwnedFd>,
    pub(super) start: Option<OwnedFd>,
    pub(super) end: Option<OwnedFd>,
}

/// Fresh pipes for one run.
pub(super) fn pipes(spec: &RunSpec) -> io::Result<(OurEnds, TheirEnds)> {
    let (stdin, our_stdin) = if spec.stdin.is_empty() {
        (open("/dev/null", OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?, None)
    } else {
        let (read, write) = pipe2(OFlag::O_CLOEXEC)?;
        (read, Some(nonblocking(write)?))
    };
    let (our_stdout, stdout) = pipe2(OFlag::O_CLOEXEC)?;
    let (our_stderr, stderr) = if spec.merge_output {
        (None, stdout.try_clone()?)
    } else {
        let (read, write) = pipe2(OFlag::O_CLOEXEC)?;
        (Some(nonblocking(read)?), write)
    };
    let (our_start, start) = pipe2(OFlag::O_CLOEXEC)?;
    let (our_end, end) = pipe2(OFlag::O_CLOEXEC)?;
    let ours = OurEnds {
        stdin: our_stdin,
        stdout: Some(nonblocking(our_stdout)?),
        stderr: our_stderr,
        start: Some(nonblocking(our_start)?),
        end: Some(nonblocking(our_end)?),
    };
    Ok((ours, TheirEnds { stdin, stdout, stderr, start, end }))
}

fn nonblocking(fd: OwnedFd) -> io::Result<OwnedFd> {
    fcntl(&fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(fd)
}

/// Bytes of a note before its details.
pub(super) const NOTE: usize = 9;

/// Bytes of the note of a start.
pub(super) const START_NOTE: usize = NOTE + 8;

/// Processor time that a process had used when it noted its start.
pub(super) fn noted_preparation(start: &[u8]) -> Duration {
    let bytes = start.get(NOTE..START_NOTE).and_then(|bytes| bytes.try_into().ok()).filter(|_| start.first() == Some(&b'S'));
    bytes.map_or(Duration::ZERO, |bytes| Duration::from_nanos(u64::from_le_bytes(bytes)))
}

/// When a note was made.
pub(super) fn noted_time(note: &[u8]) -> Option<Duration> {
    let bytes: [u8; 8] = note.get(1..9)?.try_into().ok()?;
    matches!(note.first(), Some(b'S' | b'X' | b'M')).then(|| Duration::from_nanos(u64::from_le_bytes(bytes)))
}

/// A note for the holder. One that cannot be written has nobody left to read it: the run is over.
pub(super) fn note(to: &OwnedFd, letter: u8, details: &[u8]) {
    let bytes = [&[letter][..], &nanoseconds(sys::monotonic()).to_le_bytes(), details].concat();
    // A pipe takes a note of this size at once or not at all.
    if write(to, &bytes).is_err() {
        sys::exit_now(1)
    }
}

/// The descriptors the warden keeps until the candidate has them.
pub(super) fn numbers(plan: &Plan<'_>, ends: &TheirEnds) -> Vec<RawFd> {
    let ends = [&ends.stdin, &ends.stdout, &ends.stderr, &ends.start, &ends.end].map(AsRawFd::as_raw_fd);
    let doors = plan.group.map(|group| group.descriptors()).into_iter().flat_map(|(events, doors)| doors.into_iter().chain([events]));
    ends.into_iter().chain(plan.identity.and_then(Identity::descriptor)).chain(doors).chain(plan.passed.iter().copied()).collect()
}
