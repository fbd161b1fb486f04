//! The loop: observe, remember, reflect, propose, trial, gate, promote, watch. Its stages are modules of this crate.
//!
//! Stages keep no state in memory between activations: everything is in the store, so a process killed at any line
//! and run again reaches the same end. [`cycle`] is the only path that advances a hypothesis, [`promote`] the only
//! one that writes to the user's repository. Nothing here prints, reads the environment or exits.

pub mod budget;
pub mod cache;
pub mod check;
pub mod config;
pub mod context;
pub mod cycle;
pub mod daemon_run;
pub mod detect;
pub mod error;
pub mod exec;
pub mod foundation;
pub mod gate;
pub mod git;
pub mod grant;
pub mod improve;
pub mod init;
pub mod lease;
pub mod observe;
pub mod progress;
pub mod promote;
pub mod propose;
pub mod scratch;
pub mod session;
pub mod settings;
pub mod subject;
pub mod trial;
