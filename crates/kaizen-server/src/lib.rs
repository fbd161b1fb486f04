//! The daemon: one HTTP server with the gateway for models and the interface for operations.
//!
//! It holds no state that matters beyond a moment: money is in the store before it is promised, what others send is in the store
//! before it is acknowledged, and calls are recorded in groups. It reads no environment and prints nothing.

pub mod access;
pub mod api;
pub mod app;
#[cfg(test)]
mod built;
pub mod contacts;
pub mod daemon;
pub mod desk;
pub mod gateway;
pub mod gauge;
pub mod guard;
pub mod ids;
pub mod ingest;
pub mod keys;
pub mod listen;
pub mod openapi;
pub mod problem;
pub mod recorder;
pub mod run;
pub mod serve;
pub mod telemetry;
mod uncut;
