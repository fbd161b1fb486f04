//! The messages shape.
