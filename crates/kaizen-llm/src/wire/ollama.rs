//! The ollama shape.
