//! kaizen-engine
