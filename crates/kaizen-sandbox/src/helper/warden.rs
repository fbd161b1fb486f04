//! The process between holder and candidate: it starts the candidate, reaps what the candidate leaves behind, watches the memory, and
//! says how it ended. In a pid namespace it is process 1, so that its own end is the end of everything.
//!
//! It keeps its privileges and is not dumpable: the candidate can neither trace nor signal it, nor read its descriptors.

use super::cgroup::Counted;
use super::memory;
use super::pipes::{TheirEnds, note, numbers};
use super::supervise::{Plan, Scope};
use super::{candidate, place};
use crate::counter::{Counter, Open, told};
use crate::sys::{self, Fork};
use nix::libc;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::setsid;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

/// Milliseconds between two looks at the memory.
pub(super) const MEMORY_POLL: u8 = 40;

/// What the warden watches over.
struct Charge {
    main: libc::pid_t,
    signals: SignalFd,
    /// How many processes of the jail had been ended for want of memory before.
    kills: u64,
    /// What is counted of the run, where something is to be.
    counter: Option<io::Result<Open>>,
}

impl Charge {
    /// Whether the kernel has ended a process of this run for want of memory.
    fn was_short(&self, plan: &Plan<'_>) -> io::Result<bool> {
        Ok(plan.group.map_or(Ok(0), Counted::kills)? > self.kills)
    }
}

/// The warden's whole life, in the freshly forked process.
pub(super) fn live(plan: &Plan<'_>, count: Option<Counter>, ends: TheirEnds) -> ! {
    match begin(plan, count, &ends) {
        Ok(mut charge) => {
            let end = ends.end;
            if let Err(error) = keep(plan, &mut charge, &end) {
                note(&end, b'W', format!("watch over a run: {error}").as_bytes());
            }
        }
        Err(error) => note(&ends.end, b'W', format!("prepare a run: {error}").as_bytes()),
    }
    sys::exit_now(0)
}

fn begin(plan: &Plan<'_>, count: Option<Counter>, ends: &TheirEnds) -> io::Result<Charge> {
    sys::close_all_except(&numbers(plan, ends))?;
    prctl::set_pdeathsig(Signal::SIGKILL)?;
    setsid()?;
    // The candidate is the first the kernel should end when memory runs out. While we are dumpable, or else this file is closed to us.
    prctl::set_dumpable(true)?;
    OpenOptions::new().write(true).open("/proc/self/oom_score_adj")?.write_all(b"1000")?;
    match plan.scope {
        Scope::PidNamespace => own_view()?,
        Scope::Descendants | Scope::Container => prctl::set_child_subreaper(true)?,
    }
    prctl::set_dumpable(false)?;
    let mut child = SigSet::empty();
    child.add(Signal::SIGCHLD);
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&child), None)?;
    let kills = plan.group.map_or(Ok(0), Counted::kills)?;
    // Inherited by what is forked from here on.
    let counter = count.map(Open::of_children);
    let Fork::Parent(main) = plan.group.map_or_else(|| sys::fork(false), Counted::fork)? else { candidate::start(plan, ends) };
    let events = plan.group.map(|group| group.descriptors().0);
    let counting = counter.iter().flatten().map(Open::descriptor);
    sys::close_all_except(&events.into_iter().chain(counting).chain([ends.end.as_raw_fd()]).collect::<Vec<_>>())?;
    let signals = SignalFd::with_flags(&child, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
    Ok(Charge { main, signals, kills, counter })
}

/// Mounts this run's `/proc` and takes away what only the holder needs.
fn own_view() -> io::Result<()> {
    // What lies in shared memory and queues ends with the run.
    unshare(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWIPC)?;
    let flags = MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(Some("proc"), "/proc", Some("proc"), flags, None::<&str>)?;
    umount2(place::BACKSTAGE, MntFlags::MNT_DETACH)?;
    Ok(())
}

/// Until the candidate's first process has ended, its memory is too much, or the holder is gone.
fn keep(plan: &Plan<'_>, charge: &mut Charge, end: &OwnedFd) -> io::Result<()> {
    let mut looked = sys::monotonic();
    loop {
        let mut fds = [PollFd::new(charge.signals.as_fd(), PollFlags::POLLIN), PollFd::new(end.as_fd(), PollFlags::empty())];
        poll(&mut fds, PollTimeout::from(MEMORY_POLL))?;
        if fds[1].any() == Some(true) {
            return Ok(());
        }
        while charge.signals.read_signal()?.is_some() {}
        if let Some(status) = reap_until(charge.main)? {
            // Counted before the kernel kills, so it is known by now.
            if charge.was_short(plan)? {
                note(end, b'M', &[])
            } else {
                note(end, b'X', &[&status.to_le_bytes()[..], &told(&mut charge.counter)].concat())
            }
            return Ok(());
        }
        if (sys::monotonic() - looked).as_millis() >= u128::from(MEMORY_POLL) {
            looked = sys::monotonic();
            if charge.was_short(plan)? || memory::exceeds(plan.scope, plan.limits.memory)? {
                note(end, b'M', &[]);
                return Ok(());
            }
        }
    }
}

/// Reaps every child that has ended; the status of `main` when it is among them.
fn reap_until(main: libc::pid_t) -> io::Result<Option<i32>> {
    while let Some(reaped) = sys::reap(-1, false)? {
        if reaped.pid == main {
            return Ok(Some(reaped.status));
        }
    }
    Ok(None)
}
