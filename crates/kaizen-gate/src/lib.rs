//! The gate: what turns the samples of a trial into accepted, rejected or undecided.
//!
//! Pure: samples, policy and levels come in as arguments; no clock, randomness or I/O. A recorded decision can
//! therefore be recomputed for ever, on every platform (logarithms come from `libm`). This release holds the
//! exact lane, for benchmarks whose cases pass or fail repeatably.

pub mod exact;
pub mod ledger;
pub mod proof;

/// The version of the rules in this crate, recorded with each decision.
pub const GATE_VERSION: u32 = 1;
