//! Where candidate code runs.
//!
//! A [`jail::Jail`] is one workspace in which commands run, one after another, each in a process tree of its own that is gone when the
//! command's report is handed back. The rooms themselves are built by a second process, the *holder*: this crate's entry point
//! [`helper::helper_main`] executed again with an empty environment and no inherited descriptors, so that a multithreaded engine never
//! forks and never enters a namespace itself.
//!
//! Invariants: a bad outcome of the candidate is a [`run::Ended`], never an `Err`; nothing of the engine's environment, descriptors or
//! files is visible inside unless the [`policy::JailSpec`] names it; the time is taken outside the candidate.
//! Not here: which files are protected, what a benchmark is, snapshots, and what a report means.

pub mod backend;
pub mod caps;
pub mod counter;
pub mod error;
pub mod helper;
pub mod host;
pub mod jail;
mod landlock;
pub mod layers;
pub mod policy;
pub mod probe;
mod protocol;
pub mod run;
mod seccomp;
mod sys;
pub mod terminal;
mod tool;
mod wire;
pub mod workspace;
