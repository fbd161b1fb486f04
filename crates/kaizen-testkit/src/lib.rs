//! What tests of several crates share. Development only: nothing that ships depends on it.
//!
//! Unlike the libraries it reads the environment and starts processes.

#![allow(clippy::expect_used, clippy::panic)]

pub mod daemon;
pub mod flipping;
pub mod http;
mod kept;
pub mod measured;
pub mod npm;
pub mod ollama;
pub mod patterns;
pub mod postgres;
pub mod project;
pub mod traces;
pub mod venv;
