//! The holder's end of the engine's line.

use crate::protocol::{Reply, Request, receive, send};
use crate::sys;
use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::sys::stat::Mode;
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

pub(super) struct Control(UnixStream);

impl Control {
    /// Moves the line off standard input, which candidates get, and closes everything that was inherited.
    pub(super) fn take_over() -> io::Result<Self> {
        sys::close_all_except(&[0])?;
        let moved = fcntl(io::stdin(), FcntlArg::F_DUPFD_CLOEXEC(3))?;
        null_streams()?;
        // SAFETY: fcntl has just made this descriptor and nothing else owns it.
        #[allow(unsafe_code)]
        let line = unsafe { OwnedFd::from_raw_fd(moved) };
        Ok(Self(UnixStream::from(line)))
    }

    /// A line that was opened here, once everything else that was inherited is closed but what is to be kept.
    pub(super) fn over(line: UnixStream, keep: &[OwnedFd]) -> io::Result<Self> {
        sys::close_all_except(&keep.iter().map(AsRawFd::as_raw_fd).chain([line.as_raw_fd()]).collect::<Vec<_>>())?;
        null_streams()?;
        Ok(Self(line))
    }

    /// The next request; `None` when the engine is gone.
    pub(super) fn next(&mut self) -> io::Result<Option<Request>> {
        receive(&mut self.0)
    }

    pub(super) fn answer(&mut self, reply: &Reply) -> io::Result<()> {
        send(&mut self.0, reply)
    }

    /// Hands the engine sockets that listen where only this process could open them.
    pub(super) fn hand_over(&self, listeners: &[TcpListener]) -> io::Result<()> {
        let numbers: Vec<_> = listeners.iter().map(AsRawFd::as_raw_fd).collect();
        if numbers.is_empty() { Ok(()) } else { sys::send_descriptors(self.0.as_fd(), &numbers) }
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Standard streams that are open and lead nowhere.
fn null_streams() -> io::Result<()> {
    let null = open("/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty())?;
    for standard in 0..3 {
        sys::place(null.as_raw_fd(), standard)?;
    }
    if null.as_raw_fd() < 3 {
        // It got the number of a standard stream itself. Closing it would give that number to the next file opened.
        std::mem::forget(null);
    }
    Ok(())
}
