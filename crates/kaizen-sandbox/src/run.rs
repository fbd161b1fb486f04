//! One command in a jail: what to run, and what came of it.

use crate::counter::{Count, Counter};
use crate::wire;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// One command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSpec {
    /// Program and arguments; a program without `/` is looked up in the environment's `PATH` inside.
    #[serde(with = "wire::many")]
    pub argv: Vec<OsString>,
    /// Working directory relative to the jail's root; empty for the root.
    #[serde(with = "wire::one")]
    pub cwd: PathBuf,
    /// Added to the jail's environment; a name given here wins.
    #[serde(with = "wire::pairs")]
    pub env: Vec<(OsString, OsString)>,
    /// What the command reads; empty is `/dev/null`.
    #[serde(with = "wire::one")]
    pub stdin: Vec<u8>,
    /// The longest time it may take.
    pub wall: Duration,
    /// The most bytes both streams together may hold; `Flooded` above it.
    pub output: u64,
    /// Whether stderr goes into stdout, in order.
    pub merge_output: bool,
    /// What the kernel is to count of it besides.
    pub count: Option<Counter>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// The command exited with this code.
    Exit(i32),
    /// The command was ended by this signal.
    Signal(i32),
    /// The wall clock limit passed; everything was killed.
    TimedOut,
    /// More output than the cap; everything was killed.
    Flooded,
    /// More memory than the limit; everything was killed.
    OutOfMemory,
    /// The interrupt flag was raised; everything was killed.
    Interrupted,
    /// The command could not be executed, with the reason.
    NotStarted(String),
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunReport {
    /// How it ended.
    pub ended: Ended,
    /// From just before the program was executed until its end was seen by its supervisor.
    pub wall: Duration,
    /// User and system time of the whole process tree, including about a millisecond of our own preparation.
    pub cpu: Duration,
    /// The largest resident set any one process of the tree had, in bytes.
    pub max_rss: u64,
    /// What was counted, until the command's first process ended; `None` where nothing was asked or we ended it.
    pub count: Option<Count>,
    /// Standard output up to the cap.
    #[serde(with = "wire::one")]
    pub stdout: Vec<u8>,
    /// Standard error up to the cap; empty when merged.
    #[serde(with = "wire::one")]
    pub stderr: Vec<u8>,
}

impl RunReport {
    /// Of a run in which nothing was executed.
    pub(crate) fn of_nothing(ended: Ended) -> Self {
        Self { ended, wall: Duration::ZERO, cpu: Duration::ZERO, max_rss: 0, count: None, stdout: Vec::new(), stderr: Vec::new() }
    }
}
