//! The end of every process below the holder, for the tiers without a pid namespace.
//!
//! The holder is the subreaper of all it starts, so a process that loses its parent becomes the holder's child: when the holder has
//! no child left, nothing is left.

use super::{failed, processes};
use crate::error::SandboxError;
use crate::sys;
use nix::errno::Errno;
use nix::sys::signal::Signal;
use std::time::Duration;

/// How long the processes of a run may withstand being killed.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// How long programs that we trust may take to end by themselves.
const FAREWELL: Duration = Duration::from_secs(2);

/// What the killed processes had used.
#[derive(Default)]
pub(super) struct Swept {
    pub(super) cpu: Duration,
    pub(super) max_rss: u64,
}

/// Kills until nothing is left. Stopping all of them first keeps them from forking on while the list of them is worked through.
pub(super) fn descendants() -> Result<Swept, SandboxError> {
    let mut swept = Swept::default();
    let until = sys::monotonic() + PATIENCE;
    loop {
        if !reap_some(&mut swept)? {
            return Ok(swept);
        }
        for signal in [Signal::SIGSTOP, Signal::SIGKILL] {
            signal_all(signal)?;
        }
        if sys::monotonic() > until {
            return Err(SandboxError::Survivors("some withstand being killed".to_owned()));
        }
    }
}

/// Gives descendants that are about to end the time to do so, except for one that waits for ever.
pub(super) fn wait_for_descendants(lingering: Option<i32>) -> Result<(), SandboxError> {
    let until = sys::monotonic() + FAREWELL;
    while reap_some(&mut Swept::default())? && sys::monotonic() < until {
        let left = processes::descendants_of(std::process::id().cast_signed()).map_err(failed("list processes"))?;
        if left.iter().all(|pid| Some(*pid) == lingering) {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

fn signal_all(signal: Signal) -> Result<(), SandboxError> {
    let own = std::process::id().cast_signed();
    let told = |pid| processes::signal(pid, signal).map_err(|errno| SandboxError::Survivors(format!("process {pid}: {errno}")));
    processes::descendants_of(own).map_err(failed("list processes"))?.into_iter().try_for_each(told)
}

/// Reaps what has ended; false when there are no children at all.
fn reap_some(swept: &mut Swept) -> Result<bool, SandboxError> {
    loop {
        match sys::reap(-1, false) {
            Ok(Some(reaped)) => {
                swept.cpu += reaped.cpu;
                swept.max_rss = swept.max_rss.max(reaped.max_rss);
            }
            Ok(None) => return Ok(true),
            Err(Errno::ECHILD) => return Ok(false),
            Err(errno) => return Err(failed("wait for processes")(errno.into())),
        }
    }
}

/// Proves that the holder has no child, dead or alive.
pub(super) fn none_left() -> Result<(), SandboxError> {
    match sys::reap(-1, false) {
        Err(Errno::ECHILD) => Ok(()),
        Err(errno) => Err(failed("wait for processes")(errno.into())),
        Ok(_) => Err(SandboxError::Survivors("the holder has a child".to_owned())),
    }
}
