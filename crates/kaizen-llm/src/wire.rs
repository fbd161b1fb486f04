//! The shapes on the wire, read without a copy where that is possible and never with more care than is needed.
//!
//! One file per shape. These types are light: they hold what has to be looked at or translated, and ignore the rest.
//! Whoever passes bytes on passes the bytes, never one of these types written out again.

pub(crate) mod chat;
pub(crate) mod content;
pub(crate) mod embeddings;
pub(crate) mod fields;
pub(crate) mod light;
pub(crate) mod messages;
pub(crate) mod ollama;
pub(crate) mod responses;
pub(crate) mod text;
pub(crate) mod top;
