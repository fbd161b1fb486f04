//! The workshop: a jail of its own in which a program edits a copy of the project. No hold-out, no store, no network and no home
//! directory but what was granted to this program.

use crate::config::grant::WorkshopGrants;
use crate::context::Context;
use crate::error::EngineError;
use crate::grant::secret::Secrets;
use crate::grant::{Reach, Ways, home};
use crate::trial::judge::{jail_spec, memory_upper};
use crate::trial::snapshot::Snapshot;
use kaizen_sandbox::backend::Backend;
use kaizen_sandbox::error::SandboxError;
use kaizen_sandbox::jail::Jail;
use kaizen_sandbox::policy::Bind;
use kaizen_sandbox::run::{RunReport, RunSpec};
use kaizen_sandbox::workspace::Collected;
use std::ffi::OsString;
use std::path::Path;

/// Programs that use git ask who commits.
const IDENTITY: [(&str, &str); 4] = [
    ("GIT_AUTHOR_NAME", "Workshop"),
    ("GIT_AUTHOR_EMAIL", "workshop@localhost"),
    ("GIT_COMMITTER_NAME", "Workshop"),
    ("GIT_COMMITTER_EMAIL", "workshop@localhost"),
];

/// One open workshop.
pub struct Workshop {
    jail: Box<dyn Jail>,
    ways: Ways,
    secrets: Secrets,
    env: Vec<(OsString, OsString)>,
    granted: String,
    missing: Vec<String>,
    _home: tempfile::TempDir,
}

impl Workshop {
    /// Opens it over the visible files of a snapshot.
    pub fn open(context: &Context, backend: &dyn Backend, snapshot: &Snapshot, grants: &WorkshopGrants) -> Result<Self, EngineError> {
        let (secrets, mut missing) = Secrets::take(grants.env.iter().map(|name| name.as_str()), context.variable);
        let place = crate::scratch::fresh(&context.launcher.scratch, "home")?;
        let mut env = secrets.env();
        env.extend(IDENTITY.map(|(name, value)| (name.into(), value.into())));
        let mut spec = jail_spec(context, snapshot, snapshot.layers(false), memory_upper(context), []);
        // Everything is writable here: whoever touches the judge is to be seen doing it. What becomes of `.git` stays behind.
        spec.read_only = Vec::new();
        if !grants.home.is_empty() {
            missing.extend(furnish(context, grants, place.path())?);
            spec.binds.push(Bind::writable(place.path()));
            env.push(("HOME".into(), place.path().into()));
        }
        let reach = Reach::of(&grants.network, &[]);
        spec.granted.ports = reach.ports();
        spec.granted.devices = grants.devices.iter().map(|device| device.as_str().into()).collect();
        let mut jail = backend.open(&spec, context.interrupt.clone())?;
        let ways = reach.open(jail.as_mut())?;
        missing.extend(reach.silent().into_iter().map(|(address, why)| format!("{address} ({why})")));
        env.extend(ways.env());
        env.extend(reach.certificates(context));
        Ok(Self { jail, ways, secrets, env, granted: grants.to_string(), missing, _home: place })
    }

    /// Where the copy is inside.
    pub fn root(&self) -> &Path {
        self.jail.root()
    }

    /// Runs one command with what was granted in its environment.
    pub fn run(&mut self, run: &RunSpec) -> Result<RunReport, EngineError> {
        let env = self.env.iter().chain(&run.env).cloned().collect();
        Ok(self.jail.run(&RunSpec { env, ..run.clone() })?)
    }

    /// What differs from the snapshot.
    pub fn collect(&mut self, cap_bytes: u64) -> Result<Vec<Collected>, SandboxError> {
        self.jail.collect(cap_bytes)
    }

    /// Values that must not be recorded.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// One line: what was granted, what of it was used, and what was asked for beyond it. Empty where nothing was granted.
    pub fn account(&self) -> String {
        if self.granted.is_empty() {
            return String::new();
        }
        let mut parts = vec![format!("granted: {}", self.granted)];
        for (what, list) in [("reached", self.ways.reached()), ("refused", self.ways.refused()), ("not there", self.missing.clone())] {
            if !list.is_empty() {
                parts.push(format!("{what}: {}", list.join(", ")));
            }
        }
        parts.join("; ")
    }

    /// Ends it; proves that nothing of it is left.
    pub fn close(self) -> Result<(), EngineError> {
        self.jail.close().map(drop).map_err(EngineError::from)
    }
}

fn furnish(context: &Context, grants: &WorkshopGrants, place: &Path) -> Result<Vec<String>, EngineError> {
    let Some(from) = &context.machine.home else {
        return Err(EngineError::environment("paths of the home directory are granted and there is none", "set HOME"));
    };
    home::copy(from, &grants.home, place)
}
