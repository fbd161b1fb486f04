//! What an attempt is: a program, what it is up against in words, and what is expected of it.

use kaizen_sandbox::backend::Tier;
use std::time::Duration;

/// What an attempt is after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Files,
    Links,
    Permissions,
    KernelFiles,
    Inherited,
    Shared,
    Network,
    Processes,
    Calls,
    Exhaustion,
    Persistence,
    Devices,
    Judge,
}

impl Group {
    pub const ALL: [Self; 13] = [
        Self::Files,
        Self::Links,
        Self::Permissions,
        Self::KernelFiles,
        Self::Inherited,
        Self::Shared,
        Self::Network,
        Self::Processes,
        Self::Calls,
        Self::Exhaustion,
        Self::Persistence,
        Self::Devices,
        Self::Judge,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Links => "links",
            Self::Permissions => "permissions",
            Self::KernelFiles => "/proc and /sys",
            Self::Inherited => "environment, descriptors, terminal",
            Self::Shared => "shared memory and queues",
            Self::Network => "network and sockets",
            Self::Processes => "processes and signals",
            Self::Calls => "system calls",
            Self::Exhaustion => "exhaustion",
            Self::Persistence => "persistence",
            Self::Devices => "devices",
            Self::Judge => "the judge",
        }
    }
}

/// How it is shown that an attempt would succeed where nothing holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It succeeds as a plain process of the user that candidates run as.
    Plain,
    /// The same, where root could prepare what it needs.
    Prepared,
    /// It succeeds as a plain process of root.
    Root,
    /// It is not shown, for this reason.
    NotShown(&'static str),
}

/// What is to come of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Held,
    /// It succeeds, which is known; the reason is for the table.
    Open(&'static str),
}

/// What looks, after the attempt, for what the attempt left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Nobody.
    Nothing,
    /// The next run in the same workspace.
    NextRun(&'static str),
    /// A run after the workspace was put back to how it was.
    Reset(&'static str),
}

/// One way to get out. The program is Python; see `prelude.py` for what it may use.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    pub group: Group,
    /// What the candidate does, for people.
    pub name: &'static str,
    pub program: &'static str,
    pub after: After,
    pub proof: Proof,
    /// The longest it may take in a jail.
    pub wall: Duration,
    pub namespaces: Outcome,
    pub bubblewrap: Outcome,
    pub container: Outcome,
    pub landlock: Outcome,
}

impl Attempt {
    /// An attempt that every tier holds and that succeeds without one.
    pub const fn new(group: Group, name: &'static str, program: &'static str) -> Self {
        Self {
            group,
            name,
            program,
            after: After::Nothing,
            proof: Proof::Plain,
            wall: Duration::from_secs(10),
            namespaces: Outcome::Held,
            bubblewrap: Outcome::Held,
            container: Outcome::Held,
            landlock: Outcome::Held,
        }
    }

    pub const fn proof(mut self, proof: Proof) -> Self {
        self.proof = proof;
        self
    }

    pub const fn after(mut self, after: After) -> Self {
        self.after = after;
        self
    }

    pub const fn wall(mut self, milliseconds: u64) -> Self {
        self.wall = Duration::from_millis(milliseconds);
        self
    }

    /// What the bubblewrap tier does not hold, and why.
    pub const fn open_in_bubblewrap(mut self, why: &'static str) -> Self {
        self.bubblewrap = Outcome::Open(why);
        self
    }

    /// What the container tier does not hold, and why.
    pub const fn open_in_container(mut self, why: &'static str) -> Self {
        self.container = Outcome::Open(why);
        self
    }

    /// What the Landlock tier does not hold, and why.
    pub const fn open_in_landlock(mut self, why: &'static str) -> Self {
        self.landlock = Outcome::Open(why);
        self
    }

    pub fn expected(&self, tier: Tier) -> Outcome {
        match tier {
            Tier::Namespaces => self.namespaces,
            Tier::Bubblewrap => self.bubblewrap,
            Tier::Container => self.container,
            Tier::Landlock | Tier::None => self.landlock,
        }
    }
}
