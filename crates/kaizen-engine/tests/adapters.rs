//! The adapters against the real tools: python3's unittest, pytest 8 and 9, cargo; and against hostile output.
//!
//! Small projects are written to temporary directories and run as plain child processes, without any sandbox. pytest is installed once
//! into virtual environments below the target directory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "adapters/batch.rs"]
mod batch;
#[path = "adapters/bench.rs"]
mod bench;
#[path = "adapters/cargo_test.rs"]
mod cargo_test;
#[path = "adapters/plain.rs"]
mod plain;
#[path = "adapters/pytest.rs"]
mod pytest;
#[path = "adapters/report.rs"]
mod report;
#[path = "adapters/unittest.rs"]
mod unittest;
