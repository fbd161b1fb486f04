//! Language models: the shapes that clients and providers speak, who serves which model, and what that costs.
//!
//! A request keeps the bytes its client sent wherever its provider speaks the same shape. Nothing here keeps state in a
//! database, prints, or reads the environment: secrets and prices are handed in.

pub mod address;
pub mod breaker;
pub mod busy;
pub mod cache_key;
pub mod escalate;
pub mod face;
pub mod net;
pub mod pattern;
pub mod price;
pub mod provider;
pub mod refusal;
pub mod residency;
pub mod retry;
pub mod route;
pub mod secret;
pub mod seen;
pub mod send;
pub mod sse;
pub mod translate;
pub mod transport;
mod wire;
