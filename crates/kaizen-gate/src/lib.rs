//! kaizen-gate
