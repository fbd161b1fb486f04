//! Measuring: the baseline as an immutable snapshot, the benchmark run in a jail, baseline and candidate in turn.

pub mod adapter;
pub mod judge;
pub mod layer;
pub mod slot;
pub mod snapshot;
pub mod toolchain;
