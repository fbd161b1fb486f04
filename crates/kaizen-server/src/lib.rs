//! The daemon: one HTTP server with the gateway for models and the interface for operations.
//!
//! It holds no state that matters beyond a moment: money is in the store before it is promised, what others send is in the store
//! before it is acknowledged, and calls are recorded in groups. It reads no environment and prints nothing.

pub mod gauge;
pub mod guard;
pub mod listen;
pub mod problem;
