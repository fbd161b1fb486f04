//! The tiers and how a jail of one is opened.
//!
//! All tiers share one shape: a holder process builds the room and runs the commands; `held` is the engine's end of the line to it.

mod held;

use crate::error::SandboxError;
use crate::jail::Jail;
use crate::policy::JailSpec;
use crate::probe::{Probe, probe_tier};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// How strong a jail is; a greater tier is stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tier {
    /// An ordinary process on a copy: limits and tree kill, no wall. Only on explicit request.
    None,
    /// Landlock and seccomp on a copy: no process, disk or memory totals of its own.
    Landlock,
    /// A container made by Podman or Docker, over a copy: slow to start, no disk cap.
    Container,
    /// Namespaces made by the `bwrap` program, over a copy: no disk cap.
    Bubblewrap,
    /// Own user, mount, pid, network, ipc and uts namespaces over an overlay.
    Namespaces,
}

impl Tier {
    /// Tiers that are walls, strongest first.
    pub const SANDBOXED: [Tier; 4] = [Tier::Namespaces, Tier::Bubblewrap, Tier::Container, Tier::Landlock];

    fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Landlock => "landlock",
            Self::Container => "container",
            Self::Bubblewrap => "bubblewrap",
            Self::Namespaces => "namespaces",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A word that names no tier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no sandbox tier; known are namespaces, bubblewrap, container, landlock, none")]
pub struct UnknownTier(pub String);

impl FromStr for Tier {
    type Err = UnknownTier;

    fn from_str(text: &str) -> Result<Self, UnknownTier> {
        Self::SANDBOXED.into_iter().chain([Self::None]).find(|tier| tier.name() == text).ok_or_else(|| UnknownTier(text.to_owned()))
    }
}

/// How to start a holder: an executable that calls [`crate::helper::helper_main`] when given the argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launcher {
    /// The executable.
    pub helper: PathBuf,
    /// Its only argument.
    pub argument: OsString,
    /// An existing directory of ours for mount points and copies. When the engine is root it must be searchable by others, as must its
    /// parents, for the copying tiers to work.
    pub scratch: PathBuf,
}

/// One way to make jails.
pub trait Backend: Send + Sync {
    /// How strong its jails are.
    fn tier(&self) -> Tier;

    /// Opens a jail. While `interrupt` is set, runs end at once as `Interrupted`.
    fn open(&self, spec: &JailSpec, interrupt: Arc<AtomicBool>) -> Result<Box<dyn Jail>, SandboxError>;
}

struct HolderBackend {
    tier: Tier,
    launcher: Launcher,
}

impl Backend for HolderBackend {
    fn tier(&self) -> Tier {
        self.tier
    }

    fn open(&self, spec: &JailSpec, interrupt: Arc<AtomicBool>) -> Result<Box<dyn Jail>, SandboxError> {
        Ok(Box::new(held::HeldJail::open(self.tier, &self.launcher, spec, interrupt)?))
    }
}

/// The backend of a tier, unprobed.
pub fn backend(tier: Tier, launcher: &Launcher) -> Box<dyn Backend> {
    Box::new(HolderBackend { tier, launcher: launcher.clone() })
}

/// The strongest backend whose self-test passes, or why none does. Never the unsandboxed one.
pub fn best(launcher: &Launcher) -> Result<Box<dyn Backend>, Vec<Probe>> {
    let mut failed = Vec::new();
    for tier in Tier::SANDBOXED {
        let probe = probe_tier(launcher, tier);
        if probe.works {
            return Ok(backend(tier, launcher));
        }
        failed.push(probe);
    }
    Err(failed)
}
