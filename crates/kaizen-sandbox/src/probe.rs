//! A real self-test: opens a jail of a tier and tries to get out of it.
//!
//! It needs nothing inside but a shell; the full list of escape attempts is the conformance suite.

use crate::backend::{Launcher, Tier, backend};
use crate::caps::Caps;
use crate::error::SandboxError;
use crate::host::Host;
use crate::jail::Jail;
use crate::policy::{Granted, JailSpec, Limits, Upper};
use crate::run::{Ended, RunReport, RunSpec};
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

/// What a self-test found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The tier tested.
    pub tier: Tier,
    /// Whether every attempt to get out failed.
    pub works: bool,
    /// What the tier gives, or what went wrong.
    pub detail: String,
    /// What the user can do about a failure.
    pub mend: Option<String>,
    /// What keeps memory and processes of its jails down here; `None` when no jail could be opened, or none was tried.
    pub caps: Option<Caps>,
}

/// Tests every tier that is a wall, strongest first.
pub fn probe(launcher: &Launcher) -> Vec<Probe> {
    Tier::SANDBOXED.into_iter().map(|tier| probe_tier(launcher, tier)).collect()
}

/// Tests one tier.
pub fn probe_tier(launcher: &Launcher, tier: Tier) -> Probe {
    if tier == Tier::None {
        // Nothing holds its candidates back, so nothing is tried.
        return Probe { tier, works: true, detail: gives(tier).to_owned(), mend: None, caps: None };
    }
    let found = attempt(launcher, tier);
    let works = matches!(&found, Ok(found) if found.faults.is_empty());
    let detail = match &found {
        Ok(found) if works => format!("{}; memory and processes: {}", gives(tier), found.caps),
        Ok(found) => found.faults.join("; "),
        Err(error) => chain(error),
    };
    Probe {
        tier,
        works,
        detail,
        mend: (!works).then(|| Host::read(Path::new("/"), &launcher.scratch).mend(tier)),
        caps: found.ok().map(|found| found.caps),
    }
}

fn gives(tier: Tier) -> &'static str {
    match tier {
        Tier::Namespaces => "own root, processes and network; capped disk and memory; no capabilities; filtered system calls",
        Tier::Bubblewrap => "own root, processes and network, made by bwrap; no capabilities; filtered system calls; without a disk cap",
        Tier::Container => {
            "own root, processes and network, made by podman or docker; no capabilities; filtered system calls; without a disk cap"
        }
        Tier::Landlock => {
            "files, sockets and system calls are filtered on a copy; without a process space, disk cap and /tmp of its own, \
             and without changing modes and owners by path"
        }
        Tier::None => "limits only: the candidate can do what you can",
    }
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

/// Each line it prints is a way out it found; the last line says that it came to its end.
const ATTEMPTS: &str = r#"
fault() { echo "$1"; }
[ "$(id -u)" != 0 ] || fault "it runs as root"
# Read by the shell itself: the Landlock tier shows a process no other's files.
while read -r name value rest; do
  case "$name" in
    CapEff:) capabilities=$value ;;
    NoNewPrivs:) confined=$value ;;
    Seccomp:) filtered=$value ;;
  esac
done < /proc/self/status
[ "$capabilities" = 0000000000000000 ] || fault "it has capabilities"
[ "$confined" = 1 ] || fault "it can gain privileges"
[ "$filtered" = 2 ] || fault "its system calls are not filtered"
(: > "$PROBE_OUTSIDE/written") 2>/dev/null && fault "it can write outside its workspace"
(: < "$PROBE_OUTSIDE/secret") 2>/dev/null && fault "it can read outside its workspace"
(: > /usr/kaizen-probe) 2>/dev/null && fault "it can write to /usr"
env | grep -Eqv '^(PATH|PWD|OLDPWD|SHLVL|TMPDIR|_|PROBE_[A-Z]*)=' && fault "it sees a foreign environment"
(: > inside) 2>/dev/null || fault "it cannot write in its workspace"
if [ "$PROBE_TIER" != landlock ]; then
  grep -q ':' /proc/net/dev && grep ':' /proc/net/dev | grep -qv '^ *lo:' && fault "it sees network interfaces"
  # Numbers of its own, and files in /proc that go by the same ones.
  space=$(readlink /proc/self/ns/pid)
  [ -n "$space" ] && [ "$space" != "$PROBE_SPACE" ] || fault "it shares the processes of the host"
  read -r number rest < /proc/self/stat
  [ "$number" = "$$" ] || fault "it sees the processes of the host"
fi
for shell in /bin/bash /usr/bin/bash; do
  [ -x "$shell" ] && "$shell" -c ': <> "/dev/tcp/127.0.0.1/$PROBE_PORT"' 2>/dev/null && fault "it reaches the host's network" && break
done
echo probed
"#;

/// What a jail was like.
struct Found {
    faults: Vec<String>,
    caps: Caps,
}

fn attempt(launcher: &Launcher, tier: Tier) -> Result<Found, SandboxError> {
    let site = Site::new(&launcher.scratch).map_err(|error| SandboxError::Setup(format!("prepare a self-test: {error}")))?;
    let found = site.attempt(launcher, tier);
    fs::remove_dir_all(&site.directory).map_err(|error| SandboxError::Setup(format!("clean up after a self-test: {error}")))?;
    found
}

/// What the candidate of a self-test must not reach.
struct Site {
    directory: PathBuf,
    listener: TcpListener,
}

impl Site {
    fn new(scratch: &Path) -> io::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = scratch.join(format!("probe-{}-{number}", std::process::id()));
        // A process that was killed in a self-test may have had our process id, as those of a container have again and again.
        match fs::remove_dir_all(&directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir(&directory)?,
        }
        fs::create_dir(directory.join("layer"))?;
        fs::write(directory.join("secret"), "secret")?;
        Ok(Self { directory, listener: TcpListener::bind("127.0.0.1:0")? })
    }

    fn attempt(&self, launcher: &Launcher, tier: Tier) -> Result<Found, SandboxError> {
        let mut jail = backend(tier, launcher).open(&self.spec(), Arc::new(AtomicBool::new(false)))?;
        let report = self.run(jail.as_mut(), tier)?;
        let caps = jail.caps().clone();
        jail.close()?;
        let mut faults: Vec<String> = String::from_utf8_lossy(&report.stdout).lines().map(str::to_owned).collect();
        let finished = faults.pop().is_some_and(|last| last == "probed");
        if report.ended != Ended::Exit(0) || !finished {
            let said = String::from_utf8_lossy(&report.stderr).into_owned();
            faults.push(format!("the self-test did not come to its end: {:?} {}", report.ended, said.trim()));
        }
        if self.directory.join("written").exists() {
            faults.push("a file was written outside the workspace".to_owned());
        }
        Ok(Found { faults, caps })
    }

    fn run(&self, jail: &mut dyn Jail, tier: Tier) -> Result<RunReport, SandboxError> {
        let port = self.listener.local_addr().map_err(|error| SandboxError::Setup(format!("listen: {error}")))?.port();
        let space = fs::read_link("/proc/self/ns/pid").map_err(|error| SandboxError::Setup(format!("read /proc/self/ns/pid: {error}")))?;
        let env: [(&str, OsString); 4] = [
            ("PROBE_OUTSIDE", self.directory.clone().into()),
            ("PROBE_PORT", port.to_string().into()),
            ("PROBE_TIER", tier.to_string().into()),
            ("PROBE_SPACE", space.into()),
        ];
        jail.run(&RunSpec {
            argv: ["/bin/sh", "-c", ATTEMPTS].map(OsString::from).to_vec(),
            cwd: PathBuf::new(),
            env: env.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            stdin: Vec::new(),
            wall: Duration::from_secs(20),
            output: 64 << 10,
            merge_output: false,
            count: None,
        })
    }

    fn spec(&self) -> JailSpec {
        JailSpec {
            root: PathBuf::from("/srv/probe"),
            layers: vec![self.directory.join("layer")],
            upper: Upper::Memory { bytes: 1 << 20, inodes: 64 },
            read_only: Vec::new(),
            binds: Vec::new(),
            env: vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())],
            limits: Limits { memory: 256 << 20, processes: 64, file_size: 1 << 20, open_files: 64 },
            granted: Granted::default(),
        }
    }
}
