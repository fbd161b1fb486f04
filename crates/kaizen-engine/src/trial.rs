//! Measuring: the baseline as an immutable snapshot, the benchmark run in a jail, baseline and candidate in turn.

pub mod adapter;
pub mod coin;
pub mod counting;
pub mod effect;
pub mod judge;
pub mod layer;
pub mod memory;
pub mod noise;
pub mod quiet;
pub mod sentinel;
pub mod slot;
pub mod snapshot;
pub mod toolchain;
