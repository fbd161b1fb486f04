//! From a forked process to the candidate's program: descriptors, limits, identity, walls, exec.
//!
//! The order matters: limits and Landlock need privileges or files that the later steps take away, and the filters come last.

use super::pipes::{TheirEnds, note};
use super::supervise::{Plan, Scope, Wall};
use crate::counter::nanoseconds;
use crate::landlock::confine;
use crate::policy::Limits;
use crate::sys;
use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl;
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit, rlim_t, setrlimit};
use nix::sys::signal::Signal;
use nix::sys::stat::{Mode, umask};
use nix::unistd::{chdir, execve};
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::Path;

/// Becomes the candidate, or says on the start pipe why not.
pub(super) fn start(plan: &Plan<'_>, ends: &TheirEnds) -> ! {
    match become_candidate(plan, ends) {
        Err(error) => note(&ends.start, b'F', format!("confine a run: {error}").as_bytes()),
        Ok(()) => {
            let begun = match plan.wall {
                Wall::Built { start_at } => hand_on(plan, ends, start_at),
                _ => execute(&plan.cwd, &plan.programs, &plan.argv, &plan.env, &ends.start),
            };
            if let Err(text) = begun {
                note(&ends.start, b'E', text.as_bytes());
            }
        }
    }
    sys::exit_now(127)
}

fn become_candidate(plan: &Plan<'_>, ends: &TheirEnds) -> io::Result<()> {
    for (fd, standard) in [(&ends.stdin, 0), (&ends.stdout, 1), (&ends.stderr, 2)] {
        sys::place(fd.as_raw_fd(), standard)?;
    }
    if let Some(group) = plan.group {
        group.enter()?;
    }
    if plan.scope == Scope::PidNamespace {
        // Entered last of all namespaces, so that the candidate's own cgroup is the top of what it can name.
        unshare(CloneFlags::CLONE_NEWCGROUP)?;
    }
    umask(Mode::from_bits_truncate(0o022));
    limit(&plan.limits, plan.group.is_some())?;
    if let Wall::Present { allowed, network, required, .. } = plan.wall {
        let enforced = confine(allowed, network).map_err(io::Error::other)?;
        if required && !enforced {
            return Err(io::Error::other("this kernel does not enforce Landlock"));
        }
    }
    change_identity(plan)?;
    prctl::set_pdeathsig(Signal::SIGKILL)?;
    sys::default_signals();
    prctl::set_no_new_privs()?;
    if let Wall::Present { filters, .. } = plan.wall {
        for filter in filters {
            seccompiler::apply_filter(filter).map_err(io::Error::other)?;
        }
    }
    Ok(())
}

fn change_identity(plan: &Plan<'_>) -> io::Result<()> {
    match (&plan.wall, plan.identity) {
        (Wall::Absent, _) => return Ok(()),
        (_, Some(identity)) => identity.assume()?,
        // The user namespace gives its creator what it takes; outside of one an ordinary user has nothing to give up.
        (_, None) if plan.scope == Scope::PidNamespace => sys::empty_bounding_set()?,
        (_, None) => {}
    }
    sys::drop_capabilities()
}

fn limit(limits: &Limits, is_counted: bool) -> io::Result<()> {
    // Where the kernel does not count: twice the total, so that the total is what ends a single greedy process, and one that outruns
    // the polls still ends.
    let polled = limits.memory.saturating_mul(2).max(limits.memory.saturating_add(1 << 30));
    let data = if is_counted { RLIM_INFINITY } else { polled };
    let all: [(Resource, rlim_t); 5] = [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_FSIZE, limits.file_size),
        (Resource::RLIMIT_NOFILE, limits.open_files),
        (Resource::RLIMIT_DATA, data),
        (Resource::RLIMIT_NPROC, limits.processes),
    ];
    for (resource, value) in all {
        let value = value.min(getrlimit(resource)?.1);
        setrlimit(resource, value, value).map_err(|errno| io::Error::other(format!("{resource:?} to {value}: {errno}")))?;
    }
    Ok(())
}

/// Executes the program that builds the walls; the candidate begins later, and says so itself.
fn hand_on(plan: &Plan<'_>, ends: &TheirEnds, start_at: RawFd) -> Result<(), String> {
    sys::place(ends.start.as_raw_fd(), start_at).map_err(|error| error.to_string())?;
    for number in plan.passed.iter().chain([&start_at]) {
        sys::inherit(*number).map_err(|error| error.to_string())?;
    }
    let Some(program) = plan.programs.first() else { return Err("no program builds the walls".to_owned()) };
    match execve(program, &plan.argv, &plan.env) {
        Err(errno) => Err(format!("cannot execute {}: {}", program.to_string_lossy(), errno.desc())),
        Ok(never) => match never {},
    }
}

/// Returns only when no program could be executed.
pub(super) fn execute(cwd: &Path, programs: &[CString], argv: &[CString], env: &[CString], start: &OwnedFd) -> Result<(), String> {
    chdir(cwd).map_err(|errno| format!("cannot enter {}: {errno}", cwd.display()))?;
    note(start, b'S', &nanoseconds(sys::own_cpu()).to_le_bytes());
    let mut refused = Errno::ENOENT;
    for program in programs {
        match execve(program, argv, env) {
            Err(Errno::ENOENT | Errno::ENOTDIR) => {}
            Err(errno) => refused = errno,
            Ok(never) => match never {},
        }
    }
    let name = argv.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Err(format!("cannot execute '{name}': {}", refused.desc()))
}
