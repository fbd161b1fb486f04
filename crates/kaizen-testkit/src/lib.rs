//! kaizen-testkit
