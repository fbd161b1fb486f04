//! The shapes that clients and providers speak, through the crate's public surface: what is read, what is sent on, and what
//! comes back, whole and in pieces.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod call;
mod embeddings;
mod hostile;
mod reading;
mod refusals;
mod requests;
mod same_stream;
mod to_chat;
mod to_messages;
mod to_ollama;
mod to_responses;
