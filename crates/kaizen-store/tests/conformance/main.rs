//! The store's promises, held by the same scenarios on a SQLite file and on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod audit;
mod forgetting;
mod history;
mod hypotheses;
mod jobs;
mod keeping;
mod keys;
mod leases;
mod operations;
mod permissions;
mod processes;
mod purses;
mod runs;
mod schema;
mod small;
mod statistics;
mod trials;
mod versions;
mod weaknesses;
mod world;
