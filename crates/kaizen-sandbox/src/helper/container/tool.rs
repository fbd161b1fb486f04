//! What Podman and Docker are told. They take the same words, but for where their state lies and what the root is made of.
//!
//! Podman's state is a directory of the jail's own: nothing appears among the user's containers, and all of it goes with the jail.
//! Nothing is ever fetched from a registry.

use super::super::place::{PROGRAM, SCRATCH};
use super::mounts::Mount;
use super::started::{LINE, Wish};
use crate::sys;
use crate::tool::{DOCKER, PODMAN, RUNC, find};
use nix::sys::resource::{Resource, getrlimit};
use nix::unistd::geteuid;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Docker's name for an image with nothing in it.
pub(super) const EMPTY_IMAGE: &str = "kaizen-empty:1";
/// How long a tool may take to remove a container.
pub(super) const REMOVAL: Duration = Duration::from_secs(3);
/// The label of every container: the process namespace and id of its holder.
pub(super) const LABEL: &str = "kaizen.holder";

/// Podman's settings. Its usual locks lie in memory that all its stores share, and the first command of a new store frees all of them,
/// those of the user's own containers too.
const SETTINGS: (&str, &str) = ("containers.conf", "[engine]\nlock_type = \"file\"\n");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Podman,
    Docker,
}

/// A container tool of this machine.
#[derive(Debug, Clone)]
pub(super) struct Tool {
    kind: Kind,
    program: PathBuf,
    /// Podman's runtime, where the one it would take is not the most compatible.
    runtime: Option<PathBuf>,
}

impl Tool {
    /// Podman first: it needs no daemon.
    pub(super) fn installed() -> Vec<Self> {
        let root = Path::new("/");
        let tool = |kind, name, runtime| find(root, name).map(|program| Self { kind, program, runtime });
        [tool(Kind::Podman, PODMAN, find(root, RUNC)), tool(Kind::Docker, DOCKER, None)].into_iter().flatten().collect()
    }

    pub(super) fn name(&self) -> &'static str {
        match self.kind {
            Kind::Podman => PODMAN,
            Kind::Docker => DOCKER,
        }
    }

    pub(super) fn is_docker(&self) -> bool {
        self.kind == Kind::Docker
    }

    /// Whether its containers have a user namespace, in which their processes are counted alone.
    pub(super) fn has_own_users(&self) -> bool {
        self.kind == Kind::Podman && !geteuid().is_root()
    }

    /// The tool with its state in a room, and nothing of the engine's environment.
    pub(super) fn command(&self, room: &Path) -> Command {
        let state = room.join(PODMAN);
        let mut command = Command::new(&self.program);
        command.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").current_dir("/");
        command.env("HOME", &state).env("XDG_RUNTIME_DIR", &state).env("CONTAINERS_CONF", state.join(SETTINGS.0));
        // A Ctrl-C at the engine's terminal is the engine's to handle.
        command.process_group(0);
        if self.kind == Kind::Podman {
            for (option, name) in [("--root", "store"), ("--runroot", "run"), ("--tmpdir", "tmp")] {
                command.arg(option).arg(state.join(name));
            }
            command.args(["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "none", "--log-level", "error"]);
            if let Some(runtime) = &self.runtime {
                command.arg("--runtime").arg(runtime);
            }
        }
        command
    }

    /// Makes the place for the tool's state.
    pub(super) fn settle(&self, room: &Path) -> io::Result<()> {
        let state = room.join(PODMAN);
        std::fs::create_dir_all(&state)?;
        std::fs::write(state.join(SETTINGS.0), SETTINGS.1)
    }

    /// Runs a container in the foreground: the command ends when all of it has ended and is cleared away.
    pub(super) fn run(&self, wish: &Wish, name: &str, door: &Path, root: &Path, mounts: &[Mount]) -> io::Result<Command> {
        let mut command = self.command(&wish.room);
        command.args(["run", "--rm", "--name", name, "--label", &format!("{LABEL}={}", holder()?)]);
        command.args(["--log-driver", "none", "--cap-drop", "all", "--read-only", "--security-opt", "no-new-privileges"]);
        // Relabelling the machine's own files would harm it; that module's walls are not among those we count on.
        command.args(["--security-opt", "label=disable", "--user", &format!("{}:{}", wish.user.0, wish.user.1)]);
        command.args(["--network", "none", "--hostname", "sandbox"]);
        // Podman would begin with what the root has there.
        let plain = if self.is_docker() { "" } else { ",notmpcopyup" };
        for (path, bytes) in SCRATCH {
            command.args(["--tmpfs", &format!("{path}:rw,exec,nosuid,nodev,size={bytes},mode=1777{plain}")]);
        }
        for device in &wish.spec.granted.devices {
            command.arg("--device").arg(device);
        }
        let line = Mount::read_only(door.to_owned(), PathBuf::from(LINE));
        command.args(mounts.iter().chain([&line]).flat_map(|mount| [OsString::from("--mount"), words(mount)]));
        self.finish(&mut command, wish, root)?;
        command.arg(PROGRAM).args(std::env::args_os().nth(1)).arg(super::inside::WORD);
        Ok(command)
    }

    /// What only one of the tools understands, and the root.
    fn finish(&self, command: &mut Command, wish: &Wish, root: &Path) -> io::Result<()> {
        if self.kind == Kind::Docker {
            if !wish.is_counted {
                // The daemon may make cgroups where we may not; ours count first, so that what ends a run is said.
                let (bytes, processes) = (wish.spec.limits.memory.saturating_add(64 << 20), wish.spec.limits.processes.saturating_add(8));
                command.args([format!("--memory={bytes}"), format!("--memory-swap={bytes}"), format!("--pids-limit={processes}")]);
            }
            command.args(["--pull", "never", "--ipc", "private", EMPTY_IMAGE]);
            return Ok(());
        }
        // Its defaults are above what an ordinary machine allows, and then nothing starts.
        for (option, resource) in [("nofile", Resource::RLIMIT_NOFILE), ("nproc", Resource::RLIMIT_NPROC)] {
            let hard = getrlimit(resource)?.1.min(most()?);
            command.args(["--ulimit", &format!("{option}={hard}:{hard}")]);
        }
        command.args(["--read-only-tmpfs=false", "--http-proxy=false", "--passwd=false", "--no-hosts", "--pids-limit=-1"]);
        if !geteuid().is_root() {
            command.arg("--userns=keep-id");
        }
        command.arg("--rootfs").arg(root);
        Ok(())
    }

    /// The process that Podman leaves running for an ordinary user's next command; ours comes with a state of its own.
    pub(super) fn lingering(&self, room: &Path) -> Option<i32> {
        std::fs::read_to_string(room.join(PODMAN).join("tmp/pause.pid")).ok()?.trim().parse().ok()
    }

    /// Ends and removes a container, whatever it does.
    pub(super) fn remove(&self, room: &Path, name: &str) -> io::Result<()> {
        let mut command = self.command(room);
        command.args(["rm", "--force", name]);
        let mut removing = quiet(&mut command).spawn()?;
        // That there is no such container any more is as good, and so is its end by other means.
        end(&mut removing, REMOVAL)
    }
}

/// The most processes this machine can have: Podman lowers its own limit to it, and can hand on no more. As many files are enough.
fn most() -> io::Result<u64> {
    std::fs::read_to_string("/proc/sys/kernel/pid_max")?.trim().parse().map_err(io::Error::other)
}

/// Waits for a program, and ends it where it takes too long.
pub(super) fn end(program: &mut Child, patience: Duration) -> io::Result<()> {
    if !ends_within(program, patience)? {
        program.kill()?;
        program.wait()?;
    }
    Ok(())
}

pub(super) fn ends_within(program: &mut Child, patience: Duration) -> io::Result<bool> {
    let until = sys::monotonic() + patience;
    while program.try_wait()?.is_none() {
        if sys::monotonic() > until {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(true)
}

/// Without streams of ours.
pub(super) fn quiet(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

/// This holder as the label names it: numbers of processes mean nothing in another namespace.
pub(super) fn holder() -> io::Result<String> {
    Ok(format!("{}-{}", namespace()?, std::process::id()))
}

/// The number of this process namespace.
pub(super) fn namespace() -> io::Result<String> {
    let link = std::fs::read_link("/proc/self/ns/pid")?;
    Ok(link.to_string_lossy().chars().filter(char::is_ascii_digit).collect())
}

/// A mount in the words of both tools: comma-separated fields, of which those with commas, quotes or line ends are in quotes.
fn words(mount: &Mount) -> OsString {
    let mut words = OsString::from("type=bind");
    for (name, path) in [("src=", &mount.source), ("dst=", &mount.target)] {
        words.push(",");
        words.push(field(name, path.as_os_str()));
    }
    if !mount.writable {
        words.push(",readonly");
    }
    words
}

fn field(name: &str, value: &OsStr) -> OsString {
    let bytes = [name.as_bytes(), value.as_bytes()].concat();
    if !bytes.iter().any(|byte| b",\"\r\n".contains(byte)) {
        return OsString::from_vec(bytes);
    }
    let doubled = bytes.iter().flat_map(|byte| if *byte == b'"' { vec![b'"', b'"'] } else { vec![*byte] });
    OsString::from_vec([b'"'].into_iter().chain(doubled).chain([b'"']).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_marks_are_quoted() {
        let mount = |source: &str, writable| words(&Mount { source: source.into(), target: "/t".into(), writable });
        assert_eq!(mount("/plain: one", false), "type=bind,src=/plain: one,dst=/t,readonly");
        assert_eq!(mount("/a, b", true), "type=bind,\"src=/a, b\",dst=/t");
        assert_eq!(mount("/a\"b", true), "type=bind,\"src=/a\"\"b\",dst=/t");
    }
}
