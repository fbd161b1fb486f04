//! kaizen-sandbox
