//! Language models: the shapes that clients and providers speak, who serves which model, and what that costs.
//!
//! A request keeps the bytes its client sent wherever its provider speaks the same shape. Nothing here keeps state in a
//! database, prints, or reads the environment: secrets and prices are handed in.

pub mod face;
pub mod refusal;
pub mod seen;
pub mod sse;
pub mod translate;
mod wire;
pub mod residency;
