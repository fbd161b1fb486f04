//! kaizen-store
