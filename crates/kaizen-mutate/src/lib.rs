//! kaizen-mutate
