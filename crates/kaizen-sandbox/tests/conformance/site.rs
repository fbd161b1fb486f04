//! Where the suite builds its jails: every tier, as root and as an ordinary user where the suite itself is root.

use kaizen_sandbox::backend::{Launcher, Tier, backend};
use kaizen_sandbox::jail::Jail;
use kaizen_sandbox::policy::{Bind, Granted, JailSpec, Limits, Upper};
use kaizen_sandbox::probe::probe_tier;
use kaizen_sandbox::run::{RunReport, RunSpec};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tempfile::TempDir;

/// The user that stands for "an ordinary user" when the suite is root.
const ORDINARY: u32 = 54_321;

/// One way to run jails on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    pub tier: Tier,
    /// The holder runs as root; candidates then have a user of their own.
    pub root: bool,
}

/// Settings of the given tiers that this machine's user can have.
pub fn settings(tiers: &[Tier]) -> Vec<Setting> {
    let users: &[bool] = if nix::unistd::Uid::effective().is_root() { &[true, false] } else { &[false] };
    let all = tiers.iter().flat_map(|tier| users.iter().map(|root| Setting { tier: *tier, root: *root }));
    all.filter(|setting| is_had(*setting)).collect()
}

/// Containers of an ordinary user need an account with ids of its own, which the suite does not make: they are tried where they work.
/// Everything else has to work.
fn is_had(setting: Setting) -> bool {
    static ROOTLESS: OnceLock<bool> = OnceLock::new();
    let try_out = || {
        let probe = probe_tier(&Site::new(setting).launcher, setting.tier);
        let said = if probe.works { "tried".to_owned() } else { format!("not tried: {}", probe.detail) };
        eprintln!("containers of an ordinary user are {said}");
        probe.works
    };
    setting.tier != Tier::Container || setting.root || (has_account() && *ROOTLESS.get_or_init(try_out))
}

/// Whether who stands for an ordinary user has an account, without which Podman makes no containers.
fn has_account() -> bool {
    let accounts = fs::read_to_string("/etc/passwd").unwrap();
    !nix::unistd::Uid::effective().is_root() || accounts.lines().any(|line| line.split(':').nth(2) == Some(&ORDINARY.to_string()))
}

/// Directories of one test: a layer with a few files, scratch, and a holder to start.
pub struct Site {
    pub setting: Setting,
    pub home: TempDir,
    pub launcher: Launcher,
    pub interrupt: Arc<AtomicBool>,
}

impl Site {
    pub fn new(setting: Setting) -> Self {
        let home = TempDir::new().unwrap();
        let at = home.path().to_owned();
        fs::set_permissions(&at, fs::Permissions::from_mode(0o755)).unwrap();
        let program = at.join("holder");
        // Copied by a process of its own: a descriptor open for writing here could be inherited by another test's child and make the
        // program "busy".
        install(&built(env!("CARGO_BIN_EXE_kaizen-jail")), &program);
        let helper = if setting.root || !nix::unistd::Uid::effective().is_root() { program } else { ordinary(&at, &program, setting.tier) };
        let scratch = at.join("scratch");
        fs::create_dir(&scratch).unwrap();
        let site = Self {
            setting,
            launcher: Launcher { helper, argument: "hold".into(), scratch: scratch.clone() },
            home,
            interrupt: Arc::new(AtomicBool::new(false)),
        };
        site.give(&scratch);
        site.layer("layer", &[("README", "read me\n"), ("src/app.py", "print('one')\n"), ("tests/test_app.py", "assert True\n")]);
        site
    }

    /// A read-only directory with these files, owned as the engine would own a snapshot.
    pub fn layer(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let layer = self.home.path().join(name);
        fs::create_dir_all(&layer).unwrap();
        self.give(&layer);
        for (path, content) in files {
            let file = layer.join(path);
            let mut made = Vec::new();
            for parent in file.ancestors().skip(1).take_while(|parent| *parent != layer) {
                made.push(parent.to_owned());
            }
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, content).unwrap();
            made.push(file);
            made.iter().for_each(|path| self.give(path));
        }
        layer
    }

    /// Makes a path belong to whoever candidates of this setting run as.
    pub fn give(&self, path: &Path) {
        let is_root = nix::unistd::Uid::effective().is_root();
        let owner = if self.setting.root { kaizen_sandbox::policy::sandbox_owner() } else { is_root.then_some((ORDINARY, ORDINARY)) };
        if let Some((user, group)) = owner {
            chown(path, Some(user), Some(group)).unwrap();
        }
    }

    pub fn spec(&self) -> JailSpec {
        JailSpec {
            root: PathBuf::from("/srv/project"),
            layers: vec![self.home.path().join("layer")],
            upper: Upper::Memory { bytes: 32 << 20, inodes: 2000 },
            read_only: Vec::new(),
            binds: Vec::<Bind>::new(),
            env: vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()), ("PYTHONDONTWRITEBYTECODE".into(), "1".into())],
            limits: Limits { memory: 300 << 20, processes: 64, file_size: 1 << 30, open_files: 256 },
            granted: Granted::default(),
        }
    }

    pub fn open(&self, spec: &JailSpec) -> Box<dyn Jail> {
        backend(self.setting.tier, &self.launcher).open(spec, self.interrupt.clone()).unwrap()
    }

    pub fn jail(&self) -> Box<dyn Jail> {
        self.open(&self.spec())
    }
}

/// Where a program that was built here lies now; in a container it is below another directory.
fn built(program: &str) -> PathBuf {
    std::env::var("KAIZEN_CONFORMANCE_PROGRAMS").map_or_else(|_| PathBuf::from(program), |below| PathBuf::from(below + program))
}

fn install(from: &Path, to: &Path) {
    assert!(Command::new("/usr/bin/install").args(["-m", "755"]).args([from, to]).status().unwrap().success());
}

/// A launcher script that steps down to the ordinary user first.
fn ordinary(at: &Path, program: &Path, tier: Tier) -> PathBuf {
    // The programs that give an ordinary user's containers their users are set to run as root.
    let bounded = if tier == Tier::Container { "" } else { "--bounding-set=-all" };
    let setpriv = format!("/usr/bin/setpriv --clear-groups {bounded}");
    script(at, "step-down", &format!("exec {setpriv} --reuid {ORDINARY} --regid {ORDINARY} {} \"$@\"\n", program.display()))
}

/// An executable shell script in `at`.
pub fn script(at: &Path, name: &str, text: &str) -> PathBuf {
    let (draft, script) = (at.join("draft"), at.join(name));
    fs::write(&draft, format!("#!/bin/sh\n{text}")).unwrap();
    install(&draft, &script);
    script
}

pub fn command(argv: &[&str]) -> RunSpec {
    RunSpec {
        argv: argv.iter().map(OsString::from).collect(),
        cwd: PathBuf::new(),
        env: Vec::new(),
        stdin: Vec::new(),
        wall: Duration::from_secs(20),
        output: 1 << 20,
        merge_output: false,
        count: None,
    }
}

pub fn shell(script: &str) -> RunSpec {
    command(&["/bin/sh", "-c", script])
}

pub fn python(program: &str) -> RunSpec {
    command(&["/usr/bin/python3", "-c", program])
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a shell script wrote to its standard output.
pub fn said(jail: &mut dyn Jail, script: &str) -> String {
    text(&ran(jail, &shell(script)).stdout)
}

pub fn ran(jail: &mut dyn Jail, spec: &RunSpec) -> RunReport {
    jail.run(spec).unwrap()
}
