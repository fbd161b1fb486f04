//! The tuner: settings that may vary, where they stand in files, and which combination to measure next.
//!
//! Pure: no file, clock, network or hidden randomness. A [`study::Study`] is a function of its space, its seed and what it was
//! told, so it can be stored, taken up on another day and another machine, and asks the same questions. Values told to it are
//! losses: lower is better. It never decides that a setting is promoted: its winner goes through the gate like any other change.

pub mod error;
pub mod importance;
pub mod journal;
pub mod race;
mod sampler;
pub mod setting;
pub mod space;
pub mod study;
