//! What every stage is given: store, repository, configuration, clock, places, and how to report and to stop.
//!
//! The engine never reads the environment, the clock or the home directory itself; whoever builds the context does.

use crate::config::Config;
use crate::config::limits::MinTier;
use crate::error::EngineError;
use crate::git::Git;
use crate::progress::Progress;
use kaizen_domain::id::ProjectId;
use kaizen_sandbox::backend::{Launcher, Tier};
use kaizen_store::Store;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The machine as the command line found it.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Its name, for leases.
    pub host: String,
    /// The user's home directory: toolchains are looked for below it, nothing else of it is shown to candidates.
    pub home: Option<PathBuf>,
    /// The search path for programs.
    pub path: OsString,
    /// The directory for snapshots, layers and scratch files (size-capped, may be deleted at any time).
    pub cache: PathBuf,
}

/// What a run may do; from the command line.
#[derive(Debug, Clone, Default)]
pub struct Permit {
    /// Asks are answered yes and promotions may go live.
    pub auto: bool,
    /// Everything but the promotion.
    pub dry_run: bool,
    /// Candidates may run without a sandbox; recorded, and bars automatic promotion.
    pub unsandboxed: bool,
    /// The working tree as it is, instead of HEAD.
    pub dirty: bool,
}

/// Stops the process at a named step, to prove that every step can be survived. Does nothing unless built by a test.
#[derive(Debug, Clone, Default)]
pub struct FaultPlan {
    /// The step, such as `promote.swap_ref`.
    pub step: Option<String>,
    /// True: the process ends as if killed; false: the step fails as if the disk were full.
    pub abort: bool,
}

impl FaultPlan {
    /// Marks a step; fails or ends the process there when the plan says so.
    pub fn at(&self, step: &'static str) -> Result<(), EngineError> {
        if self.step.as_deref() != Some(step) {
            return Ok(());
        }
        if self.abort {
            std::process::abort();
        }
        Err(EngineError::environment(format!("a fault was injected at {step}"), "unset KAIZEN_FAULT"))
    }
}

/// Everything a stage needs.
pub struct Context {
    /// State.
    pub store: Store,
    /// The user's repository.
    pub git: Git,
    /// The project's configuration.
    pub config: Config,
    /// The project in the store.
    pub project: ProjectId,
    /// The machine.
    pub machine: Machine,
    /// What this run may do.
    pub permit: Permit,
    /// How jails are started.
    pub launcher: Launcher,
    /// Milliseconds since 1970-01-01 UTC.
    pub clock: fn() -> i64,
    /// A variable of this process' environment: what grants name, places of caches, and for the run of `init` outside the language and time
    /// zone; nothing else is asked for.
    pub variable: fn(&str) -> Option<OsString>,
    /// Set when the person asked to stop.
    pub interrupt: Arc<AtomicBool>,
    /// Where progress goes.
    pub progress: Box<dyn Fn(Progress) + Send + Sync>,
    /// Faults to inject.
    pub faults: FaultPlan,
}

impl Context {
    /// The time in milliseconds since 1970-01-01 UTC. It may jump back; nothing relies on its order.
    pub fn now(&self) -> i64 {
        (self.clock)()
    }

    /// Reports progress.
    pub fn report(&self, progress: Progress) {
        (self.progress)(progress);
    }

    /// Fails when the person asked to stop.
    pub fn checkpoint(&self) -> Result<(), EngineError> {
        if self.interrupt.load(Ordering::Relaxed) { Err(EngineError::Interrupted) } else { Ok(()) }
    }

    /// The weakest tier candidates may run in.
    pub fn weakest_tier(&self) -> Tier {
        match self.config.gate.min_tier {
            _ if self.permit.unsandboxed => Tier::None,
            MinTier::Namespaces => Tier::Namespaces,
            MinTier::Bubblewrap => Tier::Bubblewrap,
            MinTier::Container => Tier::Container,
            MinTier::Landlock => Tier::Landlock,
        }
    }
}
