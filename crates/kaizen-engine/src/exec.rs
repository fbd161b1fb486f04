//! Runs a command the user declared, outside every sandbox, in a directory of ours: only ever after a person's yes.
//!
//! Output goes to files, so that a process that left its group and kept a descriptor open cannot hold us up. At the
//! end, whatever the reason, the whole process group is killed; what moved to another group is not ours to find.

pub mod wrapped;

use crate::error::{EngineError, io};
use kaizen_sandbox::run::{Ended, RunReport};
use kaizen_sandbox::terminal::cut_short;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How often limits are looked at while the command runs.
const LOOK: Duration = Duration::from_millis(100);

/// One command outside the sandbox.
#[derive(Debug, Clone)]
pub struct Outside {
    /// Program and arguments.
    pub argv: Vec<OsString>,
    /// Where it runs.
    pub directory: PathBuf,
    /// Its whole environment; of several values for a name the last one holds.
    pub env: Vec<(OsString, OsString)>,
    /// The longest it may take.
    pub wall: Duration,
    /// The most bytes both streams together may hold.
    pub output: u64,
    /// Whether stderr goes into stdout, in order.
    pub merge_output: bool,
}

/// Runs the command to its end; `room` is an existing directory for its output. The report's `cpu` and `max_rss` are
/// not measured and zero. A bad end of the command is a value.
pub fn run(outside: &Outside, room: &Path, interrupt: &AtomicBool) -> Result<RunReport, EngineError> {
    let (stdout, stderr) = (room.join("stdout"), room.join("stderr"));
    let began = Instant::now();
    let mut child = match command(outside, &stdout, &stderr)?.spawn() {
        Ok(child) => child,
        Err(error) => return Ok(report(Ended::NotStarted(error.to_string()), began.elapsed(), Vec::new(), Vec::new())),
    };
    let group = group_of(&child)?;
    let watched = watch(outside, group, [&stdout, &stderr], began, interrupt);
    let wall = began.elapsed();
    // The leader is not yet reaped, so the group's number cannot belong to anybody else.
    kill(group)?;
    let status = child.wait().map_err(io("wait for", &outside.directory))?;
    // A Ctrl-C may reach a command before it has left our process group.
    let cut = cut_short(status) && interrupt.load(Ordering::Relaxed);
    // Output that is cut at the cap must not pass for the whole, also where the command ended before anybody looked.
    let flooded = || (written([&stdout, &stderr]) > outside.output).then_some(Ended::Flooded);
    let ended = if cut { Ended::Interrupted } else { watched.or_else(flooded).unwrap_or_else(|| ended(status)) };
    Ok(report(ended, wall, read(&stdout, outside.output)?, read(&stderr, outside.output)?))
}

fn report(ended: Ended, wall: Duration, stdout: Vec<u8>, stderr: Vec<u8>) -> RunReport {
    RunReport { ended, wall, cpu: Duration::ZERO, max_rss: 0, count: None, stdout, stderr }
}

fn command(outside: &Outside, stdout: &Path, stderr: &Path) -> Result<Command, EngineError> {
    let Some((program, arguments)) = outside.argv.split_first() else {
        return Err(EngineError::usage("there is no command to run", "name one"));
    };
    let out = File::options().create(true).append(true).open(stdout).map_err(io("create", stdout))?;
    let err = if outside.merge_output {
        out.try_clone().map_err(io("share", stdout))?
    } else {
        File::create(stderr).map_err(io("create", stderr))?
    };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(&outside.directory).env_clear().envs(outside.env.iter().cloned());
    command.stdin(Stdio::null()).stdout(out).stderr(err).process_group(0);
    Ok(command)
}

fn group_of(child: &Child) -> Result<Pid, EngineError> {
    let number = i32::try_from(child.id())
        .map_err(|error| EngineError::environment(error.to_string(), "report this: a process number out of range"))?;
    Ok(Pid::from_raw(number))
}

/// Waits for the leader's end, which is left to be reaped, or for a limit; `None` when it ended by itself.
fn watch(outside: &Outside, group: Pid, streams: [&PathBuf; 2], began: Instant, interrupt: &AtomicBool) -> Option<Ended> {
    let over = end_of(group);
    loop {
        match over.recv_timeout(LOOK) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if interrupt.load(Ordering::Relaxed) {
            return Some(Ended::Interrupted);
        }
        if began.elapsed() >= outside.wall {
            return Some(Ended::TimedOut);
        }
        if written(streams) > outside.output {
            return Some(Ended::Flooded);
        }
    }
}

/// The bytes of both streams so far; one that is merged into the other has no file.
fn written(streams: [&PathBuf; 2]) -> u64 {
    streams.iter().map(|file| std::fs::metadata(file).map_or(0, |found| found.len())).sum()
}

/// Tells when the process has ended, without reaping it.
fn end_of(process: Pid) -> Receiver<()> {
    let (tell, over) = channel::<()>();
    std::thread::spawn(move || {
        while waitid(Id::Pid(process), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) == Err(nix::errno::Errno::EINTR) {}
        drop(tell);
    });
    over
}

fn kill(group: Pid) -> Result<(), EngineError> {
    match killpg(group, Signal::SIGKILL) {
        // Only the ended leader is left, or what is left belongs to another user by the command's own doing.
        Ok(()) | Err(nix::errno::Errno::ESRCH | nix::errno::Errno::EPERM) => Ok(()),
        Err(error) => Err(EngineError::environment(format!("the command's processes cannot be ended: {error}"), "end them by hand")),
    }
}

fn ended(status: ExitStatus) -> Ended {
    status.code().map_or_else(|| Ended::Signal(status.signal().unwrap_or(0)), Ended::Exit)
}

fn read(file: &Path, cap: u64) -> Result<Vec<u8>, EngineError> {
    let mut bytes = Vec::new();
    match File::open(file) {
        Ok(opened) => opened.take(cap).read_to_end(&mut bytes).map_err(io("read", file))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => return Err(io("open", file)(error)),
    };
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(line: &str, wall: Duration) -> RunReport {
        let room = tempfile::tempdir().unwrap();
        let outside = Outside {
            argv: ["/bin/sh", "-c", line].map(OsString::from).to_vec(),
            directory: room.path().to_owned(),
            env: vec![("PATH".into(), "/usr/bin:/bin".into()), ("WORD".into(), "said".into())],
            wall,
            output: 1 << 20,
            merge_output: false,
        };
        run(&outside, room.path(), &AtomicBool::new(false)).unwrap()
    }

    #[test]
    fn exit_code_and_both_streams_come_back() {
        let report = shell("echo $WORD $HOME; echo wrong >&2; exit 3", Duration::from_secs(20));
        assert_eq!((report.ended, report.stdout.as_slice(), report.stderr.as_slice()), (Ended::Exit(3), &b"said\n"[..], &b"wrong\n"[..]));
    }

    #[test]
    fn nothing_of_the_group_lives_on_and_a_held_descriptor_does_not_hold_us_up() {
        let report = shell("sleep 1000 & echo $!", Duration::from_secs(20));
        let pid = String::from_utf8(report.stdout).unwrap();
        let gone = || std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).map_or(true, |stat| stat.contains(") Z "));
        let began = Instant::now();
        while !gone() && began.elapsed() < Duration::from_secs(10) {
            std::thread::yield_now();
        }
        assert!(gone() && report.ended == Ended::Exit(0));
    }

    #[test]
    fn limits_end_the_command() {
        assert_eq!(shell("sleep 1000", Duration::from_millis(200)).ended, Ended::TimedOut);
        assert_eq!(shell("yes", Duration::from_secs(20)).ended, Ended::Flooded);
    }

    #[test]
    fn output_beyond_the_cap_is_a_flood_also_where_the_command_ended_at_once() {
        assert_eq!(shell("head -c 1048577 /dev/zero", Duration::from_secs(20)).ended, Ended::Flooded);
        assert_eq!(shell("head -c 1048576 /dev/zero", Duration::from_secs(20)).ended, Ended::Exit(0));
    }
}
