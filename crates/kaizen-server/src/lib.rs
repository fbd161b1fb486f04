//! The daemon: one HTTP server with the gateway for models and the interface for operations.

pub mod ingest;
