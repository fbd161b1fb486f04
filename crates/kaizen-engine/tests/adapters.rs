//! The adapters against the real tools: python3's unittest, pytest 8 and 9, cargo, nextest, jest, vitest, mocha, Node.js, go,
//! benchmarking tools; against what tools that are not here were seen to write; and against hostile output.
//!
//! Small projects are written to temporary directories and run as plain child processes, without any sandbox. pytest and the npm
//! packages are installed once below the target directory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "adapters/batch.rs"]
mod batch;
#[path = "adapters/bench.rs"]
mod bench;
#[path = "adapters/bench_tools.rs"]
mod bench_tools;
#[path = "adapters/captured.rs"]
mod captured;
#[path = "adapters/cargo_test.rs"]
mod cargo_test;
#[path = "adapters/ctrf.rs"]
mod ctrf;
#[path = "adapters/go.rs"]
mod go;
#[path = "adapters/javascript.rs"]
mod javascript;
#[path = "adapters/junit.rs"]
mod junit;
#[path = "adapters/nextest.rs"]
mod nextest;
#[path = "adapters/plain.rs"]
mod plain;
#[path = "adapters/pytest.rs"]
mod pytest;
#[path = "adapters/report.rs"]
mod report;
#[path = "adapters/tap.rs"]
mod tap;
#[path = "adapters/unittest.rs"]
mod unittest;
