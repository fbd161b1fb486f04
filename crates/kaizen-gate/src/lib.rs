//! The gate: what turns the samples of a trial into accepted, rejected or undecided.
//!
//! Pure: samples, coins, policy and levels come in as arguments; no clock, randomness or I/O. A recorded decision can
//! therefore be recomputed for ever, on every platform (transcendental functions come from `libm`).
//!
//! Two lanes. [`exact`] compares cases that repeat themselves, one by one, with the inequality of [`proof`]. [`statistical`] compares
//! whatever is noisy in pairs ordered by recorded coins, with the evidence of [`evidence`]. [`ledger`] gives both their levels;
//! [`calibration`] says beforehand what a benchmark can prove; [`check`] judges changes that others made; [`watch`] what went live.

mod average;
pub mod betting;
pub mod calibration;
mod cases;
pub mod check;
pub mod effect;
pub mod evidence;
pub mod exact;
pub mod futility;
pub mod guardrail;
pub mod ledger;
pub mod objective;
pub mod pairs;
pub mod presets;
pub mod proof;
mod runs;
pub mod statistical;
pub mod watch;

/// The version of the rules in this crate, recorded with each decision.
pub const GATE_VERSION: u32 = 1;
