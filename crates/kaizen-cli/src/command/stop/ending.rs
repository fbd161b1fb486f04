//! Ends a process: asked first, killed when it does not listen, and never another one that got its number.
//!
//! The signal goes through a handle of the process that was opened before its start time was looked at, so that even a number that is
//! given away in between cannot be hit.

use kaizen_llm::residency::process::Process;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::time::{Duration, Instant};

/// Signals for a model's runner, each with the time it is given.
pub const RUNNER: [(Signal, Duration); 2] = [(Signal::TERM, Duration::from_secs(5)), (Signal::KILL, Duration::from_secs(5))];

/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It was not there any more.
    WasGone,
    /// It ended when it was asked to.
    Asked,
    /// It had to be killed.
    Killed,
    /// It may not be ended by this user.
    Refused,
    /// It is still there after everything.
    Stays,
}

/// Sends the signals in order, each only where the one before did not do.
pub async fn end(process: Process, signals: &[(Signal, Duration)]) -> Ending {
    let Some(pid) = i32::try_from(process.pid).ok().and_then(Pid::from_raw) else { return Ending::WasGone };
    let handle = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(handle) => handle,
        Err(_) if !process.is_there() => return Ending::WasGone,
        Err(_) => return Ending::Refused,
    };
    if !process.is_there() {
        return Ending::WasGone;
    }
    for (signal, time) in signals {
        match pidfd_send_signal(&handle, *signal) {
            Ok(()) => {}
            Err(_) if !process.is_there() => return Ending::Asked,
            Err(_) => return Ending::Refused,
        }
        if ended_within(process, *time).await {
            return if *signal == Signal::KILL { Ending::Killed } else { Ending::Asked };
        }
    }
    Ending::Stays
}

async fn ended_within(process: Process, time: Duration) -> bool {
    let until = Instant::now() + time;
    while process.is_there() {
        if Instant::now() >= until {
            return false;
        }
        tokio::time::sleep(LOOK).await;
    }
    true
}
