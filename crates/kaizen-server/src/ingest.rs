//! What other programs tell of their own work: telemetry in, operations out, and the same bytes passed on.
//!
//! Nothing here opens the store or a port: the daemon hands in a request's bytes and writes what comes back. Only [`retold`] asks the store
//! that it is handed.

pub mod forward;
pub mod otlp;
pub mod retold;
