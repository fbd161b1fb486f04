//! Where jails are opened, and what each is made of: what the engine gives a candidate by default.

use crate::{HOLD, Outcome};
use kaizen_sandbox::backend::{Launcher, Tier, backend};
use kaizen_sandbox::error::SandboxError;
use kaizen_sandbox::jail::Jail;
use kaizen_sandbox::policy::{Granted, JailSpec, Limits, Upper, sandbox_owner};
use kaizen_sandbox::run::{Ended, RunSpec};
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::lchown;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

const MEGABYTE: u64 = 1 << 20;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// This program as its own holder, and a directory for mount points and copies.
pub(crate) struct Place {
    pub(crate) launcher: Launcher,
}

impl Place {
    pub(crate) fn new(scratch: &str) -> Result<Self, Box<dyn Error>> {
        let scratch = fs::canonicalize(scratch).map_err(|error| format!("{scratch}: {error}"))?;
        Ok(Self { launcher: Launcher { helper: std::env::current_exe()?, argument: HOLD.into(), scratch } })
    }

    /// A jail over these layers.
    pub(crate) fn open(&self, tier: Tier, layers: &[&Path], read_only: &[&Path]) -> Result<Box<dyn Jail>, SandboxError> {
        let spec = JailSpec {
            root: PathBuf::from("/srv/project"),
            layers: layers.iter().copied().map(Path::to_owned).collect(),
            upper: Upper::Memory { bytes: 1024 * MEGABYTE, inodes: 400_000 },
            read_only: read_only.iter().copied().map(Path::to_owned).collect(),
            binds: Vec::new(),
            env: vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())],
            limits: Limits { memory: 2048 * MEGABYTE, processes: 256, file_size: 1024 * MEGABYTE, open_files: 4096 },
            granted: Granted::default(),
        };
        backend(tier, &self.launcher).open(&spec, Arc::new(AtomicBool::new(false)))
    }
}

/// A run of a program without input.
pub(crate) fn command(argv: &[&str]) -> RunSpec {
    RunSpec {
        argv: argv.iter().map(OsString::from).collect(),
        cwd: PathBuf::new(),
        env: Vec::new(),
        stdin: Vec::new(),
        wall: PATIENCE,
        output: MEGABYTE,
        merge_output: false,
        count: None,
    }
}

/// Runs it, and is content with one end only.
pub(crate) fn ends(jail: &mut dyn Jail, spec: &RunSpec, expected: &Ended) -> Outcome {
    let report = jail.run(spec)?;
    if report.ended == *expected {
        return Ok(());
    }
    Err(format!("{:?} ended as {:?}: {}", spec.argv, report.ended, String::from_utf8_lossy(&report.stderr)).into())
}

/// Makes a directory and what is in it belong to whoever candidates run as, as every snapshot does.
pub(crate) fn give(directory: &Path) -> Outcome {
    let Some((user, group)) = sandbox_owner() else { return Ok(()) };
    lchown(directory, Some(user), Some(group))?;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() { give(&entry.path())? } else { lchown(entry.path(), Some(user), Some(group))? }
    }
    Ok(())
}
