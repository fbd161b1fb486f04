//! kaizen-api
