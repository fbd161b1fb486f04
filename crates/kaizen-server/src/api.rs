//! Kaizen's own interface: what others send in and look up.

pub mod dead_letters;
pub mod feedback;
pub mod metrics;
pub mod operations;
pub mod token;
