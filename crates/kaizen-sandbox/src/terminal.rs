//! Signals that reach a whole process group, as those of a terminal do.

use nix::libc::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// Whether a program of ours that was to lead a process group of its own was ended by a signal meant for ours.
///
/// Between the start of a process and its leaving of our group there is a moment in which it gets our signals, and has no
/// handler for them. The program itself has not begun then, so it can be started again.
pub fn cut_short(status: ExitStatus) -> bool {
    matches!(status.signal(), Some(SIGHUP | SIGINT | SIGQUIT | SIGTERM))
}
