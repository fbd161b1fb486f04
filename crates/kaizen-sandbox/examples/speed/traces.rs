//! Many runs that try to leave something, in jails that are closed, reset or dropped: what is left is counted by the caller,
//! but for processes that only their parent can see.

use crate::Outcome;
use crate::place::{Place, command, ends};
use crate::report::{left, timed};
use kaizen_sandbox::backend::Tier;
use kaizen_sandbox::jail::Jail;
use kaizen_sandbox::run::{Ended, RunSpec};
use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use std::time::Duration;

/// How many runs a jail has.
const RUNS_PER_JAIL: usize = 10;

/// Writes where a candidate can write.
const LITTER: &str = "echo x > litter; mkdir -p deep/er; echo x > deep/er/litter; echo x > \"${TMPDIR:-/tmp}/litter\"";
/// Leaves its session and its parents, and never ends by itself. Its arguments hold the directory it was told.
const DAEMON: &str = "setsid sh -c 'while :; do sleep 1; done' \"$0\" < /dev/null > /dev/null 2>&1 &";
/// Never ends by itself either.
const ENDLESS: &str = "while :; do sleep 1; done";

/// Runs that many commands and says which processes are still children of ours.
pub(crate) fn leave(place: &Place, runs: usize, tier: Tier) -> Outcome {
    // Whatever loses its parents becomes our child instead of the machine's.
    prctl::set_child_subreaper(true)?;
    let mut done = 0;
    while done < runs {
        let mut jail = place.open(tier, &[], &[])?;
        for number in done..runs.min(done + RUNS_PER_JAIL) {
            timed("run", || one(place, jail.as_mut(), number))?;
        }
        end(jail, done / RUNS_PER_JAIL)?;
        done += RUNS_PER_JAIL;
    }
    children_left()
}

/// Every third run writes, starts a daemon or runs into its time limit.
fn one(place: &Place, jail: &mut dyn Jail, number: usize) -> Outcome {
    let mark = place.launcher.scratch.to_string_lossy();
    let shell = |script: &str| command(&["/bin/sh", "-c", script, &mark]);
    match number % 3 {
        0 => ends(jail, &shell(LITTER), &Ended::Exit(0)),
        1 => ends(jail, &shell(DAEMON), &Ended::Exit(0)),
        _ => ends(jail, &RunSpec { wall: Duration::from_millis(20), ..shell(ENDLESS) }, &Ended::TimedOut),
    }
}

/// Jails are closed, reset and closed, or dropped as by an engine that failed.
fn end(mut jail: Box<dyn Jail>, number: usize) -> Outcome {
    match number % 3 {
        0 => jail.close().map(drop)?,
        1 => {
            jail.reset()?;
            jail.close().map(drop)?;
        }
        _ => drop(jail),
    }
    Ok(())
}

fn children_left() -> Outcome {
    match waitpid(Pid::from_raw(-1), Some(WaitPidFlag::WNOHANG)) {
        Err(Errno::ECHILD) => {}
        Err(errno) => return Err(errno.into()),
        Ok(status) => left(&format!("a child process: {status:?}")),
    }
    Ok(())
}
